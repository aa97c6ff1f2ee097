package wire

import (
	"bytes"
	"compress/zlib"
	"errors"
	"io"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// A packing is a way to make the bodies of frames small. Each body is complete
// in itself.
type packing interface {
	// pack appends b, packed, to dst.
	pack(dst *bytes.Buffer, b []byte) error
	// unpack reads what body holds; the reader goes back to release.
	unpack(body io.Reader) (io.Reader, error)
	release(io.Reader)
}

// zlibPacking is the packing of CLIENT_COMPRESS.
type zlibPacking struct{}

var (
	zlibWriters = sync.Pool{New: func() any { return zlib.NewWriter(io.Discard) }}
	zlibReaders sync.Pool
)

func (zlibPacking) pack(dst *bytes.Buffer, b []byte) error {
	z := zlibWriters.Get().(*zlib.Writer)
	defer zlibWriters.Put(z)
	z.Reset(dst)
	_, err := z.Write(b)
	return errors.Join(err, z.Close())
}

func (zlibPacking) unpack(body io.Reader) (io.Reader, error) {
	if z, ok := zlibReaders.Get().(io.Reader); ok {
		return z, z.(zlib.Resetter).Reset(body, nil)
	}
	return zlib.NewReader(body)
}

func (zlibPacking) release(z io.Reader) { zlibReaders.Put(z) }

// zstdPacking is the packing of CLIENT_ZSTD_COMPRESSION_ALGORITHM, of a level
// that the client chose.
type zstdPacking struct{ writer *zstd.Encoder }

// zstdWindowMax bounds the memory that unpacking a body may take: no body is
// longer when it is unpacked.
const zstdWindowMax = 1 << 24

var (
	zstdReaders sync.Pool

	zstdWriters struct {
		sync.Mutex
		byLevel map[zstd.EncoderLevel]*zstd.Encoder // which many may use at once
	}
)

// The levels that a client may ask for (MySQL manual, --zstd-compression-level).
const (
	zstdLevelDefault = 3
	zstdLevelMax     = 22
)

func newZstdPacking(level int) (packing, error) {
	speed := zstd.EncoderLevelFromZstd(level)
	zstdWriters.Lock()
	defer zstdWriters.Unlock()
	w := zstdWriters.byLevel[speed]
	if w == nil {
		var err error
		if w, err = zstd.NewWriter(nil, zstd.WithEncoderLevel(speed), zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true)); err != nil {
			return nil, err
		}
		if zstdWriters.byLevel == nil {
			zstdWriters.byLevel = map[zstd.EncoderLevel]*zstd.Encoder{}
		}
		zstdWriters.byLevel[speed] = w
	}
	return zstdPacking{w}, nil
}

func (p zstdPacking) pack(dst *bytes.Buffer, b []byte) error {
	_, err := dst.Write(p.writer.EncodeAll(b, dst.AvailableBuffer()))
	return err
}

func (zstdPacking) unpack(body io.Reader) (io.Reader, error) {
	if z, ok := zstdReaders.Get().(*zstd.Decoder); ok {
		return z, z.Reset(body)
	}
	return zstd.NewReader(body, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(zstdWindowMax), zstd.WithDecoderMaxMemory(zstdWindowMax))
}

func (zstdPacking) release(z io.Reader) {
	if z, ok := z.(*zstd.Decoder); ok && z.Reset(nil) == nil {
		zstdReaders.Put(z)
	}
}
