//go:build unix

package engine

import (
	"io/fs"
	"syscall"
)

// systemID is what the system calls the file; a file in memory has no name there.
func systemID(info fs.FileInfo) (id fileID, known bool) {
	s, known := info.Sys().(*syscall.Stat_t)
	if !known {
		return fileID{}, false
	}
	return fileID{dev: uint64(s.Dev), ino: uint64(s.Ino)}, true
}
