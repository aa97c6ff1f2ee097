package types

import (
	"bytes"
	"errors"
	"math"
	"math/big"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/mysqlerr"
)

// Cut is Store where the mode is not strict: what does not fit is cut, and warning
// says so. What IsOpaque is refused still,
// but for a vector of too many dimensions, of which nothing is left.
func Cut(v binlog.Value, from Type, to Target) (out binlog.Value, warning *mysqlerr.Error, err error) {
	out, err = Store(v, from, to)
	if err == nil || !errors.As(err, &warning) || warning.Code == mysqlerr.NotSupportedYet || to.Type.IsOpaque() && !to.Type.tooManyDimensions(warning) {
		return out, nil, err
	}
	if warning.Code == mysqlerr.JSONTableCast && to.Type.IsTemporal() {
		return Zero(to.Type), warning, nil
	}
	if from.IsSpecial() {
		v, from = plain(v, from, to.Type)
	}
	if to.Type.IsBytes() {
		v = from.Logged(v)
	}
	out, instead := to.cut(v, from)
	if instead != nil && warning.Code != mysqlerr.JSONTableCast {
		errors.As(instead, &warning)
	}
	return out, warning, nil
}

// cut is what is left of a value that Store refuses, and the warning, if that is
// another one than Store's error.
func (to Target) cut(v binlog.Value, from Type) (out binlog.Value, instead error) {
	t := to.Type
	switch {
	case t.IsNamed():
		return to.cutNamed(v, from), to.truncated()
	case t.Kind == Bit:
		if to.Ignored {
			return t.NumberMax(), nil
		}
		return t.NumberMax(), to.outOfRange()
	case t.Kind == Year:
		return to.cutYear(v, from), nil
	case t.IsInteger():
		return to.cutInteger(v, from), nil
	case t.Kind == Decimal:
		return to.cutDecimal(v, from)
	case t.IsFloat():
		return to.cutFloat(v, from), nil
	case t.IsString():
		return to.cutString(v, from)
	case t.Kind == Time:
		return to.cutTime(v, from)
	case t.HasDate():
		return to.cutDateTime(v, from)
	}
	return Zero(t), nil
}

// Zero is what a column has instead of NULL that may not be NULL, where the mode is
// not strict; nil if there is no such value.
func Zero(t Type) binlog.Value {
	switch {
	case t.IsNamed(), t.Kind == Bit:
		return uint64(0)
	case t.IsInteger():
		zero, _ := integerOf(new(big.Int), t)
		return zero
	case t.Kind == Decimal:
		return FormatDecimal(decimal.Zero, t.Scale)
	case t.IsFloat():
		return float64(0)
	case t.Kind == Char && !t.IsText():
		return make([]byte, t.Length)
	case t.IsString(), t.Kind == Vector:
		return []byte{}
	case t.Kind == Time:
		return binlog.Duration{}
	case t.HasDate():
		return binlog.DateTime{}
	}
	return nil
}

// cutNamed keeps the members of a Set that there are.
func (to Target) cutNamed(v binlog.Value, from Type) binlog.Value {
	t := to.Type
	if t.Kind == Enum {
		return uint64(0)
	}
	if text, ok := v.([]byte); ok {
		n := uint64(0)
		for name := range bytes.SplitSeq(text, []byte(",")) {
			if i, is := t.member(name); is {
				n |= 1 << i
			}
		}
		return n
	}
	d, ok := Exact(v)
	n := d.Truncate(0).BigInt()
	switch {
	case !ok:
		return uint64(0)
	case n.IsInt64(): // one below 0 has the bits of its opposite's complement
		return uint64(n.Int64()) & t.NumberMax()
	case !n.IsUint64():
		return t.NumberMax()
	}
	return n.Uint64() & t.NumberMax()
}

func (to Target) cutYear(v binlog.Value, from Type) binlog.Value {
	if text, ok := v.([]byte); ok {
		digits, _ := numberPrefix(string(text))
		if year, err := storeYear([]byte(digits), from, to); digits != "" && err == nil {
			return year
		}
	}
	return int64(0)
}

func (to Target) cutInteger(v binlog.Value, from Type) binlog.Value {
	d, _, err := to.number(evenFloat(v), from, "integer")
	if err != nil {
		return to.end(v)
	}
	n := roundToInt(d)
	if out, ok := integerOf(n, to.Type); ok {
		return out
	}
	return to.limit(n.Sign() < 0)
}

// end is where a number ends up that is none, or too large for any column.
func (to Target) end(v binlog.Value) binlog.Value {
	if f, ok := v.(float64); ok && !math.IsNaN(f) {
		return to.limit(f < 0)
	}
	return Zero(to.Type)
}

// limit is the least or the largest value of an integer's column.
func (to Target) limit(low bool) binlog.Value {
	least, most := to.Type.intRange()
	switch {
	case to.Type.Unsigned && low:
		return uint64(0)
	case to.Type.Unsigned:
		return most
	case low:
		return least
	}
	return int64(most)
}

