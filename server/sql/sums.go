package sql

import (
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/expression/function/aggregation"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"
	"github.com/shopspring/decimal"

	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/sql/group"
	"github.com/xadb/xadb/server/sql/walk"
	"github.com/xadb/xadb/server/types"
)

// sumDigits is what SUM adds to the digits of its argument, averageDigits what
// AVG adds behind the point, as MySQL does.
const (
	sumDigits     = 22
	averageDigits = 4
)

// exactSums makes SUM and AVG of exact numbers exact: the library adds whole
// numbers up as floats, and announces all sums so. Deviations and variances
// become DOUBLEs, and not of their argument's type.
func exactSums(node gms.Node) (gms.Node, error) {
	exact := sumTypes{}
	return walk.Nodes(node, func(before gms.Node) (gms.Node, transform.TreeIdentity, error) {
		n := before
		n, known, err := transform.OneNodeExpressions(n, transform.ExprFunc(exact.fieldAbove(group.Of(n))))
		if err != nil {
			return nil, transform.SameTree, err
		}
		n, changed, err := transform.OneNodeExpressions(n, exact.aggregate)
		if err != nil {
			return nil, transform.SameTree, err
		}
		if !known {
			n = walk.WithIDs(n, before)
			exact.note(n)
		}
		if derived, is := n.(*plan.SubqueryAlias); is {
			exact.noteDerived(derived)
		}
		return n, known && changed, nil
	})
}

// sumTypes is what columns are that sums have to do with.
type sumTypes map[gms.ColumnId]gms.Type

// note notes what a projection computes of sums.
func (exact sumTypes) note(n gms.Node) {
	p, is := n.(gms.Projector)
	if !is {
		return
	}
	for _, e := range p.ProjectedExprs() {
		if a, is := e.(*expression.Alias); is && a.Id() != 0 {
			exact[a.Id()] = a.Type()
		}
	}
}

// noteDerived notes what the columns of a derived table are, or of a view.
func (exact sumTypes) noteDerived(n *plan.SubqueryAlias) {
	schema, i := n.Schema(), 0
	n.Columns().ForEach(func(id gms.ColumnId) {
		if i < len(schema) {
			exact[id] = schema[i].Type
		}
		i++
	})
}

// fieldAbove is field for a node that stands on groups or windows: two that read the
// same are one column there, under the first one's number.
func (exact sumTypes) fieldAbove(groups gms.Node) walk.Func {
	named := map[string]gms.Type{}
	if w, is := groups.(*plan.Window); is {
		for _, e := range w.SelectExprs {
			if a, is := e.(gms.WindowAdaptableExpression); is && exact[a.Id()] != nil {
				named[strings.ToLower(a.String())] = exact[a.Id()]
			}
		}
	}
	return func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		if f, is := e.(*expression.GetField); is && f.Table() == "" && exact[f.Id()] == nil && named[f.Name()] != nil {
			exact[f.Id()] = named[f.Name()]
		}
		return exact.field(e)
	}
}

// field gives a field the type that its column has got.
func (exact sumTypes) field(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
	f, ok := e.(*expression.GetField)
	if !ok || exact[f.Id()] == nil || exact[f.Id()].Equals(f.Type()) {
		return e, transform.SameTree, nil
	}
	nullable := f.IsNullable() || f.Table() == ""
	return expression.NewGetFieldWithTable(int(f.Id()), int(f.TableId()), exact[f.Id()], f.Database(), f.Table(), f.Name(), nullable), transform.NewTree, nil
}

// aggregate makes an aggregate exact.
func (exact sumTypes) aggregate(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
	a, ok := e.(gms.WindowAdaptableExpression)
	if !ok || len(a.Children()) == 0 {
		return e, transform.SameTree, nil
	}
	children := a.Children() // the argument, then what the window is made of
	switch e.(type) {
	case *aggregation.StdDevPop, *aggregation.StdDevSamp, *aggregation.VarPop, *aggregation.VarSamp:
		exact[a.Id()] = gtypes.Float64
		children[0] = &double{expression.UnaryExpression{Child: children[0]}}
		e, err := a.WithChildren(children...)
		return e, transform.NewTree, err
	}
	argument, result := exactTypes(a)
	if result == nil {
		return e, transform.SameTree, nil
	}
	exact[a.Id()] = result
	children[0] = &exactNumber{expression.UnaryExpression{Child: children[0]}, argument}
	e, err := a.WithChildren(children...)
	return e, transform.NewTree, err
}

