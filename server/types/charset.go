package types

import (
	"bytes"
	"fmt"
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

// Holds reports whether the set has all characters of a text.
func (cs Charset) Holds(text []byte) bool { return cs.foreign(text) < 0 }

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
		if s[0] == kept && len(s) > 1 && s[1] >= keptMin {
			out, s = append(out, s[1]), s[2:]
			continue
		}
		if s[0] == keptLow && len(s) > 1 && s[1] >= utf8.RuneSelf {
			out, s = append(out, s[1]-utf8.RuneSelf), s[2:]
			continue
		}
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

// kept is the byte ahead of one that Receive has kept, and keptLow ahead of one below 0x80,
// which is written 0x80 higher, so that nobody takes it for a quote or a backslash. UTF-8
// has neither.
const (
	kept    = 0xff
	keptLow = 0xfe
	keptMin = 0x7f // below it bytes are letters in every set, unless they end a longer code
)

// Receive is Decode of what a client sends, of which nobody knows yet whether it is text:
// bytes that are no character, or not the ones that a character has, are kept for Encode,
// which gives them back.
func (cs Charset) Receive(s []byte) []byte {
	set := cs.codes()
	if set == nil {
		return s
	}
	var room [codes.BytesMax]byte
	out := make([]byte, 0, len(s)+len(s)/2)
	for len(s) > 0 {
		r, n := set.Next(s)
		if code, ok := set.Append(room[:0], r); ok && n > 0 && bytes.Equal(code, s[:n]) {
			out, s = utf8.AppendRune(out, r), s[n:]
			continue
		}
		n = max(n, cs.pair(s), 1)
		for _, b := range s[:n] {
			switch {
			case b >= keptMin:
				out = append(out, kept, b)
			case n > 1:
				out = append(out, keptLow, b+utf8.RuneSelf)
			default:
				out = append(out, b)
			}
		}
		s = s[n:]
	}
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

// beginning is the text that bytes begin with.
func (cs Charset) beginning(s []byte) []byte {
	if _, bad := cs.decode(s); bad >= 0 {
		s = s[:bad]
	}
	return cs.Decode(s)
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
			if n = max(cs.pair(s[at:]), min(cs.BytesMin(), len(s)-at)); bad < 0 {
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
		at += max(n, cs.pair(s[at:]), cs.BytesMin())
	}
	return len(s)
}

// pairs are the sets with codes of two bytes of which the second one may be a quote's, a
// backslash's or another sign's.
var pairs = map[Charset][2]func(byte) bool{
	"big5":    {within(0xa1, 0xf9), within(0x40, 0x7e, 0xa1, 0xfe)},
	"gbk":     {within(0x81, 0xfe), within(0x40, 0x7e, 0x80, 0xfe)},
	"gb18030": {within(0x81, 0xfe), within(0x40, 0x7e, 0x80, 0xfe)},
	"sjis":    {within(0x81, 0x9f, 0xe0, 0xfc), within(0x40, 0x7e, 0x80, 0xfc)},
	"cp932":   {within(0x81, 0x9f, 0xe0, 0xfc), within(0x40, 0x7e, 0x80, 0xfc)},
}

// within is of bytes in one of some ranges: their first and last ones.
func within(ends ...byte) func(byte) bool {
	return func(b byte) bool {
		for i := 0; i < len(ends); i += 2 {
			if ends[i] <= b && b <= ends[i+1] {
				return true
			}
		}
		return false
	}
}

// pair is 2 where bytes begin with two that belong together as those of a character do,
// whether there is one or not (MySQL reads statements so); else 0.
func (cs Charset) pair(s []byte) int {
	if p, is := pairs[cs]; is && len(s) > 1 && p[0](s[0]) && p[1](s[1]) {
		return 2
	}
	return 0
}

// Told is the text of a message in the character set: what the set has not is written as
// its number, and what is no character as a question mark.
func (cs Charset) Told(s []byte) []byte {
	set := cs.codes()
	if set == nil || cs.BytesMin() > 1 {
		return s
	}
	out := make([]byte, 0, len(s))
	for len(s) > 0 {
		r, n := utf8.DecodeRune(s)
		var ok bool
		switch out, ok = set.Append(out, r); {
		case r == utf8.RuneError && n == 1:
			if n = 1; (s[0] == kept || s[0] == keptLow) && len(s) > 1 && s[1] >= keptMin {
				n = 2
			}
			out = append(out, '?')
		case !ok && r > 0xffff:
			out = fmt.Appendf(out, `\+%06X`, r)
		case !ok:
			out = fmt.Appendf(out, `\%04X`, r)
		}
		s = s[n:]
	}
	return out
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
