package sql

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/types"
)

// withYears makes years of the constants that a column of YEAR is compared with, as the
// column would have them: 20 is 2020. Those of a longer list stay, as in MySQL. ok is
// false if there are none.
func withYears(ctx *gms.Context, e gms.Expression) (_ gms.Expression, ok bool, err error) {
	var list []gms.Expression
	switch e := e.(type) {
	case *expression.InTuple:
		tuple, is := e.Right().(expression.Tuple)
		if !is || len(tuple) != 1 {
			return nil, false, nil
		}
		list = []gms.Expression{e.Left(), tuple[0]}
	case *expression.Equals, *expression.NullSafeEquals, *expression.GreaterThan, *expression.GreaterThanOrEqual,
		*expression.LessThan, *expression.LessThanOrEqual, *expression.Between:
		list = append(list, e.Children()...)
	}
	column := false
	for _, side := range list {
		t, known := convert.FromType(side.Type())
		_, is := side.(*expression.GetField)
		column = column || is && known && t.Kind == types.Year
	}
	for i := range list {
		if year, is := yearOf(ctx, list[i]); is && column {
			list[i], ok = year, true
		}
	}
	if !ok {
		return nil, false, nil
	}
	if _, in := e.(*expression.InTuple); in {
		return expression.NewEquals(list[0], list[1]), true, nil
	}
	out, err := e.WithChildren(list...)
	return out, true, err
}

// yearOf is a constant as a year.
func yearOf(ctx *gms.Context, e gms.Expression) (gms.Expression, bool) {
	literal, is := e.(*expression.Literal)
	if !is || !isNumber(e) && !expr.IsText(e) {
		return nil, false
	}
	v, from, err := convert.Down(ctx, literal.Value(), e.Type())
	if err != nil || v == nil {
		return nil, false
	}
	year, err := types.Store(v, from, types.Target{Type: types.Type{Kind: types.Year}})
	if err != nil {
		return nil, false
	}
	return expression.NewLiteral(year, gtypes.Int64), true
}
