//go:build unix

package journal

import (
	"path/filepath"
	"syscall"
	"testing"
)

// A process that is being started shares the open files of its parent for a moment.
func TestJournal_close_gives_up_a_lock_that_a_child_shares(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "cloud.journal")
	first, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	child, err := syscall.Dup(int(first.lock.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(child)
	if err = first.Close(); err != nil {
		t.Fatal(err)
	}
	second, err := Open(path)
	if err != nil {
		t.Fatalf("open again: %v", err)
	}
	if err = second.Close(); err != nil {
		t.Error(err)
	}
}
