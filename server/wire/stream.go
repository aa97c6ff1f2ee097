package wire

import (
	"fmt"
	"time"
)

// WriteParts collects a packet with a payload that is head and then body.
func (c *Conn) WriteParts(head, body []byte) error {
	c.begin()
	c.out = append(append(c.out, head...), body...)
	return c.end()
}

// Compressed reports whether packets go in frames.
func (c *Conn) Compressed() bool { return c.compressed != nil }

// An Aside reads what a client sends while it is sent a stream: W3 but for that.
// Only one goroutine may use it, and nobody may read a command meanwhile.
type Aside struct {
	c    *Conn
	in   packetReader
	last []byte
}

// Aside lets one goroutine read while another writes. There is no time by which
// the client must have said something: Interrupt ends a Read.
func (c *Conn) Aside() (*Aside, error) {
	if err := c.nc.SetReadDeadline(time.Time{}); err != nil {
		return nil, fmt.Errorf("wire: read aside: %w", err)
	}
	return &Aside{c: c, in: packetReader{r: c.packetReader.r, limit: LoginPacketMax, frames: c.packetReader.frames}}, nil
}

// Read returns the next packet, valid until the next call. Each is numbered from
// 0, as if it were a command.
func (a *Aside) Read() (_ []byte, err error) {
	a.in.seq = 0
	a.last, err = a.in.read(a.last[:0])
	return a.last, err
}
