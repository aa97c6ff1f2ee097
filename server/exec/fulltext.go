package exec

import (
	"slices"
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/types"
)

// fulltextParts resolves the columns of a FULLTEXT index. It is of all of each, so
// lengths mean nothing.
func fulltextParts(t *catalog.Table, d indexDef) ([]catalog.Part, error) {
	if len(d.columns) > catalog.KeyParts {
		return nil, mysqlerr.New(mysqlerr.TooManyKeyParts, catalog.KeyParts)
	}
	ix := catalog.Index{Fulltext: true}
	for _, n := range d.columns {
		col := columnNamed(t, n.Column.String())
		switch {
		case col < 0:
			return nil, mysqlerr.New(mysqlerr.KeyColumnMissing, n.Column.String())
		case slices.ContainsFunc(ix.Columns, func(p catalog.Part) bool { return p.Column == col }):
			return nil, mysqlerr.New(mysqlerr.DupFieldName, t.Columns[col].Name)
		case strings.EqualFold(n.Order, sqlparser.DescScr):
			return nil, mysqlerr.New(mysqlerr.WrongUsage, "spatial/fulltext/hash index", "explicit index order")
		}
		ix.Columns = append(ix.Columns, catalog.Part{Column: col})
	}
	if len(ix.Columns) == 0 {
		return nil, unsupported("index on an expression")
	}
	return ix.Columns, CheckFulltext(t, &ix)
}

// CheckFulltext refuses a FULLTEXT index with a column that may not be in it; of other
// indexes it says nothing.
func CheckFulltext(t *catalog.Table, ix *catalog.Index) error {
	if !ix.Fulltext {
		return nil
	}
	for _, p := range ix.Columns {
		c := &t.Columns[p.Column]
		switch {
		case c.Type.Kind == types.Vector:
			return mysqlerr.New(mysqlerr.VectorAsKey, c.Name)
		case c.Type.Kind == types.JSON:
			return mysqlerr.New(mysqlerr.JSONUsedAsKey, c.Name)
		case !t.FulltextColumn(ix, p.Column):
			return mysqlerr.New(mysqlerr.BadFulltextColumn, c.Name)
		case c.Generated != "" && !c.Stored:
			return mysqlerr.New(mysqlerr.GeneratedAction, "Fulltext index on virtual generated column")
		}
	}
	return nil
}
