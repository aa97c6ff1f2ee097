package kill

import "syscall"

// serverAttr lets a server die with the harness, however that ends.
func serverAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
