package wire

import (
	"fmt"
	"io"
)

// A packetReader puts packets together from their chunks.
type packetReader struct {
	r      io.Reader
	limit  int // of a packet, in bytes
	seq    uint8
	frames *frames // r, if the packets come in frames: then the numbers are theirs (W5)
	head   [headerSize]byte
}

// read appends the payload of one packet to dst; seq is then the number of the
// packet that follows.
func (p *packetReader) read(dst []byte) ([]byte, error) {
	for {
		if _, err := io.ReadFull(p.r, p.head[:]); err != nil {
			return dst, fmt.Errorf("wire: read a packet: %w", err)
		}
		n, seq := packetSize(p.head[:]), p.head[3]
		if len(dst)+n > p.limit {
			p.seq = seq + 1
			return dst, fmt.Errorf("%w: %d bytes, limit %d", ErrTooLarge, len(dst)+n, p.limit)
		}
		if seq != p.seq && p.frames == nil {
			return dst, fmt.Errorf("%w: got %d, want %d", ErrSequence, seq, p.seq)
		}
		p.seq = seq + 1
		var err error
		if dst, err = appendRead(p.r, dst, n); err != nil {
			return dst, fmt.Errorf("wire: read a packet: %w", err)
		}
		if n < chunkMax {
			break
		}
	}
	if p.frames != nil {
		p.seq = p.frames.seq
	}
	return dst, nil
}

func packetSize(head []byte) int { return int(head[0]) | int(head[1])<<8 | int(head[2])<<16 }

// appendRead takes memory as the bytes arrive, not as the header claims.
func appendRead(r io.Reader, dst []byte, n int) ([]byte, error) {
	for n > 0 {
		step := min(n, readStep)
		at := len(dst)
		dst = append(dst, make([]byte, step)...)
		if _, err := io.ReadFull(r, dst[at:]); err != nil {
			return dst[:at], err
		}
		n -= step
	}
	return dst, nil
}
