//go:build !linux

package process

import "syscall"

// attributes leaves a process in the test's own group, so that an interrupt ends both.
func attributes() *syscall.SysProcAttr { return nil }
