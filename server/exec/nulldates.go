package exec

import (
	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/types"
)

// nullDates is a WHERE clause in which IS NULL of a DATE or DATETIME that is NOT NULL asks for
// 0000-00-00, where all rows must meet it (MySQL manual, Comparison Functions and Operators).
func (k *compiler) nullDates(n sqlparser.Expr) sqlparser.Expr {
	switch n := n.(type) {
	case *sqlparser.ParenExpr:
		return &sqlparser.ParenExpr{Expr: k.nullDates(n.Expr)}
	case *sqlparser.AndExpr:
		return &sqlparser.AndExpr{Left: k.nullDates(n.Left), Right: k.nullDates(n.Right)}
	case *sqlparser.IsExpr:
		name, is := n.Expr.(*sqlparser.ColName)
		if !is || n.Operator != sqlparser.IsNullStr {
			return n
		}
		at, err := k.resolve(name)
		if err != nil { // compiling it says so
			return n
		}
		if col := &k.table.Columns[at]; !col.Nullable && (col.Type.Kind == types.Date || col.Type.Kind == types.DateTime) {
			return &sqlparser.ComparisonExpr{Operator: sqlparser.EqualStr, Left: name, Right: sqlparser.NewIntVal([]byte("0"))}
		}
	}
	return n
}
