//go:build !linux

package soak

import "github.com/cockroachdb/pebble/v2/vfs"

// room is how many bytes a file takes on the disk.
func room(info vfs.FileInfo) int64 { return info.Size() }
