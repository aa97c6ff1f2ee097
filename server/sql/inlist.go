package sql

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"

	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/types"
)

// eachInList changes IN where the library would make each of the list a value of the left
// side's type, and MySQL does not: no number below 100 is read as a year of this or the last
// century. ok is false if it may stay.
func eachInList(e gms.Expression) (_ gms.Expression, ok bool) {
	in, is := e.(*expression.InTuple)
	if !is {
		return nil, false
	}
	list, is := in.Right().(expression.Tuple)
	if !is {
		return nil, false
	}
	t, known := convert.FromType(in.Left().Type())
	if !known || t.Kind != types.Year || len(list) < 2 { // a list of one is withYears'
		return nil, false
	}
	for _, item := range list {
		if !isWholeYear(item) {
			return expression.NewInTuple(expression.NewConvert(in.Left(), expression.ConvertToSigned), list), true
		}
	}
	return nil, false
}

// inMoments is a text or a time IN a list of texts and dates that are not all constants: all
// of them are compared as dates, and what is none is equal to what else is none. It is nil of
// others.
func inMoments(e *expression.InTuple, list expression.Tuple) gms.Expression {
	left, known := convert.FromType(e.Left().Type())
	if !known || !left.IsString() && !left.IsNamed() && left.Kind != types.Time {
		return nil
	}
	moments, texts, constant := false, left.Kind != types.Time, true
	for _, item := range list {
		t, known := convert.FromType(item.Type())
		switch {
		case !known:
			return nil
		case t.HasDate():
			moments = true
		case t.IsString(), t.IsNamed():
			texts = true
		case t.Kind != types.Null:
			return nil
		}
		constant = constant && isLiteral(item)
	}
	if !moments || !texts || constant || len(list) < 2 {
		return nil
	}
	var all []gms.Expression
	for _, item := range list {
		all = append(all, &momentCompare{expression.BinaryExpressionStub{LeftChild: e.Left(), RightChild: item}, "="})
	}
	return expression.JoinOr(all...)
}

// isWholeYear reports whether a constant number is the year that it tells: an index of
// years finds it.
func isWholeYear(e gms.Expression) bool {
	literal, is := e.(*expression.Literal)
	if !is || !isNumber(e) {
		return false
	}
	n, _, whole := expr.WholeOf(literal.Value())
	return whole && n.IsInt64() && n.Int64() > 1900 && n.Int64() < 2156
}

// inOthers is a value IN what a subquery finds of another kind, each of which is compared
// with it as = compares the two; ok is false if the library does so.
func inOthers(e gms.Expression) (_ gms.Expression, ok bool) {
	in, is := e.(*plan.InSubquery)
	if !is {
		return nil, false
	}
	query, is := in.Right().(*plan.Subquery)
	left, known := convert.FromType(in.Left().Type())
	if !is || !known {
		return nil, false
	}
	right, known := convert.FromType(query.Type())
	if !known {
		return nil, false
	}
	found := &foundRow{}
	l, r := in.Left(), gms.Expression(pick{query.Type(), found, 0})
	var compare gms.Expression
	switch {
	case left.HasDate() && right.IsText(), left.IsText() && right.HasDate(), left.IsNamed() && right.HasDate():
		compare = &momentCompare{expression.BinaryExpressionStub{LeftChild: l, RightChild: r}, "="}
	case left.IsNamed() && right.IsNumber(): // or the library makes members of the numbers
		compare = expression.NewEquals(&expr.MemberNumber{UnaryExpression: expression.UnaryExpression{Child: l}}, r)
	case left.IsTemporal() && right.IsNumber():
		compare = expression.NewEquals(asNumber(l), r)
	case left.IsNumber() && right.IsTemporal():
		compare = expression.NewEquals(l, asNumber(r))
	case expr.IsNumeric(left) && expr.IsPlainBytes(r), expr.IsNumeric(right) && expr.IsPlainBytes(l):
		list, _ := numbersOfBytes([]gms.Expression{l, r})
		compare = expression.NewEquals(list[0], list[1])
	case left.IsNumber() && left.Kind != types.Bit && right.IsText():
		compare = expression.NewEquals(l, expr.AsDouble(r, types.Type{}))
	case left.IsText() && right.IsNumber() && right.Kind != types.Bit:
		compare = expression.NewEquals(expr.AsDouble(l, types.Type{}), r)
	default:
		return nil, false
	}
	return &quantified{compare, query, found, anyRow}, true
}
