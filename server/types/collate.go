package types

import (
	"bytes"
	"unicode/utf8"
)

const (
	spaceByte = 32 // in UTF-8, and where the collations by code point place it
	// Codes of weights: two bytes, or three, with room for two more.
	narrowMax = 1<<16 - 3
	wideMax   = 1<<24 - 3
)

// place is a character's place in the order. What no weight table has sorts
// last.
func (k *collating) place(r rune) int {
	limit := narrowMax
	if k.wide {
		limit = wideMax
	}
	w := int(k.weight(r))
	if w > limit || w < 0 {
		return limit
	}
	return w
}

// Compare is -1, 0 or 1 as a sorts before, with or after b.
func (c Collation) Compare(a, b []byte) int {
	k := c.known()
	switch {
	case k.weight == nil && k.noPad:
		return bytes.Compare(a, b)
	case k.weight == nil:
		return comparePadded(a, b)
	}
	end := -1 // past the end of a string come spaces, or nothing
	if !k.noPad {
		end = k.place(' ')
	}
	for len(a) > 0 || len(b) > 0 {
		var x, y int
		x, a = k.next(a, end)
		y, b = k.next(b, end)
		if x != y {
			return sign(x - y)
		}
	}
	return 0
}

// next takes the first character's place off s.
func (k *collating) next(s []byte, end int) (int, []byte) {
	if len(s) == 0 {
		return end, s
	}
	r, n := utf8.DecodeRune(s)
	return k.place(r), s[n:]
}

func comparePadded(a, b []byte) int {
	n := min(len(a), len(b))
	if d := bytes.Compare(a[:n], b[:n]); d != 0 {
		return d
	}
	for _, c := range a[n:] {
		if c != spaceByte {
			return sign(int(c) - spaceByte)
		}
	}
	for _, c := range b[n:] {
		if c != spaceByte {
			return sign(spaceByte - int(c))
		}
	}
	return 0
}

func sign(d int) int {
	switch {
	case d < 0:
		return -1
	case d > 0:
		return 1
	}
	return 0
}

// AppendKey appends bytes that compare as the strings do (the package comment
// has the layout).
func (c Collation) AppendKey(dst, s []byte) []byte {
	k := c.known()
	switch {
	case k.weight == nil && k.noPad:
		return appendBinaryKey(dst, s)
	case k.weight == nil:
		return appendPadded(dst, bytes.TrimRight(s, " "), binStep)
	case k.noPad:
		return k.appendUnpadded(dst, s)
	}
	return appendPadded(dst, bytes.TrimRight(s, " "), k.step())
}

func appendBinaryKey(dst, s []byte) []byte {
	for _, b := range s {
		dst = append(dst, b)
		if b == 0 {
			dst = append(dst, 0xff)
		}
	}
	return append(dst, 0, 0)
}

// appendUnpadded: 0 is the end, so that each place makes room for it.
func (k *collating) appendUnpadded(dst, s []byte) []byte {
	for len(s) > 0 {
		r, n := utf8.DecodeRune(s)
		s = s[n:]
		dst = k.put(dst, k.place(r)+1)
	}
	return k.put(dst, 0)
}

func (k *collating) put(dst []byte, code int) []byte {
	if k.wide {
		dst = append(dst, byte(code>>16))
	}
	return append(dst, byte(code>>8), byte(code))
}

// A step says how a collation cuts a string into weights and writes them.
type step struct {
	space int
	next  func(s []byte) (w, size int)
	put   func(dst []byte, code int) []byte
}

var binStep = step{
	space: spaceByte,
	next:  func(s []byte) (int, int) { return int(s[0]), 1 },
	put:   func(dst []byte, code int) []byte { return append(dst, byte(code)) },
}

func (k *collating) step() step {
	return step{
		space: k.place(' '),
		next: func(s []byte) (int, int) {
			r, n := utf8.DecodeRune(s)
			return k.place(r), n
		},
		put: k.put,
	}
}

// appendPadded writes s so that its end sorts as endless spaces would. A run
// of spaces is written when the weight behind it is known.
func appendPadded(dst, s []byte, st step) []byte {
	spaces := 0
	for len(s) > 0 {
		w, n := st.next(s)
		s = s[n:]
		if w == st.space {
			spaces++
			continue
		}
		code, space := w, st.space
		if w > st.space {
			code, space = w+2, st.space+2
		}
		for ; spaces > 0; spaces-- {
			dst = st.put(dst, space)
		}
		dst = st.put(dst, code)
	}
	// A run still open here weighs as spaces do: it is part of the padding.
	return st.put(dst, st.space+1)
}
