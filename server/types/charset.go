package types

import (
	"unicode/utf8"

	"github.com/dolthub/go-mysql-server/sql/encodings"
)

// latin1Runes are the characters of what MySQL calls latin1: Windows-1252, with
// the five codes that it leaves open as control characters.
var latin1Runes = func() (out [256]rune) {
	for b := range out {
		out[b] = rune(b)
		if utf, ok := encodings.Latin1.DecodeRune([]byte{byte(b)}); ok {
			out[b], _ = utf8.DecodeRune(utf)
		}
	}
	return out
}()

var latin1Codes = func() map[rune]byte {
	out := make(map[rune]byte, len(latin1Runes))
	for b, r := range latin1Runes {
		out[r] = byte(b)
	}
	return out
}()

// foreign is where a string has what its character set has not, or -1.
func (cs Charset) foreign(s []byte) int {
	for at := 0; at < len(s); {
		r, n := utf8.DecodeRune(s[at:])
		if r == utf8.RuneError && n == 1 || !cs.has(r) {
			return at
		}
		at += n
	}
	return -1
}

func (cs Charset) has(r rune) bool {
	switch cs {
	case CharsetASCII:
		return r < utf8.RuneSelf
	case CharsetLatin1:
		_, ok := latin1Codes[r]
		return ok
	case CharsetUTF8MB3:
		return r <= 0xffff
	}
	return true
}

// Encode writes UTF-8 in the character set. What the set has not becomes a
// question mark, as MySQL sends it.
func (cs Charset) Encode(s []byte) []byte {
	if cs == CharsetUTF8MB4 || cs == CharsetBinary || cs != CharsetLatin1 && cs.foreign(s) < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for len(s) > 0 {
		r, n := utf8.DecodeRune(s)
		switch {
		case !cs.has(r):
			out = append(out, '?')
		case cs == CharsetLatin1:
			out = append(out, latin1Codes[r])
		default:
			out = append(out, s[:n]...)
		}
		s = s[n:]
	}
	return out
}

// Decode is the inverse of Encode.
func (cs Charset) Decode(s []byte) []byte {
	if cs != CharsetLatin1 {
		return s
	}
	out := make([]byte, 0, len(s))
	for _, b := range s {
		out = utf8.AppendRune(out, latin1Runes[b])
	}
	return out
}
