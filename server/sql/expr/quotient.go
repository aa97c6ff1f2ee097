package expr

import (
	"slices"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"
	"github.com/shopspring/decimal"

	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// A Quotient is a DIV b: the library divides what it has rounded, reads texts as DOUBLEs, and
// lets the largest numbers wrap around.
type Quotient struct{ *Function }

func newQuotient(d *expression.IntDiv) gms.Expression {
	args := slices.Clone(d.Children())
	for i, e := range args {
		if t, known := convert.FromType(e.Type()); known && t.IsNamed() {
			args[i] = memberDouble(e)
		}
	}
	return &Quotient{&Function{"div", args, Recipe{2, 2, quotientType, divided, false, true}}}
}

// String implements gms.Expression: as MySQL writes it in what it says of expressions.
func (q *Quotient) String() string {
	return "(" + q.Args[0].String() + " DIV " + q.Args[1].String() + ")"
}

// WithChildren implements gms.Expression.
func (q *Quotient) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	e, err := q.Function.WithChildren(children...)
	if f, ok := e.(*Function); ok && err == nil {
		return &Quotient{f}, nil
	}
	return e, err
}

func quotientType(args []gms.Expression) gms.Type {
	return convert.WholeType(withoutSign(args[0]) || withoutSign(args[1]))
}

// withoutSign: a constant has none only if it is too large for one, or written in hexadecimal.
func withoutSign(e gms.Expression) bool {
	return isUnsigned(e) && (!isLiteral(e) || e.Type() == gtypes.Uint64)
}

// divided is exact, whatever the numbers are; by zero it is NULL.
func divided(ctx *gms.Context, f *Function, v []any) (any, error) {
	a, b, ok, err := f.exactSides(ctx, v)
	if err != nil || !ok {
		return nil, err
	}
	whole, _ := a.QuoRem(b, 0)
	return inRange(whole.BigInt(), gtypes.IsUnsigned(f.Type()), (&Quotient{f}).String())
}

// exactSides are the two operands of a division as exact numbers; ok is false, and there is a
// warning, where it is by zero.
func (f *Function) exactSides(ctx *gms.Context, v []any) (a, b decimal.Decimal, ok bool, err error) {
	if a, err = f.exact(ctx, 0, v[0]); err != nil {
		return a, b, false, err
	}
	if b, err = f.exact(ctx, 1, v[1]); err != nil {
		return a, b, false, err
	}
	if b.IsZero() {
		divisionByZero(ctx)
		return a, b, false, nil
	}
	return a, b, true, nil
}

// exact is an argument as an exact number.
func (f *Function) exact(ctx *gms.Context, i int, v any) (decimal.Decimal, error) {
	t, _ := convert.FromType(f.Args[i].Type())
	if t.IsInteger() || t.Kind == types.Decimal || t.Kind == types.Bit {
		return numberOf(ctx, v, f.Args[i].Type())
	}
	value, err := f.as(ctx, i, v, types.Type{Kind: types.Decimal, Precision: types.DecimalPrecisionMax, Scale: types.DecimalScaleMax})
	if err != nil {
		return decimal.Zero, err
	}
	d, _ := types.Exact(value)
	return d, nil
}
