package sql

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/analyzer"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/sql/walk"
)

// settled goes before the library's rule that takes conditions out of subqueries: of
// NOT (a IN (SELECT ... WHERE outer)) it makes NOT (a IN (SELECT ...) AND outer), which is
// unknown where outer is, though the subquery has no row there.
func settled(apply analyzer.RuleFunc) analyzer.RuleFunc {
	return func(ctx *gms.Context, a *analyzer.Analyzer, n gms.Node, scope *plan.Scope, sel analyzer.RuleSelector, flags *gms.QueryFlags) (gms.Node, transform.TreeIdentity, error) {
		if !flags.SubqueryIsSet() {
			return apply(ctx, a, n, scope, sel, flags)
		}
		n, err := laterals(a.ExecBuilder, n)
		if err != nil {
			return nil, transform.SameTree, err
		}
		x := settler{}
		x.look(n)
		n, _, err = transform.NodeExprsWithOpaque(n, x.settle)
		if err != nil {
			return nil, transform.SameTree, err
		}
		n, _, err = apply(ctx, a, n, scope, sel, flags)
		return n, transform.NewTree, err
	}
}

// A settler knows which columns are NULL where an outer join has found no row, whatever
// their tables say.
type settler struct{ missing gms.ColSet }

// look finds these columns, in subqueries, too.
func (x *settler) look(node gms.Node) {
	transform.Inspect(node, func(n gms.Node) bool {
		if j, is := n.(*plan.JoinNode); is {
			if j.Op.IsLeftOuter() || j.Op.IsFullOuter() {
				x.missing = x.missing.Union(walk.Columns(j.Right()))
			}
			if j.Op.IsRightOuter() || j.Op.IsFullOuter() {
				x.missing = x.missing.Union(walk.Columns(j.Left()))
			}
		}
		return true
	})
	transform.InspectExpressions(node, func(e gms.Expression) bool {
		if sub, is := e.(*plan.Subquery); is {
			x.look(sub.Query)
		}
		return true
	})
}

// settle makes the conditions of subqueries yes or no where NOT is before them, and
// those that ask a subquery of their own about a query further out: the library would
// join tables that are not there yet.
func (x *settler) settle(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
	switch e := e.(type) {
	case *plan.Subquery:
		query, same, err := transform.NodeExprsWithOpaque(e.Query, x.settle)
		if err != nil {
			return nil, transform.SameTree, err
		}
		query, kept, err := decideFilters(query, func(cond gms.Expression) bool { return asksAbout(cond, e.Correlated()) })
		if err != nil || same && kept {
			return e, transform.SameTree, err
		}
		return e.WithQuery(query), transform.NewTree, nil
	case *expression.Not:
		return x.decideNot(e)
	}
	return e, transform.SameTree, nil
}

// decided goes before the library's rule that makes joins of EXISTS: it makes
// one join of NOT IN and NOT EXISTS, though NULL means yes to the second only. A DELETE
// gets no join: the library deletes rows of a table alone.
func decided(apply analyzer.RuleFunc) analyzer.RuleFunc {
	return func(ctx *gms.Context, a *analyzer.Analyzer, n gms.Node, scope *plan.Scope, sel analyzer.RuleSelector, flags *gms.QueryFlags) (gms.Node, transform.TreeIdentity, error) {
		if _, is := n.(*plan.DeleteFrom); is {
			return n, transform.SameTree, nil
		}
		if !flags.SubqueryIsSet() {
			return apply(ctx, a, n, scope, sel, flags)
		}
		n, same, err := transform.NodeExprs(n, decideExists)
		if err != nil {
			return nil, transform.SameTree, err
		}
		n, applied, err := apply(ctx, a, n, scope, sel, flags)
		return n, same && applied, err
	}
}

