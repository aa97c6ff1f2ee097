package server

import (
	"math"
	"strings"

	"github.com/xadb/xadb/server/types"
)

// numbered is what a number stands for: collations, character sets and modes have some, and so
// has the first of the locales.
func (v *sysVar) numbered(n int64, text string) string {
	c := types.Collation(n)
	known := n > 0 && n <= math.MaxUint16 && c.Known()
	switch {
	case known && (strings.HasPrefix(v.name, "collation_") || v.name == "default_collation_for_utf8mb4"):
		return c.Name()
	case known && strings.HasPrefix(v.name, "character_set_"):
		return string(c.Charset())
	case n == 0 && strings.HasPrefix(v.name, "lc_"):
		return "en_US"
	case v.name == "sql_mode":
		if modes, ok := modesOf(uint64(n)); ok {
			return modes
		}
	}
	return text
}
