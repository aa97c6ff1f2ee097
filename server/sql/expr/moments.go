package expr

import (
	"math"
	"strconv"
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

// MomentType is that of a moment with all its digits.
var MomentType = types.Type{Kind: types.DateTime, FSP: types.FSPMax}

// spanType is that of a time with all its digits.
var spanType = types.Type{Kind: types.Time, FSP: types.FSPMax}

// temporalRecipes are functions of dates and times.
var temporalRecipes = map[string]Recipe{
	"hour":           {1, 1, Always(gtypes.Int64), ofSpan(func(n int64) int64 { return n / convert.MicrosPerHour }), false, false},
	"minute":         {1, 1, Always(gtypes.Int64), ofSpan(func(n int64) int64 { return n / convert.MicrosPerMinute % 60 }), false, false},
	"second":         {1, 1, Always(gtypes.Int64), ofSpan(func(n int64) int64 { return n / convert.MicrosPerSecond % 60 }), false, false},
	"microsecond":    {1, 1, Always(gtypes.Int64), ofSpan(func(n int64) int64 { return n % convert.MicrosPerSecond }), false, false},
	"time_to_sec":    {1, 1, Always(gtypes.Int64), timeToSeconds, false, false},
	"sec_to_time":    {1, 1, Always(gtypes.Time), secondsToTime, false, false},
	"addtime":        {2, 2, sumType, func(ctx *gms.Context, f *Function, v []any) (any, error) { return f.addTime(ctx, v, 1) }, false, false},
	"subtime":        {2, 2, sumType, func(ctx *gms.Context, f *Function, v []any) (any, error) { return f.addTime(ctx, v, -1) }, false, false},
	"maketime":       {3, 3, Always(gtypes.Time), makeTime, false, false},
	"makedate":       {2, 2, Always(gtypes.Date), makeDate, false, false},
	"period_add":     {2, 2, Always(gtypes.Int64), periodAdd, false, false},
	"period_diff":    {2, 2, Always(gtypes.Int64), periodDiff, false, false},
	"week":           {1, 2, Always(gtypes.Int64), week, false, false},
	"from_unixtime":  {1, 2, UnixType, fromUnix, false, false},
	"unix_timestamp": {0, 1, unixSecondsType, unixTimestamp, false, false},
}

// timeMax is the largest TIME, 838:59:59, in microseconds.
const timeMax = ((838*60+59)*60 + 59) * convert.MicrosPerSecond

// moment is an argument as a date and time; ok is false if it is none.
func (f *Function) moment(ctx *gms.Context, i int, v any) (at time.Time, ok bool, err error) {
	if span, is := v.(gtypes.Timespan); is { // of today
		y, m, d := ctx.QueryTime().In(sessionOf(ctx).Location()).Date()
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Add(time.Duration(span.AsMicroseconds()) * time.Microsecond), true, nil
	}
	value, err := f.as(ctx, i, v, MomentType)
	d, is := value.(binlog.DateTime)
	if !is || d.Month == 0 || d.Day == 0 {
		return at, false, err
	}
	return time.Date(d.Year, time.Month(d.Month), d.Day, d.Hour, d.Minute, d.Second, d.Micro*1000, time.UTC), true, err
}

// span is an argument as a time in microseconds; ok is false if it is none, of which
// it warns. What is longer than any TIME is the longest.
func (f *Function) span(ctx *gms.Context, i int, v any) (n int64, ok bool, err error) {
	value, from, err := convert.Down(ctx, v, f.Args[i].Type())
	if err != nil || value == nil {
		return 0, false, err
	}
	if isYearColumn(f.Args[i]) {
		return 0, true, nil
	}
	if from.Kind == types.Bit {
		value, from = types.Text(value, from), types.Type{Kind: types.VarChar, Collation: types.CollationBinary}
	}
	if value = wrapped(value); from.Kind == types.JSON && !f.readsText(i) {
		if value, from, err = temporalIn(ctx, value, f.Args[i], "TIME"); err != nil || value == nil {
			return 0, false, err
		}
	}
	to := types.Target{Name: "time", Type: spanType, Row: 1, ZeroDates: true, Display: true}
	out, warning, err := types.Cut(value, from, to)
	if err != nil {
		return 0, false, err
	}
	span, _ := out.(binlog.Duration)
	if warning != nil {
		ctx.Warn(mysqlerr.TruncatedWrongValue, TruncatedWord+"time value: '%s'", types.Text(value, from))
		if !KeepsTime(value, from, span) {
			return 0, false, nil
		}
	}
	up, err := convert.Up(span, spanType, nil)
	if err != nil {
		return 0, false, err
	}
	return up.(gtypes.Timespan).AsMicroseconds(), true, nil
}

// readsText reports whether an argument is the text of a date or of a time, whatever it is.
func (f *Function) readsText(i int) bool {
	return i == 0 && (f.Name == "addtime" || f.Name == "subtime") || f.Name == "timediff" || f.Name == "time_format"
}

// KeepsTime reports whether what a text begins with is taken as a time, rather than
// the whole as none.
func KeepsTime(value binlog.Value, from types.Type, cut binlog.Value) bool {
	text, IsText := value.([]byte)
	if cut != (binlog.Duration{}) {
		return IsText && from.IsString()
	}
	_, ok := types.ParseTime(string(types.TimePrefix(text)))
	return ok
}

func timestampDiff(ctx *gms.Context, f *Function, v []any) (any, error) {
	from, ok, err := f.moment(ctx, 1, v[1])
	if !ok || err != nil {
		return nil, err
	}
	to, ok, err := f.moment(ctx, 2, v[2])
	if !ok || err != nil {
		return nil, err
	}
	unit, _ := v[0].(string)
	unit = strings.TrimPrefix(strings.ToLower(unit), "sql_tsi_")
	if n := map[string]int64{"month": 1, "quarter": 3, "year": 12}[unit]; n > 0 {
		return wholeMonths(from, to) / n, nil
	}
	micros := (to.Unix()-from.Unix())*convert.MicrosPerSecond + int64(to.Nanosecond()-from.Nanosecond())/1000
	n := map[string]int64{
		"microsecond": 1, "second": convert.MicrosPerSecond, "minute": convert.MicrosPerMinute, "hour": convert.MicrosPerHour,
		"day": 24 * convert.MicrosPerHour, "week": 7 * 24 * convert.MicrosPerHour,
	}[unit]
	if n == 0 {
		return nil, unsupported("TIMESTAMPDIFF in " + unit)
	}
	return micros / n, nil
}

// wholeMonths is how many months have passed completely.
func wholeMonths(from, to time.Time) int64 {
	if to.Before(from) {
		return -wholeMonths(to, from)
	}
	n := int64(to.Year()-from.Year())*12 + int64(to.Month()-from.Month())
	clock := func(t time.Time) time.Duration { // since the month began
		return t.Sub(time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC))
	}
	if clock(to) < clock(from) {
		n--
	}
	return n
}

