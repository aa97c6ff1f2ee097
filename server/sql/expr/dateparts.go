package expr

import (
	"strings"
	"time"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"
	"github.com/dolthub/vitess/go/sqltypes"
	"github.com/shopspring/decimal"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// datePartRecipes are functions of one date.
var datePartRecipes = map[string]Recipe{
	"year":        {1, 1, Always(gtypes.Year), ofDate(partialDate, func(at binlog.DateTime) any { return int16(at.Year) }), false, false},
	"month":       {1, 1, Always(gtypes.Int64), ofDate(partialDate, number64(func(at binlog.DateTime) int { return at.Month })), false, false},
	"day":         {1, 1, Always(gtypes.Int64), ofDate(partialDate, number64(func(at binlog.DateTime) int { return at.Day })), false, false},
	"dayofmonth":  {1, 1, Always(gtypes.Int64), ofDate(partialDate, number64(func(at binlog.DateTime) int { return at.Day })), false, false},
	"quarter":     {1, 1, Always(gtypes.Int64), ofDate(partialDate, number64(func(at binlog.DateTime) int { return (at.Month + 2) / 3 })), false, false},
	"dayofyear":   {1, 1, Always(gtypes.Int64), ofDate(wholeDate, number64(func(at binlog.DateTime) int { return dayOf(at).YearDay() })), false, false},
	"dayofweek":   {1, 1, Always(gtypes.Int64), ofDate(wholeDate, number64(func(at binlog.DateTime) int { return (weekday(at)+1)%7 + 1 })), false, false},
	"weekday":     {1, 1, Always(gtypes.Int64), ofDate(wholeDate, number64(func(at binlog.DateTime) int { return weekday(at) })), false, false},
	"to_days":     {1, 1, Always(gtypes.Int64), ofDate(wholeDate, func(at binlog.DateTime) any { return daysSince(dayOf(at)) }), false, false},
	"to_seconds":  {1, 1, Always(gtypes.Int64), ofDate(dateWish{word: "datetime"}, func(at binlog.DateTime) any { return secondsSince(momentOf(at)) }), false, false},
	"weekofyear":  {1, 1, Always(gtypes.Int64), ofDate(wholeDate, func(at binlog.DateTime) any { n, _ := weekOf(dayOf(at), 3); return n }), false, false},
	"date":        {1, 1, Always(gtypes.Date), ofDate(modalDate, func(at binlog.DateTime) any { return upDay(at) }), false, false},
	"last_day":    {1, 1, Always(gtypes.Date), ofDate(partialDate, lastDay), false, false},
	"dayname":     {1, 1, letters(9), dayName, false, false},
	"monthname":   {1, 1, letters(9), monthName, false, false},
	"yearweek":    {1, 2, Always(gtypes.Int64), yearWeek, false, false},
	"datediff":    {2, 2, Always(gtypes.Int64), dateDiff, false, false},
	"from_days":   {1, 1, Always(gtypes.Date), fromDays, false, false},
	"date_format": {2, 2, Always(gtypes.LongText), dateFormat, false, false},
	"time_format": {2, 2, Always(gtypes.LongText), timeFormat, false, false},
	"str_to_date": {2, 2, parsedType, strToDate, false, false},
	"timestamp":   {1, 2, timestampType, timestamp, false, false},
	"datetime":    {1, 2, timestampType, timestamp, false, false}, // the parser's TIMESTAMP
	"time":        {1, 1, Always(gtypes.Time), timeOf, false, false},
	"timediff":    {2, 2, Always(gtypes.Time), timeDiff, false, false},
	"convert_tz":  {3, 3, convertedType, convertZone, false, false},
}

// letters is the type of texts of so many characters at most.
func letters(n int64) func([]gms.Expression) gms.Type {
	return Always(gtypes.MustCreateString(sqltypes.VarChar, n, gms.Collation_Default))
}

// weekday is a day's place in its week, from Monday on.
func weekday(at binlog.DateTime) int { return int((daysSince(dayOf(at)) + 5) % 7) }

// upDay is the day of a date as the library's.
func upDay(at binlog.DateTime) time.Time {
	out, _ := convert.UpMoment(binlog.DateTime{Year: at.Year, Month: at.Month, Day: at.Day})
	return out
}

// lastDay is NULL where there is no month.
func lastDay(at binlog.DateTime) any {
	if at.Month == 0 {
		return nil
	}
	return time.Date(at.Year, time.Month(at.Month)+1, 0, 0, 0, 0, 0, time.UTC)
}

func monthName(ctx *gms.Context, f *Function, v []any) (any, error) {
	at, ok, err := f.date(ctx, 0, v[0], partialDate)
	if !ok || err != nil || at.Month == 0 {
		return nil, err
	}
	return timeLocaleOf(ctx).months[at.Month-1], nil
}

func dayName(ctx *gms.Context, f *Function, v []any) (any, error) {
	at, ok, err := f.date(ctx, 0, v[0], wholeDate)
	if !ok || err != nil {
		return nil, err
	}
	return timeLocaleOf(ctx).days[weekday(at)], nil
}

// yearWeek is a week's year and number; weeks before the first are of the year before,
// whatever the mode.
func yearWeek(ctx *gms.Context, f *Function, v []any) (any, error) {
	at, mode, ok, err := f.dateAndMode(ctx, v)
	if !ok || err != nil {
		return nil, err
	}
	n, year := weekOf(dayOf(at), mode|weekWholeYears)
	return int64(year)*100 + n, nil
}

func dateDiff(ctx *gms.Context, f *Function, v []any) (any, error) {
	a, ok, err := f.date(ctx, 0, v[0], wholeDate)
	if !ok || err != nil {
		return nil, err
	}
	b, ok, err := f.date(ctx, 1, v[1], wholeDate)
	if !ok || err != nil {
		return nil, err
	}
	return daysSince(dayOf(a)) - daysSince(dayOf(b)), nil
}

func fromDays(ctx *gms.Context, f *Function, v []any) (any, error) {
	n, err := f.whole(ctx, 0, v[0])
	if err != nil {
		return nil, err
	}
	at := time.Time{}
	if n > 0 && n < 1<<30 {
		at = dayZero.AddDate(0, 0, int(n))
		if at.Year() == 0 && at.Month() <= time.February {
			at = at.AddDate(0, 0, -1)
		}
	}
	if n <= 0 || n >= 1<<30 || at.Year() > 9999 {
		ctx.Warn(mysqlerr.ValueOutOfRange, "DATE value is out of range in '%s'", f)
		return nil, nil
	}
	return upDay(types.FromTime(at)), nil
}

// timestampType has the digits of its arguments.
func timestampType(args []gms.Expression) gms.Type {
	fsp := uint8(0)
	for _, e := range args {
		t, _ := convert.FromType(e.Type())
		switch text, constant := ConstantText(e); {
		case constant:
			fsp = max(fsp, LiteralDigits(text))
		case isLiteral(e):
			fsp = max(fsp, LiteralDigits(e.(*expression.Literal).Value()), min(t.Scale, types.FSPMax))
			if t.IsFloat() {
				fsp = types.FSPMax
			}
		case t.Kind == types.DateTime, t.Kind == types.Timestamp:
			fsp = max(fsp, t.FSP)
		case t.Kind == types.Decimal:
			fsp = max(fsp, min(t.Scale, types.FSPMax))
		case t.Kind == types.Date, t.IsInteger(), t.Kind == types.Bit:
		default:
			fsp = types.FSPMax
		}
	}
	return gtypes.MustCreateDatetimeType(sqltypes.Datetime, int(fsp))
}

// timestamp is a date and time, to which a time is added.
func timestamp(ctx *gms.Context, f *Function, v []any) (any, error) {
	at, ok, err := f.date(ctx, 0, v[0], dateWish{word: "datetime", zeros: zerosByMode})
	if !ok || err != nil {
		return nil, err
	}
	if len(v) == 1 {
		return upMoment(at)
	}
	if at.Month == 0 || at.Day == 0 {
		return nil, nil
	}
	n, ok, err := f.span(ctx, 1, v[1])
	if !ok || err != nil {
		return nil, err
	}
	return inYears(momentOf(at).Add(time.Duration(n) * time.Microsecond)), nil
}

// inYears is nil for a moment that no DATETIME has.
func inYears(at time.Time) any {
	if at.Year() < 0 || at.Year() > 9999 {
		return nil
	}
	return at
}

func timeOf(ctx *gms.Context, f *Function, v []any) (any, error) {
	n, ok, err := f.span(ctx, 0, v[0])
	if !ok || err != nil {
		return nil, err
	}
	return gtypes.Timespan(n), nil
}

// timeDiff is NULL for a date and a time.
func timeDiff(ctx *gms.Context, f *Function, v []any) (any, error) {
	var micros [2]int64
	var dated [2]bool
	for i := range v {
		text, err := f.text(ctx, i, v[i])
		if err != nil {
			return nil, err
		}
		if dated[i] = f.isDated(ctx, i, v[i], text); dated[i] {
			at, ok, err := f.date(ctx, i, v[i], dateWish{word: "datetime"})
			if !ok || err != nil {
				return nil, err
			}
			micros[i] = momentOf(at).UnixMicro()
			continue
		}
		n, ok, err := f.span(ctx, i, v[i])
		if !ok || err != nil {
			return nil, err
		}
		micros[i] = n
	}
	if dated[0] != dated[1] {
		return nil, nil
	}
	return inTimes(ctx, micros[0]-micros[1]), nil
}

// inTimes is the nearest TIME that there is.
func inTimes(ctx *gms.Context, micros int64) any {
	out := min(max(micros, -timeMax), timeMax)
	if out != micros {
		ctx.Warn(mysqlerr.TruncatedWrongValue, TruncatedWord+"time value: '%s'", types.Text(convert.DownTimespan(gtypes.Timespan(micros)), types.Type{Kind: types.Time}))
	}
	return gtypes.Timespan(out)
}

// convertedType is that of the date that CONVERT_TZ converts.
func convertedType(args []gms.Expression) gms.Type { return timestampType(args[:1]) }

// convertZone is NULL where it does not know a zone.
func convertZone(ctx *gms.Context, f *Function, v []any) (any, error) {
	at, ok, err := f.date(ctx, 0, v[0], dateWish{word: "datetime"})
	if !ok || err != nil {
		return nil, err
	}
	var zones [2]*time.Location
	for i := range zones {
		name, err := f.text(ctx, i+1, v[i+1])
		if err != nil {
			return nil, err
		}
		if zones[i] = zoneNamed(name); zones[i] == nil {
			return nil, nil
		}
	}
	from := momentOf(at)
	moment := time.Date(from.Year(), from.Month(), from.Day(), from.Hour(), from.Minute(), from.Second(), from.Nanosecond(), zones[0])
	if moment.Unix() < 0 || moment.Unix() > unixMax { // is left as it is
		return from, nil
	}
	to := moment.In(zones[1])
	return time.Date(to.Year(), to.Month(), to.Day(), to.Hour(), to.Minute(), to.Second(), to.Nanosecond(), time.UTC), nil
}

// The offsets that a zone may have.
const (
	zoneLeast = -(13*60 + 59) * 60
	zoneMost  = 14 * 60 * 60
)

// zoneNamed is a time zone by its name or offset; nil if there is none.
func zoneNamed(name string) *time.Location {
	switch {
	case strings.EqualFold(name, "SYSTEM"):
		return time.Local
	case name != "" && (name[0] == '+' || name[0] == '-'):
		n, ok := types.ParseTime(strings.TrimLeft(name, "+-"))
		seconds := (n.Hour*60 + n.Minute) * 60
		if name[0] == '-' {
			seconds = -seconds
		}
		if !ok || !strings.Contains(name, ":") || seconds < zoneLeast || seconds > zoneMost {
			return nil
		}
		return time.FixedZone(name, seconds)
	case name == "" || strings.EqualFold(name, "Local"):
		return nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil
	}
	return zone
}

// unixSecondsType is a whole number, or has the digits of its argument.
func unixSecondsType(args []gms.Expression) gms.Type {
	if len(args) == 0 {
		return gtypes.Int64
	}
	fsp := timestampType(args).(gms.DatetimeType).Precision()
	if fsp == 0 {
		return gtypes.Int64
	}
	return gtypes.MustCreateDecimalType(uint8(12+fsp), uint8(fsp))
}

// unixTimestamp is 0 for what is no date, or is before 1970.
func unixTimestamp(ctx *gms.Context, f *Function, v []any) (any, error) {
	if len(v) == 0 {
		return ctx.QueryTime().Unix(), nil
	}
	at, ok, err := f.date(ctx, 0, v[0], dateWish{word: "datetime", zeros: zerosAlways})
	if err != nil {
		return nil, err
	}
	moment := time.Time{}
	if ok = ok && at.Month > 0 && at.Day > 0; ok {
		moment = time.Date(at.Year, time.Month(at.Month), at.Day, at.Hour, at.Minute, at.Second, at.Micro*1000, sessionOf(ctx).Location())
		ok = moment.Unix() >= 0 && moment.Unix() <= unixMax
	}
	if !ok {
		moment = time.Unix(0, 0)
	}
	if t := f.Type(); t == gtypes.Int64 {
		return moment.Unix(), nil
	}
	return decimal.New(moment.UnixMicro(), -types.FSPMax), nil
}
