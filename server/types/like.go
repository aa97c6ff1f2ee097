package types

import "unicode/utf8"

// Like reports whether s matches a LIKE pattern: % is any string, _ any one
// character, escape (0: none) takes the next character as it is. There is no
// padding: 'a' is not LIKE 'a '. Characters are compared one by one, so that ß is
// not LIKE 'ss'.
func (c Collation) Like(s, pattern []byte, escape rune) bool {
	return c.like(c.characters(s), c.pattern(pattern, escape))
}

// Prefixed reports whether the texts that begin with one are a range in the order,
// from it with U+0000 behind it to it with U+10FFFF behind it. They are not where
// blanks fill up texts, as other characters than U+0000 may be below them, and
// not where the last character may be the first of a group.
func (c Collation) Prefixed() bool {
	k := c.known()
	return c == CollationGeneralCI || k.noPad && k.weights != nil && !k.weights.Grouped()
}

const (
	anyOne    = -1
	anyString = -2
)

// characters is a string as what LIKE compares, code points or bytes.
func (c Collation) characters(s []byte) []rune {
	out := make([]rune, 0, len(s))
	for len(s) > 0 {
		r, n := c.character(s)
		out = append(out, r)
		s = s[n:]
	}
	return out
}

func (c Collation) character(s []byte) (r rune, size int) {
	if c == CollationBinary {
		return rune(s[0]), 1
	}
	return utf8.DecodeRune(s)
}

func (c Collation) pattern(p []byte, escape rune) []rune {
	out := make([]rune, 0, len(p))
	for len(p) > 0 {
		r, n := c.character(p)
		p = p[n:]
		switch {
		case escape != 0 && r == escape && len(p) > 0:
			r, n = c.character(p)
			p = p[n:]
		case r == '_':
			r = anyOne
		case r == '%':
			r = anyString
		}
		out = append(out, r)
	}
	return out
}

// same reports whether two characters are equal.
func (c Collation) same(a, b rune) bool {
	k := c.known()
	return a == b || b >= 0 && k.weights != nil && k.weights.Same(a, b, k.levels)
}

// like needs no recursion: after a mismatch only the last % can take one
// character more.
func (c Collation) like(s, p []rune) bool {
	i, j := 0, 0
	star, mark := -1, 0
	for i < len(s) {
		switch {
		case j < len(p) && p[j] == anyString:
			star, mark = j, i
			j++
		case j < len(p) && (p[j] == anyOne || c.same(s[i], p[j])):
			i++
			j++
		case star >= 0:
			mark++
			i, j = mark, star+1
		default:
			return false
		}
	}
	for j < len(p) && p[j] == anyString {
		j++
	}
	return j == len(p)
}
