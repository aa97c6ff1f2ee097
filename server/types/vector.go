package types

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/mysqlerr"
)

// A vector is kept, logged and sent as its float32s, little-endian, as many as it has:
// a column of VECTOR(n) takes up to n. None of them is infinite or no number. It has one
// at least, but where a mode that is not strict stores nothing.

// dimensionSize is the bytes of a float32.
const dimensionSize = 4

// VectorMax is the most bytes of a vector's column.
func (t Type) VectorMax() int { return dimensionSize * t.Length }

// tooManyDimensions reports whether a vector was refused because of its length alone.
func (t Type) tooManyDimensions(err *mysqlerr.Error) bool {
	return t.Kind == Vector && err.Code == mysqlerr.DataTooLong
}

// storeVector takes the bytes of a vector. Text is none, whatever it says.
func storeVector(v binlog.Value, from Type, to Target) (binlog.Value, error) {
	b, isBytes := v.([]byte)
	switch v.(type) {
	case int64, uint64, float64:
		return nil, mysqlerr.New(mysqlerr.NoVector, "numeric", 8)
	case binlog.Decimal:
		return nil, mysqlerr.New(mysqlerr.NoVector, "numeric", decimalRoom)
	case []byte:
	default:
		b = Text(v, from)
	}
	switch {
	case from.Kind == Vector && isBytes && len(b) == 0: // where a mode was not strict
		return b, nil
	case !isBytes || from.IsText() || !ValidVector(b):
		return nil, mysqlerr.New(mysqlerr.NoVector, "string", len(b))
	case !finite(b):
		return nil, mysqlerr.New(mysqlerr.NoVector, "NAN or INF", len(b))
	case len(b) > to.Type.VectorMax():
		return nil, to.tooLong()
	}
	return b, nil
}

// decimalRoom is how large MySQL says that a DECIMAL is that it makes no vector of.
const decimalRoom = 64

// ValidVector reports whether bytes are whole float32s, one at least.
func ValidVector(b []byte) bool { return len(b) > 0 && len(b)%dimensionSize == 0 }

func finite(b []byte) bool {
	const exponent = 0xff << 23
	for ; len(b) > 0; b = b[dimensionSize:] {
		if binary.LittleEndian.Uint32(b)&exponent == exponent {
			return false
		}
	}
	return true
}

// ParseVector reads a vector as text has it: "[1, 2.5e3]".
func ParseVector(text string) ([]byte, bool) {
	text = strings.Trim(text, spaces)
	inner, opened := strings.CutPrefix(text, "[")
	inner, closed := strings.CutSuffix(inner, "]")
	if !opened || !closed {
		return nil, false
	}
	var out []byte
	for part := range strings.SplitSeq(inner, ",") {
		f, ok := dimension(strings.Trim(part, spaces))
		if !ok {
			return nil, false
		}
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(f))
	}
	return out, true
}

// spaces is what may stand around the numbers of a vector.
const spaces = " \t\n\v\f\r"

// dimension is a number of a vector. One that only a denormal float32 comes near to
// is refused, unless it is that in hexadecimal.
func dimension(text string) (float32, bool) {
	hex := strings.Contains(strings.ToLower(text), "0x")
	if hex && !strings.ContainsAny(text, "pP") {
		text += "p0" // ParseFloat wants an exponent
	}
	if text == "" || strings.ContainsAny(text, "_iInN") {
		return 0, false
	}
	f, err := strconv.ParseFloat(text, 32)
	if err != nil {
		return 0, false
	}
	exact, _ := strconv.ParseFloat(text, 64)
	if math.Abs(exact) < leastRounded && (hex && exact != f || !hex && !zeroText(text)) {
		return 0, false
	}
	return float32(f), true
}

// leastRounded is the least number that a normal float32 comes near to: half of its last
// bit below the least of them.
const leastRounded = 0x1p-126 - 0x1p-151

// zeroText reports whether a decimal number is zero, however small its exponent is.
func zeroText(text string) bool {
	end := strings.IndexAny(text, "eE")
	if end < 0 {
		end = len(text)
	}
	return !strings.ContainsAny(text[:end], "123456789")
}

// FormatVector is a vector as text.
func FormatVector(b []byte) []byte {
	out := []byte{'['}
	for i := 0; i+dimensionSize <= len(b); i += dimensionSize {
		if i > 0 {
			out = append(out, ',')
		}
		f := float64(math.Float32frombits(binary.LittleEndian.Uint32(b[i:])))
		switch {
		case math.IsInf(f, 0), math.IsNaN(f):
			if math.Signbit(f) {
				out = append(out, '-')
			}
			if math.IsNaN(f) {
				out = append(out, "nan"...)
			} else {
				out = append(out, "inf"...)
			}
		default:
			out = strconv.AppendFloat(out, f, 'e', 5, 64)
		}
	}
	return append(out, ']')
}

// VectorSizeError says that a column cannot have so many dimensions, as a number of 32
// bits counts their bytes.
func VectorSizeError(column string, dimensions uint64) error {
	bytes := uint32(dimensionSize * dimensions)
	return mysqlerr.New(mysqlerr.VectorTooLarge, bytes, bytes/dimensionSize, dimensionSize*DimensionsMax, DimensionsMax, column)
}

func readVector(b []byte, t Type) (binlog.Value, int, error) {
	size, n := binary.Uvarint(b)
	if n <= 0 || size > uint64(t.VectorMax()) || size%dimensionSize != 0 || size > uint64(len(b)-n) {
		return nil, 0, fmt.Errorf("%w: length of a vector", ErrCorrupt)
	}
	end := n + int(size)
	return b[n:end:end], end, nil
}
