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
	told    telling
}

// A telling is how MySQL tells weights.
type telling uint8

const (
	inPairs telling = iota // two bytes each
	inBytes                // one byte each
	inMixed                // as many as there are, like the codes of the set
)

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

// Mixed reports whether MySQL tells weights of different lengths, like those of the codes
// of the character set.
func (c Collation) Mixed() bool { return c.known().told == inMixed }

// Pads reports whether trailing spaces do not count (PAD SPACE).
func (c Collation) Pads() bool { return !c.known().noPad }

// IsDefault reports whether the collation is the one of its character set.
func (c Collation) IsDefault() bool { return charsetInfos[c.Charset()].collation == c }

// byBytes: the order is that of the bytes of UTF-8, or of no text.
func (c Collation) byBytes() bool { return c.known().weights == nil }

// IsBin reports whether only strings of the same characters are equal.
func (c Collation) IsBin() bool { return c.byBytes() || strings.HasSuffix(c.known().name, "_bin") }

// Bin is the collation by code points of the same character set.
func (c Collation) Bin() Collation {
	if cs := c.Charset(); cs != CharsetBinary {
		bin, _ := CollationByName(string(cs) + "_bin") // every set has one
		return bin
	}
	return CollationBinary
}

// BytesPerChar is the most bytes of a character.
func (c Collation) BytesPerChar() int { return charsetInfos[c.Charset()].bytes }

// CollationByName finds a collation that this version has. utf8 is an older
// name of utf8mb3.
func CollationByName(name string) (Collation, bool) {
	name = strings.ToLower(name)
	if rest, old := strings.CutPrefix(name, "utf8_"); old {
		name = "utf8mb3_" + rest
	}
	c, ok := collationNames[name]
	return c, ok
}

var collationNames = func() map[string]Collation {
	out := make(map[string]Collation, len(collations))
	for c, k := range collations {
		out[k.name] = c
	}
	return out
}()

// CharsetByName finds a character set, and the collation it stands for.
func CharsetByName(name string) (Charset, Collation, bool) {
	cs := Charset(strings.ToLower(name))
	if cs == "utf8" {
		cs = CharsetUTF8MB3
	}
	info, ok := charsetInfos[cs]
	if !ok {
		return cs, 0, false
	}
	return cs, info.collation, true
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
	switch x, y := a.Charset(), b.Charset(); {
	case x.covers(y):
		return a, true
	case y.covers(x):
		return b, true
	}
	return 0, false
}

// covers: a set of Unicode covers the others but for those, utf8mb4 these too, and all
// cover ASCII.
func (cs Charset) covers(other Charset) bool {
	return cs == CharsetUTF8MB4 || other == CharsetASCII || cs.isUTF() && !other.isUTF()
}
