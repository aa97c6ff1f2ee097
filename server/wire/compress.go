package wire

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// A compressed connection's bytes are in frames (MySQL Internals, Compression):
//
//	size of the body 3 | number 1 | size unpacked 3, 0: not packed | body
//
// Packets begin and end anywhere in them.
const (
	frameHeader = 3 + 1 + 3
	packMin     = 50 // a shorter body goes unpacked, as MySQL's does
)

// ErrFrame: a compressed frame that does not hold what its header says.
var ErrFrame = errors.New("wire: malformed compressed frame")

// compression is the packing of one connection.
type compression struct {
	in  frames // its number is that of the next frame, whoever sends it
	out bytes.Buffer
}

// restart begins the numbers of a new command.
func (c *compression) restart() { c.in.seq = 0 }

// pending reports whether a part of a frame is still to be read.
func (c *compression) pending() bool { return c != nil && c.in.left > 0 }

// write sends b in frames.
func (c *compression) write(w io.Writer, b []byte) error {
	c.out.Reset()
	for len(b) > 0 {
		n := min(len(b), chunkMax)
		if err := c.frame(b[:n]); err != nil {
			return err
		}
		b = b[n:]
	}
	_, err := w.Write(c.out.Bytes())
	if c.out.Cap() > keepSending {
		c.out = bytes.Buffer{}
	}
	return err
}

// frame appends one frame to out.
func (c *compression) frame(b []byte) error {
	at := c.out.Len()
	c.out.Write(zeros[:frameHeader])
	unpacked := 0
	if len(b) >= packMin {
		if err := c.in.packing.pack(&c.out, b); err != nil {
			return err
		}
		unpacked = len(b)
	}
	if size := c.out.Len() - at - frameHeader; unpacked == 0 || size >= len(b) {
		c.out.Truncate(at + frameHeader)
		c.out.Write(b)
		unpacked = 0
	}
	n, head := c.out.Len()-at-frameHeader, c.out.Bytes()[at:]
	copy(head, []byte{byte(n), byte(n >> 8), byte(n >> 16), c.in.seq, byte(unpacked), byte(unpacked >> 8), byte(unpacked >> 16)})
	c.in.seq++
	return nil
}

// frames unpacks what a peer sends. It holds an unpacker only inside a frame.
type frames struct {
	packing
	raw  *bufio.Reader
	seq  uint8 // of the next frame
	head [frameHeader]byte
	body body
	left int       // bytes that the frame still has to give
	z    io.Reader // of the body; nil: it is not packed
}

// body is the bytes of a frame that are still to be read.
type body struct {
	r *bufio.Reader
	n int
}

func (b *body) Read(p []byte) (int, error) {
	if b.n == 0 {
		return 0, io.EOF
	}
	n, err := b.r.Read(p[:min(len(p), b.n)])
	b.n -= n
	return n, cutOff(err)
}

// ReadByte keeps the unpacker from reading ahead.
func (b *body) ReadByte() (byte, error) {
	if b.n == 0 {
		return 0, io.EOF
	}
	b.n--
	c, err := b.r.ReadByte()
	return c, cutOff(err)
}

// cutOff tells the end of the connection from the end of a frame.
func cutOff(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// Read implements io.Reader.
func (f *frames) Read(p []byte) (n int, err error) {
	for f.left == 0 {
		if err := f.next(); err != nil {
			return 0, err
		}
	}
	p = p[:min(len(p), f.left)]
	if f.z == nil {
		n, err = f.body.Read(p)
	} else {
		n, err = f.z.Read(p)
	}
	f.left -= n
	switch {
	case f.left == 0:
		return n, f.finish()
	case err == io.EOF:
		return n, fmt.Errorf("%w: %d bytes fewer than it says", ErrFrame, f.left)
	case err != nil && f.z != nil:
		return n, fmt.Errorf("%w: %w", ErrFrame, err)
	}
	return n, err
}

// next reads a frame's header.
func (f *frames) next() error {
	if _, err := io.ReadFull(f.raw, f.head[:]); err != nil {
		return err
	}
	if f.head[3] != f.seq {
		return fmt.Errorf("%w: frame %d, want %d", ErrSequence, f.head[3], f.seq)
	}
	f.seq++
	f.body = body{f.raw, packetSize(f.head[:])}
	if f.left = packetSize(f.head[4:]); f.left == 0 {
		f.left = f.body.n
		return nil
	}
	var err error
	if f.z, err = f.unpack(&f.body); err != nil {
		f.z, f.left = nil, 0
		return fmt.Errorf("%w: %w", ErrFrame, err)
	}
	return nil
}

// finish ends a frame all of whose bytes were given out. The unpacker may not
// have more of them, and reads its checksum only when asked for more.
func (f *frames) finish() error {
	if f.z == nil {
		return nil
	}
	var one [1]byte
	n, err := f.z.Read(one[:])
	f.release(f.z)
	f.z = nil
	if n != 0 || err != io.EOF || f.body.n != 0 {
		return fmt.Errorf("%w: more bytes than it says, or a wrong checksum", ErrFrame)
	}
	return nil
}
