package expr

import (
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"
	"github.com/shopspring/decimal"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// extract is EXTRACT: the parts of a unit, one behind the other.
func extract(ctx *gms.Context, f *Function, v []any) (any, error) {
	unit, _ := v[0].(string)
	parts := partsOf(strings.ToUpper(unit))
	if parts == nil {
		return nil, unsupported("EXTRACT of " + unit)
	}
	if parts[0] == "WEEK" {
		weeks := &Function{"week", f.Args[1:], temporalRecipes["week"]}
		return week(ctx, weeks, v[1:])
	}
	at, negative, ok, err := f.extracted(ctx, v[1], parts)
	if !ok || err != nil {
		return nil, err
	}
	fields := map[string]int64{
		"YEAR": int64(at.Year), "QUARTER": int64(at.Month+2) / 3, "MONTH": int64(at.Month), "DAY": int64(at.Day),
		"HOUR": int64(at.Hour), "MINUTE": int64(at.Minute), "SECOND": int64(at.Second), "MICROSECOND": int64(at.Micro),
	}
	out := int64(0)
	for _, part := range parts {
		width := int64(100)
		if part == "MICROSECOND" {
			width = convert.MicrosPerSecond
		}
		out = out*width + fields[part]
	}
	if negative {
		out = -out
	}
	return out, nil
}

// extracted is the value of which EXTRACT takes parts: a time for those of one, a date
// for others.
func (f *Function) extracted(ctx *gms.Context, v any, parts []string) (at binlog.DateTime, negative, ok bool, err error) {
	if intervalUnits[parts[0]].micros == 0 && parts[0] != "DAY" || len(parts) == 1 && parts[0] == "DAY" {
		at, ok, err = f.date(ctx, 1, v, dateWish{word: "datetime", zeros: zerosAlways})
		return at, false, ok, err
	}
	t, _ := convert.FromType(f.Args[1].Type())
	text, err := f.text(ctx, 1, v)
	if err != nil {
		return at, false, false, err
	}
	if t.HasDate() || t.Kind != types.Time && isDateWord(text) || f.isDayNumber(ctx, v) {
		at, ok, err = f.date(ctx, 1, v, dateWish{word: "datetime", zeros: zerosAlways})
		return at, false, ok, err
	}
	n, ok, err := f.span(ctx, 1, v)
	clock := convert.DownTimespan(gtypes.Timespan(n))
	at = binlog.DateTime{Hour: clock.Hour, Minute: clock.Minute, Second: clock.Second, Micro: clock.Micro}
	return at, clock.Negative, ok, err
}

// isDayNumber reports whether the value of EXTRACT is a number that is a date: of five digits
// or more.
func (f *Function) isDayNumber(ctx *gms.Context, v any) bool {
	t, _ := convert.FromType(f.Args[1].Type())
	value, _, err := convert.Down(ctx, v, f.Args[1].Type())
	if err != nil || !t.IsNumber() || t.Kind == types.Bit {
		return false
	}
	d, _ := types.Exact(value)
	at, _, ok := dateOfNumber(wrapped(value), false)
	return ok && d.GreaterThan(decimal.NewFromInt(minuteMax)) && types.ValidDateTime(at, true)
}

// minuteMax is the largest number of minutes and seconds.
const minuteMax = 9999
