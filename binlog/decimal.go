package binlog

import (
	"strings"
)

// digitBytes is how many bytes hold that many decimal digits; nine make a
// full group (MySQL source, decimal2bin).
var digitBytes = [10]int{0, 1, 1, 2, 2, 3, 3, 4, 4, 4}

const digitsPerGroup = 9

// appendDecimal appends d as groups of up to nine digits, big-endian, aligned
// at the point. A negative number has all bits turned over; the first bit is
// turned over for all, so that the bytes sort as the numbers do.
func appendDecimal(dst []byte, c *Column, d Decimal) ([]byte, error) {
	negative, whole, frac, ok := splitDecimal(string(d))
	if !ok {
		return nil, errValue(c, d, "not a plain decimal number")
	}
	intDigits, scale := int(c.Precision-c.Scale), int(c.Scale)
	if len(frac) > scale {
		return nil, errValue(c, d, "too many digits behind the point")
	}
	if len(whole) > intDigits {
		return nil, errValue(c, d, "out of range")
	}
	if negative && c.Unsigned {
		return nil, errValue(c, d, "negative")
	}
	whole = strings.Repeat("0", intDigits-len(whole)) + whole
	frac += strings.Repeat("0", scale-len(frac))

	start := len(dst)
	head := len(whole) % digitsPerGroup
	dst = appendDigits(dst, whole[:head])
	for s := whole[head:]; s != ""; s = s[digitsPerGroup:] {
		dst = appendDigits(dst, s[:digitsPerGroup])
	}
	for s := frac; s != ""; {
		n := min(digitsPerGroup, len(s))
		dst = appendDigits(dst, s[:n])
		s = s[n:]
	}
	if negative {
		for i := start; i < len(dst); i++ {
			dst[i] = ^dst[i]
		}
	}
	dst[start] ^= 0x80
	return dst, nil
}

// splitDecimal returns the digits on both sides of the point without zeros
// that do not matter. Zero is never negative.
func splitDecimal(s string) (negative bool, whole, frac string, ok bool) {
	s, negative = strings.CutPrefix(s, "-")
	whole, frac, point := strings.Cut(s, ".")
	if !isDigits(whole) || !isDigits(frac) || whole == "" || point && frac == "" {
		return false, "", "", false
	}
	whole, frac = strings.TrimLeft(whole, "0"), strings.TrimRight(frac, "0")
	return negative && whole+frac != "", whole, frac, true
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

func appendDigits(dst []byte, digits string) []byte {
	var n uint64
	for i := range len(digits) {
		n = n*10 + uint64(digits[i]-'0')
	}
	return appendUintBE(dst, n, digitBytes[len(digits)])
}

// decimal takes a DECIMAL off the cursor, with all digits behind the point
// and no needless ones before it.
func (cur *cursor) decimal(c *Column) Decimal {
	intDigits, scale := int(c.Precision-c.Scale), int(c.Scale)
	size := digitsSize(intDigits) + digitsSize(scale)
	raw := cur.bytes(uint64(size))
	if cur.bad || size == 0 {
		return ""
	}
	b := append([]byte(nil), raw...)
	negative := b[0]&0x80 == 0
	b[0] ^= 0x80
	if negative {
		for i := range b {
			b[i] = ^b[i]
		}
	}
	groups := cursor{b: b}
	var digits []byte
	head := intDigits % digitsPerGroup
	digits = groups.digits(digits, head)
	for range intDigits / digitsPerGroup {
		digits = groups.digits(digits, digitsPerGroup)
	}
	for left := scale; left > 0; left -= digitsPerGroup {
		digits = groups.digits(digits, min(left, digitsPerGroup))
	}
	if groups.bad {
		cur.bad = true
		return ""
	}
	whole := strings.TrimLeft(string(digits[:intDigits]), "0")
	if whole == "" {
		whole = "0"
	}
	if scale > 0 {
		whole += "." + string(digits[intDigits:])
	}
	if negative {
		whole = "-" + whole
	}
	return Decimal(whole)
}

func digitsSize(n int) int {
	return n/digitsPerGroup*4 + digitBytes[n%digitsPerGroup]
}

// digits takes one group of n digits and appends them to dst. A group that
// holds more than n digits is bad.
func (cur *cursor) digits(dst []byte, n int) []byte {
	v := cur.uintBE(digitBytes[n])
	at := len(dst)
	for range n {
		dst = append(dst, '0')
	}
	for i := n - 1; i >= 0; i-- {
		dst[at+i] = byte('0' + v%10)
		v /= 10
	}
	if v != 0 {
		cur.bad = true
	}
	return dst
}
