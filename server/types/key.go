package types

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/xadb/xadb/binlog"
)

// AppendKey appends a value's key (Y2). The value is as Store returned it and
// not NULL.
func AppendKey(dst []byte, t Type, v binlog.Value) ([]byte, error) {
	switch x := v.(type) {
	case nil:
		return nil, errors.New("types: NULL in a key")
	case int64:
		if t.IsInteger() && !t.Unsigned {
			return appendInteger(dst, uint64(x)^1<<(8*t.intWidth()-1), t.intWidth()), nil
		}
	case uint64:
		switch {
		case t.IsInteger() && t.Unsigned, t.IsNamed(), t.Kind == Bit:
			return appendInteger(dst, x, t.intWidth()), nil
		}
	case float64:
		if t.IsFloat() {
			return binary.BigEndian.AppendUint64(dst, orderedBits(x)), nil
		}
	case []byte:
		if t.Kind == Geometry || t.Kind == Vector {
			return CollationBinary.AppendKey(dst, x), nil
		}
		if t.IsString() {
			return t.Collation.AppendKey(dst, x), nil
		}
	}
	return appendOrdered(dst, t, v)
}

func appendInteger(dst []byte, n uint64, width int) []byte {
	for i := width - 1; i >= 0; i-- {
		dst = append(dst, byte(n>>(8*i)))
	}
	return dst
}

func orderedBits(f float64) uint64 {
	if f == 0 {
		f = 0 // -0 has a sign bit
	}
	bits := math.Float64bits(f)
	if bits>>63 == 1 {
		return ^bits
	}
	return bits | 1<<63
}
