package types

import (
	"encoding/binary"
	"fmt"
	"math/big"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/xadb/xadb/binlog"
)

// Digits per group of the packed form, and the bytes that a rest of i digits
// takes.
const digitsPerGroup = 9

var restBytes = [digitsPerGroup + 1]int{0, 1, 1, 2, 2, 3, 3, 4, 4, 4}

var pow10 = [digitsPerGroup + 1]uint32{1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000}

func decimalSize(precision, scale uint8) int {
	digits := int(precision) - int(scale)
	return digits/digitsPerGroup*4 + restBytes[digits%digitsPerGroup] +
		int(scale)/digitsPerGroup*4 + restBytes[scale%digitsPerGroup]
}

// ParseDecimal is the number that a value spells. It takes plain notation
// only, so that no exponent can ask for gigabytes of zeros.
func ParseDecimal(d binlog.Decimal) (decimal.Decimal, error) {
	if !isPlain(string(d)) {
		return decimal.Decimal{}, fmt.Errorf("types: %q is not a decimal number", string(d))
	}
	return decimal.NewFromString(string(d))
}

func isPlain(s string) bool {
	s = strings.TrimPrefix(s, "-")
	digits, points := 0, 0
	for i := range len(s) {
		switch {
		case s[i] >= '0' && s[i] <= '9':
			digits++
		case s[i] == '.':
			points++
		default:
			return false
		}
	}
	return digits > 0 && points <= 1
}

// FormatDecimal is the number with exactly scale digits behind the point, a
// half rounded away from zero.
func FormatDecimal(d decimal.Decimal, scale uint8) binlog.Decimal {
	s := d.StringFixed(int32(scale))
	if strings.HasPrefix(s, "-") && strings.Trim(s, "-0.") == "" {
		s = s[1:]
	}
	return binlog.Decimal(s)
}

// decimalType is the narrowest type of a literal.
func decimalType(d binlog.Decimal) (Type, error) {
	if _, err := ParseDecimal(d); err != nil {
		return Type{}, err
	}
	whole, fraction, _ := strings.Cut(strings.TrimPrefix(string(d), "-"), ".")
	whole = strings.TrimLeft(whole, "0")
	precision := len(whole) + len(fraction)
	return Type{
		Kind:      Decimal,
		Precision: uint8(min(max(precision, 1), DecimalPrecisionMax)),
		Scale:     uint8(min(len(fraction), DecimalScaleMax)),
	}, nil
}

// appendDecimal appends the packed form. The value must fit (Y3); one that
// does not is an error.
func appendDecimal(dst []byte, v binlog.Decimal, t Type) ([]byte, error) {
	negative := strings.HasPrefix(string(v), "-")
	whole, fraction, _ := strings.Cut(strings.TrimPrefix(string(v), "-"), ".")
	whole = strings.TrimLeft(whole, "0")
	digits := int(t.Precision) - int(t.Scale)
	if !isPlain(string(v)) || len(whole) > digits || len(fraction) > int(t.Scale) {
		return nil, fmt.Errorf("types: %q does not fit %s", string(v), t.SQL())
	}
	text := strings.Repeat("0", digits-len(whole)) + whole +
		fraction + strings.Repeat("0", int(t.Scale)-len(fraction))
	start := len(dst)
	first := digits % digitsPerGroup
	dst = appendDigits(dst, text[:first])
	dst = appendGroups(dst, text[first:digits])
	full := digits + int(t.Scale)/digitsPerGroup*digitsPerGroup
	dst = appendGroups(dst, text[digits:full])
	dst = appendDigits(dst, text[full:])
	if negative && strings.Trim(text, "0") != "" {
		for i := range dst[start:] {
			dst[start+i] = ^dst[start+i]
		}
	}
	dst[start] ^= 0x80
	return dst, nil
}

func appendGroups(dst []byte, digits string) []byte {
	for ; digits != ""; digits = digits[digitsPerGroup:] {
		dst = appendDigits(dst, digits[:digitsPerGroup])
	}
	return dst
}

// appendDigits appends up to 9 digits as one number of restBytes bytes.
func appendDigits(dst []byte, digits string) []byte {
	var n uint32
	for i := range len(digits) {
		n = n*10 + uint32(digits[i]-'0')
	}
	for i := restBytes[len(digits)] - 1; i >= 0; i-- {
		dst = append(dst, byte(n>>(8*uint(i))))
	}
	return dst
}

// readDecimal is the inverse of appendDecimal; b has decimalSize bytes.
func readDecimal(b []byte, t Type) (binlog.Decimal, error) {
	raw := append([]byte(nil), b...)
	raw[0] ^= 0x80
	negative := raw[0]&0x80 != 0
	if negative {
		for i := range raw {
			raw[i] = ^raw[i]
		}
	}
	var text strings.Builder
	if negative {
		text.WriteByte('-')
	}
	digits, scale := int(t.Precision)-int(t.Scale), int(t.Scale)
	whole, raw, err := readDigits(raw, digits, true)
	if err != nil {
		return "", err
	}
	fraction, _, err := readDigits(raw, scale, false)
	if err != nil {
		return "", err
	}
	if negative && strings.Trim(whole+fraction, "0") == "" {
		return "", fmt.Errorf("%w: negative zero", ErrCorrupt)
	}
	whole = strings.TrimLeft(whole, "0")
	if whole == "" {
		whole = "0"
	}
	text.WriteString(whole)
	if scale > 0 {
		text.WriteByte('.')
		text.WriteString(fraction)
	}
	return binlog.Decimal(text.String()), nil
}

// readDigits reads n digits; the short group is the first one before the
// point and the last one behind it.
func readDigits(raw []byte, n int, restFirst bool) (string, []byte, error) {
	var sizes []int
	for range n / digitsPerGroup {
		sizes = append(sizes, digitsPerGroup)
	}
	if rest := n % digitsPerGroup; rest > 0 && restFirst {
		sizes = append([]int{rest}, sizes...)
	} else if rest > 0 {
		sizes = append(sizes, rest)
	}
	var out strings.Builder
	for _, size := range sizes {
		var word [4]byte
		width := restBytes[size]
		copy(word[4-width:], raw[:width])
		raw = raw[width:]
		group := binary.BigEndian.Uint32(word[:])
		if group >= pow10[size] {
			return "", nil, fmt.Errorf("%w: %d in a group of %d digits", ErrCorrupt, group, size)
		}
		fmt.Fprintf(&out, "%0*d", size, group)
	}
	return out.String(), raw, nil
}

// fitDecimal rounds d to the type's scale; ok is false if it has too many
// digits before the point, or is negative and the type has no sign.
func fitDecimal(d decimal.Decimal, t Type) (binlog.Decimal, bool) {
	out := FormatDecimal(d, t.Scale)
	whole, _, _ := strings.Cut(strings.TrimPrefix(string(out), "-"), ".")
	whole = strings.TrimLeft(whole, "0")
	fits := len(whole) <= int(t.Precision)-int(t.Scale)
	return out, fits && !(t.Unsigned && d.Sign() < 0)
}

// roundToInt is d as a whole number, a half rounded away from zero.
func roundToInt(d decimal.Decimal) *big.Int { return d.Round(0).BigInt() }
