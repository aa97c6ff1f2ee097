package sql

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression/function/aggregation"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
)

// An anyValue is what an expression has in the first row of a group. The library takes
// the first value that is not NULL, so that two of a group came from two rows.
type anyValue struct{ *aggregation.AnyValue }

// firstRows makes an anyValue of what a query says of its groups, be it ANY_VALUE or no
// aggregate at all.
func firstRows(node gms.Node) (gms.Node, error) {
	return everyNode(node, func(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
		groups, is := n.(*plan.GroupBy)
		if !is {
			return n, transform.SameTree, nil
		}
		list := make([]gms.Expression, len(groups.SelectedExprs))
		for i, e := range groups.SelectedExprs {
			list[i] = ofGroup(e)
		}
		return plan.NewGroupBy(list, groups.GroupByExprs, groups.Child), transform.NewTree, nil
	})
}

// ofGroup is what an expression is of a group.
func ofGroup(e gms.Expression) gms.Aggregation {
	switch e := e.(type) {
	case *aggregation.AnyValue:
		return &anyValue{e}
	case gms.Aggregation:
		return e
	}
	return &anyValue{aggregation.NewAnyValue(e)}
}

// WithChildren implements gms.Expression.
func (a *anyValue) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	e, err := a.AnyValue.WithChildren(children...)
	if err != nil {
		return nil, err
	}
	return &anyValue{e.(*aggregation.AnyValue)}, nil
}

// NewBuffer implements gms.Aggregation.
func (a *anyValue) NewBuffer() (gms.AggregationBuffer, error) { return &firstRow{of: a.Child}, nil }

// A firstRow is a group on its way.
type firstRow struct {
	of    gms.Expression
	seen  bool
	value any
}

// Update implements gms.AggregationBuffer.
func (f *firstRow) Update(ctx *gms.Context, row gms.Row) (err error) {
	if !f.seen {
		f.seen = true
		f.value, err = f.of.Eval(ctx, row)
	}
	return err
}

// Eval implements gms.AggregationBuffer.
func (f *firstRow) Eval(*gms.Context) (any, error) { return f.value, nil }

// Dispose implements gms.AggregationBuffer.
func (*firstRow) Dispose() {}
