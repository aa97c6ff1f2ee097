package sql

import (
	"strings"

	"github.com/shopspring/decimal"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/expression/function"
	"github.com/dolthub/go-mysql-server/sql/expression/function/aggregation"
	"github.com/dolthub/go-mysql-server/sql/transform"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/reword"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/sql/walk"
	"github.com/xadb/xadb/server/types"
)

// numberTemporals makes numbers of dates and times where something is to be
// calculated (MySQL manual, Date and Time Types): the library has others, or none.
func (c *call) numberTemporals(node gms.Node) (gms.Node, error) {
	tables := c.origins(node)
	return walk.Exprs(node, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		if a, ok := e.(*expression.Arithmetic); ok {
			if sum, ok, err := expr.IntervalSum(a); ok {
				return sum, transform.NewTree, err
			}
		}
		if out, ok, err := c.apartMoments(e); ok || err != nil {
			return out, transform.NewTree, err
		}
		if out, ok := inOthers(e); ok {
			return out, transform.NewTree, nil
		}
		if out, ok := eachInList(e); ok {
			return out, transform.NewTree, nil
		}
		if out, ok, err := withYears(c.context(), e); ok || err != nil {
			return out, transform.NewTree, err
		}
		if cmp, ok := e.(expression.Comparer); ok {
			return c.momentCompared(cmp)
		}
		name := ""
		if f, is := e.(gms.FunctionExpression); is {
			name = strings.ToLower(f.FunctionName())
		}
		if !calculates(e) && numberPlaces[name] == 0 {
			return e, transform.SameTree, nil
		}
		children, changed := append([]gms.Expression(nil), e.Children()...), false
		for i, child := range children {
			if child == nil {
				continue
			}
			t, ok := convert.FromType(child.Type())
			if !ok || !t.IsTemporal() || !calculates(e) && (!takesNumberAt(name, i) || name == "cast_year") {
				continue
			}
			if t.Kind == types.Time {
				t.FSP = digits(tables, child)
			}
			if _, cast := e.(*expression.Convert); cast && gtypes.IsInteger(e.Type()) {
				t.FSP = 0
			}
			children[i], changed = &temporalNumber{expression.UnaryExpression{Child: child}, t, i == 0 && (ofOneNumber[name] || isNegation(e))}, true
		}
		if !changed {
			return e, transform.SameTree, nil
		}
		out, err := e.WithChildren(children...)
		return out, transform.NewTree, err
	})
}

// calculates reports whether an expression takes numbers.
func calculates(e gms.Expression) bool {
	switch e := e.(type) {
	case *expression.Arithmetic:
		for _, child := range e.Children() {
			if _, ok := child.(*expression.Interval); ok {
				return false
			}
		}
		return true
	case *expression.Div, *expr.Division, *expression.IntDiv, *expression.Mod, *expression.UnaryMinus,
		*aggregation.Sum, *aggregation.Avg,
		*function.AbsVal, *function.Round, *function.Ceil, *function.Floor, *function.Sign:
		return true
	case *expression.Convert:
		return (gtypes.IsNumber(e.Type()) || gtypes.IsDecimal(e.Type())) && e.Type() != gtypes.Year
	case *expr.Function: // also ROUND, TRUNCATE and SIGN
		return e.Numeric && e.Name != reword.BitNot && e.Name != "bit_count" // which take them by themselves
	}
	return false
}

// ofOneNumber are functions whose first operand is a DOUBLE if it is no number.
var ofOneNumber = map[string]bool{
	"abs": true, "ceil": true, "ceiling": true, "floor": true, "round": true, "truncate": true, "format": true,
}

func isNegation(e gms.Expression) bool {
	_, is := e.(*expression.UnaryMinus)
	return is
}

// A temporalNumber is a date or a time as a number.
type temporalNumber struct {
	expression.UnaryExpression
	from   types.Type
	double bool // whatever it is
}

// Type implements gms.Expression: a whole number if there are no parts of a second.
func (n *temporalNumber) Type() gms.Type {
	switch {
	case n.double:
		return gtypes.Float64
	case n.from.FSP == 0:
		return gtypes.Int64
	}
	return gtypes.MustCreateDecimalType(20, n.from.FSP)
}

// String implements gms.Expression.
func (n *temporalNumber) String() string { return n.Child.String() }

// WithChildren implements gms.Expression.
func (n *temporalNumber) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) != 1 {
		return nil, gms.ErrInvalidChildrenNumber.New(n, len(children), 1)
	}
	return &temporalNumber{expression.UnaryExpression{Child: children[0]}, n.from, n.double}, nil
}

// Eval implements gms.Expression.
func (n *temporalNumber) Eval(ctx *gms.Context, row gms.Row) (any, error) {
	v, err := n.Child.Eval(ctx, row)
	if err != nil || v == nil {
		return nil, err
	}
	value, _, err := convert.Down(ctx, v, n.Child.Type())
	if err != nil {
		return nil, err
	}
	if n.from.FSP < types.FSPMax { // a second that is rounded may be the next minute's
		rounded, err := types.Store(value, n.from, types.Target{Type: n.from, ZeroDates: true, Display: true})
		if err == nil {
			value = rounded
		}
	}
	number := decimal.Zero
	switch value.(type) {
	case binlog.DateTime, binlog.Duration:
		number = types.TemporalNumber(value, n.from)
	}
	switch {
	case n.double:
		return number.InexactFloat64(), nil
	case n.from.FSP == 0:
		return number.IntPart(), nil
	}
	return number, nil
}

func isNumber(e gms.Expression) bool {
	t, ok := convert.FromType(e.Type())
	return ok && t.IsNumber()
}

func asNumber(e gms.Expression) gms.Expression {
	t, _ := convert.FromType(e.Type())
	if t.Kind == types.Time {
		t.FSP = digits(nil, e)
	}
	return &temporalNumber{expression.UnaryExpression{Child: e}, t, false}
}
