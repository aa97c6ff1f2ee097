package types

import (
	"unicode/utf8"

	"github.com/dolthub/go-mysql-server/sql/encodings"
)

// A codePage is a character set of one byte for each character.
type codePage struct {
	runes [256]rune
	codes map[rune]byte
}

// codePages are the sets of one byte beyond ASCII.
var codePages = map[Charset]*codePage{
	CharsetCP1256: readCodePage(encodings.Cp1256), CharsetCP1257: readCodePage(encodings.Cp1257),
	CharsetLatin1: latin1(), CharsetLatin7: readCodePage(encodings.Latin7),
}

// readCodePage is a set whose open codes are no characters.
func readCodePage(encoder encodings.Encoder) *codePage {
	p := &codePage{codes: map[rune]byte{}}
	for b := range p.runes {
		p.runes[b] = utf8.RuneError
		if utf, ok := encoder.DecodeRune([]byte{byte(b)}); ok {
			p.runes[b], _ = utf8.DecodeRune(utf)
			p.codes[p.runes[b]] = byte(b)
		}
	}
	return p
}

// latin1 is Windows-1252, with the five codes that it leaves open as control characters.
func latin1() *codePage {
	p := readCodePage(encodings.Latin1)
	for b, r := range p.runes {
		if r == utf8.RuneError {
			p.runes[b], p.codes[rune(b)] = rune(b), byte(b)
		}
	}
	return p
}

// Recodes reports whether the set writes text in other bytes than UTF-8.
func (cs Charset) Recodes() bool { return codePages[cs] != nil }

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

// marked is text with a question mark for each character that the set has not.
func (cs Charset) marked(s []byte) []byte {
	out := make([]byte, 0, len(s))
	for len(s) > 0 {
		r, n := utf8.DecodeRune(s)
		if r == utf8.RuneError && n == 1 || !cs.has(r) {
			out = append(out, '?')
		} else {
			out = append(out, s[:n]...)
		}
		s = s[n:]
	}
	return out
}

func (cs Charset) has(r rune) bool {
	switch cs {
	case CharsetASCII:
		return r < utf8.RuneSelf
	case CharsetUTF8MB3:
		return r <= 0xffff
	}
	if page := codePages[cs]; page != nil {
		_, ok := page.codes[r]
		return ok
	}
	return true
}

// Encode writes UTF-8 in the character set. What the set has not becomes a
// question mark, as MySQL sends it.
func (cs Charset) Encode(s []byte) []byte {
	page := codePages[cs]
	if cs == CharsetUTF8MB4 || cs == CharsetBinary || page == nil && cs.foreign(s) < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for len(s) > 0 {
		r, n := utf8.DecodeRune(s)
		switch {
		case !cs.has(r):
			out = append(out, '?')
		case page != nil:
			out = append(out, page.codes[r])
		default:
			out = append(out, s[:n]...)
		}
		s = s[n:]
	}
	return out
}

// Decode is the inverse of Encode.
func (cs Charset) Decode(s []byte) []byte {
	page := codePages[cs]
	if page == nil {
		return s
	}
	out := make([]byte, 0, len(s))
	for _, b := range s {
		out = utf8.AppendRune(out, page.runes[b])
	}
	return out
}
