package process

import "syscall"

// attributes returns what makes a process die with the test and keeps a terminal's interrupt from it, so that the test alone decides
// when it ends.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