// exactTypes is what the argument of a SUM or AVG of exact numbers is added up as, and
// what it gives; nil if it is another function, or another argument.
func exactTypes(a gms.WindowAdaptableExpression) (argument, result gms.Type) {
	of := a.Children()[0]
	more, behind := uint8(sumDigits), uint8(0)
	switch a.(type) {
	case *aggregation.Sum:
	case *aggregation.Avg:
		of, more = averagedOf(of)
		behind = more
	default:
		return nil, nil
	}
	t, ok := expr.ExactType(of.Type())
	if c, is := of.(*expr.Cast); is && c.To.Kind == types.Decimal {
		t = c.To
	}
	if digits, is := arithmeticType(of); is {
		t = digits
	}
	if !ok {
		return nil, nil
	}
	argument, err := gtypes.CreateDecimalType(t.Precision, t.Scale)
	if err != nil {
		return nil, nil
	}
	t.Scale = min(t.Scale+behind, types.DecimalScaleMax)
	t.Precision = max(min(t.Precision+more, types.DecimalPrecisionMax), t.Scale)
	if result, err = gtypes.CreateDecimalType(t.Precision, t.Scale); err != nil {
		return nil, nil
	}
	return argument, result
}

// arithmeticType is the type of a sum or product of exact numbers, of which the library's may
// have too few digits; ok is false if it is none.
func arithmeticType(e gms.Expression) (t types.Type, ok bool) {
	if g, is := e.(*expr.Guard); is {
		e = g.Arithmetic
	}
	a, is := e.(*expression.Arithmetic)
	if !is {
		return t, false
	}
	var sides [2]types.Type
	for i, side := range a.Children() {
		var known bool
		if sides[i], known = arithmeticType(side); !known {
			if sides[i], known = expr.ExactType(side.Type()); !known {
				return t, false
			}
		}
	}
	t, ok = expr.DigitsOf(a.Operator(), sides[0], sides[1], 0)
	return t, ok && t.Scale > 0
}

// An exactNumber is an exact number as a DECIMAL.
type exactNumber struct {
	expression.UnaryExpression
	typ gms.Type
}

// Type implements gms.Expression.
func (e *exactNumber) Type() gms.Type { return e.typ }

// String implements gms.Expression.
func (e *exactNumber) String() string { return e.Child.String() }

// WithChildren implements gms.Expression.
func (e *exactNumber) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) != 1 {
		return nil, gms.ErrInvalidChildrenNumber.New(e, len(children), 1)
	}
	return &exactNumber{expression.UnaryExpression{Child: children[0]}, e.typ}, nil
}

// Eval implements gms.Expression.
func (e *exactNumber) Eval(ctx *gms.Context, row gms.Row) (any, error) {
	v, err := e.Child.Eval(ctx, row)
	if err != nil || v == nil {
		return nil, err
	}
	if n, _, ok := expr.WholeOf(v); ok {
		return decimal.NewFromBigInt(n, 0), nil
	}
	out, _, err := e.typ.Convert(ctx, v)
	return out, err
}

// A double is a number whose deviation is computed: as a DOUBLE.
type double struct{ expression.UnaryExpression }

// Type implements gms.Expression.
func (*double) Type() gms.Type { return gtypes.Float64 }

// String implements gms.Expression.
func (d *double) String() string { return d.Child.String() }

// WithChildren implements gms.Expression.
func (d *double) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) != 1 {
		return nil, gms.ErrInvalidChildrenNumber.New(d, len(children), 1)
	}
	return &double{expression.UnaryExpression{Child: children[0]}}, nil
}

// Eval implements gms.Expression: the library makes the number.
func (d *double) Eval(ctx *gms.Context, row gms.Row) (any, error) { return d.Child.Eval(ctx, row) }
