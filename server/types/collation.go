package types

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/dolthub/go-mysql-server/sql/encodings"
)

// A Collation is a character set and an order of its strings, by MySQL's
// number.
type Collation uint16

// The collations of this version.
const (
	CollationGeneralCI Collation = 45 // utf8mb4_general_ci: no case, no accents, PAD SPACE
	CollationBin       Collation = 46 // utf8mb4_bin: by code point, PAD SPACE
	CollationBinary    Collation = 63 // binary: bytes, NO PAD
)

const (
	bytesPerChar = 4  // of utf8mb4
	spaceByte    = 32 // in UTF-8, and where utf8mb4_bin places it
	weightMax    = 1<<16 - 3
)

var spaceWeight = weight(' ')

var collationNames = map[Collation]string{
	CollationGeneralCI: "utf8mb4_general_ci", CollationBin: "utf8mb4_bin", CollationBinary: "binary",
}

// Name is MySQL's name.
func (c Collation) Name() string { return collationNames[c] }

func (c Collation) known() bool { return collationNames[c] != "" }

// Charset is the name of the character set.
func (c Collation) Charset() string {
	if c == CollationBinary {
		return "binary"
	}
	return "utf8mb4"
}

// CollationByName finds a collation that this version has.
func CollationByName(name string) (Collation, bool) {
	for c, n := range collationNames {
		if strings.EqualFold(n, name) {
			return c, true
		}
	}
	return 0, false
}

// MergeCollations is the one in which two strings are compared: of binary,
// utf8mb4_bin and utf8mb4_general_ci the first that either has.
func MergeCollations(a, b Collation) Collation { return max(a, b) }

// weight is a character's place in utf8mb4_general_ci. What no weight table
// has (surrogates, never in valid UTF-8) sorts last.
func weight(r rune) int {
	w := int(encodings.Utf8mb4_general_ci_RuneWeight(r))
	if w > weightMax || w < 0 {
		return weightMax
	}
	return w
}

// Compare is -1, 0 or 1 as a sorts before, with or after b.
func (c Collation) Compare(a, b []byte) int {
	switch c {
	case CollationBinary:
		return bytes.Compare(a, b)
	case CollationBin:
		return compareBin(a, b)
	}
	for len(a) > 0 || len(b) > 0 {
		var x, y int
		x, a = nextWeight(a)
		y, b = nextWeight(b)
		if x != y {
			return sign(x - y)
		}
	}
	return 0
}

// nextWeight takes the first character's weight off s; past its end come
// spaces.
func nextWeight(s []byte) (int, []byte) {
	if len(s) == 0 {
		return spaceWeight, s
	}
	r, n := utf8.DecodeRune(s)
	return weight(r), s[n:]
}

func compareBin(a, b []byte) int {
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

// appendKey appends the string's key (the package comment has the layout).
func (c Collation) appendKey(dst, s []byte) []byte {
	switch c {
	case CollationBinary:
		return appendBinaryKey(dst, s)
	case CollationBin:
		return appendPadded(dst, bytes.TrimRight(s, " "), binStep)
	}
	return appendPadded(dst, bytes.TrimRight(s, " "), ciStep)
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

// A step says how a collation cuts a string into weights and writes them.
type step struct {
	space int
	next  func(s []byte) (w, size int)
	put   func(dst []byte, code int) []byte
}

var (
	binStep = step{
		space: spaceByte,
		next:  func(s []byte) (int, int) { return int(s[0]), 1 },
		put:   func(dst []byte, code int) []byte { return append(dst, byte(code)) },
	}
	ciStep = step{
		space: spaceWeight,
		next: func(s []byte) (int, int) {
			r, n := utf8.DecodeRune(s)
			return weight(r), n
		},
		put: func(dst []byte, code int) []byte { return append(dst, byte(code>>8), byte(code)) },
	}
)

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
	if c == CollationBin {
		return int(r), r, size
	}
	return weight(r), r, size
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
