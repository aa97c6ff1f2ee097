package expr

import (
	"math"
	"slices"
	"time"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/expression/function"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"
	"github.com/dolthub/vitess/go/sqltypes"
	"github.com/shopspring/decimal"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// numberRecipes are functions of numbers.
var numberRecipes = map[string]Recipe{
	"round":    {1, 2, roundedType, round, false, true},
	"truncate": {2, 2, roundedType, truncate, false, true},
	"sign":     {1, 1, Always(gtypes.Int64), sign, false, true},
}

// roundedType: exact numbers have as many digits behind the point as they are
// rounded to, if that is known, and never more than before.
func roundedType(args []gms.Expression) gms.Type {
	from, ok := convert.FromType(args[0].Type())
	switch {
	case ok && from.IsInteger():
		if from.Unsigned {
			return gtypes.Uint64
		}
		return gtypes.Int64
	case !ok || from.Kind != types.Decimal:
		return gtypes.Float64
	}
	places := int64(0)
	if len(args) > 1 {
		if places, ok = Constant(args[1]); !ok {
			return args[0].Type()
		}
	}
	scale := uint8(min(max(places, 0), int64(from.Scale)))
	precision := max(min(from.Precision-from.Scale+scale+1, types.DecimalPrecisionMax), 1)
	t, err := gtypes.CreateDecimalType(precision, scale)
	if err != nil {
		return args[0].Type()
	}
	return t
}

// Constant is the value of a whole number that stands in the statement.
func Constant(e gms.Expression) (int64, bool) {
	switch e := e.(type) {
	case *expression.Literal:
		if n, _, ok := WholeOf(e.Value()); ok && n.IsInt64() {
			return n.Int64(), true
		}
	case *expression.UnaryMinus:
		n, ok := Constant(e.Child)
		return -n, ok
	case *Negation:
		n, ok := Constant(e.Child)
		return -n, ok
	}
	return 0, false
}

func round(ctx *gms.Context, f *Function, v []any) (any, error) {
	return f.rounded(ctx, v, decimal.Decimal.Round, math.RoundToEven)
}

func truncate(ctx *gms.Context, f *Function, v []any) (any, error) {
	return f.rounded(ctx, v, func(d decimal.Decimal, places int32) decimal.Decimal {
		if places < 0 {
			return d.Shift(places).Truncate(0).Shift(-places)
		}
		return d.Truncate(places)
	}, math.Trunc)
}

// placesMax is beyond all digits of any number.
const placesMax = 400

func (f *Function) rounded(ctx *gms.Context, v []any, exactly func(decimal.Decimal, int32) decimal.Decimal, nearly func(float64) float64) (any, error) {
	places := int64(0)
	if len(v) > 1 {
		var err error
		if places, err = f.whole(ctx, 1, v[1]); err != nil {
			return nil, err
		}
	}
	places = min(max(places, -placesMax), placesMax)
	value, err := f.as(ctx, 0, v[0], types.Type{Kind: types.Double})
	if t, ok := convert.FromType(f.Args[0].Type()); ok && (t.IsInteger() || t.Kind == types.Decimal) {
		value, _, err = convert.Down(ctx, v[0], f.Args[0].Type())
	}
	if err != nil || value == nil {
		return nil, err
	}
	if x, is := value.(float64); is {
		power := math.Pow(10, math.Abs(float64(places)))
		switch {
		case places < 0:
			return nearly(x/power) * power, nil
		case math.IsInf(x*power, 0):
			return x, nil
		}
		return nearly(x*power) / power, nil
	}
	d, _ := types.Exact(value)
	d = exactly(d, int32(places))
	if t := f.Type(); gtypes.IsInteger(t) {
		out, _, err := t.Convert(ctx, d)
		return out, err
	}
	return d, nil
}

func sign(ctx *gms.Context, f *Function, v []any) (any, error) {
	value, err := f.as(ctx, 0, v[0], types.Type{Kind: types.Double})
	x, _ := value.(float64)
	switch {
	case err != nil || x == 0:
		return int64(0), err
	case x < 0:
		return int64(-1), nil
	}
	return int64(1), nil
}

// newAbs is ABS: of text as of a DOUBLE, else the library's.
func newAbs(args []gms.Expression) (gms.Expression, error) {
	if len(args) != 1 {
		return nil, mysqlerr.New(mysqlerr.WrongParamCount, "ABS")
	}
	if isWhole(args[0]) {
		return &Function{"abs", args, Recipe{TypeOf: absType, Compute: absOfWhole}}, nil
	}
	if !gtypes.IsText(args[0].Type()) {
		return function.NewAbsVal(args[0]), nil
	}
	return &Function{"abs", args, Recipe{TypeOf: Always(gtypes.Float64), Compute: func(ctx *gms.Context, f *Function, v []any) (any, error) {
		value, err := f.as(ctx, 0, v[0], types.Type{Kind: types.Double})
		x, _ := value.(float64)
		return math.Abs(x), err
	}}}, nil
}

func absType(args []gms.Expression) gms.Type { return convert.WholeType(isUnsigned(args[0])) }

func absOfWhole(_ *gms.Context, f *Function, v []any) (any, error) {
	n, unsigned, ok := WholeOf(v[0])
	if !ok { // not what its type says
		return v[0], nil
	}
	return inRange(n.Abs(n), unsigned, f.String())
}

// newExtreme is GREATEST or LEAST: of dates, of texts, of numbers of which one is a
// DECIMAL, which the library's does not take, or the library's.
func newExtreme(name string, args []gms.Expression, sign int) (gms.Expression, error) {
	if err := CheckVectorCall(name, args); err != nil {
		return nil, err
	}
	if e := newExtremeDate(name, args, sign); e != nil {
		return e, nil
	}
	if t := commonMoment(args); t != nil {
		return &Function{name, args, Recipe{TypeOf: Always(t), Compute: extremeMoment(sign)}}, nil
	}
	if e := newExtremeText(name, args, sign); e != nil {
		return e, nil
	}
	typ, ok := commonDecimal(args)
	if !ok {
		args = withoutDecimals(args)
		if sign > 0 {
			return function.NewGreatest(args...)
		}
		return function.NewLeast(args...)
	}
	return &Function{name, args, Recipe{TypeOf: Always(typ), Numeric: true, Compute: func(ctx *gms.Context, f *Function, v []any) (any, error) {
		var most any
		for i := range v {
			n, _, err := typ.Convert(ctx, v[i])
			if err != nil {
				return nil, err
			}
			order := sign
			if i > 0 {
				if order, err = typ.Compare(ctx, n, most); err != nil {
					return nil, err
				}
			}
			if order*sign > 0 {
				most = n
			}
		}
		return most, nil
	}}}, nil
}

// AsDouble is a number as a DOUBLE.
func AsDouble(e gms.Expression, t types.Type) gms.Expression {
	if t.Kind == types.Double {
		return e
	}
	if ch, is := e.(*Choice); is && ch.HasMoments() {
		return &TextNumber{UnaryExpression: expression.UnaryExpression{Child: e}}
	}
	return expression.NewConvert(e, expression.ConvertToDouble)
}

// withoutDecimals has a DOUBLE for each DECIMAL, of which the library's know nothing among
// others.
func withoutDecimals(args []gms.Expression) []gms.Expression {
	out := slices.Clone(args)
	for i, e := range args {
		if t, known := convert.FromType(e.Type()); known && t.Kind == types.Decimal {
			out[i] = AsDouble(e, t)
		}
	}
	return out
}

// commonDecimal is the type in which numbers are compared; ok is false if none is
// a DECIMAL, or some are no numbers.
func commonDecimal(args []gms.Expression) (typ gms.Type, ok bool) {
	scale, float := uint8(0), false
	for _, e := range args {
		t, known := convert.FromType(e.Type())
		if !known || !t.IsNumber() && t.Kind != types.Null {
			return nil, false
		}
		ok, float, scale = ok || t.Kind == types.Decimal, float || t.IsFloat(), max(scale, t.Scale)
	}
	if float {
		return gtypes.Float64, ok
	}
	typ, err := gtypes.CreateDecimalType(types.DecimalPrecisionMax, scale)
	return typ, ok && err == nil
}

// commonMoment is what the last or first of dates is; nil if they are not all dates.
func commonMoment(args []gms.Expression) gms.Type {
	days, fsp := 0, uint8(0)
	for _, e := range args {
		if t, _ := convert.FromType(e.Type()); t.HasDate() && t.Kind != types.Date {
			fsp = max(fsp, t.FSP)
		} else if t.Kind == types.Date {
			days++
		} else {
			return nil
		}
	}
	if days == len(args) {
		return gtypes.Date
	}
	return gtypes.MustCreateDatetimeType(sqltypes.Datetime, int(fsp))
}

// extremeMoment is the last or first of dates.
func extremeMoment(sign int) func(*gms.Context, *Function, []any) (any, error) {
	return func(ctx *gms.Context, f *Function, v []any) (any, error) {
		at := time.Time{}
		for i := range v {
			t, ok, err := f.moment(ctx, i, v[i])
			if !ok || err != nil {
				return nil, err
			}
			if i == 0 || t.Compare(at)*sign > 0 {
				at = t
			}
		}
		return at, nil
	}
}
