package spell

import (
	"slices"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/reword"
)

// checkGroups refuses what no query groups or sorts by: aggregates, and numbers of
// expressions that it does not answer.
func checkGroups(s *sqlparser.Select) error {
	for i, e := range s.GroupBy {
		if isConstantKey(e) {
			s.GroupBy[i] = &sqlparser.NullVal{}
			if rollsUp(s) { // where it is answered it is NULL in totals
				s.GroupBy[i] = &sqlparser.ParenExpr{Expr: e}
			}
			continue
		}
		if err := checkKey(s.SelectExprs, e); err != nil {
			return err
		}
	}
	if len(s.GroupBy) > 0 || hasAggregate(s.SelectExprs, s.Having) {
		return nil
	}
	for i, o := range s.OrderBy {
		if hasAggregate(o.Expr) {
			return mysqlerr.New(mysqlerr.AggregateOrder, i+1)
		}
	}
	return nil
}

// rollsUp reports whether the groups of a query have totals among them.
func rollsUp(s *sqlparser.Select) bool {
	return slices.ContainsFunc(s.GroupBy, func(e sqlparser.Expr) bool {
		f, is := e.(*sqlparser.FuncExpr)
		return is && f.Name.EqualString(reword.Rollup)
	})
}

// isConstantKey reports whether rows are grouped by a constant that numbers no answer, which
// makes one group of them: the library takes each for a number.
func isConstantKey(e sqlparser.Expr) bool {
	v, is := e.(*sqlparser.SQLVal)
	return is && v.Type != sqlparser.ValArg && (v.Type != sqlparser.IntVal || len(v.Val) > 0 && v.Val[0] == '-')
}

// checkKey checks one expression that rows are grouped by.
func checkKey(list sqlparser.SelectExprs, e sqlparser.Expr) error {
	if hasAggregate(e) {
		return mysqlerr.New(mysqlerr.InvalidGroupFuncUse)
	}
	if v, is := e.(*sqlparser.SQLVal); is && v.Type == sqlparser.IntVal && !HasStar(list) && numbered(list, e) == nil {
		return mysqlerr.New(mysqlerr.BadField, string(v.Val), "group statement")
	}
	meant := numbered(list, e)
	if meant != nil && (hasAggregate(meant.Expr) || len(windowsIn(meant.Expr)) > 0) {
		return mysqlerr.New(mysqlerr.WrongGroupField, nameOfAnswer(meant))
	}
	return nil
}

// aliased is the expression of an answer that has an alias; nil if none has.
func aliased(list sqlparser.SelectExprs, name sqlparser.ColIdent) *sqlparser.AliasedExpr {
	for _, e := range list {
		if a, is := e.(*sqlparser.AliasedExpr); is && !a.As.IsEmpty() && a.As.Equal(name) {
			return a
		}
	}
	return nil
}

func nameOfAnswer(a *sqlparser.AliasedExpr) string {
	if a.As.IsEmpty() {
		return a.InputExpression
	}
	return a.As.String()
}