// decideExists makes the conditions of NOT EXISTS and NOT IN yes or no.
func decideExists(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
	switch e := e.(type) {
	case *plan.ExistsSubquery:
		query, same, err := transform.NodeExprs(e.Query.Query, decideExists)
		if err == nil && undividable(query, e.Query.Correlated()) {
			query, same = plan.NewOffset(expression.NewLiteral(int64(0), gtypes.Int64), query), transform.NewTree
		}
		if err != nil || same == transform.SameTree {
			return e, transform.SameTree, err
		}
		return plan.NewExistsSubquery(e.Query.WithQuery(query)), transform.NewTree, nil
	case *expression.Not:
		return (&settler{}).decideNot(e)
	}
	return e, transform.SameTree, nil
}

// decideNot makes the conditions of a subquery that NOT is before yes or no. Those of IN
// are no less so: only the comparison itself may be unknown.
func (x *settler) decideNot(e *expression.Not) (gms.Expression, transform.TreeIdentity, error) {
	switch child := e.Child.(type) {
	case *plan.ExistsSubquery:
		query, same, err := x.decideQuery(child.Query)
		if err != nil || same == transform.SameTree {
			return e, transform.SameTree, err
		}
		return expression.NewNot(plan.NewExistsSubquery(child.Query.WithQuery(query))), transform.NewTree, nil
	case *plan.InSubquery:
		sub, is := child.Right().(*plan.Subquery)
		if !is {
			break
		}
		query, same, err := x.decideQuery(sub)
		if err != nil || same == transform.SameTree {
			return e, transform.SameTree, err
		}
		return expression.NewNot(plan.NewInSubquery(child.Left(), sub.WithQuery(query))), transform.NewTree, nil
	}
	return e, transform.SameTree, nil
}

// undividable reports whether the conditions of an EXISTS must stay where they are: what
// has an OFFSET the library leaves alone.
func undividable(query gms.Node, outer gms.ColSet) bool {
	if _, is := query.(*plan.Offset); is {
		return false
	}
	return transform.InspectUp(query, func(n gms.Node) bool {
		switch n := n.(type) {
		case *plan.SubqueryAlias: // it would take conditions to where its columns are not known
			return !n.Correlated.Empty()
		case *plan.SetOp: // and those of all parts to rows of one
			return true
		case *plan.GroupBy: // without keys it has a row, whatever the conditions say
			return len(n.GroupByExprs) == 0
		case *plan.Limit: // and LIMIT 0 has none
			return true
		case *plan.JoinNode: // whose ON would be asked where the rows around are not known
			return n.Filter != nil && refersTo(n.Filter, outer)
		case *plan.Filter: // a join would ask once for all rows
			return expr.AskedAgain(n.Expression)
		}
		return false
	})
}

func (x *settler) decideQuery(sub *plan.Subquery) (gms.Node, transform.TreeIdentity, error) {
	outer := sub.Correlated()
	return decideFilters(sub.Query, func(e gms.Expression) bool {
		return refersTo(e, outer) && (!neverNull([]gms.Expression{e}) || refersTo(e, x.missing))
	})
}

// decideFilters makes those conditions yes or no that open says.
func decideFilters(query gms.Node, open func(gms.Expression) bool) (gms.Node, transform.TreeIdentity, error) {
	return transform.NodeWithOpaque(query, func(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
		f, is := n.(*plan.Filter)
		if !is {
			return n, transform.SameTree, nil
		}
		same := transform.SameTree
		list := expression.SplitConjunction(f.Expression)
		for i, e := range list {
			if _, is := e.(*expression.IsTrue); !is && open(e) {
				list[i], same = expression.NewIsTrue(e), transform.NewTree
			}
		}
		if same {
			return n, same, nil
		}
		return plan.NewFilter(expression.JoinAnd(list...), f.Child), same, nil
	})
}

func refersTo(e gms.Expression, columns gms.ColSet) bool {
	return transform.InspectExpr(e, func(e gms.Expression) bool {
		f, is := e.(*expression.GetField)
		return is && columns.Contains(f.Id())
	})
}

// asksAbout reports whether a condition has a subquery that refers to one of the columns.
func asksAbout(e gms.Expression, columns gms.ColSet) bool {
	return transform.InspectExpr(e, func(e gms.Expression) bool {
		sub, is := e.(*plan.Subquery)
		return is && sub.Correlated().Intersects(columns)
	})
}
