package sql

import (
	"slices"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/expression/function"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/sql/walk"
	"github.com/xadb/xadb/server/types"
)

// compareRows writes comparisons of rows as comparisons of their columns, of which each
// has its collation and knows NULL; the library's compare Go's values, and have NULL
// equal to NULL:
//
//	(a, b) = (c, d)         a = c AND b = d
//	(a, b) < (c, d)         a < c OR a = c AND b < d
//	(a, b) IN (SELECT ...)  a quantified of the first
//	(a, b) = (SELECT ...)   likewise, of the only row
//
// Of those that are no conjunctions the library makes ranges of an index that overlap,
// and reads rows twice: it does not see them.
func (c *call) compareRows(node gms.Node) (gms.Node, error) {
	equal := map[*expression.And]bool{}
	return walk.Exprs(node, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		switch e := e.(type) {
		case *plan.InSubquery:
			query := e.Right().(*plan.Subquery)
			list, ofLeft := sideOf(e.Left())
			if list == nil || len(list) != gtypes.NumColumns(query.Type()) {
				break
			}
			f := &foundRow{}
			return ofLeft(&quantified{compareLists("=", list, f.picks(query)), query, f, anyRow}), transform.NewTree, nil
		case *expression.InTuple:
			if out := c.mixedRows(e); out != nil {
				return out, transform.NewTree, nil
			}
		case expression.Comparer:
			out := compareSides(e)
			if and, is := out.(*expression.And); is {
				equal[and] = true
			}
			return out, transform.TreeIdentity(out == e), nil
		case *expression.Case:
			if e.Expr != nil && gtypes.NumColumns(e.Expr.Type()) != 1 {
				return nil, transform.SameTree, mysqlerr.New(mysqlerr.OperandColumns, "1")
			}
			if e.Expr != nil && !expr.Changes(e.Expr) {
				return c.searchedCase(e), transform.NewTree, nil
			}
		case *function.NullIf:
			if e.Resolved() && gtypes.NumColumns(e.LeftChild.Type()) == 1 && gtypes.NumColumns(e.RightChild.Type()) == 1 {
				return &collatedNullIf{e, expression.NewEquals(e.LeftChild, e.RightChild)}, transform.NewTree, nil
			}
		case *expression.Not:
			if and, is := e.Child.(*expression.And); is && equal[and] {
				return expression.NewNot(hide(and)), transform.NewTree, nil
			}
		}
		return e, transform.SameTree, nil
	})
}

// mixedRows is a row IN a list of rows, column by column, where columns are of two kinds, or
// NULL is in the list, which the library finds equal or not; nil of others.
func (c *call) mixedRows(e *expression.InTuple) gms.Expression {
	left := rowOf(e.Left())
	list, is := e.Right().(expression.Tuple)
	if left == nil || !is {
		return nil
	}
	mixed := false
	var all []gms.Expression
	for _, item := range list {
		row := rowOf(item)
		if len(row) != len(left) {
			return nil
		}
		for i := range row {
			mixed = mixed || !alikeKinds(left[i], row[i]) || hasNull(row[i])
		}
		all = append(all, c.withoutDateErrors(compareLists("=", left, row)))
	}
	if !mixed {
		return nil
	}
	return hide(expression.JoinOr(all...))
}

// hasNull reports whether an expression is NULL, or a row that NULL is in.
func hasNull(e gms.Expression) bool {
	return e.Type() == gtypes.Null || slices.ContainsFunc(rowOf(e), hasNull)
}

// alikeKinds reports whether both are numbers, or texts, or one of them is NULL or a row.
func alikeKinds(a, b gms.Expression) bool {
	if rowOf(a) != nil || rowOf(b) != nil {
		return true
	}
	at, aok := convert.FromType(a.Type())
	bt, bok := convert.FromType(b.Type())
	return !aok || !bok || at.Kind == types.Null || bt.Kind == types.Null ||
		at.IsNumber() && bt.IsNumber() && at.Kind != types.Year && bt.Kind != types.Year || at.IsText() && bt.IsText()
}

