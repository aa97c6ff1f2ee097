package exec

import (
	"strings"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/types"
)

// showIndexes is SHOW INDEX's result: a line for each column of each key.
func (c *call) showIndexes(db, table string) (*Result, error) {
	t, err := c.shown(db, table)
	if err != nil {
		return nil, err
	}
	r := listing("Table", "Non_unique", "Key_name", "Seq_in_index", "Column_name", "Collation", "Cardinality", "Sub_part",
		"Packed", "Null", "Index_type", "Comment", "Index_comment", "Visible", "Expression")
	for _, at := range []int{1, 3, 6, 7} {
		w := types.Type{Kind: types.BigInt}.Wire()
		n := &r.Columns[at]
		n.Type, n.Charset, n.Length, n.Flags = w.Type, w.Charset, w.Length, w.Flags
	}
	values, err := c.Cardinality(c.env.Txn, t, c.env.Now)
	if err != nil {
		return nil, err
	}
	if parts := t.PrimaryParts(); len(parts) > 0 {
		indexLines(r, t, &catalog.Index{Name: catalog.PrimaryName, Unique: true, Columns: parts}, values[0])
		values = values[1:]
	}
	for i := range t.Indexes {
		indexLines(r, t, &t.Indexes[i], values[i])
	}
	return r, nil
}

func indexLines(r *Result, t *catalog.Table, ix *catalog.Index, values []uint64) {
	for at, p := range ix.Columns {
		nonUnique, order, null, visible := int64(1), binlog.Value("A"), "", "YES"
		if ix.Unique {
			nonUnique = 0
		}
		if p.Desc {
			order = "D"
		}
		if t.Columns[p.Column].Nullable {
			null = "YES"
		}
		if ix.Invisible {
			visible = "NO"
		}
		kind := "BTREE"
		switch {
		case ix.Fulltext:
			kind, order = "FULLTEXT", nil
		case t.Columns[p.Column].Type.Kind == types.Geometry:
			kind = "SPATIAL"
		}
		var prefix binlog.Value
		if p.Prefix > 0 {
			prefix = int64(p.Prefix)
		}
		var column, expression binlog.Value = t.Columns[p.Column].Name, nil
		if c := &t.Columns[p.Column]; c.Hidden {
			column, expression = nil, strings.ReplaceAll(KeyExpression(c), "'", `\'`) // as MySQL has it
		}
		r.line(t.Name, nonUnique, ix.Name, int64(at+1), column, order, int64(values[at]), prefix,
			nil, null, kind, "", ix.Comment, visible, expression)
	}
}
