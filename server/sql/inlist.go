package sql

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/types"
)

// eachInList changes IN where the library would make each of the list a value of the left
// side's type, and MySQL does not: no text is read as a JSON document, and no number below
// 100 as a year of this or the last century. ok is false if it may stay.
func eachInList(e gms.Expression) (_ gms.Expression, ok bool) {
	in, is := e.(*expression.InTuple)
	if !is {
		return nil, false
	}
	list, is := in.Right().(expression.Tuple)
	if !is {
		return nil, false
	}
	if gtypes.IsJSON(in.Left().Type()) {
		all := make([]gms.Expression, len(list))
		for i, item := range list {
			all[i] = expression.NewEquals(in.Left(), item)
		}
		return expression.JoinOr(all...), true
	}
	t, known := fromType(in.Left().Type())
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

// isWholeYear reports whether a constant number is the year that it tells: an index of
// years finds it.
func isWholeYear(e gms.Expression) bool {
	literal, is := e.(*expression.Literal)
	if !is || !isNumber(e) {
		return false
	}
	n, _, whole := wholeOf(literal.Value())
	return whole && n.IsInt64() && n.Int64() > 1900 && n.Int64() < 2156
}

// dateInTexts is a date IN the texts that a subquery finds, each of which is a date or none;
// ok is false if it is of others.
func dateInTexts(e gms.Expression) (_ gms.Expression, ok bool) {
	in, is := e.(*plan.InSubquery)
	if !is {
		return nil, false
	}
	query, is := in.Right().(*plan.Subquery)
	t, known := fromType(in.Left().Type())
	if !is || !known || !t.HasDate() || !isText(query) {
		return nil, false
	}
	found := &foundRow{}
	compare := &momentCompare{expression.BinaryExpressionStub{LeftChild: in.Left(), RightChild: pick{query.Type(), found, 0}}, "="}
	return &quantified{compare, query, found, anyRow}, true
}
