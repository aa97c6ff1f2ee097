package sql

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/types"
)

// documentFirst has the document of a comparison as its left side, where the other is
// none: the library's takes a document apart only there, and finds no value equal to one
// on the right.
func documentFirst(e expression.Comparer) gms.Expression {
	l, r := e.Left(), e.Right()
	if !gtypes.IsJSON(r.Type()) || gtypes.IsJSON(l.Type()) || gtypes.IsNull(l) || isTemporal(l) {
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

// caseEquals is how CASE compares its value with that of a WHEN: as = does, but a document
// with a text, or with another, by the letters of both, and with a number as a number.
func caseEquals(value, when gms.Expression) gms.Expression {
	return expression.NewEquals(chosenDocument(value, when), chosenDocument(when, value))
}

func chosenDocument(e, other gms.Expression) gms.Expression {
	switch {
	case !gtypes.IsJSON(e.Type()):
	case gtypes.IsJSON(other.Type()), isText(other):
		return expression.NewCollatedExpression(expression.NewConvert(e, expression.ConvertToChar), gms.Collation_utf8mb4_bin)
	case isNumber(other):
		return asDouble(e, types.Type{})
	}
	return e
}