// ofSpan is a part of a time, without its sign.
func ofSpan(part func(int64) int64) func(*gms.Context, *Function, []any) (any, error) {
	return func(ctx *gms.Context, f *Function, v []any) (any, error) {
		n, ok, err := f.span(ctx, 0, v[0])
		if !ok || err != nil {
			return nil, err
		}
		return part(max(n, -n)), nil
	}
}

func timeToSeconds(ctx *gms.Context, f *Function, v []any) (any, error) {
	n, ok, err := f.span(ctx, 0, v[0])
	if !ok || err != nil {
		return nil, err
	}
	return n / convert.MicrosPerSecond, nil
}

func secondsToTime(ctx *gms.Context, f *Function, v []any) (any, error) {
	value, err := f.as(ctx, 0, v[0], types.Type{Kind: types.Decimal, Precision: types.DecimalPrecisionMax, Scale: types.FSPMax})
	if err != nil {
		return nil, err
	}
	seconds, _ := types.Exact(value)
	most := decimal.NewFromInt(timeMax)
	d := decimal.Max(decimal.Min(seconds.Shift(types.FSPMax), most), most.Neg())
	if !d.Equal(seconds.Shift(types.FSPMax).Truncate(0)) {
		ctx.Warn(mysqlerr.TruncatedWrongValue, TruncatedWord+"time value: '%s'", seconds)
	}
	return gtypes.Timespan(d.IntPart()), nil
}

// sumType is what ADDTIME gives: what its first argument is, or text.
func sumType(args []gms.Expression) gms.Type {
	switch t, _ := convert.FromType(args[0].Type()); {
	case t.Kind == types.Time:
		return gtypes.Time
	case t.HasDate():
		return gtypes.MustCreateDatetimeType(sqltypes.Datetime, int(max(t.FSP, spanDigits(args[1]))))
	}
	return gtypes.LongText
}

