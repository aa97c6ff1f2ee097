package sql

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/expression/function"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/xadb/xadb/server/sql/walk"
)

// The library does not plan the subqueries of ON DUPLICATE KEY UPDATE: it has no scope
// for the two rows that they may name. So a value that asks one is planned by itself,
// with what it names of the rows as literals.

// An ownQuery is such a value. Its children are what it names of the rows.
type ownQuery struct {
	c     *call
	flags *gms.QueryFlags
	whole gms.Expression
	named []gms.Expression
	ready gms.Node // if it names nothing
}

// ownQueries puts them into an INSERT.
func (c *call) ownQueries(node gms.Node, flags *gms.QueryFlags) (gms.Node, error) {
	node, _, err := transform.NodeWithOpaque(node, func(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
		into, is := n.(*plan.InsertInto)
		if !is {
			return n, transform.SameTree, nil
		}
		list, changed := make([]gms.Expression, len(into.OnDupExprs)), false
		for i, e := range into.OnDupExprs {
			set, is := e.(*expression.SetField)
			if list[i] = e; is && asksQuery(set.RightChild) {
				list[i] = expression.NewSetField(set.LeftChild, c.newOwnQuery(set.RightChild, flags))
				changed = true
			}
		}
		if !changed {
			return n, transform.SameTree, nil
		}
		out := *into
		out.OnDupExprs = list
		return &out, transform.NewTree, nil
	})
	return node, err
}

func asksQuery(e gms.Expression) (found bool) {
	gms.Inspect(e, func(e gms.Expression) bool {
		_, is := e.(*plan.Subquery)
		if exists, also := e.(*plan.ExistsSubquery); also {
			is = exists.Query != nil
		}
		found = found || is
		return !found
	})
	return found
}

func (c *call) newOwnQuery(whole gms.Expression, flags *gms.QueryFlags) *ownQuery {
	a := &ownQuery{c: c, flags: flags, whole: whole}
	flags.Set(gms.QFlagScalarSubquery)
	outer := outerColumns(whole)
	_, _ = a.replace(whole, func(e gms.Expression) gms.Expression { // f has no errors
		a.named = append(a.named, e)
		return e
	}, outer)
	return a
}

// outerColumns are those that subqueries name of the rows.
func outerColumns(whole gms.Expression) (out gms.ColSet) {
	gms.Inspect(whole, func(e gms.Expression) bool {
		if sub, is := e.(*plan.Subquery); is {
			out = out.Union(sub.Correlated())
		}
		return true
	})
	return out
}

// replace calls f for each thing that a value names of the rows, always in the same order.
func (a *ownQuery) replace(whole gms.Expression, f func(gms.Expression) gms.Expression, outer gms.ColSet) (gms.Expression, error) {
	within := func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		if field, is := e.(*expression.GetField); is && outer.Contains(field.Id()) {
			return f(e), transform.NewTree, nil
		}
		return e, transform.SameTree, nil
	}
	var top func(e gms.Expression) (gms.Expression, error)
	top = func(e gms.Expression) (gms.Expression, error) {
		switch e := e.(type) {
		case *expression.GetField, *function.Values:
			return f(e), nil
		case *plan.Subquery:
			query, err := walk.Exprs(e.Query, within)
			if err != nil {
				return nil, err
			}
			// It is a new one, which has nothing in its cache.
			return plan.NewSubquery(query, e.QueryString), nil
		}
		children := e.Children()
		if len(children) == 0 {
			return e, nil
		}
		changed := make([]gms.Expression, len(children))
		for i, child := range children {
			var err error
			if changed[i], err = top(child); err != nil {
				return nil, err
			}
		}
		return e.WithChildren(changed...)
	}
	return top(whole)
}

// plan makes the value a query of one row.
func (a *ownQuery) plan(ctx *gms.Context, values []gms.Expression) (gms.Node, error) {
	if a.ready != nil {
		return a.ready, nil
	}
	at := 0
	whole, err := a.replace(a.whole, func(gms.Expression) gms.Expression {
		at++
		return values[at-1]
	}, outerColumns(a.whole))
	if err != nil {
		return nil, err
	}
	var node gms.Node = plan.NewProject([]gms.Expression{expression.NewAlias("value", whole)}, plan.NewResolvedDualTable())
	if node, err = a.c.lib.Analyzer.Analyze(ctx, node, nil, a.flags); err != nil {
		return nil, err
	}
	if node, err = a.c.prepare(ctx, node); err == nil && len(values) == 0 {
		a.ready = node
	}
	return node, err
}

// Eval implements gms.Expression.
func (a *ownQuery) Eval(ctx *gms.Context, row gms.Row) (any, error) {
	values := make([]gms.Expression, len(a.named))
	for i, e := range a.named {
		v, err := e.Eval(ctx, row)
		if err != nil {
			return nil, err
		}
		values[i] = expression.NewLiteral(v, e.Type())
	}
	node, err := a.plan(ctx, values)
	if err != nil {
		return nil, err
	}
	iter, err := a.c.lib.Analyzer.ExecBuilder.Build(ctx, node, nil)
	if err != nil {
		return nil, err
	}
	out, err := iter.Next(ctx)
	if cerr := iter.Close(ctx); err == nil {
		err = cerr
	}
	if err != nil {
		return nil, err
	}
	return out[0], nil
}

// Type implements gms.Expression.
func (a *ownQuery) Type() gms.Type { return a.whole.Type() }

// IsNullable implements gms.Expression.
func (a *ownQuery) IsNullable() bool { return true }

// Resolved implements gms.Expression.
func (a *ownQuery) Resolved() bool { return expression.ExpressionsResolved(a.named...) }

// String implements fmt.Stringer.
func (a *ownQuery) String() string { return a.whole.String() }

// Children implements gms.Expression.
func (a *ownQuery) Children() []gms.Expression { return a.named }

// WithChildren implements gms.Expression.
func (a *ownQuery) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) != len(a.named) {
		return nil, gms.ErrInvalidChildrenNumber.New(a, len(children), len(a.named))
	}
	out := *a
	out.named = children
	return &out, nil
}
