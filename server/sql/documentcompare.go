package sql

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/sql/expr"
)

// documentFirst has the document of a comparison as its left side, where the other is
// none: the library's takes a document apart only there, and finds no value equal to one
// on the right.
func documentFirst(e expression.Comparer) gms.Expression {
	l, r := e.Left(), e.Right()
	if !gtypes.IsJSON(r.Type()) || gtypes.IsJSON(l.Type()) || gtypes.IsNull(l) || expr.IsTemporal(l) {
		return e
	}
	switch e.(type) {
	case *expression.LessThan:
		return expression.NewGreaterThan(r, l)
	case *expression.LessThanOrEqual:
		return expression.NewGreaterThanOrEqual(r, l)
	case *expression.GreaterThan:
		return expression.NewLessThan(r, l)
	case *expression.GreaterThanOrEqual:
		return expression.NewLessThanOrEqual(r, l)
	case *expression.Equals:
		return expression.NewEquals(r, l)
	case *expression.NullSafeEquals:
		return expression.NewNullSafeEquals(r, l)
	}
	return e
}
