package expr

import (
	"math"

	"github.com/shopspring/decimal"

	gms "github.com/dolthub/go-mysql-server/sql"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// MakeTimeDigits is how many digits behind the point MAKETIME's seconds show: those of
// an exact number.
func MakeTimeDigits(args []gms.Expression) uint8 {
	t, ok := ExactType(args[2].Type())
	if of, _ := convert.FromType(args[2].Type()); of.Kind == types.Bit {
		return 0
	}
	if !ok {
		return types.FSPMax
	}
	return min(t.Scale, types.FSPMax)
}

// makeTime is MAKETIME: NULL for minutes and seconds that no clock has; the longest TIME
// for more hours.
func makeTime(ctx *gms.Context, f *Function, v []any) (any, error) {
	var parts [3]decimal.Decimal
	for i := range parts[:2] {
		n, err := f.whole(ctx, i, v[i])
		if err != nil {
			return nil, err
		}
		parts[i] = decimal.NewFromInt(n)
	}
	var err error
	if parts[2], err = f.exact(ctx, 2, v[2]); err != nil {
		return nil, err
	}
	hour, minute := parts[0].Round(0), parts[1].Round(0)
	second := parts[2].Round(types.FSPMax)
	sixty := decimal.NewFromInt(60)
	if minute.Sign() < 0 || !minute.LessThan(sixty) || parts[2].Sign() < 0 || !parts[2].LessThan(sixty) {
		return nil, nil
	}
	micros := hour.Abs().Mul(sixty).Add(minute).Mul(sixty).Add(second).Mul(decimal.NewFromInt(convert.MicrosPerSecond))
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
	value, from, err := convert.Down(ctx, v, t)
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
