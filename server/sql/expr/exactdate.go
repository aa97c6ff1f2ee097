package expr

import (
	"slices"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// An exactDate is a date that is compared as it is: the library cuts DATEs to the day, and
// rounds others, after which dates of which parts are zero are those next to them.
type exactDate struct{ expression.UnaryExpression }

// Type implements gms.Expression.
func (*exactDate) Type() gms.Type { return gtypes.DatetimeMaxPrecision }

// String implements gms.Expression.
func (d *exactDate) String() string { return d.Child.String() }

// WithChildren implements gms.Expression.
func (d *exactDate) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) != 1 {
		return nil, gms.ErrInvalidChildrenNumber.New(d, len(children), 1)
	}
	return newExactDate(children[0]), nil
}

// Eval implements gms.Expression.
func (d *exactDate) Eval(ctx *gms.Context, row gms.Row) (any, error) { return d.Child.Eval(ctx, row) }

func newExactDate(e gms.Expression) gms.Expression {
	return &exactDate{expression.UnaryExpression{Child: e}}
}

// OrderKeys are what a list of expressions is sorted by: keys of texts, and exact dates.
func OrderKeys(ctx *gms.Context, list []gms.Expression) (out []gms.Expression, changed bool) {
	out, changed = KeysOf(ctx, list)
	for i, e := range out {
		if isDATE(e) {
			out[i], changed = newExactDate(e), true
		}
	}
	return out, changed
}

// isDATE reports whether an expression is a DATE.
func isDATE(e gms.Expression) bool {
	t, known := convert.FromType(e.Type())
	return known && t.Kind == types.Date
}

// ExactDates are the sides of a comparison of dates, one of which may be a constant text that
// is one; ok is false of others.
func ExactDates(sides []gms.Expression) (_ []gms.Expression, ok bool) {
	out, dates, plain := slices.Clone(sides), 0, true
	for i, e := range sides {
		t, known := convert.FromType(e.Type())
		switch {
		case !known:
			return nil, false
		case t.HasDate():
			dates++
			plain = plain && t.Kind != types.Date && e.Type().Equals(sides[0].Type())
			out[i] = newExactDate(e)
		default:
			if out[i], ok = textDate(e); !ok {
				return nil, false
			}
			plain = false
		}
	}
	return out, dates > 0 && !plain
}

// textDate is a constant text as the date that it is; ok is false of others.
func textDate(e gms.Expression) (_ gms.Expression, ok bool) {
	text, constant := ConstantText(e)
	if !constant {
		return nil, false
	}
	at, ok := types.ParseDateTime(text)
	if !ok {
		return nil, false
	}
	moment, ok := convert.UpMoment(at)
	return expression.NewLiteral(moment, gtypes.DatetimeMaxPrecision), ok
}
