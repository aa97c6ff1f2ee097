package main

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// keepPrivate makes new files 0600 and new folders 0700: data is nobody else's.
func keepPrivate() { syscall.Umask(0o077) }

func isTerminalFile(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TIOCGETA)
	return err == nil
}
