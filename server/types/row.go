package types

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"unicode/utf8"

	"github.com/xadb/xadb/binlog"
)

// ErrCorrupt: stored bytes are not a row of the table.
var ErrCorrupt = errors.New("types: corrupt row")

const rowFormat = 1

// AppendRow appends the bytes of a row; one value per column, each as Store
// returned it.
func AppendRow(dst []byte, schema uint64, columns []Type, row []binlog.Value) ([]byte, error) {
	if len(row) != len(columns) {
		return nil, fmt.Errorf("types: a row of %d values for %d columns", len(row), len(columns))
	}
	dst = append(dst, rowFormat)
	dst = binary.AppendUvarint(dst, schema)
	bitmap := len(dst)
	dst = append(dst, make([]byte, (len(columns)+7)/8)...)
	var err error
	for i, v := range row {
		if v == nil {
			dst[bitmap+i/8] |= 1 << (i % 8)
			continue
		}
		if dst, err = appendValue(dst, columns[i], v); err != nil {
			return nil, err
		}
	}
	return dst, nil
}

func misfit(t Type, v binlog.Value) error {
	return fmt.Errorf("types: a value of type %T in a column of type %s", v, t.SQL())
}

func appendValue(dst []byte, t Type, v binlog.Value) ([]byte, error) {
	switch x := v.(type) {
	case int64:
		if t.IsInteger() && !t.Unsigned {
			return binary.AppendVarint(dst, x), nil
		}
	case uint64:
		if t.IsInteger() && t.Unsigned || t.IsNamed() || t.Kind == Bit {
			return binary.AppendUvarint(dst, x), nil
		}
	case float64:
		if t.IsFloat() {
			return binary.LittleEndian.AppendUint64(dst, math.Float64bits(x)), nil
		}
	case []byte:
		if t.IsString() || t.IsOpaque() {
			return append(binary.AppendUvarint(dst, uint64(len(x))), x...), nil
		}
	}
	return appendOrdered(dst, t, v)
}

// appendOrdered appends a value whose bytes in rows and in keys are the same.
func appendOrdered(dst []byte, t Type, v binlog.Value) ([]byte, error) {
	switch x := v.(type) {
	case binlog.Decimal:
		if t.Kind == Decimal {
			return appendDecimal(dst, x, t)
		}
	case binlog.DateTime:
		switch {
		case t.Kind == Date:
			return appendDate(dst, x), nil
		case t.HasDate():
			return binary.BigEndian.AppendUint64(dst, packDateTime(x)), nil
		}
	case binlog.Duration:
		if t.Kind == Time {
			return binary.BigEndian.AppendUint64(dst, uint64(microsOf(x))^1<<63), nil
		}
	}
	return nil, misfit(t, v)
}

// DecodeRow is the inverse of AppendRow. The []byte values are parts of b.
func DecodeRow(b []byte, schema uint64, columns []Type) ([]binlog.Value, error) {
	if len(b) == 0 || b[0] != rowFormat {
		return nil, fmt.Errorf("%w: no row of format %d", ErrCorrupt, rowFormat)
	}
	version, n := binary.Uvarint(b[1:])
	if n <= 0 || version != schema {
		return nil, fmt.Errorf("%w: schema version %d, the table has %d", ErrCorrupt, version, schema)
	}
	b = b[1+n:]
	size := (len(columns) + 7) / 8
	if len(b) < size {
		return nil, fmt.Errorf("%w: cut off in its null bitmap", ErrCorrupt)
	}
	bitmap, b := b[:size], b[size:]
	if rest := len(columns) % 8; rest != 0 && bitmap[size-1]>>rest != 0 {
		return nil, fmt.Errorf("%w: null bits without a column", ErrCorrupt)
	}
	row := make([]binlog.Value, len(columns))
	for i, t := range columns {
		if bitmap[i/8]>>(i%8)&1 == 1 {
			continue
		}
		v, size, err := readValue(b, t)
		if err != nil {
			return nil, fmt.Errorf("column %d: %w", i+1, err)
		}
		row[i], b = v, b[size:]
	}
	if len(b) > 0 {
		return nil, fmt.Errorf("%w: %d bytes behind its last column", ErrCorrupt, len(b))
	}
	return row, nil
}

