package types

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/xadb/xadb/binlog"
)

// exponentMax bounds the power of ten of a number in a string: beyond a
// DOUBLE's range nothing is gained and an exact number would take gigabytes.
const exponentMax = 400

// numberPrefix is the longest number at the start of s, and what is behind
// it. Spaces before it do not count; text is empty if there is no number.
func numberPrefix(s string) (text, rest string) {
	s = strings.TrimLeft(s, " \t\n\v\f\r")
	i := 0
	if i < len(s) && (s[i] == '-' || s[i] == '+') {
		i++
	}
	start := i
	i = skipDigits(s, i)
	digits := i - start
	if i < len(s) && s[i] == '.' {
		end := skipDigits(s, i+1)
		digits += end - i - 1
		i = end
	}
	if digits == 0 {
		return "", s
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		j := i + 1
		if j < len(s) && (s[j] == '-' || s[j] == '+') {
			j++
		}
		if end := skipDigits(s, j); end > j {
			i = end
		}
	}
	return s[:i], s[i:]
}

func skipDigits(s string, i int) int {
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	return i
}

// parseExact reads what numberPrefix found. A number too large for any column
// comes back as ±10^exponentMax, one too small as 0.
func parseExact(text string) decimal.Decimal {
	mantissa, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	exp, err := strconv.Atoi(exponent)
	if exponent != "" && err != nil {
		exp = exponentMax + 1
		if exponent[0] == '-' {
			exp = -exp
		}
	}
	mantissa, huge := shorten(mantissa)
	if huge {
		exp = exponentMax + 1
	}
	d, err := decimal.NewFromString(mantissa)
	switch {
	case err != nil || d.IsZero() || exp < -exponentMax:
		return decimal.Zero
	case exp > exponentMax:
		return decimal.New(int64(d.Sign()), exponentMax)
	}
	return d.Shift(int32(exp))
}

// shorten bounds the digits of a number in a string: those behind the point
// that no column keeps are cut off, and a whole part beyond every range is
// huge, whatever it is.
func shorten(mantissa string) (short string, huge bool) {
	whole, fraction, _ := strings.Cut(mantissa, ".")
	if len(whole) > exponentMax {
		whole = strings.TrimLeft(strings.TrimLeft(whole, "+-"), "0")
		if len(whole) > exponentMax {
			return mantissa[:1] + "1", true
		}
		whole = mantissa[:1] + "0" + whole
	}
	if len(fraction) > exponentMax {
		fraction = fraction[:exponentMax]
	}
	if fraction == "" {
		return whole, false
	}
	return whole + "." + fraction, false
}

// FloatOfString is the number at the start of a string, 0 if there is none;
// clean is false if anything but spaces is left over.
func FloatOfString(s []byte) (f float64, clean bool) {
	text, rest := numberPrefix(string(s))
	f, err := strconv.ParseFloat(text, 64)
	if err != nil && !math.IsInf(f, 0) {
		return 0, false
	}
	if math.IsInf(f, 0) {
		f = math.Copysign(math.MaxFloat64, f)
	}
	return f, strings.TrimSpace(rest) == ""
}

// HasNumber reports whether a text begins with a number.
func HasNumber(s string) bool {
	text, _ := numberPrefix(s)
	return text != ""
}

// floatDigits is how many digits of a FLOAT are shown (C's FLT_DIG).
const floatDigits = 6

// FormatFloat is a FLOAT or DOUBLE as MySQL prints it: six digits of a FLOAT,
// the shortest digits that read back the same of a DOUBLE; with an exponent
// from 1e15 and below 1e-15.
func FormatFloat(f float64, kind Kind) string {
	s := strconv.FormatFloat(f, 'e', -1, 64)
	if kind == Float {
		s = strconv.FormatFloat(f, 'e', floatDigits-1, 64)
		f, _ = strconv.ParseFloat(s, 64)
		s = strconv.FormatFloat(f, 'e', -1, 64)
	}
	if a := math.Abs(f); a != 0 && (a >= 1e15 || a < 1e-15) {
		s = strings.Replace(s, "e+0", "e", 1)
		s = strings.Replace(s, "e-0", "e-", 1)
		return strings.Replace(s, "e+", "e", 1)
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// Exact is a number exactly; of a float, the shortest digits that read
// back the same.
func Exact(v binlog.Value) (decimal.Decimal, bool) {
	switch v := v.(type) {
	case int64:
		return decimal.NewFromInt(v), true
	case uint64:
		return decimal.NewFromBigInt(new(big.Int).SetUint64(v), 0), true
	case binlog.Decimal:
		d, err := ParseDecimal(v)
		return d, err == nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return decimal.Zero, false
		}
		return decimal.NewFromFloat(v), true
	}
	return decimal.Zero, false
}

// BytesNumber is X'41' as a number; ok is false of more bytes than a number has, which is 0 where
// something is calculated with it, and beyond all numbers where it is stored.
func BytesNumber(b []byte) (n uint64, ok bool) {
	if len(b) > 8 {
		return 0, false
	}
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	return n, true
}

// NumberLiteral is a number as a statement spells it: whole numbers are
// BIGINT, signed if they fit; a point makes a DECIMAL, an exponent a DOUBLE,
// and so do more digits than a DECIMAL has.
func NumberLiteral(text string) (binlog.Value, Type, bool) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, Type{Kind: BigInt}, true
	}
	if n, err := strconv.ParseUint(text, 10, 64); err == nil {
		return n, Type{Kind: BigInt, Unsigned: true}, true
	}
	whole, fraction, _ := strings.Cut(text, ".")
	if strings.ContainsAny(text, "eE") || len(whole)+len(fraction) > DecimalPrecisionMax || len(fraction) > DecimalScaleMax {
		f, err := strconv.ParseFloat(text, 64)
		return f, Type{Kind: Double}, err == nil
	}
	prefix, rest := numberPrefix(text)
	if prefix == "" || rest != "" {
		return nil, Type{}, false
	}
	d := FormatDecimal(parseExact(prefix), uint8(len(fraction)))
	t, err := decimalType(d)
	return d, t, err == nil
}

// integerOf is a whole number as the column's Go type; ok is false out of the
// column's range.
func integerOf(n *big.Int, t Type) (binlog.Value, bool) {
	low, high := t.intRange()
	if n.Sign() < 0 && (!n.IsInt64() || n.Int64() < low) || n.Sign() >= 0 && (!n.IsUint64() || n.Uint64() > high) {
		return nil, false
	}
	if t.Unsigned {
		return n.Uint64(), true
	}
	return n.Int64(), true
}
