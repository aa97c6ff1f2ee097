package wire

import (
	"encoding/binary"
	"syscall"
)

// The records of TLS, by which a closed connection can be told without its keys.
const (
	recordHeader = 5
	recordAlert  = 21 // of TLS 1.2; under 1.3 all look like data
	recordData   = 23
	// closeSize is the body of TLS 1.3's close_notify: two bytes, their type, and
	// 16 that prove them. Nothing that a client of MySQL sends is as short.
	closeSize = 2 + 1 + 16
)

// Gone reports whether the peer has closed the connection, and has sent nothing
// more before that. It reads nothing, and is safe from other goroutines. Where
// that cannot be known it is false.
func (c *Conn) Gone() bool {
	s, ok := c.bottom.Conn.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return false
	}
	head := make([]byte, recordHeader)
	n, closed := 0, false
	if err := raw.Control(func(fd uintptr) { n, closed = peek(fd, head) }); err != nil || closed {
		return closed
	}
	return c.secure && n == len(head) && saysClose(head)
}

// saysClose: the peer's next record is a close_notify, or another alert.
func saysClose(head []byte) bool {
	return head[0] == recordAlert || head[0] == recordData && binary.BigEndian.Uint16(head[3:]) == closeSize
}

// Buffered reports whether a part of the next command is here already.
func (c *Conn) Buffered() bool { return c.raw.Buffered() > 0 || c.compressed.pending() }
