package group

import (
	"slices"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/expression/function/aggregation"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/xadb/xadb/server/sql/walk"
)

// An anyValue is what an expression has in the first row of a group. The library takes
// the first value that is not NULL, so that two of a group came from two rows.
type anyValue struct{ *aggregation.AnyValue }

// FirstRows makes an anyValue of each ANY_VALUE, and a firstField of each column that is
// no key of its group.
func FirstRows(node gms.Node) (gms.Node, error) {
	return walk.Nodes(node, func(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
		groups, is := n.(*plan.GroupBy)
		if !is || len(groups.GroupByExprs) == 0 && !slices.ContainsFunc(groups.SelectedExprs, addsUp) {
			return n, transform.SameTree, nil // ANY_VALUE alone is that of each row
		}
		keys := map[gms.ColumnId]bool{}
		for _, e := range groups.GroupByExprs {
			if f, is := e.(*expression.GetField); is {
				keys[f.Id()] = true
			}
		}
		list := slices.Clone(groups.SelectedExprs)
		for i, e := range list {
			switch e := e.(type) {
			case *aggregation.AnyValue:
				list[i] = &anyValue{e}
			case *expression.GetField:
				if !keys[e.Id()] {
					list[i] = &firstField{e}
				}
			}
		}
		return plan.NewGroupBy(list, groups.GroupByExprs, groups.Child), transform.NewTree, nil
	})
}

// addsUp reports whether an expression makes a group of rows.
func addsUp(e gms.Expression) bool {
	_, is := e.(gms.Aggregation)
	_, any := e.(*aggregation.AnyValue)
	return is && !any
}

// A firstField is a column of the first row of a group, and in everything else a column.
type firstField struct{ *expression.GetField }

var _ gms.Aggregation = (*firstField)(nil)

// NewBuffer implements gms.Aggregation.
func (f *firstField) NewBuffer() (gms.AggregationBuffer, error) {
	return &firstRow{of: f.GetField}, nil
}

// NewWindowFunction implements gms.WindowAdaptableExpression: none is made of it.
func (f *firstField) NewWindowFunction() (gms.WindowFunction, error) {
	return nil, unsupported("a column as a window function")
}

// WithWindow implements gms.WindowAdaptableExpression.
func (f *firstField) WithWindow(*gms.WindowDefinition) gms.WindowAdaptableExpression { return f }

// Window implements gms.WindowAdaptableExpression.
func (*firstField) Window() *gms.WindowDefinition { return nil }

// WithChildren implements gms.Expression.
func (f *firstField) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) != 0 {
		return nil, gms.ErrInvalidChildrenNumber.New(f, len(children), 0)
	}
	return f, nil
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
