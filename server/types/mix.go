package types

import (
	"fmt"
	"strings"

	"github.com/xadb/xadb/server/mysqlerr"
)

// A Claim is how strongly a text asks for its collation (MySQL manual, Collation
// Coercibility).
type Claim int

// The claims.
const (
	Explicit  Claim = 0
	Implicit  Claim = 2
	Coercible Claim = 4
	Numeric   Claim = 5
)

// String is the claim as errors write it.
func (c Claim) String() string {
	switch c {
	case Explicit:
		return "EXPLICIT"
	case Implicit:
		return "IMPLICIT"
	case Numeric:
		return "NUMERIC"
	}
	return "COERCIBLE"
}

// A Claimant is a text among others. A constant one is Known.
type Claimant struct {
	Collation Collation
	Claim     Claim
	Text      []byte
	Known     bool
}

// ascii: whatever the set, it has the text.
func (c Claimant) ascii() bool {
	return c.Claim == Numeric || c.Known && CharsetASCII.foreign(c.Text) < 0
}

// Mix is the collation of several texts together, for an operation. Those that have no
// character set in common are an error (1267), and so is a constant that the others' set
// lacks a character of (3854). An operation without a name takes any.
func Mix(list []Claimant, operation string) (Collation, error) {
	at := 0 // the strongest
	for i := 1; i < len(list); i++ {
		switch a, b := list[at], list[i]; {
		case a.Collation.Charset() == b.Collation.Charset():
			if b.Claim < a.Claim || b.Claim == a.Claim && b.Collation.IsBin() {
				at = i
			}
		case a.over(b):
		case b.over(a):
			at = i
		case a.Claim < b.Claim && b.Claim >= Coercible:
		case b.Claim < a.Claim && a.Claim >= Coercible:
			at = i
		case operation == "":
			return 0, nil
		default:
			return 0, illegalMix(list, operation)
		}
	}
	c := list[at].Collation
	for _, other := range list {
		if other.Known && other.Collation.Charset() != c.Charset() && c.Charset().foreign(other.Text) >= 0 {
			from := other.Collation.Charset()
			return 0, mysqlerr.New(mysqlerr.NoConversion, Printed(from.Encode(other.Text)), from, c.Charset())
		}
	}
	return c, nil
}

// over reports whether one text's character set wins: it has all characters of the other
// one, or of the text.
func (c Claimant) over(other Claimant) bool {
	x, y := c.Collation.Charset(), other.Collation.Charset()
	return c.Claim < other.Claim && (x.isUTF() || other.ascii()) || c.Claim == other.Claim && x.covers(y)
}

func illegalMix(list []Claimant, operation string) error {
	var args []any
	for _, c := range list {
		args = append(args, c.Collation.Name(), c.Claim.String())
	}
	switch args = append(args, operation); len(list) {
	case 2:
		return mysqlerr.New(mysqlerr.IllegalMix, args...)
	case 3:
		return mysqlerr.New(mysqlerr.IllegalMixOfThree, args...)
	}
	return mysqlerr.New(mysqlerr.IllegalMixOfMore, operation)
}

// printedMax is how many bytes of a text an error shows.
const printedMax = 6

// Printed is the beginning of a text as an error shows it.
func Printed(b []byte) string {
	var out strings.Builder
	for _, c := range b[:min(len(b), printedMax)] {
		if c < ' ' || c > '~' {
			fmt.Fprintf(&out, `\x%02X`, c)
			continue
		}
		out.WriteByte(c)
	}
	if len(b) > printedMax {
		out.WriteString("...")
	}
	return out.String()
}
