package expr

import (
	"math"
	"strings"
	"time"

	gms "github.com/dolthub/go-mysql-server/sql"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// pastDates is what GREATEST makes of DATEs among which something is no date, as MySQL does.
const pastDates = "16383-15-31"

// newExtremeDate is GREATEST or LEAST of dates among what is none, all of which is read as
// dates; nil of others. What cannot be one is behind all DATEs, and before all moments, where
// texts decide if it is the least.
func newExtremeDate(name string, args []gms.Expression, sign int) gms.Expression {
	shown, others := types.Type{Kind: types.Date}, false
	dates := false
	for _, e := range args {
		switch t, known := convert.FromType(e.Type()); {
		case !known:
			return nil
		case t.HasDate() && t.Kind != types.Date:
			shown.Kind, shown.FSP, dates = types.DateTime, max(shown.FSP, t.FSP), true
		case t.Kind == types.Time: // is one of today
			shown.Kind = types.DateTime
		case t.HasDate():
			dates = true
		case IsNumeric(t), t.IsString(), t.IsNamed(), t.Kind == types.JSON:
			others = true
			switch {
			case t.Kind == types.Decimal:
				shown.FSP = max(shown.FSP, min(t.Scale, types.FSPMax))
			case t.IsFloat(), !IsNumeric(t) && !isDayText(e):
				shown.FSP = types.FSPMax
			}
		default:
			return nil
		}
	}
	if !dates || !others {
		return nil
	}
	if shown.Kind == types.Date {
		shown.FSP = 0
	}
	return &Function{name, args, Recipe{TypeOf: Always(gtypes.LongText), Compute: func(ctx *gms.Context, f *Function, v []any) (any, error) {
		return f.extremeDate(ctx, v, sign, shown)
	}}}
}

func (f *Function) extremeDate(ctx *gms.Context, v []any, sign int, shown types.Type) (any, error) {
	var best binlog.Value
	isDay := shown.Kind == types.Date
	for i := range v {
		day, err := f.dayOf(ctx, i, v[i], isDay)
		switch _, json := v[i].(gms.JSONWrapper); {
		case err != nil:
			return nil, err
		case day == nil && isDay && sign > 0 && !json:
			return pastDates, nil
		case day == nil && isDay && !json:
			continue
		case day == nil:
			day = binlog.DateTime{}
		}
		if best == nil || types.Compare(day, best, MomentType)*sign > 0 {
			best = day
		}
	}
	if best == nil || best == binlog.Value(binlog.DateTime{}) && !isDay {
		return f.extremeText(ctx, v, sign)
	}
	return string(types.Text(best, shown)), nil
}

// isDayText reports whether a constant text is a date, or one with a time without parts of
// a second.
func isDayText(e gms.Expression) bool {
	text, is := ConstantText(e)
	if !is || strings.Contains(text, ".") {
		return false
	}
	_, err := types.Store([]byte(text), types.Type{Kind: types.VarChar, Collation: types.CollationGeneralCI}, types.Target{Type: MomentType, Zone: time.UTC})
	return err == nil
}

// dayOf is an argument as a date and time, whose time is none where only days count; nil if
// it is no date, which is told.
func (f *Function) dayOf(ctx *gms.Context, i int, v any, day bool) (binlog.Value, error) {
	value, from, err := convert.Down(ctx, v, f.Args[i].Type())
	if err != nil || value == nil {
		return nil, err
	}
	if n, _, whole := WholeOf(v); whole && from.Kind == types.Year {
		return binlog.DateTime{Year: int(n.Int64()), Month: 1, Day: 1}, nil
	}
	value, from = OfToday(ctx, value, from)
	n, _, _ := types.FloatOf(value, from)
	if d, is := types.Exact(value); is && from.Kind == types.Decimal && !d.BigInt().IsInt64() { // nothing to be read as a date
		return binlog.DateTime{}, nil
	}
	if from.IsFloat() { // parts of a day are none
		value = math.Trunc(n)
	}
	if day && from.IsNumber() && n > -1 && n < 101 && int(n)%100 < 32 { // a day of no month
		return binlog.DateTime{Year: 2000, Month: int(n) / 100, Day: int(n) % 100}, nil
	}
	word := "datetime"
	if day {
		word = "date"
	}
	out, err := types.Store(value, from, types.Target{Type: MomentType, Zone: sessionOf(ctx).Location(), ZeroDates: true, Display: true})
	d, is := out.(binlog.DateTime)
	switch {
	case err != nil || !is:
		ctx.Warn(mysqlerr.TruncatedWrongValue, "%s", mysqlerr.New(mysqlerr.TruncatedWrongValue, word, string(types.Text(value, from))).Message)
		return nil, nil
	case day:
		d.Hour, d.Minute, d.Second, d.Micro = 0, 0, 0, 0
	}
	return d, nil
}
