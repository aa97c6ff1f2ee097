package exec

import (
	"slices"

	"github.com/xadb/xadb/server/types"
)

// keepDistinct tells of DISTINCT what clients see in MySQL: the rows are kept in a table
// without keys, unless they differ anyway, because a whole key is among their columns, or
// come in an index's order.
func (s *selection) keepDistinct() {
	shown := map[int]bool{}
	for _, e := range s.exprs {
		shown[e.col] = true
	}
	missing := func(col int) bool { return !shown[col] || s.table.Columns[col].Nullable }
	keys := [][]int{s.table.PrimaryKey}
	if len(s.table.PrimaryKey) > 0 && !slices.ContainsFunc(s.table.PrimaryKey, missing) {
		return
	}
	for _, ix := range s.table.Indexes {
		var key []int
		for _, p := range ix.Columns {
			key = append(key, p.Column)
		}
		if ix.Unique && !slices.ContainsFunc(key, missing) {
			return
		}
		keys = append(keys, key)
	}
	for _, key := range keys { // an index that begins with the columns has them in order
		if len(key) >= len(shown) && !slices.ContainsFunc(key[:len(shown)], func(col int) bool { return !shown[col] }) {
			return
		}
	}
	const ofKeys = types.FlagPrimaryKey | types.FlagUniqueKey | types.FlagMultipleKey | types.FlagPartOfKey | types.FlagAutoInc
	for i := range s.columns {
		c := &s.columns[i]
		c.Flags &^= ofKeys
		switch {
		case s.exprs[i].col >= 0 || s.exprs[i].constant:
		case s.exprs[i].typ.IsNumber():
			c.OrgName = c.Name
			c.Flags &^= types.FlagBinary
		default:
			c.OrgName, c.Decimals = c.Name, c.Decimals%floatDecimals
		}
	}
}

// floatDecimals says that a value has as many decimals as it takes.
const floatDecimals = 31
