// Package wire is the server's side of the MySQL client/server protocol: login,
// packets in and out, rows in text and in binary form, and the parameters of
// prepared statements (MySQL Internals, Client/Server Protocol).
//
//	accept -> Login -> ReadCommand, answer, ReadCommand, answer, … -> Close
//
// The handshake is ours, too: go-mysql's compares with passwords in clear text,
// which nobody here has, and trusts a peer that has not logged in.
//
// # What holds
//
//   - W1: no byte from the peer causes a panic or an allocation above the
//     limit of its phase: LoginPacketMax before login, MaxPacket after.
//   - W2: answers are collected and sent when the buffer is full or the next
//     command is read; a peer that waits has everything.
//   - W3: a Conn belongs to one goroutine. Only Interrupt, LimitWrites and Close
//     may be called from others.
//   - W4: a compressed frame says how long it is unpacked, and not a byte more
//     is unpacked; frames are unpacked as they are read, never in advance.
//   - W6: what a peer sends in clear text before TLS is not taken for what it
//     sends under TLS.
//   - W5: with compression the frames' numbers are checked and not the
//     packets' in them: MySQL's clients take those from the frames.
package wire

import (
	"bufio"
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/mysqlerr"
)

// Limits and defaults of a connection.
const (
	// LoginPacketMax bounds a packet before login, in bytes.
	LoginPacketMax = 16 << 10
	// PacketMax is the default of Options.MaxPacket, in bytes.
	PacketMax = 64 << 20
	// LoginTimeout is the default of Options.LoginTimeout.
	LoginTimeout = 10 * time.Second

	readBuffer  = 4 << 10         // what bufio.Reader.Reset makes
	writeBuffer = 16 << 10        // what is collected before it is sent
	keepBuffer  = 8 << 10         // larger buffers are not kept while waiting for a command
	keepSending = 4 * writeBuffer // nor larger ones than this while an answer is sent
	readStep    = 64 << 10        // how much memory a packet takes before its bytes are there
	chunkMax    = 1<<24 - 1
	headerSize  = 4
)

// Options are the limits of one connection. Zero values mean the defaults.
type Options struct {
	MaxPacket    int           // bytes of one command; PacketMax
	LoginTimeout time.Duration // from accept to logged in; LoginTimeout
	IdleTimeout  time.Duration // between commands; 8 h
	ReadTimeout  time.Duration // within a command; 30 s
	WriteTimeout time.Duration // for each write; 60 s
	TLS          *tls.Config   // nil: none is offered
}

func (o Options) withDefaults() Options {
	if o.MaxPacket == 0 {
		o.MaxPacket = PacketMax
	}
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&o.LoginTimeout, LoginTimeout}, {&o.IdleTimeout, 8 * time.Hour},
		{&o.ReadTimeout, 30 * time.Second}, {&o.WriteTimeout, 60 * time.Second},
	} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	return o
}

var (
	// ErrTooLarge: a packet above the limit of its phase.
	ErrTooLarge = errors.New("wire: packet too large")
	// ErrSequence: a packet whose number is not the next one.
	ErrSequence = errors.New("wire: packets out of order")
)

// A Conn is one connection after login.
type Conn struct {
	bottom *bottom
	nc     net.Conn // bottom, or TLS over it
	opts   Options
	raw    *bufio.Reader // of nc
	packetReader
	in   []byte // payload of the last command
	out  []byte // packets not sent yet
	open int    // offset in out of the packet being written
	id   uint32

	caps    uint32
	gate    Gate
	login   Login
	account *auth.Login
	salt    []byte    // what the client last got to scramble with
	secure  bool      // nc is TLS
	until   time.Time // of the login; zero behind it

	track       Track // goes with the next OK
	hurry       atomic.Bool
	interrupted atomic.Bool
	onRest      func() // or nil

	compressed *compression // nil: packets go as they are
}

// newConn is a connection before its handshake.
func newConn(nc net.Conn, opts Options) *Conn {
	b := &bottom{Conn: nc}
	c := &Conn{bottom: b, nc: b, opts: opts, raw: bufio.NewReaderSize(b, readBuffer)}
	c.packetReader = packetReader{r: c.raw, limit: opts.MaxPacket}
	return c
}

// compress makes everything that follows come and go in frames.
func (c *Conn) compress(p packing) {
	c.compressed = &compression{in: frames{packing: p, raw: c.raw}}
	c.packetReader.r, c.packetReader.frames = &c.compressed.in, &c.compressed.in
}

// ID is the connection's number, unique in this process.
func (c *Conn) ID() uint32 { return c.id }

// Login is what the peer said about itself.
func (c *Conn) Login() Login { return c.login }

// Account is what the peer has logged in to.
func (c *Conn) Account() *auth.Login { return c.account }

// Secure reports whether the connection is TLS.
func (c *Conn) Secure() bool { return c.secure }

// Has reports whether the client asked for a capability (mysql.CLIENT_…).
func (c *Conn) Has(capability uint32) bool { return c.caps&capability != 0 }

// SetCapability turns one on or off, for COM_SET_OPTION.
func (c *Conn) SetCapability(capability uint32, on bool) {
	c.caps &^= capability
	if on {
		c.caps |= capability
	}
}

// Interrupt ends a read that is waiting for the next command, and every later
// one. It is safe from other goroutines.
func (c *Conn) Interrupt() {
	c.interrupted.Store(true)
	_ = c.nc.SetReadDeadline(time.Unix(1, 0))
}

