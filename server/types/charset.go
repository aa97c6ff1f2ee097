package types

import (
	"unicode/utf8"

	"github.com/xadb/xadb/server/codes"
)

// codes are those of the set where they are not those of UTF-8; else nil.
func (cs Charset) codes() codes.Set {
	if info := charsetInfos[cs]; info != nil {
		return info.codes
	}
	return nil
}

// Recodes reports whether the set writes text in other bytes than UTF-8.
func (cs Charset) Recodes() bool { return cs.codes() != nil }

// foreign is where a string has what its character set has not, or -1.
func (cs Charset) foreign(s []byte) int {
	for at := 0; at < len(s); {
		r, n := utf8.DecodeRune(s[at:])
		if r == utf8.RuneError && n == 1 || !cs.Has(r) {
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
		if r == utf8.RuneError && n == 1 || !cs.Has(r) {
			out = append(out, '?')
		} else {
			out = append(out, s[:n]...)
		}
		s = s[n:]
	}
	return out
}

// Has reports whether the set has a character.
func (cs Charset) Has(r rune) bool {
	switch cs {
	case CharsetASCII:
		return r < utf8.RuneSelf
	case CharsetUTF8MB3:
		return r <= 0xffff
	}
	if set := cs.codes(); set != nil {
		var room [codes.BytesMax]byte
		_, ok := set.Append(room[:0], r)
		return ok
	}
	return true
}

// Encode writes UTF-8 in the character set. What the set has not becomes a
// question mark, as MySQL sends it.
func (cs Charset) Encode(s []byte) []byte {
	set := cs.codes()
	switch {
	case cs == CharsetUTF8MB4 || cs == CharsetBinary:
		return s
	case set == nil && cs.foreign(s) < 0:
		return s
	case set == nil:
		return cs.marked(s)
	}
	out := make([]byte, 0, len(s))
	for len(s) > 0 {
		r, n := utf8.DecodeRune(s)
		var ok bool
		if out, ok = set.Append(out, r); !ok {
			out, _ = set.Append(out, '?') // every set has it
		}
		s = s[n:]
	}
	return out
}

// Size is the length of a text in the character set.
func (cs Charset) Size(s []byte) int { return len(cs.Encode(s)) }

// Decode is the inverse of Encode. What is no code of the set becomes U+FFFD; what is
// one, and none of a character, a question mark.
func (cs Charset) Decode(s []byte) []byte {
	out, _ := cs.decode(s)
	return out
}

// Text is what bytes become that are to be text: those of units of several bytes get
// zeros in front until they are whole. Where that is no text, bad is the bytes that an
// error tells.
func (cs Charset) Text(s []byte) (text, bad []byte) {
	if missing := (cs.BytesMin() - len(s)%cs.BytesMin()) % cs.BytesMin(); missing > 0 {
		s = append(make([]byte, missing), s...)
	}
	text, at := cs.decode(s)
	switch cs {
	case CharsetASCII, CharsetUTF8MB3, CharsetUTF8MB4:
		at = cs.foreign(text)
	}
	if at < 0 {
		return text, nil
	}
	return text, s[at:min(at+badTold, len(s))]
}

// badTold is how many bytes an error tells of those that are no text.
const badTold = 3

// decode is Decode, and where the first bytes are that are no code, or -1.
func (cs Charset) decode(s []byte) (out []byte, bad int) {
	set := cs.codes()
	if set == nil {
		return s, -1
	}
	out, bad = make([]byte, 0, len(s)), -1
	for at := 0; at < len(s); {
		r, n := set.Next(s[at:])
		if n == 0 {
			if n = min(cs.BytesMin(), len(s)-at); bad < 0 {
				bad = at
			}
		}
		out = utf8.AppendRune(out, r)
		at += n
	}
	return out, bad
}

// Whole is how many of the first bytes of a text are whole characters, if more come behind.
func (cs Charset) Whole(s []byte) int {
	set := cs.codes()
	for at := 0; set != nil && at < len(s); {
		_, n := set.Next(s[at:])
		if n == 0 && len(s)-at < codes.BytesMax {
			return at
		}
		at += max(n, cs.BytesMin())
	}
	return len(s)
}

// BytesMin is the least bytes of a character.
func (cs Charset) BytesMin() int {
	switch cs {
	case "ucs2", "utf16", "utf16le":
		return 2
	case "utf32":
		return 4
	}
	return 1
}
