//go:build unix

package journal

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// lockFile takes the lock that the operating system frees when the process ends, however it ends. It is a file of its
// own because compaction replaces the journal.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // G304: beside the journal
	if err != nil {
		return nil, fmt.Errorf("lock journal: %w", err)
	}
	if err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = ErrLocked
		}
		return nil, fmt.Errorf("lock journal: %w", errors.Join(err, f.Close()))
	}

	return f, nil
}

// unlockFile gives the lock up by name and not by closing alone: a child process that is being started shares the open
// file until it runs its own program, and would hold the lock as long.
func unlockFile(f *os.File) error {
	return errors.Join(syscall.Flock(int(f.Fd()), syscall.LOCK_UN), f.Close())
}
