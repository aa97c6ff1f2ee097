package exec

import (
	"slices"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/types"
)

// TableColumn is what clients are told of a table's column: its origin, its type and what
// the keys have of it (MySQL, Client/Server Protocol, Column Definition).
func TableColumn(t *catalog.Table, at int) Column {
	c := &t.Columns[at]
	w := c.Type.Wire()
	return Column{
		Name: c.Name, OrgName: c.Name, Table: t.Name, OrgTable: t.Name, DB: t.DB,
		Type: w.Type, Charset: w.Charset, Own: w.Own, Length: w.Length, Decimals: w.Decimals,
		Flags: w.Flags | keyFlags(t, at) | columnFlags(c),
	}
}

func columnFlags(c *catalog.Column) (flags uint16) {
	if !c.Nullable {
		flags |= types.FlagNotNull
	}
	if c.AutoIncrement {
		flags |= types.FlagAutoInc
	}
	if !c.Nullable && c.Default == nil && !c.AutoIncrement {
		flags |= types.FlagNoDefault
	}
	if c.Type.Kind != types.Timestamp { // a DATETIME's are not told
		return flags
	}
	if c.Default != nil && c.Default.Now || c.OnUpdateNow {
		flags |= types.FlagTimestamp
	}
	if c.OnUpdateNow {
		flags |= types.FlagOnUpdateNow
	}
	return flags
}

// keyFlags says what a column begins, and whether it is in any key. A column may have
// several: SHOW COLUMNS has only the first.
func keyFlags(t *catalog.Table, col int) (flags uint16) {
	if t.IsPrimary(col) {
		flags |= types.FlagPrimaryKey
	}
	for i := range t.Indexes {
		ix := &t.Indexes[i]
		has := slices.ContainsFunc(ix.Columns, func(p catalog.Part) bool { return p.Column == col })
		switch {
		case len(t.PrimaryKey) == 0 && i == 0 && ix.Unique && !hasNullable(t, ix):
			if has {
				flags |= types.FlagPrimaryKey
			}
		case ix.Columns[0].Column != col:
		case ix.Unique && len(ix.Columns) == 1:
			flags |= types.FlagUniqueKey
		default:
			flags |= types.FlagMultipleKey
		}
	}
	if t.IsKeyed(col) {
		flags |= types.FlagPartOfKey
	}
	return flags
}
