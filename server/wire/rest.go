package wire

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"
)

// restAfter is how long a connection waits for a command with its buffers at
// hand. One that waits for longer has none: most connections of a pool do
// nothing most of the time.
const restAfter = time.Second

// A bottom is the network's end of a connection, below its TLS. It can wait for
// the peer's next byte without anybody's buffer, and on little stack: what a
// goroutine is parked on decides how small its stack can become.
type bottom struct {
	net.Conn
	first  [1]byte
	waited bool // first has come and is the next to be read
}

func (b *bottom) wait() error {
	n, err := b.Conn.Read(b.first[:])
	b.waited = n == 1
	return err
}

// Read implements net.Conn.
func (b *bottom) Read(p []byte) (int, error) {
	if b.waited && len(p) > 0 {
		b.waited = false
		p[0] = b.first[0]
		return 1, nil
	}
	return b.Conn.Read(p)
}

// errRest: no command has come for so long that the connection should rest.
var errRest = errors.New("wire: no command yet")

// await waits for the first byte of a command, at most until restAfter has
// passed, if the idle timeout is longer than that.
func (c *Conn) await(idle func(waiting bool) bool) error {
	now := time.Now()
	soon := now.Add(min(restAfter, c.opts.IdleTimeout))
	if err := c.nc.SetReadDeadline(soon); err != nil {
		return fmt.Errorf("wire: wait for a command: %w", err)
	}
	if !idle(true) {
		return io.EOF
	}
	if c.compressed.pending() {
		return nil
	}
	_, err := c.raw.Peek(1)
	if errors.Is(err, os.ErrDeadlineExceeded) && restAfter < c.opts.IdleTimeout {
		return errRest
	}
	return err
}

// OnRest has f called in the middle of each long wait for a command, to give back
// what can be made again.
func (c *Conn) OnRest(f func()) { c.onRest = f }

// rest gives back the buffers, for a wait until the idle timeout has passed. The
// deadline is set ahead of the question whether to go on: Interrupt does it the
// other way round.
func (c *Conn) rest() error {
	c.in, c.out = nil, nil
	*c.raw = bufio.Reader{}
	if c.compressed != nil {
		c.compressed.out = bytes.Buffer{}
	}
	if c.onRest != nil {
		c.onRest()
	}
	if err := c.nc.SetReadDeadline(time.Now().Add(c.opts.IdleTimeout - restAfter)); err != nil {
		return fmt.Errorf("wire: wait for a command: %w", err)
	}
	if c.interrupted.Load() {
		return os.ErrDeadlineExceeded
	}
	return nil
}
