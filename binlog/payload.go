package binlog

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// Fields of a TRANSACTION_PAYLOAD event's body, which the compressed events follow
// (MySQL source, Transaction_payload_event).
const (
	payloadEnd       = 0
	payloadSize      = 1
	payloadAlgorithm = 2
	payloadPlainSize = 3

	algorithmZstd = 0
	algorithmNone = 255
)

// plainMax bounds the events in a payload, in bytes: those of the largest Cache and
// what frames them.
const plainMax = CacheSizeMax + 1<<20

// The levels of compression, as zstd numbers them.
const (
	CompressionLevelMin     = 1
	CompressionLevelDefault = 3
	CompressionLevelMax     = 22
)

// Pack compresses the events of a group of rows, so that Append writes them as one.
// It leaves the group as it is if that saves nothing, if level is 0, and for branches:
// what is prepared can be told without unpacking. It may be called at any time
// before Append, by many at once for groups of their own.
func (l *Log) Pack(g *PendingGroup, level int) error {
	if level == 0 || g.Kind != DML || g.Cache.Empty() {
		return nil
	}
	head, tail, err := g.frame(nil, nil)
	if err != nil {
		return err
	}
	if g.Time.IsZero() {
		g.Time = l.o.Clock.Now()
	}
	p := plainEvents{timestamp: uint32(g.Time.Unix()), serverID: l.o.ServerID}
	for _, events := range [...][]byte{head, g.Cache.buf, tail} {
		p.add(events)
	}
	packed := encoder(level).EncodeAll(p.buf, nil)
	event := appendPayload(nil, packed, len(p.buf))
	// Each event inside has a place of its own in the file, see unpack.
	if len(event) < len(p.buf) && p.count < len(event) {
		g.payload = event
	}
	return nil
}

// plainEvents are the events inside a payload: without checksums, and nowhere.
type plainEvents struct {
	buf                 []byte
	count               int
	timestamp, serverID uint32
}

func (p *plainEvents) add(events []byte) {
	for ; len(events) > 0; p.count++ {
		size, at := int(binary.LittleEndian.Uint32(events[9:])), len(p.buf)
		p.buf = append(p.buf, events[:size-ChecksumSize]...)
		binary.LittleEndian.PutUint32(p.buf[at:], p.timestamp)
		binary.LittleEndian.PutUint32(p.buf[at+5:], p.serverID)
		binary.LittleEndian.PutUint32(p.buf[at+9:], uint32(size-ChecksumSize))
		events = events[size:]
	}
}

func appendPayload(dst, packed []byte, plain int) []byte {
	start := len(dst)
	dst = beginEvent(dst, EventTransactionPayload, 0)
	for _, f := range []struct{ field, value uint64 }{
		{payloadAlgorithm, algorithmZstd}, {payloadPlainSize, uint64(plain)}, {payloadSize, uint64(len(packed))},
	} {
		dst = append(dst, byte(f.field), byte(lenencSize(f.value)))
		dst = appendLenenc(dst, f.value)
	}
	dst = append(append(dst, payloadEnd), packed...)
	return endEvent(dst, start)
}

// A Payload is what a TRANSACTION_PAYLOAD event says of what is in it.
type Payload struct {
	Compressed bool
	PlainSize  uint64 // of the events in it, in bytes

	data []byte
}

// DecodePayload decodes the body of such an event but for the events in it.
func DecodePayload(body []byte) (Payload, error) {
	p := Payload{}
	cur := cursor{b: body}
	algorithm, size := uint64(algorithmNone), uint64(0)
	for !cur.bad {
		field := cur.lenenc()
		if field == payloadEnd {
			break
		}
		value := cursor{b: cur.bytes(cur.lenenc())}
		switch field {
		case payloadAlgorithm:
			algorithm = value.lenenc()
		case payloadPlainSize:
			p.PlainSize = value.lenenc()
		case payloadSize:
			size = value.lenenc()
		}
		cur.bad = cur.bad || value.bad
	}
	p.Compressed, p.data = algorithm == algorithmZstd, cur.b
	if !p.Compressed {
		p.PlainSize = size
	}
	if cur.bad || size != uint64(len(p.data)) || p.PlainSize > plainMax || algorithm != algorithmZstd && algorithm != algorithmNone {
		return p, errBody(EventTransactionPayload)
	}
	return p, nil
}

func (p Payload) algorithm() string {
	if p.Compressed {
		return "ZSTD"
	}
	return "NONE"
}

// plain is the events in it.
func (p Payload) plain() ([]byte, error) {
	if !p.Compressed {
		return p.data, nil
	}
	d := decoders.Get().(*zstd.Decoder)
	defer decoders.Put(d)
	if err := d.Reset(bytes.NewReader(p.data)); err != nil {
		return nil, fmt.Errorf("%w: %w", errBody(EventTransactionPayload), err)
	}
	var b bytes.Buffer // the size is what the event says, not what it has: the memory grows with that
	_, err := b.ReadFrom(io.LimitReader(d, int64(p.PlainSize)+1))
	if err == nil && uint64(b.Len()) != p.PlainSize {
		err = fmt.Errorf("%d bytes, not %d", b.Len(), p.PlainSize)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errBody(EventTransactionPayload), err)
	}
	return b.Bytes(), nil
}

// windowMax bounds the memory that decompression takes: that of zstd's level 22.
const windowMax = 128 << 20

var decoders = sync.Pool{New: func() any {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(windowMax), zstd.WithDecoderLowmem(true))
	if err != nil {
		panic(err) // the options are constants
	}
	return d
}}

// encoders are by their level, of which there are fewer than of zstd's own.
var encoders struct {
	sync.Mutex
	of map[zstd.EncoderLevel]*zstd.Encoder
}

// encoder is one of that level; its EncodeAll is for many at once.
func encoder(level int) *zstd.Encoder {
	l := zstd.EncoderLevelFromZstd(level)
	encoders.Lock()
	defer encoders.Unlock()
	e := encoders.of[l]
	if e == nil {
		if encoders.of == nil {
			encoders.of = map[zstd.EncoderLevel]*zstd.Encoder{}
		}
		var err error
		if e, err = zstd.NewWriter(nil, zstd.WithEncoderLevel(l), zstd.WithLowerEncoderMem(true)); err != nil {
			panic(err) // the level is one of the library's
		}
		encoders.of[l] = e
	}
	return e
}