// spanDigits is how many digits behind the point a time may have.
func spanDigits(e gms.Expression) uint8 {
	if l, is := e.(*expression.Literal); is {
		return LiteralDigits(l.Value())
	}
	if t, ok := convert.FromType(e.Type()); ok && t.IsInteger() {
		return 0
	}
	return types.FSPMax
}

// clockMax is the largest number that is a TIME, 838:59:59.
const clockMax = 8385959

// isDated reports whether an argument that may be a date or a time is a date. A number is
// one if no TIME is as large.
func (f *Function) isDated(ctx *gms.Context, i int, v any, text string) bool {
	t, _ := convert.FromType(f.Args[i].Type())
	switch {
	case t.HasDate():
		return true
	case t.Kind == types.Bit, t.Kind == types.Time:
		return false
	case t.IsNumber():
		d, err := numberOf(ctx, v, f.Args[i].Type())
		return err == nil && d.GreaterThan(decimal.NewFromInt(clockMax)) && !d.GreaterThan(decimal.NewFromInt(math.MaxInt64))
	}
	return isDateWord(text)
}

func (f *Function) addTime(ctx *gms.Context, v []any, sign int64) (any, error) {
	more, ok, err := f.span(ctx, 1, v[1])
	if !ok || err != nil {
		return nil, err
	}
	text, err := f.text(ctx, 0, v[0])
	if err != nil {
		return nil, err
	}
	if f.isDated(ctx, 0, v[0], text) {
		day, ok, err := f.date(ctx, 0, v[0], dateWish{word: "datetime"})
		if !ok || err != nil {
			return nil, err
		}
		at := momentOf(day).Add(time.Duration(sign*more) * time.Microsecond)
		return f.asText(types.FromTime(at), MomentType, at)
	}
	n, ok, err := f.span(ctx, 0, v[0])
	if !ok || err != nil {
		return nil, err
	}
	if n += sign * more; max(n, -n) > timeMax {
		return nil, nil
	}
	sum := gtypes.Timespan(n)
	return f.asText(convert.DownTimespan(sum), spanType, sum)
}

// AsText is the value as the function's type has it: as text, without the parts
// of a second if there are none.
func (f *Function) asText(v binlog.Value, t types.Type, as any) (any, error) {
	if !gtypes.IsText(f.Type()) {
		return as, nil
	}
	return strings.TrimSuffix(string(types.Text(v, t)), ".000000"), nil
}

func makeDate(ctx *gms.Context, f *Function, v []any) (any, error) {
	year, err := f.whole(ctx, 0, v[0])
	if err != nil {
		return nil, err
	}
	day, err := f.whole(ctx, 1, v[1])
	if err != nil || day < 1 || year < 0 || year > 9999 || day > 9999*366 {
		return nil, err
	}
	out := time.Date(int(fullYear(year)), 1, int(day), 0, 0, 0, 0, time.UTC)
	if out.Year() > 9999 {
		return nil, nil
	}
	return out, nil
}

// fullYear is a year of two digits or more: 70 to 99 are of the last century.
func fullYear(n int64) int64 {
	switch {
	case n < 70:
		return n + 2000
	case n < 100:
		return n + 1900
	}
	return n
}

// months is a period such as 202401, in months.
func (f *Function) months(ctx *gms.Context, i int, v any) (int64, error) {
	n, err := f.whole(ctx, i, v)
	if err == nil && (n <= 0 || n%100 < 1 || n%100 > 12) {
		err = mysqlerr.New(mysqlerr.WrongArguments, f.Name)
	}
	return fullYear(n/100)*12 + n%100 - 1, err
}

func periodAdd(ctx *gms.Context, f *Function, v []any) (any, error) {
	n, err := f.months(ctx, 0, v[0])
	if err != nil {
		return nil, err
	}
	more, err := f.whole(ctx, 1, v[1])
	n += more
	return n/12*100 + n%12 + 1, err
}

func periodDiff(ctx *gms.Context, f *Function, v []any) (any, error) {
	a, err := f.months(ctx, 0, v[0])
	if err != nil {
		return nil, err
	}
	b, err := f.months(ctx, 1, v[1])
	return a - b, err
}

