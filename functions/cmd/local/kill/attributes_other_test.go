//go:build !linux

package kill_test

import "syscall"

// attributes leave a process in the test's own group, so that an interrupt ends both.
func attributes() *syscall.SysProcAttr { return nil }
