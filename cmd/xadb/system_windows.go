package main

import (
	"os"

	"golang.org/x/sys/windows"
)

// keepPrivate does nothing: a new file has the access list of its folder.
func keepPrivate() {}

func isTerminalFile(f *os.File) bool {
	var mode uint32
	return windows.GetConsoleMode(windows.Handle(f.Fd()), &mode) == nil
}