// searchedCase is a CASE that compares its value for each branch, by the types of the two.
func (c *call) searchedCase(e *expression.Case) gms.Expression {
	branches := make([]expression.CaseBranch, len(e.Branches))
	for i, b := range e.Branches {
		branches[i] = expression.CaseBranch{Cond: c.noDateError(expr.CaseEquals(e.Expr, b.Cond)), Value: b.Value}
	}
	return expression.NewCase(nil, branches, e.Else)
}

// withoutDateErrors has no comparison of columns be an error because one is no date.
func (c *call) withoutDateErrors(e gms.Expression) gms.Expression {
	switch e := e.(type) {
	case *expression.And:
		return expression.NewAnd(c.withoutDateErrors(e.LeftChild), c.withoutDateErrors(e.RightChild))
	case expression.Comparer:
		return c.noDateError(e)
	}
	return e
}

// compareSides is a comparison, by their columns if it is one of rows.
func compareSides(e expression.Comparer) gms.Expression {
	operator := operatorOf(e)
	l, ofLeft := sideOf(e.Left())
	r, ofRight := sideOf(e.Right())
	if operator == "" || l == nil || len(l) != len(r) {
		return e
	}
	out := compareLists(operator, l, r)
	if _, is := out.(*expression.Or); is {
		out = hide(out)
	}
	return ofLeft(ofRight(out))
}

// sideOf is the columns of a side, nil if it is one value, and what a comparison of
// those becomes.
func sideOf(e gms.Expression) ([]gms.Expression, func(gms.Expression) gms.Expression) {
	query, is := e.(*plan.Subquery)
	if !is || gtypes.NumColumns(query.Type()) < 2 {
		return rowOf(e), func(compare gms.Expression) gms.Expression { return compare }
	}
	f := &foundRow{}
	return f.picks(query), func(compare gms.Expression) gms.Expression { return &quantified{compare, query, f, onlyRow} }
}

func operatorOf(e expression.Comparer) string {
	switch e.(type) {
	case *expression.Equals:
		return "="
	case *expression.NullSafeEquals:
		return "<=>"
	case *expression.LessThan:
		return "<"
	case *expression.LessThanOrEqual:
		return "<="
	case *expression.GreaterThan:
		return ">"
	case *expression.GreaterThanOrEqual:
		return ">="
	}
	return ""
}

// compareLists compares rows of as many columns each.
func compareLists(operator string, l, r []gms.Expression) gms.Expression {
	end := len(l) - 1
	out := comparePair(operator, l[end], r[end])
	for i := end - 1; i >= 0; i-- {
		if operator == "=" || operator == "<=>" {
			out = expression.NewAnd(comparePair(operator, l[i], r[i]), out)
			continue
		}
		equal := comparePair("=", l[i], r[i])
		out = expression.NewOr(comparePair(operator[:1], l[i], r[i]), expression.NewAnd(equal, out))
	}
	return out
}

// comparePair compares two columns, which may be rows again.
func comparePair(operator string, l, r gms.Expression) gms.Expression {
	if operator == "<=>" {
		return compareSides(expression.NewNullSafeEquals(l, r))
	}
	return compareSides(comparisons[operator](l, r).(expression.Comparer))
}

// rowOf is what a row is made of; nil if it is none.
func rowOf(e gms.Expression) []gms.Expression {
	list, is := e.(expression.Tuple)
	if !is || len(list) < 2 {
		return nil
	}
	return list
}

// picks is the columns of what a subquery finds.
func (f *foundRow) picks(query *plan.Subquery) []gms.Expression {
	var list []gms.Expression
	for i, col := range query.Query.Schema() {
		list = append(list, pick{col.Type, f, i})
	}
	return list
}
