package sql

import (
	"strings"

	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/types"
)

// derive makes a query's columns those of the derived table, or the view, that it is.
func (c *call) derive(n *plan.SubqueryAlias, list []chosenColumn) {
	schema := n.Schema()
	if len(schema) != len(list) {
		return
	}
	if keepsRows(n.Child) {
		keepAll(list)
	}
	view, isView := c.viewInFrom(n.Name())
	for i := range list {
		col := &list[i]
		col.Name, col.constant = schema[i].Name, false
		c.derivedDefault(&col.Column, n.Name())
		w := &col.wire
		if w.OrgTable == "" && col.Type.Kind == types.Int && wideness[w.Type] == types.BigInt && w.Length >= intWidth {
			col.Type.Kind = types.BigInt // though directly it would be an INT
		}
		w.Table = n.Name()
		if isView {
			w.OrgTable, w.OrgName = view.Name.String(), col.Name
			if w.DB != "" || col.kept {
				w.DB = view.DbQualifier.String()
			}
		}
		if w.OrgName == "" {
			w.OrgName = col.Name
		}
	}
}

// derivedDefault is that of a column of a derived table, or of a view: of its type, or
// none as before. A view that is shown has those of what it shows.
func (c *call) derivedDefault(col *catalog.Column, table string) {
	shown := c.stmt.shown
	if shown != "" && strings.EqualFold(table, shown) {
		return
	}
	col.OnUpdateNow = false
	now := col.Default != nil && col.Default.Now
	switch {
	case shown != "" && col.Nullable && !now:
	case col.Nullable || col.Default != nil:
		col.Default = ofType()
	}
}

// derivedTable is a table of a derived table's columns.
func derivedTable(list []chosenColumn) *catalog.Table {
	out := &catalog.Table{}
	for i := range list {
		out.Columns = append(out.Columns, list[i].Column)
	}
	return out
}

// viewInFrom finds what the statement reads by a name, or alias, if it is neither a query
// nor a CTE. A derived table that it is, is a view's.
func (c *call) viewInFrom(as string) (name sqlparser.TableName, ok bool) {
	s, is := c.stmt.tree.Statement.(*sqlparser.Select)
	if !is {
		return name, false
	}
	if s.With != nil {
		for _, cte := range s.With.Ctes {
			if strings.EqualFold(cte.AliasedTableExpr.As.String(), as) {
				return name, false
			}
		}
	}
	for _, t := range s.From {
		_ = exec.Walk(func(n sqlparser.SQLNode) (bool, error) {
			switch n := n.(type) {
			case *sqlparser.Subquery:
				return false, nil
			case *sqlparser.AliasedTableExpr:
				found, is := n.Expr.(sqlparser.TableName)
				if is && (strings.EqualFold(n.As.String(), as) || n.As.IsEmpty() && strings.EqualFold(found.Name.String(), as)) {
					name, ok = found, true
				}
			}
			return true, nil
		}, t)
	}
	if name.DbQualifier.IsEmpty() {
		name.DbQualifier = sqlparser.NewTableIdent(c.env.DB)
	}
	return name, ok
}
