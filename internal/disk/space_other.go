//go:build !windows

package disk

import (
	"errors"
	"syscall"
)

// IsFull reports whether err says that a disk, or a quota, has no room left.
func IsFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}
