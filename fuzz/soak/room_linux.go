package soak

import (
	"syscall"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// blockSize is the unit of Stat_t.Blocks.
const blockSize = 512

// room is how many bytes a file takes on the disk, reserved ones included.
func room(info vfs.FileInfo) int64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return st.Blocks * blockSize
	}
	return info.Size()
}
