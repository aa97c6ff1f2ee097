// Package walk goes over the library's plans: their nodes, their expressions and the
// columns that both ask for, those of subqueries too, which the library's own functions
// leave out. It knows the library's trees only; what is found, and what becomes of it, is
// the caller's.
package walk

import (
	"slices"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
)

// An Func changes one expression; same says that it has not.
type Func func(e gms.Expression) (out gms.Expression, same transform.TreeIdentity, err error)

// Exprs calls f for each expression of a plan, those of subqueries and of what
// is inserted too.
func Exprs(node gms.Node, f Func) (gms.Node, error) {
	return Nodes(node, func(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
		out, same, err := transform.OneNodeExpressions(n, transform.ExprFunc(f))
		if err != nil || bool(same) {
			return n, same, err
		}
		return WithIDs(out, n), same, nil
	})
}

// Nodes calls f for each node of a plan, those of subqueries and of what is
// inserted too, and for those within another first.
func Nodes(node gms.Node, f transform.NodeFunc) (gms.Node, error) {
	node, _, err := transform.NodeWithOpaque(node, func(before gms.Node) (gms.Node, transform.TreeIdentity, error) {
		n, inside, err := transform.OneNodeExpressions(before, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
			sub, is := e.(*plan.Subquery)
			if !is {
				return e, transform.SameTree, nil
			}
			query, err := Nodes(sub.Query, f)
			return sub.WithQuery(query), transform.NewTree, err
		})
		if err != nil {
			return nil, transform.SameTree, err
		}
		if into, is := n.(*plan.InsertInto); is && into.Source != nil {
			source, err := Nodes(into.Source, f)
			if err != nil {
				return nil, transform.SameTree, err
			}
			n, inside = into.WithSource(source), transform.NewTree
		}
		out, same, err := f(WithIDs(n, before))
		if err != nil {
			return nil, transform.SameTree, err
		}
		return WithIDs(out, before), inside && same, nil
	})
	return node, err
}

// WithIDs is a node whose aggregates and aliases are the columns that they were before:
// GROUP_CONCAT, COUNT(DISTINCT), aliases and others forget it when their arguments change.
func WithIDs(n, before gms.Node) gms.Node {
	if n == before {
		return n
	}
	switch n := n.(type) {
	case *plan.GroupBy:
		was, both := before.(*plan.GroupBy)
		if both {
			return plan.NewGroupBy(columnsAs(n.SelectedExprs, was.SelectedExprs), columnsAs(n.GroupByExprs, was.GroupByExprs), n.Child)
		}
	case *plan.Project:
		was, both := before.(*plan.Project)
		if both {
			return plan.NewProject(columnsAs(n.Projections, was.Projections), n.Child).WithCanDefer(n.CanDefer)
		}
	}
	return n
}

// columnsAs is a list of expressions that are the columns that others were.
func columnsAs(list, before []gms.Expression) []gms.Expression {
	if len(list) != len(before) {
		return list
	}
	list = slices.Clone(list)
	for i, e := range before {
		switch was := e.(type) {
		case gms.Aggregation:
			if now, both := list[i].(gms.Aggregation); both && now.Id() != was.Id() {
				list[i] = now.WithId(was.Id())
			}
		case *expression.Alias:
			if now, both := list[i].(*expression.Alias); both && now.Id() == 0 && was.Id() != 0 {
				list[i] = now.WithId(was.Id())
			}
		}
	}
	return list
}

// Inspect calls f for each expression of a plan, those of subqueries too.
func Inspect(node gms.Node, f func(e gms.Expression)) {
	transform.Inspect(node, func(n gms.Node) bool {
		if ex, is := n.(gms.Expressioner); is {
			for _, e := range ex.Expressions() {
				InspectExpr(e, f)
			}
		}
		return true
	})
}

// InspectExpr calls f for an expression and those below it, those of subqueries too.
func InspectExpr(e gms.Expression, f func(e gms.Expression)) {
	gms.Inspect(e, func(e gms.Expression) bool {
		f(e)
		if sub, is := e.(*plan.Subquery); is {
			Inspect(sub.Query, f)
		}
		return true
	})
}

// Map is a list of expressions as f changes them and those within them.
func Map(list []gms.Expression, f Func) (out []gms.Expression, same transform.TreeIdentity, err error) {
	out, same = make([]gms.Expression, len(list)), transform.SameTree
	for i, e := range list {
		changed, unchanged, err := transform.Expr(e, transform.ExprFunc(f))
		if err != nil {
			return nil, transform.SameTree, err
		}
		out[i], same = changed, same && unchanged
	}
	return out, same, nil
}

// HasSubquery reports whether a subquery is among expressions or below them.
func HasSubquery(list ...gms.Expression) bool {
	for _, e := range list {
		if transform.InspectExpr(e, func(e gms.Expression) bool { _, is := e.(*plan.Subquery); return is }) {
			return true
		}
	}
	return false
}

// InspectNodes calls f for each node of a plan, those of derived tables and subqueries too.
func InspectNodes(node gms.Node, f func(gms.Node)) {
	transform.Inspect(node, func(n gms.Node) bool {
		f(n)
		if ex, is := n.(gms.Expressioner); is {
			for _, e := range ex.Expressions() {
				gms.Inspect(e, func(e gms.Expression) bool {
					if sub, is := e.(*plan.Subquery); is {
						InspectNodes(sub.Query, f)
					}
					return true
				})
			}
		}
		return true
	})
}