func (to Target) cutDecimal(v binlog.Value, from Type) (out binlog.Value, instead error) {
	d, garbage, err := to.number(v, from, "decimal")
	if f, ok := v.(float64); err != nil && ok && math.Abs(f) > 1 {
		d, err = decimal.New(int64(math.Copysign(1, f)), DecimalPrecisionMax), nil
	}
	if err != nil {
		return Zero(to.Type), nil
	}
	if out, ok := fitDecimal(d, to.Type); ok && garbage {
		return out, to.truncated()
	} else if ok {
		return out, nil
	}
	if d.Sign() < 0 && to.Type.Unsigned {
		return Zero(to.Type), to.outOfRange()
	}
	most := decimal.New(1, int32(to.Type.Precision-to.Type.Scale)).Sub(decimal.New(1, -int32(to.Type.Scale)))
	if d.Sign() < 0 {
		most = most.Neg()
	}
	return FormatDecimal(most, to.Type.Scale), to.outOfRange()
}

func (to Target) cutFloat(v binlog.Value, from Type) binlog.Value {
	t := to.Type
	f, _, ok := FloatOf(v, from)
	switch {
	case !ok || math.IsNaN(f) || f < 0 && t.Unsigned:
		return float64(0)
	case math.IsInf(f, 0):
		f = math.Copysign(math.MaxFloat64, f)
	}
	most := math.MaxFloat64
	if t.Kind == Float {
		most = math.MaxFloat32
	}
	if t.Precision > 0 {
		most = math.Pow10(int(t.Precision)-int(t.Scale)) - math.Pow10(-int(t.Scale))
	}
	return math.Copysign(min(math.Abs(f), most), f)
}

func (to Target) cutString(v binlog.Value, from Type) (binlog.Value, error) {
	s, t := Text(v, from), to.Type
	instead := error(nil)
	switch {
	case !t.IsText() || t.Collation.Charset().foreign(s) < 0 && !(from.IsBytes() && t.Recoded()):
		instead = to.truncated()
	case !from.IsBytes():
		s = t.Collation.Charset().marked(s)
	case t.Recoded():
		s = t.Collation.Charset().beginning(s)
	default: // bytes that are no text say nothing of what comes behind
		s = s[:t.Collation.Charset().foreign(s)]
	}
	switch {
	case t.Kind == Blob:
		s = s[:blobLimit(s, t)]
	case t.IsText():
		s = s[:bytesOfChars(s, t.Length)]
	default:
		s = s[:min(len(s), t.Length)]
	}
	if t.Kind == Blob && t.IsText() { // not amid a character
		if bad := t.Collation.Charset().foreign(s); bad >= 0 {
			s = s[:bad]
		}
	}
	out, err := storeString(s, from, to)
	if err != nil {
		return Zero(t), instead
	}
	return out, instead
}

// cutDateTime keeps a date or a time with something behind it. A day that there is
// not, a moment that a TIMESTAMP cannot have, and a number below 0 or above all of BIGINT are
// "out of range".
func (to Target) cutDateTime(v binlog.Value, from Type) (binlog.Value, error) {
	if text, ok := v.([]byte); ok {
		if clean := TemporalPrefix(text); len(clean) < len(text) {
			if out, err := storeDateTime(clean, from, to); err == nil {
				return out, to.truncated()
			}
		}
	}
	n, isNumber := Exact(v)
	at, ok := DateTimeOf(v, from)
	if isNumber && (n.Sign() < 0 || !n.Truncate(0).BigInt().IsInt64()) || ok && ValidDateTime(at, !isNumber) || noSuchDay(v) {
		return binlog.DateTime{}, to.outOfRange()
	}
	return binlog.DateTime{}, to.truncated()
}

// noSuchDay reports whether text is a date but for the length of its month.
func noSuchDay(v binlog.Value) bool {
	text, ok := v.([]byte)
	if !ok {
		return false
	}
	main, _, _ := cutFraction(strings.TrimSpace(string(text)))
	parts, ok := dateParts(main)
	return ok && parts[1] >= 1 && parts[1] <= 12 && parts[2] <= 31 && validClock(parts[3], parts[4], parts[5], 0, 23)
}

// TemporalPrefix is the part of a text in front of what no date or time has.
func TemporalPrefix(text []byte) []byte {
	for i, c := range text {
		if !bytes.ContainsRune([]byte("0123456789:.-/ T"), rune(c)) {
			return text[:i]
		}
	}
	return text
}

// cutTime keeps a time with something behind it, and ends at the longest one; one
// with minutes that no hour has is none.
func (to Target) cutTime(v binlog.Value, from Type) (binlog.Value, error) {
	text, isText := v.([]byte)
	if !isText {
		text = Text(v, from)
		if n, number := Exact(v); number && n.Abs().GreaterThan(decimal.NewFromInt(numberLongest)) {
			return longestTime(n.IsNegative()), to.outOfRange()
		}
	}
	front := TimePrefix(text)
	if len(front) == 0 {
		return binlog.Duration{}, to.truncated()
	}
	if len(front) < len(text) {
		if out, err := storeTime(front, from, to); err == nil {
			return out, to.truncated()
		}
	}
	at, _, negative, ok := clockParts(strings.TrimSpace(string(front)))
	if !ok || at.Minute > 59 || at.Second > 59 {
		return binlog.Duration{}, to.outOfRange()
	}
	return longestTime(negative), to.outOfRange()
}

// numberLongest is longestTime as a number.
const numberLongest = hourMax*10_000 + 59*100 + 59

func longestTime(negative bool) binlog.Duration {
	return binlog.Duration{Negative: negative, Hour: hourMax, Minute: 59, Second: 59}
}
