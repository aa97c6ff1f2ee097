package exec

import (
	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/reword"
)

// referred is the columns that a foreign key of a table refers to.
func (c *call) referred(t *catalog.Table, d *sqlparser.ForeignKeyDefinition) ([]string, error) {
	var out []string
	for _, col := range d.ReferencedColumns {
		out = append(out, col.String())
	}
	if len(out) != 1 || out[0] != reword.ImpliedKey {
		return out, nil
	}
	db, name := d.ReferencedTable.DbQualifier.String(), d.ReferencedTable.Name.String()
	if db == "" {
		db = t.DB
	}
	parent := t
	if db != t.DB || name != t.Name {
		var ok bool
		var err error
		if parent, ok, err = c.catalog.Find(c.env.Txn, db, name); err != nil {
			return nil, err
		}
		switch {
		case ok:
		case c.env.NoForeignKeys:
			return nil, nil
		default:
			return nil, mysqlerr.New(mysqlerr.FKCannotOpenParent, name)
		}
	}
	out = nil
	for _, at := range parent.PrimaryKey {
		out = append(out, parent.Columns[at].Name)
	}
	return out, nil
}
