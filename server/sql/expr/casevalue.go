package expr

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// CaseEquals is how CASE compares its value with that of a WHEN: as = does, but a document
// with a text, or with another, by the letters of both, and with a number as a number.
func CaseEquals(value, when gms.Expression) *expression.Equals {
	return expression.NewEquals(chosenDocument(value, when), chosenDocument(when, value))
}

func chosenDocument(e, other gms.Expression) gms.Expression {
	t, known := convert.FromType(other.Type())
	switch {
	case !gtypes.IsJSON(e.Type()):
	case gtypes.IsJSON(other.Type()), IsText(other):
		return expression.NewCollatedExpression(expression.NewConvert(e, expression.ConvertToChar), gms.Collation_utf8mb4_bin)
	case known && t.IsNumber():
		return AsDouble(e, types.Type{})
	}
	return e
}