// LimitWrites gives a write that is waiting, and every later one, lastWrite. It
// is safe from other goroutines.
func (c *Conn) LimitWrites() {
	c.hurry.Store(true)
	_ = c.nc.SetWriteDeadline(time.Now().Add(lastWrite))
}

// lastWrite is the time for writing to a connection that was killed.
const lastWrite = time.Second

// Close closes the connection at once. It is safe from other goroutines.
func (c *Conn) Close() error { return c.nc.Close() }

// Restart begins the numbers of packets anew, for what is told unasked.
func (c *Conn) Restart() {
	c.seq = 0
	if c.compressed != nil {
		c.compressed.restart()
	}
}

// SetTimeouts changes the timeouts of Options; zero leaves one as it is.
func (c *Conn) SetTimeouts(idle, read, write time.Duration) {
	c.opts.IdleTimeout = cmp.Or(idle, c.opts.IdleTimeout)
	c.opts.ReadTimeout = cmp.Or(read, c.opts.ReadTimeout)
	c.opts.WriteTimeout = cmp.Or(write, c.opts.WriteTimeout)
}

// ReadCommand sends what is collected and returns the payload of the next
// command, which is at least one byte long and valid until the next call. idle
// is called with true before the wait for the command and with false after it;
// if it returns false the wait is given up with io.EOF.
func (c *Conn) ReadCommand(idle func(waiting bool) bool) ([]byte, error) {
	if err := c.Flush(); err != nil {
		return nil, err
	}
	c.shrink()
	err := c.await(idle)
	if err == errRest {
		if err = c.rest(); err == nil {
			err = c.bottom.wait()
		}
		c.raw.Reset(c.nc)
	}
	if !idle(false) {
		return nil, io.EOF
	}
	if err == nil {
		err = c.limitRead()
	}
	if err != nil {
		return nil, err
	}
	c.seq = 0
	if c.compressed != nil && !c.compressed.pending() {
		c.compressed.restart()
	}
	c.in, err = c.read(c.in[:0])
	if err == nil && len(c.in) == 0 {
		err = mysqlerr.New(mysqlerr.MalformedPacket)
	}
	return c.in, err
}

// shrink gives large buffers back before a wait that may be long.
func (c *Conn) shrink() {
	if cap(c.in) > keepBuffer {
		c.in = nil
	}
	if cap(c.out) > keepBuffer {
		c.out = nil
	}
}

// SetMaxPacket is Options.MaxPacket of the commands that follow.
func (c *Conn) SetMaxPacket(n int) { c.limit = n }

// limitRead sets the deadline for the rest of a packet, unless it is there
// already.
func (c *Conn) limitRead() error {
	if head, err := c.raw.Peek(min(headerSize, c.raw.Buffered())); err == nil && len(head) == headerSize &&
		c.compressed == nil && headerSize+packetSize(head) <= c.raw.Buffered() {
		return nil
	}
	until := c.until
	if until.IsZero() {
		until = time.Now().Add(c.opts.ReadTimeout)
	}
	if err := c.nc.SetReadDeadline(until); err != nil {
		return fmt.Errorf("wire: read a packet: %w", err)
	}
	return nil
}

// begin opens a packet; its payload is appended to c.out.
func (c *Conn) begin() {
	c.open = len(c.out)
	c.out = append(c.out, 0, 0, 0, 0)
}

// end closes the packet and sends the buffer if it is full.
func (c *Conn) end() error {
	n := len(c.out) - c.open - headerSize
	if n >= chunkMax {
		c.splitLarge()
	} else {
		c.putHeader(c.open, n)
	}
	if len(c.out) >= writeBuffer {
		return c.Flush()
	}
	return nil
}

func (c *Conn) putHeader(at, n int) {
	copy(c.out[at:], []byte{byte(n), byte(n >> 8), byte(n >> 16), c.seq})
	c.seq++
}

// splitLarge cuts the open packet into chunks; the last is shorter than the
// others, empty if need be.
func (c *Conn) splitLarge() {
	payload := append([]byte(nil), c.out[c.open+headerSize:]...)
	c.out = c.out[:c.open]
	for {
		n := min(len(payload), chunkMax)
		at := len(c.out)
		c.out = append(c.out, 0, 0, 0, 0)
		c.out = append(c.out, payload[:n]...)
		c.putHeader(at, n)
		payload = payload[n:]
		if n < chunkMax {
			return
		}
	}
}

// cancel drops the open packet.
func (c *Conn) cancel() { c.out = c.out[:c.open] }

// Flush sends everything that is collected.
func (c *Conn) Flush() error {
	if len(c.out) == 0 {
		return nil
	}
	err := c.nc.SetWriteDeadline(time.Now().Add(c.opts.WriteTimeout))
	if c.hurry.Load() { // asked for after the deadline is set: LimitWrites does it the other way round
		err = c.nc.SetWriteDeadline(time.Now().Add(min(lastWrite, c.opts.WriteTimeout)))
	}
	if err == nil && c.compressed != nil {
		err = c.compressed.write(c.nc, c.out)
	} else if err == nil {
		_, err = c.nc.Write(c.out)
	}
	c.out = c.out[:0]
	if cap(c.out) > keepSending {
		c.out = nil
	}
	if err != nil {
		return fmt.Errorf("wire: send: %w", err)
	}
	return nil
}
