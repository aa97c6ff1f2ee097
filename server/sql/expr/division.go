package expr

import (
	"math"
	"slices"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// A Division is a / b. One of exact numbers has as many digits behind the point as its first
// operand, and More of them, to which it is rounded whatever is made of it (MySQL manual,
// Arithmetic Operators); the library keeps others for what is around, and has More of 4.
type Division struct {
	*Function
	More uint8 // div_precision_increment
}

// NewDivision is a division of the library's; ok is false of numbers whose digits are known
// only with their values, which stays the library's.
func NewDivision(d *expression.Div, more uint8) (_ *Division, ok bool) {
	for _, e := range d.Children() {
		if !e.Resolved() {
			return nil, false
		}
		if _, exact := ExactOperand(e); !exact && e.Type() == gtypes.InternalDecimalType {
			return nil, false
		}
	}
	return divisionOf(d.Children(), more), true
}

func divisionOf(args []gms.Expression, more uint8) *Division {
	typ := func(args []gms.Expression) gms.Type { return divisionType(args, more) }
	return &Division{&Function{"/", slices.Clone(args), Recipe{2, 2, typ, quotientOf(), false, true}}, more}
}

// String implements gms.Expression: as MySQL writes it in what it says of expressions.
func (d *Division) String() string {
	return "(" + d.Args[0].String() + " / " + d.Args[1].String() + ")"
}

// WithChildren implements gms.Expression.
func (d *Division) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) != 2 {
		return nil, gms.ErrInvalidChildrenNumber.New(d, len(children), 2)
	}
	return divisionOf(children, d.More), nil
}

// divisionType is a DECIMAL of exact numbers, and else DOUBLE.
func divisionType(args []gms.Expression, more uint8) gms.Type {
	l, lok := ExactOperand(args[0])
	r, rok := ExactOperand(args[1])
	if !lok || !rok {
		return gtypes.Float64
	}
	t, _ := DigitsOf("/", l, r, more)
	return gtypes.MustCreateDecimalType(t.Precision, t.Scale)
}

// quotientOf divides; by zero is NULL. What the digits are is asked once.
func quotientOf() func(ctx *gms.Context, f *Function, v []any) (any, error) {
	var typ gms.Type
	return func(ctx *gms.Context, f *Function, v []any) (any, error) {
		if typ == nil {
			typ = f.Type()
		}
		if exact, is := typ.(gms.DecimalType); is {
			return f.exactQuotient(ctx, v, int32(exact.Scale()))
		}
		x, err := f.double(ctx, 0, v[0])
		if err != nil {
			return nil, err
		}
		y, err := f.double(ctx, 1, v[1])
		if err != nil {
			return nil, err
		}
		if y == 0 {
			divisionByZero(ctx)
			return nil, nil
		}
		q := x / y
		if math.IsInf(q, 0) {
			err = mysqlerr.New(mysqlerr.DataOutOfRange, "DOUBLE", (&Division{Function: f}).String())
		}
		return q, err
	}
}

func (f *Function) exactQuotient(ctx *gms.Context, v []any, scale int32) (any, error) {
	a, b, ok, err := f.exactSides(ctx, v)
	if err != nil || !ok {
		return nil, err
	}
	l, _ := ExactOperand(f.Args[0])
	r, _ := ExactOperand(f.Args[1])
	q, _ := a.QuoRem(b, max(quotientDigits(int32(l.Scale), int32(r.Scale), scale-int32(l.Scale)), scale))
	return q.Round(scale), nil
}

// groupDigits is how many digits MySQL keeps in one.
const groupDigits = 9

// quotientDigits is how many digits behind the point are computed, groups of them, before the
// quotient is rounded.
func quotientDigits(l, r, more int32) int32 {
	groups := func(n int32) int32 { return (n + groupDigits - 1) / groupDigits * groupDigits }
	whole := groups(l) + groups(r)
	return groups(whole + max(more-(whole-l-r), 0))
}

// ExactOperand is an exact number's type as a DECIMAL, of a constant and of sums and products
// with the digits that these have; ok is false of others.
func ExactOperand(e gms.Expression) (t types.Type, ok bool) {
	switch e := e.(type) {
	case *expression.Literal:
		if e.Type() == gtypes.InternalDecimalType {
			whole, fraction, _ := strings.Cut(strings.TrimPrefix(e.String(), "-"), ".")
			n := len(whole) + len(fraction)
			return types.Type{Kind: types.Decimal, Precision: uint8(n), Scale: uint8(len(fraction))}, n <= types.DecimalPrecisionMax
		}
	case *expression.UnaryMinus:
		return ExactOperand(e.Child)
	case *Guard:
		return ExactOperand(e.Arithmetic)
	case *expression.Arithmetic:
		if t, ok = exactSum(e); ok {
			return t, true
		}
	}
	if e.Type() == gtypes.InternalDecimalType {
		return t, false
	}
	if t, known := convert.FromType(e.Type()); known && t.Kind == types.Year {
		return types.Type{Kind: types.Decimal, Precision: IntDigits[types.Year]}, true
	}
	return ExactType(e.Type())
}

// exactSum is the type of +, - or * of exact numbers one of which has digits behind the point.
func exactSum(a *expression.Arithmetic) (t types.Type, ok bool) {
	l, lok := ExactOperand(a.LeftChild)
	r, rok := ExactOperand(a.RightChild)
	if !lok || !rok {
		return t, false
	}
	t, ok = DigitsOf(a.Operator(), l, r, 0)
	return t, ok && t.Scale > 0
}

// DigitsOf is the type of arithmetic; a division has more digits than its first operand.
func DigitsOf(op string, l, r types.Type, more uint8) (types.Type, bool) {
	out := types.Type{Kind: types.Decimal}
	var precision, scale int
	switch op {
	case "+", "-":
		scale = int(max(l.Scale, r.Scale))
		precision = int(max(l.Precision-l.Scale, r.Precision-r.Scale)) + scale + 1
	case "*":
		precision, scale = int(l.Precision)+int(r.Precision), int(l.Scale)+int(r.Scale)
	case "/":
		precision, scale = int(l.Precision)+int(r.Scale)+int(more), int(l.Scale)+int(more)
	default:
		return out, false
	}
	scale = min(scale, types.DecimalScaleMax)
	out.Scale, out.Precision = uint8(scale), uint8(min(max(precision, scale, 1), types.DecimalPrecisionMax))
	return out, true
}
