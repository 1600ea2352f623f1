package kill_test

import "syscall"

// attributes make a process die with the test, and keep a terminal's interrupt from it, so that the test alone decides
// when it ends.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
