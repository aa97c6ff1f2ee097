package binlog

import (
	"encoding/binary"
	"fmt"
	"math"
)

// errValue says that v cannot be stored in c.
func errValue(c *Column, v Value, why string) error {
	return fmt.Errorf("%w: column %q %v: value %v (%T): %s", ErrInvalid, c.Name, c.Type, v, v, why)
}

// appendValue appends v, which is not nil, in the packed form of a row image
// (MySQL source, Field::pack). It is the only place that knows which Go type
// a column takes.
func appendValue(dst []byte, c *Column, v Value) ([]byte, error) {
	switch c.Type {
	case TypeTiny:
		return appendInt(dst, c, v, 1)
	case TypeShort:
		return appendInt(dst, c, v, 2)
	case TypeInt24:
		return appendInt(dst, c, v, 3)
	case TypeLong:
		return appendInt(dst, c, v, 4)
	case TypeLongLong:
		return appendInt(dst, c, v, 8)
	case TypeFloat, TypeDouble:
		return appendFloat(dst, c, v)
	case TypeNewDecimal:
		d, ok := v.(Decimal)
		if !ok {
			return nil, errValue(c, v, "want Decimal")
		}
		return appendDecimal(dst, c, d)
	case TypeVarchar, TypeString, TypeBlob, TypeJSON, TypeGeometry, TypeVector:
		return appendBytes(dst, c, v)
	case TypeBit, TypeEnum, TypeSet:
		return appendNumber(dst, c, v)
	case TypeYear:
		return appendYear(dst, c, v)
	case TypeDate, TypeDateTime2, TypeTimestamp2:
		t, ok := v.(DateTime)
		if !ok {
			return nil, errValue(c, v, "want DateTime")
		}
		return appendDateTime(dst, c, t)
	case TypeTime2:
		d, ok := v.(Duration)
		if !ok {
			return nil, errValue(c, v, "want Duration")
		}
		return appendDuration(dst, c, d)
	}
	return nil, errValue(c, v, "unknown column type")
}

func appendInt(dst []byte, c *Column, v Value, size int) ([]byte, error) {
	bits := 8 * size
	switch n := v.(type) {
	case int64:
		if c.Unsigned {
			return nil, errValue(c, v, "want uint64 for an unsigned column")
		}
		if bits < 64 && (n < -1<<(bits-1) || n > 1<<(bits-1)-1) {
			return nil, errValue(c, v, "out of range")
		}
		return appendUint(dst, uint64(n), size), nil
	case uint64:
		if !c.Unsigned {
			return nil, errValue(c, v, "want int64 for a signed column")
		}
		if bits < 64 && n > 1<<bits-1 {
			return nil, errValue(c, v, "out of range")
		}
		return appendUint(dst, n, size), nil
	}
	return nil, errValue(c, v, "want an integer")
}

func appendFloat(dst []byte, c *Column, v Value) ([]byte, error) {
	f, ok := v.(float64)
	if !ok {
		return nil, errValue(c, v, "want float64")
	}
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, errValue(c, v, "not a finite number")
	}
	if c.Unsigned && f < 0 {
		return nil, errValue(c, v, "negative")
	}
	if c.Type == TypeDouble {
		return binary.LittleEndian.AppendUint64(dst, math.Float64bits(f)), nil
	}
	narrow := float32(f)
	if math.IsInf(float64(narrow), 0) {
		return nil, errValue(c, v, "out of range")
	}
	return binary.LittleEndian.AppendUint32(dst, math.Float32bits(narrow)), nil
}

func appendBytes(dst []byte, c *Column, v Value) ([]byte, error) {
	b, ok := v.([]byte)
	if !ok {
		return nil, errValue(c, v, "want []byte")
	}
	return appendByteString(dst, c, b)
}

func appendByteString(dst []byte, c *Column, b []byte) ([]byte, error) {
	most := uint64(c.Length)
	if c.Type.isLong() {
		most = 1<<(8*c.Length) - 1
	}
	if uint64(len(b)) > most {
		// The value itself may be huge: it does not belong in the message.
		return nil, fmt.Errorf("%w: column %q %v: %d bytes, at most %d", ErrInvalid, c.Name, c.Type, len(b), most)
	}
	return append(appendUint(dst, uint64(len(b)), c.prefixSize()), b...), nil
}

// prefixSize is how many bytes hold the length of a value of bytes.
func (c *Column) prefixSize() int {
	if c.Type.isLong() {
		return c.Length
	}
	if c.Length < 256 {
		return 1
	}
	return 2
}

func appendNumber(dst []byte, c *Column, v Value) ([]byte, error) {
	n, ok := v.(uint64)
	if !ok {
		return nil, errValue(c, v, "want uint64")
	}
	most := uint64(math.MaxUint64)
	switch c.Type {
	case TypeBit:
		if c.Length < 64 {
			most = 1<<c.Length - 1
		}
	case TypeEnum:
		most = 1<<(8*c.Length) - 1
		if len(c.Members) > 0 {
			most = min(most, uint64(len(c.Members)))
		}
	case TypeSet:
		bits := 8 * c.Length
		if len(c.Members) > 0 {
			bits = min(bits, len(c.Members))
		}
		if bits < 64 {
			most = 1<<bits - 1
		}
	}
	if n > most {
		return nil, errValue(c, v, "out of range")
	}
	if c.Type == TypeBit {
		return appendUintBE(dst, n, (c.Length+7)/8), nil
	}
	return appendUint(dst, n, c.Length), nil
}

// The years that one byte can hold; 0 is the year 0000.
const (
	yearBase = 1900
	yearMin  = 1901
	yearMax  = 2155
)

func appendYear(dst []byte, c *Column, v Value) ([]byte, error) {
	var year int64
	switch n := v.(type) {
	case int64:
		year = n
	case uint64:
		if n > yearMax {
			return nil, errValue(c, v, "out of range")
		}
		year = int64(n)
	default:
		return nil, errValue(c, v, "want an integer")
	}
	if year == 0 {
		return append(dst, 0), nil
	}
	if year < yearMin || year > yearMax {
		return nil, errValue(c, v, "out of range")
	}
	return append(dst, byte(year-yearBase)), nil
}
