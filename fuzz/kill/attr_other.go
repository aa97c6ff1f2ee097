//go:build !linux

package kill

import "syscall"

// serverAttr is nothing here: a server outlives a harness that was killed.
func serverAttr() *syscall.SysProcAttr { return nil }
