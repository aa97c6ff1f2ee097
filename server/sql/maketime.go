package sql

import (
	"fmt"
	"math"

	"github.com/shopspring/decimal"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/types"
)

// A makeTime is MAKETIME(hour, minute, second), which the library does not have.
type makeTime struct{ expression.NaryExpression }

func newMakeTime(hour, minute, second gms.Expression) gms.Expression {
	return &makeTime{expression.NaryExpression{ChildExpressions: []gms.Expression{hour, minute, second}}}
}

// Type implements gms.Expression.
func (*makeTime) Type() gms.Type { return gtypes.Time }

// IsNullable implements gms.Expression.
func (*makeTime) IsNullable() bool { return true }

// String implements gms.Expression.
func (m *makeTime) String() string {
	return fmt.Sprintf("maketime(%s,%s,%s)", m.ChildExpressions[0], m.ChildExpressions[1], m.ChildExpressions[2])
}

// WithChildren implements gms.Expression.
func (m *makeTime) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) != 3 {
		return nil, gms.ErrInvalidChildrenNumber.New(m, len(children), 3)
	}
	return newMakeTime(children[0], children[1], children[2]), nil
}

// digits is how many digits behind the point the seconds show: those of an exact
// number.
func (m *makeTime) digits() uint8 {
	t, ok := exactType(m.ChildExpressions[2].Type())
	if !ok {
		return types.FSPMax
	}
	return min(t.Scale, types.FSPMax)
}

// Eval implements gms.Expression: NULL for minutes and seconds that no clock has; the
// longest TIME for more hours.
func (m *makeTime) Eval(ctx *gms.Context, row gms.Row) (any, error) {
	var parts [3]decimal.Decimal
	for i, e := range m.ChildExpressions {
		v, err := e.Eval(ctx, row)
		if err != nil || v == nil {
			return nil, err
		}
		if parts[i], err = numberOf(ctx, v, e.Type()); err != nil {
			return nil, err
		}
	}
	hour, minute := parts[0].Round(0), parts[1].Round(0)
	second := parts[2].Round(types.FSPMax)
	sixty := decimal.NewFromInt(60)
	if minute.Sign() < 0 || !minute.LessThan(sixty) || parts[2].Sign() < 0 || !parts[2].LessThan(sixty) {
		return nil, nil
	}
	micros := hour.Abs().Mul(sixty).Add(minute).Mul(sixty).Add(second).Mul(decimal.NewFromInt(microsPerSecond))
	if most := decimal.NewFromInt(timeMax); micros.GreaterThan(most) {
		ctx.Warn(mysqlerr.TruncatedWrongValue, "Truncated incorrect time value: '%s:%02d:%02d'", hour, minute.IntPart(), second.IntPart())
		micros = most
	}
	if hour.Sign() < 0 {
		micros = micros.Neg()
	}
	return gtypes.Timespan(micros.IntPart()), nil
}

// numberOf is a value as a number.
func numberOf(ctx *gms.Context, v any, t gms.Type) (decimal.Decimal, error) {
	value, from, err := down(ctx, v, t)
	if err != nil {
		return decimal.Zero, err
	}
	if d, ok := types.Exact(value); ok {
		return d, nil
	}
	f, _, _ := types.FloatOf(value, from)
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return decimal.Zero, nil
	}
	return decimal.NewFromFloat(f), nil
}
