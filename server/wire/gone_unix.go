//go:build unix

package wire

import (
	"errors"
	"syscall"
)

// peek copies what a socket has to read, and leaves it there.
func peek(fd uintptr, b []byte) (n int, closed bool) {
	n, _, err := syscall.Recvfrom(int(fd), b, syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
	if err != nil {
		again := errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EINTR)
		return 0, !again
	}
	return n, n == 0
}
