package types

import "unicode/utf8"

// Like reports whether s matches a LIKE pattern: % is any string, _ any one
// character, escape (0: none) takes the next character as it is. There is no
// padding: 'a' is not LIKE 'a '.
func (c Collation) Like(s, pattern []byte, escape rune) bool {
	return like(c.characters(s), c.pattern(pattern, escape))
}

const (
	anyOne    = -1
	anyString = -2
)

// characters is a string as the weights that LIKE compares.
func (c Collation) characters(s []byte) []int {
	out := make([]int, 0, len(s))
	for len(s) > 0 {
		w, _, n := c.character(s)
		out = append(out, w)
		s = s[n:]
	}
	return out
}

func (c Collation) character(s []byte) (w int, r rune, size int) {
	if c == CollationBinary {
		return int(s[0]), rune(s[0]), 1
	}
	r, size = utf8.DecodeRune(s)
	if c.byBytes() {
		return int(r), r, size
	}
	return c.known().place(r), r, size
}

func (c Collation) pattern(p []byte, escape rune) []int {
	out := make([]int, 0, len(p))
	for len(p) > 0 {
		w, r, n := c.character(p)
		p = p[n:]
		switch {
		case escape != 0 && r == escape && len(p) > 0:
			w, _, n = c.character(p)
			p = p[n:]
		case r == '_':
			w = anyOne
		case r == '%':
			w = anyString
		}
		out = append(out, w)
	}
	return out
}

// like needs no recursion: after a mismatch only the last % can take one
// character more.
func like(s, p []int) bool {
	i, j := 0, 0
	star, mark := -1, 0
	for i < len(s) {
		switch {
		case j < len(p) && p[j] == anyString:
			star, mark = j, i
			j++
		case j < len(p) && (p[j] == anyOne || p[j] == s[i]):
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