// readValue reads one value and says how many bytes it took.
func readValue(b []byte, t Type) (binlog.Value, int, error) {
	switch {
	case t.IsInteger():
		return readInteger(b, t)
	case t.IsNamed() || t.Kind == Bit:
		return readNumber(b, t.NumberMax())
	case t.IsString():
		return readString(b, t)
	case t.Kind == JSON:
		return readDocument(b)
	case t.Kind == Geometry:
		return readGeometry(b, t)
	case t.Kind == Vector:
		return readVector(b, t)
	}
	size := fixedSize(t)
	if len(b) < size {
		return nil, 0, fmt.Errorf("%w: cut off", ErrCorrupt)
	}
	b = b[:size]
	var v binlog.Value
	var err error
	switch {
	case t.IsFloat():
		f := math.Float64frombits(binary.LittleEndian.Uint64(b))
		if math.IsNaN(f) || math.IsInf(f, 0) {
			err = fmt.Errorf("%w: not a number", ErrCorrupt)
		}
		v = f
	case t.Kind == Decimal:
		v, err = readDecimal(b, t)
	case t.Kind == Date:
		v, err = readDate(b)
	case t.HasDate():
		v, err = readDateTime(b)
	default:
		v, err = readDuration(b)
	}
	return v, size, err
}

func fixedSize(t Type) int {
	switch t.Kind {
	case Decimal:
		return decimalSize(t.Precision, t.Scale)
	case Date:
		return 3
	}
	return 8
}

func readInteger(b []byte, t Type) (binlog.Value, int, error) {
	low, high := t.intRange()
	if t.Unsigned {
		return readNumber(b, high)
	}
	v, n := binary.Varint(b)
	if n <= 0 || v < low || v > int64(high) {
		return nil, 0, fmt.Errorf("%w: integer out of range", ErrCorrupt)
	}
	return v, n, nil
}

func readNumber(b []byte, most uint64) (binlog.Value, int, error) {
	v, n := binary.Uvarint(b)
	if n <= 0 || v > most {
		return nil, 0, fmt.Errorf("%w: integer out of range", ErrCorrupt)
	}
	return v, n, nil
}

// readDocument reads a JSON document, which is decoded once to see that it is
// one.
func readDocument(b []byte) (binlog.Value, int, error) {
	size, n := binary.Uvarint(b)
	if n <= 0 || size > uint64(len(b)-n) {
		return nil, 0, fmt.Errorf("%w: length of a document", ErrCorrupt)
	}
	end := n + int(size)
	doc := b[n:end:end]
	if _, err := DecodeJSON(doc); err != nil {
		return nil, 0, err
	}
	return doc, end, nil
}

func readString(b []byte, t Type) (binlog.Value, int, error) {
	size, n := binary.Uvarint(b)
	if n <= 0 || size > t.storedMax() || size > uint64(len(b)-n) {
		return nil, 0, fmt.Errorf("%w: string length", ErrCorrupt)
	}
	end := n + int(size)
	s := b[n:end:end]
	if t.IsText() && !utf8.Valid(s) {
		return nil, 0, fmt.Errorf("%w: string is not UTF-8", ErrCorrupt)
	}
	return s, end, nil
}

// storedMax is the most bytes that a string takes in a row: text is UTF-8 there, whatever
// its character set.
func (t Type) storedMax() uint64 {
	if t.IsText() && t.Kind != Blob {
		return uint64(t.Length) * utf8.UTFMax
	}
	if t.Kind == Blob && t.IsText() && t.Collation.BytesPerChar() == 1 {
		return t.BytesMax() * utf8.UTFMax // of letters, which are UTF-8 here
	}
	return t.BytesMax()
}
