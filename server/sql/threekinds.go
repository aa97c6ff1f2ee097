package sql

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"

	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/types"
)

// doublesAmong is the operands of a BETWEEN as numbers, if some are numbers and others are
// none: MySQL compares all three as DOUBLEs then. It is nil of others, and where constants
// become what a date or a year is compared with.
func doublesAmong(e *expression.Between) []gms.Expression {
	list := e.Children()
	out := make([]gms.Expression, len(list))
	numbers, others, dates, constants := 0, 0, 0, 0
	for i, side := range list {
		t, known := convert.FromType(side.Type())
		if !known || t.Kind == types.Null || t.Kind == types.Geometry || t.Kind == types.Vector {
			return nil
		}
		if i > 0 && isLiteral(side) {
			constants++
		}
		out[i] = inNumber(side, t)
		switch {
		case expr.IsNumeric(t):
			numbers++
		case t.HasDate():
			dates++
		default:
			others++
		}
	}
	if numbers == 0 || others+dates == 0 {
		return nil
	}
	val, _ := convert.FromType(e.Val.Type())
	if (val.HasDate() || val.Kind == types.Year) && constants == 2 || others == 0 && constants > 0 {
		return nil
	}
	return out
}

// inNumber is a value as the number that it is where numbers are compared.
func inNumber(e gms.Expression, t types.Type) gms.Expression {
	switch {
	case t.IsTemporal():
		return asNumber(e)
	case t.IsNamed():
		return &expr.MemberNumber{UnaryExpression: expression.UnaryExpression{Child: e}}
	case t.Kind == types.JSON:
		return &expr.TextNumber{UnaryExpression: expression.UnaryExpression{Child: e}}
	case t.Kind == types.Year:
		return expression.NewConvert(e, expression.ConvertToSigned)
	case t.IsText():
		return expr.AsDouble(e, types.Type{})
	}
	return e
}

func isNamed(e gms.Expression) bool {
	_, named := namedType(e)
	return named
}
