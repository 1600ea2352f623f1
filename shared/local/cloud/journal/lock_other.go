//go:build !unix

package journal

import (
	"fmt"
	"os"
)

// lockFile only makes the file: this system frees no lock by itself when a process is killed.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock journal: %w", err)
	}
	return f, nil
}

// unlockFile closes the file.
func unlockFile(f *os.File) error { return f.Close() }