// week is the number of a week (MySQL manual, WEEK()): in bit 0 of the mode weeks
// begin on Monday, in bit 1 days before the first week are of the last year's last,
// and else of week 0; in bit 2, from Mondays on the other way round, the first
// week is the first that begins in the year, and else the one that has four days
// of it.
func week(ctx *gms.Context, f *Function, v []any) (any, error) {
	at, mode, ok, err := f.dateAndMode(ctx, v)
	if !ok || err != nil {
		return nil, err
	}
	if len(v) == 1 {
		text, _ := sessionOf(ctx).Variable("default_week_format")
		mode, _ = strconv.ParseInt(text, 10, 64) // the server's own digits
	}
	n, _ := weekOf(dayOf(at), mode)
	return n, nil
}

// dateAndMode is the arguments of functions of weeks; ok is false if there is no date.
func (f *Function) dateAndMode(ctx *gms.Context, v []any) (at binlog.DateTime, mode int64, ok bool, err error) {
	if at, ok, err = f.date(ctx, 0, v[0], wholeDate); ok && err == nil && len(v) > 1 {
		mode, err = f.whole(ctx, 1, v[1])
	}
	return at, mode, ok, err
}

// weekWholeYears is the bit of a mode that has no week 0.
const weekWholeYears = 2

// weekOf is the number of a day's week, and the year that it is counted in.
func weekOf(day time.Time, mode int64) (n int64, year int) {
	monday, wholeYears := mode&1 != 0, mode&weekWholeYears != 0
	begins := (mode&4 != 0) == monday
	year = day.Year()
	first := firstWeek(year, monday, begins)
	switch {
	case day.Before(first) && !wholeYears:
		return 0, year
	case day.Before(first):
		year--
		first = firstWeek(year, monday, begins)
	case wholeYears && !day.Before(firstWeek(year+1, monday, begins)):
		return 1, year + 1
	}
	return int64(day.Sub(first)/(7*24*time.Hour)) + 1, year
}

// firstWeek is the day on which a year's first week begins.
func firstWeek(year int, monday, begins bool) time.Time {
	last := 4 // the latest day of January that the week must have
	if begins {
		last = 7
	}
	day := time.Date(year, 1, last, 0, 0, 0, 0, time.UTC)
	back := int(day.Weekday())
	if monday {
		back = (back + 6) % 7
	}
	return day.AddDate(0, 0, -back)
}

// UnixType has as many digits as the seconds that it is made of; with a format it
// is text.
func UnixType(args []gms.Expression) gms.Type {
	if len(args) > 1 {
		return gtypes.LongText
	}
	from, ok := convert.FromType(args[0].Type())
	fsp := types.FSPMax
	if ok && (from.IsInteger() || from.Kind == types.Decimal || from.Kind == types.Bit) {
		fsp = int(min(from.Scale, types.FSPMax))
	}
	return gtypes.MustCreateDatetimeType(sqltypes.Datetime, fsp)
}

// unixMax is the last second that FROM_UNIXTIME takes.
const unixMax = 32536771199

func fromUnix(ctx *gms.Context, f *Function, v []any) (any, error) {
	value, err := f.as(ctx, 0, v[0], types.Type{Kind: types.Decimal, Precision: types.DecimalPrecisionMax, Scale: types.FSPMax})
	if err != nil {
		return nil, err
	}
	d, _ := types.Exact(value)
	if d.IsNegative() || d.GreaterThanOrEqual(decimal.NewFromInt(unixMax+1)) {
		return nil, nil
	}
	at := time.UnixMicro(d.Shift(types.FSPMax).IntPart()).In(sessionOf(ctx).Location())
	shown := time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), at.Nanosecond(), time.UTC)
	if len(v) == 1 {
		return shown, nil
	}
	format, err := f.text(ctx, 1, v[1])
	if err != nil {
		return nil, err
	}
	return formatted(ctx, types.FromTime(shown), format), nil
}

// LiteralDigits is how many digits of a second a constant has.
func LiteralDigits(v any) uint8 {
	switch v := v.(type) {
	case gtypes.Timespan:
		digits := uint8(types.FSPMax)
		for n := v.AsMicroseconds(); digits > 0 && n%10 == 0; n /= 10 {
			digits--
		}
		return digits
	case time.Time:
		return LiteralDigits(gtypes.Timespan(v.Nanosecond() / 1000))
	case []byte:
		return LiteralDigits(string(v))
	case string:
		_, fraction, _ := strings.Cut(v, ".")
		return uint8(min(len(fraction), types.FSPMax))
	}
	return 0
}
