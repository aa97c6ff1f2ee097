package sets

import (
	_ "unsafe" // for go:linkname

	gms "github.com/dolthub/go-mysql-server/sql"

	"github.com/xadb/xadb/server/types"
)

// The library's tables of character sets, by the number of their default collation, and
// of collations, by number.
//
//go:linkname characterSets github.com/dolthub/go-mysql-server/sql.characterSetArray
var characterSets [256]gms.CharacterSet

//go:linkname collations github.com/dolthub/go-mysql-server/sql.collationArray
var collations [324]gms.Collation

func init() {
	for i := range characterSets {
		if set := &characterSets[i]; types.Charset(set.Name).Recodes() {
			set.Encoder = encoder{types.Charset(set.Name)}
		}
	}
	for i := range collations {
		if c := &collations[i]; c.Sorter == nil && types.Collation(c.ID).Known() {
			c.Sorter = codePoint
		}
	}
}

func codePoint(r rune) int32 { return r }
