package sql

import (
	"slices"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
)

// noRow reports whether a DELETE of several tables has found no row here, but NULLs that
// an outer join puts in its place. A row may have nothing but NULLs, too, where no column
// forbids it: such a one stays if its table is on the side of a join that may be missing.
func (t *table) noRow(row gms.Row) bool {
	d, is := t.c.stmt.tree.Statement.(*sqlparser.Delete)
	if !is || len(d.Targets) == 0 || slices.ContainsFunc(row, func(v any) bool { return v != nil }) {
		return false
	}
	if slices.ContainsFunc(t.def.Columns, func(c catalog.Column) bool { return !c.Nullable }) {
		return true
	}
	for _, from := range d.TableExprs {
		if t.mayMiss(from, false) {
			return true
		}
	}
	return false
}

// mayMiss reports whether a join puts NULLs in place of rows of the table.
func (t *table) mayMiss(from sqlparser.TableExpr, missing bool) bool {
	switch n := from.(type) {
	case *sqlparser.JoinTableExpr:
		left := missing || n.Join == sqlparser.RightJoinStr || n.Join == sqlparser.NaturalRightJoinStr
		right := missing || n.Join == sqlparser.LeftJoinStr || n.Join == sqlparser.NaturalLeftJoinStr
		return t.mayMiss(n.LeftExpr, left) || t.mayMiss(n.RightExpr, right)
	case *sqlparser.ParenTableExpr:
		return slices.ContainsFunc(n.Exprs, func(e sqlparser.TableExpr) bool { return t.mayMiss(e, missing) })
	case *sqlparser.AliasedTableExpr:
		name, is := n.Expr.(sqlparser.TableName)
		return missing && is && strings.EqualFold(name.Name.String(), t.def.Name)
	}
	return false
}
