package types

import (
	"strings"

	"github.com/xadb/xadb/server/weights"
)

// A Collation is a character set and an order of its strings, by MySQL's
// number.
type Collation uint16

// The collations that are named in code.
const (
	CollationLatin1    Collation = 8  // latin1_swedish_ci
	CollationLatin1Bin Collation = 47 // latin1_bin
	CollationGeneralCI Collation = 45 // utf8mb4_general_ci: no case, no accents, PAD SPACE
	CollationBin       Collation = 46 // utf8mb4_bin: by code point, PAD SPACE
	CollationBinary    Collation = 63 // binary: bytes, NO PAD
	CollationModern    Collation = 255
	collationModernBin Collation = 309 // utf8mb4_0900_bin
)

// A collating is what is known of a collation: its character set, whether
// trailing spaces count (NO PAD), and what its characters weigh, at how many
// levels. Those without weights go by bytes.
type collating struct {
	name    string
	charset Charset
	noPad   bool
	table   string
	weights *weights.Table
	levels  int
}

// oneByte: MySQL tells weights of one byte.
func (k *collating) oneByte() bool {
	return k.charset != CharsetUTF8MB3 && k.charset != CharsetUTF8MB4
}

// A Charset is a character set. Text is UTF-8 in memory and in rows, whatever
// its set: the set says which characters there may be, and how clients and the
// binlog see them.
type Charset string

// The character sets.
const (
	CharsetASCII   Charset = "ascii"
	CharsetBinary  Charset = "binary"
	CharsetCP1256  Charset = "cp1256"
	CharsetCP1257  Charset = "cp1257"
	CharsetLatin1  Charset = "latin1"
	CharsetLatin7  Charset = "latin7"
	CharsetUTF8MB3 Charset = "utf8mb3"
	CharsetUTF8MB4 Charset = "utf8mb4"
)

// charsetDefaults is each character set's collation if only the set is named,
// and the most bytes of a character.
var charsetDefaults = map[Charset]struct {
	collation Collation
	bytes     int
}{
	CharsetASCII: {11, 1}, CharsetBinary: {CollationBinary, 1}, CharsetLatin1: {CollationLatin1, 1},
	CharsetCP1256: {57, 1}, CharsetCP1257: {59, 1}, CharsetLatin7: {41, 1},
	CharsetUTF8MB3: {33, 3}, CharsetUTF8MB4: {CollationGeneralCI, 4},
}

// Collations are the collations that there are, in no order.
func Collations() []Collation {
	out := make([]Collation, 0, len(collations))
	for c := range collations {
		out = append(out, c)
	}
	return out
}

// known is what is known of a collation; utf8mb4_general_ci's if it is none.
func (c Collation) known() *collating {
	if k := collations[c]; k != nil {
		return k
	}
	return collations[CollationGeneralCI]
}

// Known reports whether this version has the collation.
func (c Collation) Known() bool { return collations[c] != nil }

// Name is MySQL's name, "" for a collation that this version has not.
func (c Collation) Name() string {
	if k := collations[c]; k != nil {
		return k.name
	}
	return ""
}

// Charset is the name of the character set.
func (c Collation) Charset() Charset { return c.known().charset }

// Table is the name of the table of package weights; "" if characters weigh what
// their bytes do.
func (c Collation) Table() string { return c.known().table }

// Pads reports whether trailing spaces do not count (PAD SPACE).
func (c Collation) Pads() bool { return !c.known().noPad }

// IsDefault reports whether the collation is the one of its character set.
func (c Collation) IsDefault() bool { return charsetDefaults[c.Charset()].collation == c }

// byBytes: the order is that of the bytes of UTF-8, or of no text.
func (c Collation) byBytes() bool { return c.known().weights == nil }

// IsBin reports whether only strings of the same characters are equal.
func (c Collation) IsBin() bool { return c.byBytes() || strings.HasSuffix(c.known().name, "_bin") }

// Bin is the collation by code points of the same character set.
func (c Collation) Bin() Collation {
	switch c.Charset() {
	case CharsetASCII:
		return 65
	case CharsetLatin1:
		return CollationLatin1Bin
	case CharsetCP1256:
		return 67
	case CharsetCP1257:
		return 58
	case CharsetLatin7:
		return 79
	case CharsetUTF8MB3:
		return 83
	case CharsetUTF8MB4:
		return CollationBin
	}
	return CollationBinary
}

// BytesPerChar is the most bytes of a character.
func (c Collation) BytesPerChar() int { return charsetDefaults[c.Charset()].bytes }

// CollationByName finds a collation that this version has. utf8 is an older
// name of utf8mb3.
func CollationByName(name string) (Collation, bool) {
	name = strings.ToLower(name)
	if rest, old := strings.CutPrefix(name, "utf8_"); old {
		name = "utf8mb3_" + rest
	}
	for c, k := range collations {
		if k.name == name {
			return c, true
		}
	}
	return 0, false
}

// CharsetByName finds a character set, and the collation it stands for.
func CharsetByName(name string) (Charset, Collation, bool) {
	cs := Charset(strings.ToLower(name))
	if cs == "utf8" {
		cs = CharsetUTF8MB3
	}
	d, ok := charsetDefaults[cs]
	return cs, d.collation, ok
}

// MergeCollations is the one in which two strings are compared that have equal
// claims: bytes win over text, the larger character set over the smaller, and in
// one set the order of code points over any other. Two others have none in
// common: ok is false (MySQL manual, Collation Coercibility).
func MergeCollations(a, b Collation) (c Collation, ok bool) {
	x, y := a.known(), b.known()
	switch {
	case a == b:
		return a, true
	case x.charset == CharsetBinary || y.charset == CharsetBinary:
		return CollationBinary, true
	case x.charset != y.charset:
		return wider(a, b)
	case a.IsBin() != b.IsBin():
		if a.IsBin() {
			return a, true
		}
		return b, true
	}
	return 0, false
}

// wider is the one of two collations whose character set has all characters of
// the other's.
func wider(a, b Collation) (Collation, bool) {
	rank := func(c Collation) int {
		switch c.Charset() {
		case CharsetASCII:
			return 0
		case CharsetUTF8MB4:
			return 2
		}
		return 1
	}
	x, y := rank(a), rank(b)
	if x > y {
		return a, true
	}
	return b, x < y
}
