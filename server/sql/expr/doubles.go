package expr

import (
	"math"
	"math/big"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"
	"github.com/shopspring/decimal"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// doubleRecipes are functions of floating-point numbers. A result that is none is out
// of range, but where the argument is outside of what a function is defined for: there
// it is NULL.
var doubleRecipes = map[string]Recipe{
	"exp":     ofDouble(preciseExp),
	"cot":     ofDouble(ofAngle(func(sin, cos precise) float64 { return 1 / sin.div(cos).hi }, func(x float64) float64 { return 1 / math.Tan(x) })),
	"sin":     ofDouble(ofAngle(func(sin, _ precise) float64 { return sin.hi }, math.Sin)),
	"cos":     ofDouble(ofAngle(func(_, cos precise) float64 { return cos.hi }, math.Cos)),
	"tan":     ofDouble(ofAngle(func(sin, cos precise) float64 { return sin.div(cos).hi }, math.Tan)),
	"degrees": ofDouble(func(x float64) float64 { return x * degrees }),
	"radians": ofDouble(func(x float64) float64 { return x * radians }),
	"acos":    definedIn(preciseAcos, func(x float64) bool { return math.Abs(x) <= 1 }),
	"asin":    definedIn(preciseAsin, func(x float64) bool { return math.Abs(x) <= 1 }),
	"sqrt":    definedIn(math.Sqrt, func(x float64) bool { return x >= 0 }),
	"pow":     {2, 2, Always(gtypes.Float64), ofDoubles(precisePow), false, true},
	"power":   {2, 2, Always(gtypes.Float64), ofDoubles(precisePow), false, true},
	"atan2":   {1, 2, Always(gtypes.Float64), arcTangent, false, true},
	"atan":    {1, 2, Always(gtypes.Float64), arcTangent, false, true},
	"ln":      {1, 1, Always(gtypes.Float64), logarithm(preciseLog), false, true},
	"log2":    {1, 1, Always(gtypes.Float64), logarithm(preciseLog2), false, true},
	"log10":   {1, 1, Always(gtypes.Float64), logarithm(commonLog), false, true},
	"log":     {1, 2, Always(gtypes.Float64), logOfBase, false, true},
	"ceil":    {1, 1, wholeNumberType, toWhole(decimal.Decimal.Ceil, math.Ceil), false, true},
	"ceiling": {1, 1, wholeNumberType, toWhole(decimal.Decimal.Ceil, math.Ceil), false, true},
	"floor":   {1, 1, wholeNumberType, toWhole(decimal.Decimal.Floor, math.Floor), false, true},
	"conv":    {3, 3, letters(64), conv, false, false},
}

// The quotients are DOUBLEs, as they are where a number is multiplied by them.
var (
	halfTurn = 180.0
	degrees  = halfTurn / math.Pi
	radians  = math.Pi / halfTurn
)

// double is an argument as a DOUBLE.
func (f *Function) double(ctx *gms.Context, i int, v any) (float64, error) {
	value, err := f.as(ctx, i, v, types.Type{Kind: types.Double})
	x, _ := value.(float64)
	return x, err
}

// finite is a result that is a number, or the error that it is out of range.
func (f *Function) finite(x float64) (any, error) {
	if math.IsInf(x, 0) || math.IsNaN(x) {
		return nil, mysqlerr.New(mysqlerr.DataOutOfRange, "DOUBLE", f.String())
	}
	return x, nil
}

func ofDouble(of func(float64) float64) Recipe {
	return definedIn(of, func(float64) bool { return true })
}

func definedIn(of func(float64) float64, defined func(float64) bool) Recipe {
	return Recipe{1, 1, Always(gtypes.Float64), func(ctx *gms.Context, f *Function, v []any) (any, error) {
		x, err := f.double(ctx, 0, v[0])
		if err != nil || !defined(x) {
			return nil, err
		}
		return f.finite(of(x))
	}, false, true}
}

func ofDoubles(of func(x, y float64) float64) func(*gms.Context, *Function, []any) (any, error) {
	return func(ctx *gms.Context, f *Function, v []any) (any, error) {
		x, err := f.double(ctx, 0, v[0])
		if err != nil {
			return nil, err
		}
		y, err := f.double(ctx, 1, v[1])
		if err != nil {
			return nil, err
		}
		return f.finite(of(x, y))
	}
}

func arcTangent(ctx *gms.Context, f *Function, v []any) (any, error) {
	if len(v) == 2 {
		return ofDoubles(math.Atan2)(ctx, f, v)
	}
	x, err := f.double(ctx, 0, v[0])
	return preciseAtan(x), err
}

// logarithm is NULL, and warns, for what has none.
func logarithm(of func(float64) float64) func(*gms.Context, *Function, []any) (any, error) {
	return func(ctx *gms.Context, f *Function, v []any) (any, error) {
		x, err := f.double(ctx, 0, v[0])
		if err != nil {
			return nil, err
		}
		if x <= 0 {
			noLogarithm(ctx)
			return nil, nil
		}
		return f.finite(of(x))
	}
}

func noLogarithm(ctx *gms.Context) {
	ctx.Warn(mysqlerr.InvalidLogarithm, "%s", mysqlerr.New(mysqlerr.InvalidLogarithm).Message)
}

func logOfBase(ctx *gms.Context, f *Function, v []any) (any, error) {
	if len(v) == 1 {
		return logarithm(preciseLog)(ctx, f, v)
	}
	base, err := f.double(ctx, 0, v[0])
	if err != nil {
		return nil, err
	}
	x, err := f.double(ctx, 1, v[1])
	if err != nil {
		return nil, err
	}
	if base <= 0 || base == 1 || x <= 0 {
		noLogarithm(ctx)
		return nil, nil
	}
	return f.finite(preciseLog(x) / preciseLog(base))
}

// wholeDigits is how many digits a DECIMAL has at most before its point that CEIL and
// FLOOR make a BIGINT of.
const wholeDigits = 17

// wholeNumberType is what CEIL and FLOOR give.
func wholeNumberType(args []gms.Expression) gms.Type {
	from, ok := convert.FromType(args[0].Type())
	switch {
	case ok && (from.IsInteger() || from.Kind == types.Bit):
		return convert.WholeType(withoutSign(args[0]))
	case ok && from.Kind == types.Decimal && from.Precision-from.Scale <= wholeDigits:
		return gtypes.Int64
	case ok && from.Kind == types.Decimal:
		return gtypes.MustCreateDecimalType(min(from.Precision-from.Scale+1, types.DecimalPrecisionMax), 0)
	}
	return gtypes.Float64
}

func toWhole(exactly func(decimal.Decimal) decimal.Decimal, nearly func(float64) float64) func(*gms.Context, *Function, []any) (any, error) {
	return func(ctx *gms.Context, f *Function, v []any) (any, error) {
		typ := f.Type()
		if typ == gtypes.Float64 {
			x, err := f.double(ctx, 0, v[0])
			return nearly(x), err
		}
		value, _, err := convert.Down(ctx, v[0], f.Args[0].Type())
		if err != nil {
			return nil, err
		}
		d, _ := types.Exact(value)
		if d = exactly(d); gtypes.IsInteger(typ) {
			return inRange(d.BigInt(), gtypes.IsUnsigned(typ), f.String())
		}
		return d, nil
	}
}

// baseMax is the largest base of CONV.
const baseMax = 36

// conv reads a number of 64 bits in one base, and writes it in another. A negative base
// is one of signed numbers.
func conv(ctx *gms.Context, f *Function, v []any) (any, error) {
	text, err := f.digits(ctx, 0, v[0])
	if err != nil {
		return nil, err
	}
	from, err := f.whole(ctx, 1, v[1])
	if err != nil {
		return nil, err
	}
	to, err := f.whole(ctx, 2, v[2])
	if err != nil {
		return nil, err
	}
	for _, base := range []int64{max(from, -from), max(to, -to)} {
		if base < 2 || base > baseMax {
			return nil, nil
		}
	}
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, nil
	}
	n := leadingDigits(text, max(from, -from))
	most := new(big.Int).SetUint64(math.MaxUint64)
	if n.CmpAbs(most) > 0 || from < 0 && !n.IsInt64() {
		ctx.Warn(mysqlerr.TruncatedWrongValue, TruncatedWord+"DECIMAL value: '%s'", text)
		n = map[bool]*big.Int{true: clamped(n, false), false: most}[from < 0]
	}
	bits := new(big.Int).And(n, most)
	if to < 0 {
		bits = big.NewInt(int64(bits.Uint64()))
	}
	return strings.ToUpper(bits.Text(int(max(to, -to)))), nil
}

// leadingDigits is the number of a base that a text begins with.
func leadingDigits(text string, base int64) *big.Int {
	end := 0
	if text[0] == '-' || text[0] == '+' {
		end++
	}
	for end < len(text) {
		d := int64(strings.IndexByte("0123456789abcdefghijklmnopqrstuvwxyz", text[end]|0x20))
		if text[end] >= '0' && text[end] <= '9' {
			d = int64(text[end] - '0')
		}
		if d < 0 || d >= base || text[end] < '0' {
			break
		}
		end++
	}
	n, ok := new(big.Int).SetString(text[:end], int(base))
	if !ok {
		return new(big.Int)
	}
	return n
}
