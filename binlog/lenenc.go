package binlog

import "encoding/binary"

// appendLenenc appends MySQL's length-encoded integer.
func appendLenenc(dst []byte, n uint64) []byte {
	switch {
	case n <= 250:
		return append(dst, byte(n))
	case n <= 0xffff:
		return append(dst, 0xfc, byte(n), byte(n>>8))
	case n <= 0xffffff:
		return append(dst, 0xfd, byte(n), byte(n>>8), byte(n>>16))
	}
	return binary.LittleEndian.AppendUint64(append(dst, 0xfe), n)
}

// lenencSize is how many bytes appendLenenc adds for n.
func lenencSize(n uint64) int {
	switch {
	case n <= 250:
		return 1
	case n <= 0xffff:
		return 3
	case n <= 0xffffff:
		return 4
	}
	return 9
}

// appendUint appends the low n bytes of v, least significant first.
func appendUint(dst []byte, v uint64, n int) []byte {
	for range n {
		dst = append(dst, byte(v))
		v >>= 8
	}
	return dst
}

// appendUintBE appends the low n bytes of v, most significant first.
func appendUintBE(dst []byte, v uint64, n int) []byte {
	for i := n - 1; i >= 0; i-- {
		dst = append(dst, byte(v>>(8*i)))
	}
	return dst
}

func uintLE(b []byte) (v uint64) {
	for i := len(b) - 1; i >= 0; i-- {
		v = v<<8 | uint64(b[i])
	}
	return v
}

func uintBE(b []byte) (v uint64) {
	for _, c := range b {
		v = v<<8 | uint64(c)
	}
	return v
}

// A cursor takes fields off the front of bytes that nobody checked yet. After
// the first field that is not there bad is set and every result is zero.
type cursor struct {
	b   []byte
	bad bool
}

func (c *cursor) bytes(n uint64) []byte {
	if c.bad || n > uint64(len(c.b)) {
		c.bad = true
		return nil
	}
	v := c.b[:n:n]
	c.b = c.b[n:]
	return v
}

func (c *cursor) uint(n int) uint64   { return uintLE(c.bytes(uint64(n))) }
func (c *cursor) uintBE(n int) uint64 { return uintBE(c.bytes(uint64(n))) }

func (c *cursor) lenenc() uint64 {
	switch first := c.uint(1); first {
	case 0xfc:
		return c.uint(2)
	case 0xfd:
		return c.uint(3)
	case 0xfe:
		return c.uint(8)
	case 0xfb, 0xff: // NULL and error: neither is a number here
		c.bad = true
		return 0
	default:
		return first
	}
}

// done reports whether every field was there and nothing is left.
func (c *cursor) done() bool { return !c.bad && len(c.b) == 0 }
