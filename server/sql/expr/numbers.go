package expr

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"
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
	case ok && (from.IsInteger() || from.Kind == types.Bit):
		return convert.WholeType(isUnsigned(args[0]))
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
	case *Cast: // see hasDecimalOpposite
		if e.To.Kind == types.Decimal && e.To.Scale == 0 {
			return Constant(e.Child)
		}
	}
	return 0, false
}

// ConstantNumber is the value of a constant as a number.
func ConstantNumber(e gms.Expression) (float64, bool) {
	if !isLiteral(e) {
		return 0, false
	}
	value, from, err := convert.DownAny(context.Background(), e.(*expression.Literal).Value(), e.Type())
	if err != nil || value == nil {
		return 0, false
	}
	n, _, ok := types.FloatOf(value, from)
	return n, ok
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
	if t, ok := convert.FromType(f.Args[0].Type()); ok && (t.IsInteger() || t.Kind == types.Decimal || t.Kind == types.Bit) {
		value, _, err = convert.Down(ctx, v[0], f.Args[0].Type())
	}
	if err != nil || value == nil {
		return nil, err
	}
	if x, is := value.(float64); is {
		power := tenTo(max(places, -places))
		switch {
		case places < 0 && math.IsInf(power, 0):
			return 0.0, nil
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
		return inRange(d.BigInt(), gtypes.IsUnsigned(t), f.String())
	}
	return d, nil
}

// tenTo is the DOUBLE next to a power of ten, which math.Pow misses for large ones.
func tenTo(n int64) float64 {
	power, _ := strconv.ParseFloat("1e"+strconv.FormatInt(n, 10), 64) // infinite where it is out of range
	return power
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
	args = settledChoices(args)
	if t, known := convert.FromType(args[0].Type()); known && t.IsNamed() {
		args = []gms.Expression{memberDouble(args[0])}
	}
	if isWhole(args[0]) {
		return &Function{"abs", args, Recipe{TypeOf: absType, Compute: absOfWhole}}, nil
	}
	if !gtypes.IsText(args[0].Type()) && !gtypes.IsJSON(args[0].Type()) {
		return function.NewAbsVal(args[0]), nil
	}
	return &Function{"abs", args, Recipe{TypeOf: Always(gtypes.Float64), Compute: func(ctx *gms.Context, f *Function, v []any) (any, error) {
		value, err := f.as(ctx, 0, v[0], types.Type{Kind: types.Double})
		x, _ := value.(float64)
		return math.Abs(x), err
	}, Numeric: true}}, nil
}

func absType(args []gms.Expression) gms.Type { return convert.WholeType(isUnsigned(args[0])) }

func absOfWhole(_ *gms.Context, f *Function, v []any) (any, error) {
	n, unsigned, ok := WholeOf(v[0])
	if !ok { // not what its type says
		return v[0], nil
	}
	return inRange(n.Abs(n), unsigned, f.String())
}

// newExtreme is GREATEST or LEAST: of dates, of numbers of which the library's does not take
// all, of texts, or the library's.
func newExtreme(name string, args []gms.Expression, sign int) (gms.Expression, error) {
	if err := CheckVectorCall(name, args); err != nil {
		return nil, err
	}
	args = settledChoices(args)
	if e := newExtremeDate(name, args, sign); e != nil {
		return e, nil
	}
	if t := commonMoment(args); t != nil {
		return &Function{name, args, Recipe{TypeOf: Always(t), Compute: extremeMoment(t, sign)}}, nil
	}
	if e := newExtremeText(name, args, sign); e != nil {
		return e, nil
	}
	typ, ok := commonNumber(args)
	if !ok {
		args = withoutDecimals(args)
		if sign > 0 {
			return function.NewGreatest(args...)
		}
		return function.NewLeast(args...)
	}
	return &Function{name, args, Recipe{TypeOf: Always(typ), Numeric: true, Compute: func(ctx *gms.Context, _ *Function, v []any) (any, error) {
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
		if d, is := most.(decimal.Decimal); is { // with all the digits of the type
			scale := typ.(gms.DecimalType).Scale()
			most = d.Add(decimal.New(0, -int32(scale)))
		}
		return most, nil
	}}}, nil
}

// AsDouble is a number as a DOUBLE.
func AsDouble(e gms.Expression, t types.Type) gms.Expression {
	if t.Kind == types.Double {
		return e
	}
	if out, ok := InBranches(e); ok {
		return out
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

// commonNumber is the type in which numbers are compared; ok is false if some are none.
func commonNumber(args []gms.Expression) (typ gms.Type, ok bool) {
	scale, float, exact, signed, unsigned := uint8(0), false, false, false, false
	for _, e := range args {
		t, known := convert.FromType(e.Type())
		if !known || !IsNumeric(t) && t.Kind != types.Null {
			return nil, false
		}
		float, exact, scale = float || t.IsFloat(), exact || t.Kind == types.Decimal, max(scale, t.Scale)
		unsigned = unsigned || t.IsInteger() && t.Unsigned || t.Kind == types.Bit
		signed = signed || t.IsInteger() && !t.Unsigned
	}
	switch {
	case float:
		return gtypes.Float64, true
	case !exact && !unsigned:
		return gtypes.Int64, signed
	case !exact && !signed:
		return gtypes.Uint64, true
	}
	typ, err := gtypes.CreateDecimalType(types.DecimalPrecisionMax, scale)
	return typ, err == nil
}

// commonMoment is what the last or first of dates and times is; nil if they are not all
// such. A time among dates is one of today.
func commonMoment(args []gms.Expression) gms.Type {
	days, times, fsp := 0, 0, uint8(0)
	for _, e := range args {
		switch t, _ := convert.FromType(e.Type()); {
		case t.Kind == types.Date:
			days++
		case t.HasDate():
			fsp = max(fsp, t.FSP)
		case t.Kind == types.Time:
			times++
			if literal, is := e.(*expression.Literal); is {
				fsp = max(fsp, LiteralDigits(literal.Value()))
			}
		default:
			return nil
		}
	}
	switch len(args) {
	case days:
		return gtypes.Date
	case times:
		return gtypes.Time
	}
	return gtypes.MustCreateDatetimeType(sqltypes.Datetime, int(fsp))
}

// extremeMoment is the last or first of dates, or of times.
func extremeMoment(typ gms.Type, sign int) func(*gms.Context, *Function, []any) (any, error) {
	return func(ctx *gms.Context, f *Function, v []any) (any, error) {
		var best any
		for i := range v {
			at := v[i]
			if !gtypes.IsTimespan(typ) {
				var err error
				if at, err = f.momentOrZero(ctx, i, v[i]); err != nil || at == nil {
					return nil, err
				}
			}
			if best == nil || compareMoments(at, best)*sign > 0 {
				best = at
			}
		}
		return best, nil
	}
}

// momentOrZero is a date or a time as the library's moment.
func (f *Function) momentOrZero(ctx *gms.Context, i int, v any) (any, error) {
	if at, is := v.(time.Time); is {
		return at, nil
	}
	at, ok, err := f.moment(ctx, i, v)
	if !ok || err != nil {
		return nil, err
	}
	return at, nil
}

func compareMoments(a, b any) int {
	switch a := a.(type) {
	case time.Time:
		if b, is := b.(time.Time); is {
			return a.Compare(b)
		}
	case gtypes.Timespan:
		if b, is := b.(gtypes.Timespan); is {
			return cmp.Compare(a.AsMicroseconds(), b.AsMicroseconds())
		}
	}
	return 0
}
