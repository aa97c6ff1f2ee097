package expr

import (
	"slices"
	"strconv"
	"strings"
	"time"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"
	"github.com/dolthub/vitess/go/sqltypes"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// An interval is what INTERVAL says: months and days count as the calendar has them.
type interval struct{ months, days, micros int64 }

// intervalUnits are one of each unit (MySQL manual, Temporal Intervals).
var intervalUnits = map[string]interval{
	"MICROSECOND": {micros: 1}, "SECOND": {micros: convert.MicrosPerSecond}, "MINUTE": {micros: convert.MicrosPerMinute}, "HOUR": {micros: convert.MicrosPerHour},
	"DAY": {days: 1}, "WEEK": {days: 7}, "MONTH": {months: 1}, "QUARTER": {months: 3}, "YEAR": {months: 12},
}

// intervalParts are the units that the numbers of a compound unit count, the last one last.
var intervalParts = []string{"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND", "MICROSECOND"}

// partsOf is the units of a unit; nil if there is no such unit.
func partsOf(unit string) []string {
	unit = strings.TrimPrefix(unit, "SQL_TSI_")
	if _, simple := intervalUnits[unit]; simple {
		return []string{unit}
	}
	from, to, _ := strings.Cut(unit, "_")
	a, b := slices.Index(intervalParts, from), slices.Index(intervalParts, to)
	if a < 0 || b <= a || (a < 2) != (b < 2) {
		return nil
	}
	return intervalParts[a : b+1]
}

// dateSum is DATE_ADD with sign 1, DATE_SUB with sign -1.
func dateSum(date gms.Expression, of *expression.Interval, sign int64) (gms.Expression, error) {
	parts := partsOf(strings.ToUpper(of.Unit))
	if parts == nil {
		return nil, mysqlerr.New(mysqlerr.ParseError, "no unit of an interval is called '"+strings.ToLower(of.Unit)+"'")
	}
	name := map[int64]string{1: "date_add", -1: "date_sub"}[sign]
	last := parts[len(parts)-1]
	args := []gms.Expression{date, of.Child, expression.NewLiteral(last, gtypes.LongText)}
	clock := intervalUnits[parts[0]].micros > 0
	return &Function{name, args, Recipe{TypeOf: dateSumType(clock), Compute: func(ctx *gms.Context, f *Function, v []any) (any, error) {
		n, ok, err := f.interval(ctx, 1, v[1], parts)
		if err != nil || !ok {
			return nil, err
		}
		return f.sumDate(ctx, v[0], interval{sign * n.months, sign * n.days, sign * n.micros}, intervalUnits[last].micros > 0)
	}}}, nil
}

// dateSumType is that of the date; what is text stays text. A DATE becomes a DATETIME
// by an interval that is shorter than a day, and a TIME, which is one of today then, by one
// that is of more than the clock.
func dateSumType(clock bool) func(args []gms.Expression) gms.Type {
	return func(args []gms.Expression) gms.Type {
		unit, _ := ConstantText(args[2])
		t, _ := convert.FromType(args[0].Type())
		switch {
		case t.Kind == types.Time && clock:
			return gtypes.Time
		case t.Kind == types.Time:
			return gtypes.MustCreateDatetimeType(sqltypes.Datetime, int(max(spanDigits(args[0]), UnitDigits(unit, args[1]))))
		case t.Kind == types.Date && intervalUnits[unit].micros == 0:
			return gtypes.Date
		case t.HasDate():
			return gtypes.MustCreateDatetimeType(sqltypes.Datetime, int(max(t.FSP, UnitDigits(unit, args[1]))))
		}
		return gtypes.MustCreateString(sqltypes.VarChar, sumLetters, gms.Collation_Default)
	}
}

// UnitDigits is how many digits behind the point so many units have.
func UnitDigits(unit string, n gms.Expression) uint8 {
	switch unit {
	case "MICROSECOND":
		return types.FSPMax
	case "SECOND":
		if t, ok := ExactType(n.Type()); ok {
			return min(t.Scale, types.FSPMax)
		}
		return spanDigits(n)
	}
	return 0
}

// sumLetters is how many characters a date and time has at most, as MySQL counts them.
const sumLetters = 29

// interval is an argument as an interval of so many parts; ok is false where it has more.
func (f *Function) interval(ctx *gms.Context, i int, v any, parts []string) (out interval, ok bool, err error) {
	if len(parts) == 1 && parts[0] != "SECOND" {
		n, err := f.whole(ctx, i, v)
		return out.plus(parts[0], n), true, err
	}
	if len(parts) == 1 {
		value, err := f.as(ctx, i, v, types.Type{Kind: types.Decimal, Precision: types.DecimalPrecisionMax, Scale: types.FSPMax})
		d, _ := types.Exact(value)
		return out.plus("MICROSECOND", clamped(d.Shift(types.FSPMax).BigInt(), false).Int64()), true, err
	}
	text, err := f.text(ctx, i, v)
	negative, numbers, ok := intervalNumbers(text, len(parts), parts[len(parts)-1] == "MICROSECOND")
	for k, n := range numbers {
		unit := parts[len(parts)-len(numbers)+k]
		if negative {
			n = -n
		}
		out = out.plus(unit, n)
	}
	return out, ok, err
}

// intervalNumbers is the numbers in a text, the last of which may be a fraction of a
// second; ok is false where there are more than so many.
func intervalNumbers(text string, most int, fraction bool) (negative bool, list []int64, ok bool) {
	digit := func(c rune) bool { return c >= '0' && c <= '9' }
	text = strings.TrimSpace(text)
	negative = strings.HasPrefix(text, "-")
	fields := strings.FieldsFunc(text, func(c rune) bool { return !digit(c) })
	for k, part := range fields {
		if len(list) == most {
			break
		}
		if fraction && (k == most-1 || k == len(fields)-1) && len(part) < types.FSPMax {
			part += strings.Repeat("0", types.FSPMax-len(part))
		}
		n, _ := strconv.ParseInt(part, 10, 64) // the largest where there are more digits
		list = append(list, n)
	}
	return negative, list, len(fields) <= most
}

// microsMost is beyond the time between any two dates. All that the parts of a unit count
// is within an int64.
const microsMost = 1 << 60

// plus is an interval and n of a unit more. What is beyond all dates stays there.
func (i interval) plus(unit string, n int64) interval {
	const most = 1 << 40 // of any unit but MICROSECOND
	one := intervalUnits[unit]
	if one.micros != 1 {
		n = min(max(n, -most), most)
	}
	if one.micros > 0 {
		n = min(max(n, -microsMost/one.micros), microsMost/one.micros)
	}
	return interval{i.months + one.months*n, i.days + one.days*n, i.micros + one.micros*n}
}

// sumDate adds an interval to a date, or to a TIME.
func (f *Function) sumDate(ctx *gms.Context, v any, by interval, clock bool) (any, error) {
	if span, is := v.(gtypes.Timespan); is && gtypes.IsTimespan(f.Type()) {
		sum := span.AsMicroseconds() + by.days*24*convert.MicrosPerHour + by.micros
		if max(sum, -sum) > timeMax {
			return nil, nil
		}
		return gtypes.Timespan(sum), nil
	}
	at, ok, err := f.date(ctx, 0, v, dateWish{word: "datetime"})
	if !ok || err != nil {
		return nil, err
	}
	sum, ok := by.after(momentOf(at))
	if !ok {
		ctx.Warn(mysqlerr.DatetimeOverflow, "Datetime function: datetime field overflow")
		return nil, nil
	}
	if !gtypes.IsText(f.Type()) {
		return upMoment(types.FromTime(sum))
	}
	t := types.Type{Kind: types.DateTime}
	text, err := f.text(ctx, 0, v)
	if sum.Nanosecond() > 0 {
		t.FSP = types.FSPMax
	} else if !clock && isDay(text) && !isYearColumn(f.Args[0]) {
		t.Kind = types.Date
	}
	return string(types.Text(types.FromTime(sum), t)), err
}

// isDay reports whether a text of a date has no time.
func isDay(text string) bool {
	text = strings.TrimSpace(text)
	if strings.Trim(text, "0123456789") == "" {
		return len(text) <= len("20240131")
	}
	return !strings.ContainsAny(text, " T:")
}

// daysMost is beyond the days between any two dates.
const daysMost = 10000 * 366

// after is the moment so much later; ok is false if no DATETIME has it.
func (i interval) after(at time.Time) (_ time.Time, ok bool) {
	if max(i.months, -i.months) > daysMost || max(i.days, -i.days) > daysMost || max(i.micros, -i.micros)/convert.MicrosPerHour > daysMost*24 {
		return at, false
	}
	if i.months != 0 {
		month := int64(at.Year())*12 + int64(at.Month()) - 1 + i.months
		if month < 0 {
			return at, false
		}
		first := time.Date(int(month/12), time.Month(month%12+1), 1, at.Hour(), at.Minute(), at.Second(), at.Nanosecond(), time.UTC)
		last := first.AddDate(0, 1, -1).Day()
		at = first.AddDate(0, 0, min(at.Day(), last)-1)
	}
	const microsPerDay = 24 * convert.MicrosPerHour // a time.Duration holds no more than some centuries
	at = at.AddDate(0, 0, int(i.days+i.micros/microsPerDay)).Add(time.Duration(i.micros%microsPerDay) * time.Microsecond)
	return at, at.Year() >= 0 && at.Year() <= 9999
}

// withInterval is the operands of an interval added or taken away; ok is false if
// it is another sum.
func withInterval(a *expression.Arithmetic) (of gms.Expression, interval *expression.Interval, ok bool) {
	l, r := a.LeftChild, a.RightChild
	if _, first := l.(*expression.Interval); first && a.Operator() == "+" {
		l, r = r, l
	}
	interval, ok = r.(*expression.Interval)
	return l, interval, ok
}

// IntervalSum is a date and an interval, or the difference; ok is false if it is another
// sum.
func IntervalSum(a *expression.Arithmetic) (_ gms.Expression, ok bool, err error) {
	date, interval, ok := withInterval(a)
	if !ok {
		return nil, false, nil
	}
	sum, err := dateSum(date, interval, map[string]int64{"+": 1, "-": -1}[a.Operator()])
	return sum, true, err
}
