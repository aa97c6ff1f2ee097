package types

import (
	"bytes"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/xadb/xadb/binlog"
)

// number is the exact number that a value is for a column of the given word
// ("integer", "decimal"); garbage says that a string has more behind
// it.
func (to Target) number(v binlog.Value, from Type, word string) (d decimal.Decimal, garbage bool, err error) {
	if from.IsTemporal() {
		return TemporalNumber(v, from), false, nil
	}
	b, ok := v.([]byte)
	if !ok {
		d, ok := Exact(v)
		if !ok {
			return d, false, to.outOfRange()
		}
		return d, false, nil
	}
	text, rest := numberPrefix(string(b))
	if text == "" {
		return decimal.Zero, false, to.incorrect(word, quoted(b))
	}
	return parseExact(text), strings.TrimSpace(rest) != "", nil
}

func storeInteger(v binlog.Value, from Type, to Target) (binlog.Value, error) {
	d, garbage, err := to.number(evenFloat(wholeSeconds(v)), from, "integer")
	if err != nil {
		return nil, err
	}
	out, ok := integerOf(roundToInt(d), to.Type)
	_, isDecimal := v.(binlog.Decimal)
	switch {
	case !ok, isDecimal && d.IsNegative() && to.Type.Unsigned: // though it be 0 when it is rounded
		return nil, to.outOfRange()
	case garbage:
		return nil, to.truncated()
	}
	return out, nil
}

// wholeSeconds rounds a moment before it is a number: 59.9 seconds are the next minute.
func wholeSeconds(v binlog.Value) binlog.Value {
	switch at := v.(type) {
	case binlog.DateTime:
		if whole, ok := roundDateTime(at, 0); ok {
			return whole
		}
	case binlog.Duration:
		if whole, ok := roundDuration(at, 0); ok {
			return whole
		}
	}
	return v
}

// evenFloat rounds a float to a whole number, a half to the even one.
func evenFloat(v binlog.Value) binlog.Value {
	f, ok := v.(float64)
	if !ok {
		return v
	}
	if f = math.RoundToEven(f); math.Abs(f) < 1<<53 || !(math.Abs(f) < 1<<64) {
		return f
	}
	whole, _ := big.NewFloat(f).Int(nil) // all its digits, not the few that name it
	return binlog.Decimal(whole.String())
}

// storeYear: a year of one or two digits means 1970 to 2069, but the number 0
// is the year 0.
func storeYear(v binlog.Value, from Type, to Target) (binlog.Value, error) {
	if day, ok := v.(binlog.DateTime); ok {
		v, from = int64(day.Year), Type{Kind: BigInt}
	}
	if f, ok := v.(float64); ok { // parts of a year are none
		v = math.Trunc(f)
	}
	d, garbage, err := to.number(v, from, "integer")
	if err != nil {
		return nil, err
	}
	n := roundToInt(d)
	if _, isDecimal := v.(binlog.Decimal); isDecimal && d.IsNegative() || !n.IsInt64() || n.Int64() < 0 || n.Int64() > yearMax {
		return nil, to.outOfRange()
	}
	year := n.Int64()
	text, isText := v.([]byte)
	switch {
	case garbage && (year < 100 || year >= yearMin):
		return nil, to.truncated()
	case year == 0 && isText && len(bytes.TrimSpace(text)) < 3:
		return int64(2000), nil
	case year == 0 || year >= yearMin && year <= yearMax:
		return year, nil
	case year > 0 && year < 100:
		return int64(century(int(year))), nil
	}
	return nil, to.outOfRange()
}

func storeDecimal(v binlog.Value, from Type, to Target) (binlog.Value, error) {
	d, garbage, err := to.number(v, from, "decimal")
	if err != nil {
		return nil, err
	}
	if text, isText := v.([]byte); garbage && isText {
		return nil, to.incorrect("decimal", quoted(text))
	} else if garbage {
		return nil, to.truncated()
	}
	out, ok := fitDecimal(d, to.Type)
	if !ok {
		return nil, to.outOfRange()
	}
	return out, nil
}

func storeFloat(v binlog.Value, from Type, to Target) (binlog.Value, error) {
	f, clean, ok := FloatOf(v, from)
	switch text, isText := v.([]byte); {
	case !clean && isText && from.IsString():
		return nil, to.incorrect(to.Type.Kind.word(), quoted(text))
	case !clean:
		return nil, to.truncated()
	case !ok || math.IsInf(f, 0) || math.IsNaN(f) || f < 0 && to.Type.Unsigned:
		return nil, to.outOfRange()
	}
	if to.Type.Precision > 0 {
		limit := math.Pow10(int(to.Type.Precision)-int(to.Type.Scale)) - math.Pow10(-int(to.Type.Scale))
		unit := math.Pow10(int(to.Type.Scale))
		if rounded := math.RoundToEven(f*unit) / unit; !math.IsInf(rounded, 0) && !math.IsNaN(rounded) {
			f = rounded
		}
		if math.Abs(f) > limit {
			return nil, to.outOfRange()
		}
	}
	if to.Type.Kind == Float {
		if math.Abs(f) > math.MaxFloat32 {
			return nil, to.outOfRange()
		}
		f = float64(float32(f))
	}
	return f, nil
}

// word is how an error names a type of floats.
func (k Kind) word() string {
	if k == Float {
		return "FLOAT"
	}
	return "DOUBLE"
}

// FloatOf is any value as a DOUBLE. clean is false if a string had more than
// a number in it.
func FloatOf(v binlog.Value, from Type) (f float64, clean, ok bool) {
	switch x := v.(type) {
	case float64:
		return x, true, true
	case int64:
		return float64(x), true, true
	case uint64:
		return float64(x), true, true
	case []byte:
		if from.Kind == JSON {
			x = jsonPlain(x, Type{Kind: Double})
		}
		f, clean = FloatOfString(x)
		return f, clean, true
	case binlog.Decimal:
		f, err := strconv.ParseFloat(string(x), 64)
		return f, true, err == nil
	}
	f, _ = TemporalNumber(v, from).Float64()
	return f, true, true
}
