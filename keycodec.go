package xadb

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"time"
)

// A KeyCodec turns keys into bytes whose order is the keys' order, and back.
// Those below are safe for concurrent use; others must be.
type KeyCodec[K any] interface {
	// AppendKey appends k. With last false something else follows, and the
	// bytes must say where k ends: no key's bytes may then begin with
	// another's.
	AppendKey(dst []byte, k K, last bool) []byte
	// TakeKey reads what AppendKey wrote from the front of b, and returns the
	// rest: nothing, if last. ErrDecode if b holds something else.
	TakeKey(b []byte, last bool) (k K, rest []byte, err error)
}

// Codecs of keys. What they write stays what it is: it is on disk.
var (
	// Uint64Key writes 8 bytes, big-endian.
	Uint64Key KeyCodec[uint64] = uint64Key{}
	// Int64Key writes 8 bytes, big-endian, with the sign bit turned over.
	Int64Key KeyCodec[int64] = int64Key{}
	// StringKey writes the bytes of the string, as they are; before something
	// else, 00 becomes 00 ff and 00 01 ends it.
	StringKey KeyCodec[string] = stringKey{}
	// BytesKey writes as StringKey does. What it reads is the caller's.
	BytesKey KeyCodec[[]byte] = bytesKey{}
	// TimeKey writes 12 bytes: the seconds since 1970 as Int64Key, and the
	// nanoseconds. It reads times in UTC.
	TimeKey KeyCodec[time.Time] = timeKey{}
)

type uint64Key struct{}

func (uint64Key) AppendKey(dst []byte, k uint64, _ bool) []byte {
	return binary.BigEndian.AppendUint64(dst, k)
}

func (uint64Key) TakeKey(b []byte, last bool) (uint64, []byte, error) {
	if err := checkLen(b, 8, last); err != nil {
		return 0, nil, err
	}
	return binary.BigEndian.Uint64(b), b[8:], nil
}

// checkLen checks the bytes of a key of n bytes.
func checkLen(b []byte, n int, last bool) error {
	if len(b) < n || last && len(b) > n {
		return fmt.Errorf("%w: key: %d bytes where %d are expected", ErrDecode, len(b), n)
	}
	return nil
}

type int64Key struct{}

const signBit = 1 << 63

func (int64Key) AppendKey(dst []byte, k int64, last bool) []byte {
	return uint64Key{}.AppendKey(dst, uint64(k)^signBit, last)
}

func (int64Key) TakeKey(b []byte, last bool) (int64, []byte, error) {
	u, rest, err := uint64Key{}.TakeKey(b, last)
	return int64(u ^ signBit), rest, err
}

// A string that something follows ends in 00 01, which sorts below 00 ff, its
// own zeros, and below every other byte: "a" < "a\x00" < "ab".
const (
	escape     = 0x00
	escapeEnd  = 0x01
	escapeZero = 0xff
)

type bytesKey struct{}

func (bytesKey) AppendKey(dst []byte, k []byte, last bool) []byte {
	if last {
		return append(dst, k...)
	}
	for {
		i := bytes.IndexByte(k, escape)
		if i < 0 {
			return append(append(dst, k...), escape, escapeEnd)
		}
		dst = append(append(dst, k[:i]...), escape, escapeZero)
		k = k[i+1:]
	}
}

func (bytesKey) TakeKey(b []byte, last bool) (k, rest []byte, err error) {
	if last {
		return append([]byte{}, b...), nil, nil
	}
	k = []byte{}
	for {
		i := bytes.IndexByte(b, escape)
		if i < 0 || i+1 == len(b) {
			return nil, nil, fmt.Errorf("%w: key: a string without an end", ErrDecode)
		}
		k = append(k, b[:i]...)
		switch b[i+1] {
		case escapeEnd:
			return k, b[i+2:], nil
		case escapeZero:
			k = append(k, escape)
		default:
			return nil, nil, fmt.Errorf("%w: key: byte %#x behind a zero", ErrDecode, b[i+1])
		}
		b = b[i+2:]
	}
}

type stringKey struct{}

func (stringKey) AppendKey(dst []byte, k string, last bool) []byte {
	return bytesKey{}.AppendKey(dst, []byte(k), last)
}

func (stringKey) TakeKey(b []byte, last bool) (string, []byte, error) {
	k, rest, err := bytesKey{}.TakeKey(b, last)
	return string(k), rest, err
}

type timeKey struct{}

func (timeKey) AppendKey(dst []byte, k time.Time, _ bool) []byte {
	dst = int64Key{}.AppendKey(dst, k.Unix(), false)
	return binary.BigEndian.AppendUint32(dst, uint32(k.Nanosecond()))
}

func (timeKey) TakeKey(b []byte, last bool) (time.Time, []byte, error) {
	if err := checkLen(b, 12, last); err != nil {
		return time.Time{}, nil, err
	}
	sec, rest, err := int64Key{}.TakeKey(b, false)
	nano := binary.BigEndian.Uint32(rest)
	if err == nil && nano >= uint32(time.Second) {
		err = fmt.Errorf("%w: key: %d nanoseconds", ErrDecode, nano)
	}
	if err != nil {
		return time.Time{}, nil, err
	}
	return time.Unix(sec, int64(nano)).UTC(), rest[4:], nil
}

// A Pair is a key of two parts, ordered by the first, then by the second. A
// part may be a Pair itself.
type Pair[A, B any] struct {
	First  A
	Second B
}

// A PairCodec is the KeyCodec of a Pair: see PairKey.
type PairCodec[A, B any] struct {
	first  KeyCodec[A]
	second KeyCodec[B]
}

// PairKey is the codec of pairs of what the two codecs write.
func PairKey[A, B any](first KeyCodec[A], second KeyCodec[B]) PairCodec[A, B] {
	return PairCodec[A, B]{first, second}
}

// AppendKey implements KeyCodec.
func (c PairCodec[A, B]) AppendKey(dst []byte, k Pair[A, B], last bool) []byte {
	return c.second.AppendKey(c.first.AppendKey(dst, k.First, false), k.Second, last)
}

// TakeKey implements KeyCodec.
func (c PairCodec[A, B]) TakeKey(b []byte, last bool) (k Pair[A, B], rest []byte, err error) {
	if k.First, b, err = c.first.TakeKey(b, false); err != nil {
		return Pair[A, B]{}, nil, err
	}
	if k.Second, rest, err = c.second.TakeKey(b, last); err != nil {
		return Pair[A, B]{}, nil, err
	}
	return k, rest, nil
}

// With is the range of all pairs whose first part is a.
func (c PairCodec[A, B]) With(a A) Range { return Prefix(c.first.AppendKey(nil, a, false)) }
