package expr

import (
	"math"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// newRemainder is a % b, of whole numbers as one: the library makes a DECIMAL of it.
func newRemainder(m *expression.Mod) gms.Expression {
	return &remainder{&Function{"mod", m.Children(), Recipe{2, 2, remainderType, modulo, false, true}}}
}

// A remainder writes itself as MySQL does in what it says of expressions.
type remainder struct{ *Function }

// String implements gms.Expression.
func (r *remainder) String() string {
	return "(" + r.Args[0].String() + " % " + r.Args[1].String() + ")"
}

// WithChildren implements gms.Expression.
func (r *remainder) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	e, err := r.Function.WithChildren(children...)
	if f, ok := e.(*Function); ok && err == nil {
		return &remainder{f}, nil
	}
	return e, err
}

// remainderType is that of the number of which there is one.
func remainderType(args []gms.Expression) gms.Type {
	a, ok := ExactType(args[0].Type())
	b, too := ExactType(args[1].Type())
	switch {
	case !ok || !too:
		return gtypes.Float64
	case isWhole(args[0]) && isWhole(args[1]):
		return convert.WholeType(isUnsigned(args[0]))
	}
	scale := max(a.Scale, b.Scale)
	return gtypes.MustCreateDecimalType(min(max(a.Precision-a.Scale, b.Precision-b.Scale)+scale, types.DecimalPrecisionMax), scale)
}

// modulo has the sign of the number that is divided; by zero it is NULL.
func modulo(ctx *gms.Context, f *Function, v []any) (any, error) {
	typ := f.Type()
	if typ == gtypes.Float64 {
		x, err := f.double(ctx, 0, v[0])
		if err != nil {
			return nil, err
		}
		y, err := f.double(ctx, 1, v[1])
		if y == 0 {
			divisionByZero(ctx)
			return nil, err
		}
		return math.Mod(x, y), err
	}
	a, err := numberOf(ctx, v[0], f.Args[0].Type())
	if err != nil {
		return nil, err
	}
	b, err := numberOf(ctx, v[1], f.Args[1].Type())
	if err != nil {
		return nil, err
	}
	if b.IsZero() {
		divisionByZero(ctx)
		return nil, nil
	}
	if d := a.Mod(b); !gtypes.IsInteger(typ) {
		return d, nil
	} else {
		out, _, err := typ.Convert(ctx, d)
		return out, err
	}
}

func divisionByZero(ctx *gms.Context) {
	ctx.Warn(mysqlerr.DivisionByZero, "%s", mysqlerr.New(mysqlerr.DivisionByZero).Message)
}
