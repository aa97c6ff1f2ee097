package disk

import (
	"errors"
	"syscall"
)

// What Windows answers when a disk is full or a quota used up (winerror.h).
const (
	errHandleDiskFull    syscall.Errno = 39
	errDiskFull          syscall.Errno = 112
	errDiskQuotaExceeded syscall.Errno = 1295
)

// IsFull reports whether err says that a disk, or a quota, has no room left.
func IsFull(err error) bool {
	for _, full := range []error{errDiskFull, errHandleDiskFull, errDiskQuotaExceeded, syscall.ENOSPC, syscall.EDQUOT} {
		if errors.Is(err, full) {
			return true
		}
	}
	return false
}
