package types

import (
	"bytes"
	"cmp"

	"github.com/xadb/xadb/binlog"
)

// Compare is -1, 0 or 1 as a, of a column of type t, sorts before, with or
// after b of the same type. NULL sorts first and with NULL.
func Compare(a, b binlog.Value, t Type) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return -1
	case b == nil:
		return 1
	}
	switch x := a.(type) {
	case []byte:
		if t.IsOpaque() { // only whether they are equal means something
			return bytes.Compare(x, b.([]byte))
		}
		return t.Collation.Compare(x, b.([]byte))
	case binlog.DateTime:
		return cmp.Compare(packDateTime(x), packDateTime(b.(binlog.DateTime)))
	case binlog.Duration:
		return cmp.Compare(microsOf(x), microsOf(b.(binlog.Duration)))
	}
	return CompareNumbers(a, b)
}

// CompareNumbers compares two numbers of any kind: exactly, unless one is a
// float, then as floats.
func CompareNumbers(a, b binlog.Value) int {
	switch x := a.(type) {
	case int64:
		switch y := b.(type) {
		case int64:
			return cmp.Compare(x, y)
		case uint64:
			if x < 0 {
				return -1
			}
			return cmp.Compare(uint64(x), y)
		}
	case uint64:
		switch y := b.(type) {
		case uint64:
			return cmp.Compare(x, y)
		case int64:
			return -CompareNumbers(b, a)
		}
	}
	_, floatA := a.(float64)
	_, floatB := b.(float64)
	if floatA || floatB {
		x, _, _ := FloatOf(a, Type{})
		y, _, _ := FloatOf(b, Type{})
		return cmp.Compare(x, y)
	}
	x, _ := Exact(a)
	y, _ := Exact(b)
	return x.Cmp(y)
}
