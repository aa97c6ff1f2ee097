package weights

import (
	"fmt"
	"strings"

	"github.com/xadb/xadb/server/codes"
)

// A rule gives weights to characters that a table does not name: one, or two if
// the second is not 0.
type rule func(r rune) (first, second uint16)

var rules = map[string]rule{"0900": implicit900, "520": implicit520, "400": implicit400, "itself": itself}

// byCodes is what the name of a rule begins with by which characters weigh what their
// codes do in the character set that it ends with.
const byCodes = "code "

func ruleOf(name string) (rule, error) {
	if r := rules[name]; r != nil {
		return r, nil
	}
	if set, is := strings.CutPrefix(name, byCodes); is {
		if s := codes.Named(set); s != nil {
			return codeRule(s), nil
		}
	}
	return nil, fmt.Errorf("there is no rule %q", name)
}

// codeRule gives characters their codes, of up to four bytes, with zeros behind; what has
// none is a question mark.
func codeRule(set codes.Set) rule {
	return func(r rune) (first, second uint16) {
		var room [codes.BytesMax]byte
		code, ok := set.Append(room[:0], r)
		if !ok {
			code = append(code, '?')
		}
		var b [codes.BytesMax]byte
		copy(b[:], code)
		return uint16(b[0])<<8 | uint16(b[1]), uint16(b[2])<<8 | uint16(b[3])
	}
}

// ByRule is what a rule of rule.go gives a character; second is 0 if it is one weight.
func ByRule(name string, r rune) (first, second uint16) {
	rule, err := ruleOf(name)
	if err != nil {
		panic("weights: " + err.Error()) // the caller's mistake
	}
	return rule(r)
}

// The bases of what the Unicode Collation Algorithm calls implicit weights.
const (
	tangut    = 0xfb00
	han       = 0xfb40
	hanMore   = 0xfb80
	unnamed   = 0xfbc0
	noMeaning = 0xfffd // that of what is beyond a table of 65536 characters
)

// implicit900 is the rule of UCA 9.0.0.
func implicit900(r rune) (first, second uint16) {
	switch {
	case r >= 0x17000 && r <= 0x18aff:
		return tangut, uint16(r-0x17000) | 0x8000
	case r >= 0x4e00 && r <= 0x9fd5 || hanOfCompatibility(r):
		return pair(han, r)
	case r >= 0x3400 && r <= 0x4db5, r >= 0x20000 && r <= 0x2a6d6, r >= 0x2a700 && r <= 0x2b734,
		r >= 0x2b740 && r <= 0x2b81d, r >= 0x2b820 && r <= 0x2cea1:
		return pair(hanMore, r)
	}
	return pair(unnamed, r)
}

// implicit520 is MySQL's rule for UCA 5.2.0, which leaves out the ideographs
// beyond the first 65536 characters.
func implicit520(r rune) (first, second uint16) {
	switch {
	case r >= 0x4e00 && r <= 0x9fa5 || hanOfCompatibility(r):
		return pair(han, r)
	case r >= 0x3400 && r <= 0x4db5:
		return pair(hanMore, r)
	}
	return pair(unnamed, r)
}

// implicit400 is that for UCA 4.0.0, of whose tables 65536 characters are used.
func implicit400(r rune) (first, second uint16) {
	if r > 0xffff {
		return noMeaning, 0
	}
	return implicit520(r)
}

// itself is the rule of collations that are older than the algorithm.
func itself(r rune) (first, second uint16) {
	if r > 0xffff {
		return noMeaning, 0
	}
	return uint16(r), 0
}

func pair(base uint16, r rune) (first, second uint16) {
	return base + uint16(r>>15), uint16(r)&0x7fff | 0x8000
}

// hanOfCompatibility are the ideographs that live among others' compatibility forms.
func hanOfCompatibility(r rune) bool {
	switch r {
	case 0xfa0e, 0xfa0f, 0xfa11, 0xfa13, 0xfa14, 0xfa1f, 0xfa21, 0xfa23, 0xfa24, 0xfa27, 0xfa28, 0xfa29:
		return true
	}
	return false
}
