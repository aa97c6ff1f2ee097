package expr

import (
	"bytes"
	"strings"
	"time"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/shopspring/decimal"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// A dateWish says what a function makes of an argument that is not quite a date.
type dateWish struct {
	word  string // of the warning about a text: date or datetime
	zeros zeroWish
	// day: a number is that of a day, and may be less than the first date that there is.
	day bool
}

// A zeroWish says whether the month or the day may be zero.
type zeroWish int

const (
	zerosNever zeroWish = iota
	zerosByMode
	zerosAlways
)

var (
	wholeDate   = dateWish{word: "date", day: true}
	partialDate = dateWish{word: "date", zeros: zerosAlways, day: true}
	modalDate   = dateWish{word: "date", zeros: zerosByMode, day: true}
)

// takes reports whether a date is one for the function, zero parts as they are.
func (w dateWish) takes(ctx *gms.Context, at binlog.DateTime) bool {
	zeros := w.zeros != zerosNever
	if w.zeros == zerosByMode && (at.Month == 0 || at.Day == 0) {
		mode := "NO_ZERO_IN_DATE"
		if at.Year|at.Month|at.Day == 0 {
			mode = "NO_ZERO_DATE"
		}
		zeros = !sessionOf(ctx).Mode(mode)
	}
	return types.ValidDateTime(at, zeros)
}

// date is an argument as a date and time, which may have zero parts; ok is false if
// it is none, of which it warns.
func (f *Function) date(ctx *gms.Context, i int, v any, wish dateWish) (at binlog.DateTime, ok bool, err error) {
	return dateOf(ctx, v, f.Args[i], wish)
}

// dateOf is a value of an expression as a date and time.
func dateOf(ctx *gms.Context, v any, e gms.Expression, wish dateWish) (at binlog.DateTime, ok bool, err error) {
	switch v := v.(type) {
	case gtypes.Timespan:
		value, _ := OfToday(ctx, convert.DownTimespan(v), spanType)
		if n := v.AsMicroseconds(); wish.day && (n < 0 || n >= 24*convert.MicrosPerHour) { // counted from now, not from midnight
			now := ctx.QueryTime().In(sessionOf(ctx).Location())
			clock := now.Sub(time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location()))
			return types.FromTime(momentOf(value.(binlog.DateTime)).Add(clock)), true, nil
		}
		return value.(binlog.DateTime), true, nil
	case time.Time:
		at = convert.DownMoment(v)
		return at, wish.takes(ctx, at), nil
	}
	value, from, err := convert.Down(ctx, v, e.Type())
	if err != nil || value == nil {
		return at, false, err
	}
	if n, _, whole := WholeOf(v); whole && isYearColumn(e) {
		return binlog.DateTime{Year: int(n.Int64()), Month: 1, Day: 1}, true, nil
	}
	if from.Kind == types.Bit {
		value, from = types.Text(value, from), types.Type{Kind: types.VarChar, Collation: types.CollationBinary}
	}
	value = wrapped(value)
	if from.Kind == types.JSON {
		if value, from, err = temporalIn(ctx, value, e, strings.ToUpper(wish.word)); err != nil || value == nil {
			return at, false, err
		}
		value, from = OfToday(ctx, value, from)
	}
	text, whole := types.Text(value, from), true
	if from.IsString() {
		at, ok = wish.parse(ctx, text)
		if ok && at.Year|at.Month|at.Day == 0 && sessionOf(ctx).Mode("NO_ZERO_DATE") {
			ok = false
		}
	} else if from.IsNumber() {
		at, whole, ok = dateOfNumber(value, wish.day)
	} else {
		at, ok = types.DateTimeOf(value, from)
	}
	ok = ok && wish.takes(ctx, at)
	switch {
	case !ok:
		wish.warn(ctx, text, from.IsString())
	case !whole:
		ctx.Warn(mysqlerr.TruncatedWrongValue, TruncatedWord+"date value: '%s'", text)
	}
	return at, ok, nil
}

// temporalIn is the date or the time in a document, or a text that may be one; nil of others,
// of which it warns.
func temporalIn(ctx *gms.Context, document binlog.Value, e gms.Expression, word string) (binlog.Value, types.Type, error) {
	tree, err := types.JSONScalar(document, types.Type{Kind: types.JSON})
	switch v := tree.(type) {
	case types.JSONTemporal:
		return v.Value, v.Type, err
	case string:
		return []byte(v), types.Type{Kind: types.VarChar, Collation: types.CollationGeneralCI}, err
	}
	if word == "DATETIME" {
		word = "DATETIME/TIMESTAMP"
	}
	warnDocument(ctx, e, word)
	return nil, types.Type{}, err
}

// upMoment is a date and time as the library's, which has no times of days with zero parts.
func upMoment(at binlog.DateTime) (any, error) {
	out, ok := convert.UpMoment(at)
	if !ok {
		return nil, mysqlerr.New(mysqlerr.TruncatedWrongValue, "datetime", types.FormatDateTime(at, MomentType))
	}
	return out, nil
}

// wrapped is a number as one with a sign, which dates and times are made of.
func wrapped(v binlog.Value) binlog.Value {
	if n, is := v.(uint64); is {
		return int64(n)
	}
	return v
}

// isYearColumn reports whether an expression is a column of YEAR, which is the year's first
// day where a date is asked for, and midnight where a time is. Other years are numbers.
func isYearColumn(e gms.Expression) bool {
	_, column := e.(*expression.GetField)
	return column && e.Type() == gtypes.Year
}

// secondDigits is how many digits of a number are the time of its day.
const secondDigits = 6

// dayDigits is how many digits a number without a time of the day has.
const dayDigits = 8

// dateOfNumber is a number such as 20200131, or 200131102030.5, as a date and time. What is
// no more than a day has no parts: whole is false if there were some.
func dateOfNumber(v binlog.Value, day bool) (at binlog.DateTime, whole, ok bool) {
	d, exact := types.Exact(v)
	if !exact || d.Truncate(0).Sign() < 0 || d.Sign() < 0 && !day || !d.LessThan(decimal.New(1, dayDigits+secondDigits)) {
		return at, false, false
	}
	n := d.Truncate(0)
	switch {
	case day && !n.LessThan(decimal.New(1, dayDigits)):
		return dateOfNumber(types.FormatDecimal(n.Shift(-secondDigits).Truncate(0), 0), true)
	case day && n.LessThan(decimal.NewFromInt(types.FirstDay)):
		at = binlog.DateTime{Year: 2000, Month: int(n.IntPart()) / 100, Day: int(n.IntPart()) % 100}
		return at, true, true
	case n.IsZero():
		micros := d.Shift(types.FSPMax).Round(0)
		return binlog.DateTime{Micro: int(micros.IntPart())}, true, micros.LessThan(decimal.NewFromInt(convert.MicrosPerSecond))
	case day || n.LessThan(decimal.New(1, dayDigits)):
		whole = day || n.Equal(d)
		d = n
	default:
		whole = true
	}
	at, ok = types.DateTimeOf(types.FormatDecimal(d, types.FSPMax), types.Type{Kind: types.Decimal})
	return at, whole, ok
}

// parse reads a date with something behind it, of which it warns, too.
func (w dateWish) parse(ctx *gms.Context, text []byte) (at binlog.DateTime, ok bool) {
	at, ok = types.ParseDateTime(string(text))
	if clean := bytes.TrimRight(types.TemporalPrefix(text), " T"); !ok && len(clean) < len(text) {
		if at, ok = types.ParseDateTime(string(clean)); ok {
			ctx.Warn(mysqlerr.TruncatedWrongValue, TruncatedWord+"%s value: '%s'", w.word, text)
		}
	}
	return at, ok
}

func (w dateWish) warn(ctx *gms.Context, text []byte, IsText bool) {
	if IsText && w.word == "date" {
		ctx.Warn(mysqlerr.TruncatedWrongValue, TruncatedWord+"date value: '%s'", text)
		return
	}
	ctx.Warn(mysqlerr.TruncatedWrongValue, "Incorrect datetime value: '%s'", text)
}

// dayOf is the day of a date that has no zero parts.
func dayOf(at binlog.DateTime) time.Time {
	return time.Date(at.Year, time.Month(at.Month), at.Day, 0, 0, 0, 0, time.UTC)
}

// momentOf is a date and time that has no zero parts.
func momentOf(at binlog.DateTime) time.Time {
	return time.Date(at.Year, time.Month(at.Month), at.Day, at.Hour, at.Minute, at.Second, at.Micro*1000, time.UTC)
}

// ofDate is a function of one date.
func ofDate(wish dateWish, part func(at binlog.DateTime) any) func(*gms.Context, *Function, []any) (any, error) {
	return func(ctx *gms.Context, f *Function, v []any) (any, error) {
		at, ok, err := f.date(ctx, 0, v[0], wish)
		if !ok || err != nil {
			return nil, err
		}
		return part(at), nil
	}
}

// number is a part of a date as a number.
func number64(part func(at binlog.DateTime) int) func(at binlog.DateTime) any {
	return func(at binlog.DateTime) any { return int64(part(at)) }
}

// dayZero is the day from which TO_DAYS counts: the year 0 has no 29th of February there.
var dayZero = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, -366)

// daysSince is how many days a date is after dayZero.
func daysSince(at time.Time) int64 {
	if at.Year() == 0 && at.Month() <= time.February {
		return int64(at.YearDay())
	}
	return (at.Unix() - dayZero.Unix()) / (24 * 60 * 60)
}

// secondsSince is how many seconds a moment is after dayZero.
func secondsSince(at time.Time) int64 {
	day := at.Truncate(24 * time.Hour)
	return daysSince(day)*24*60*60 + at.Unix() - day.Unix()
}

// isDateWord reports whether a text's first part looks like a date, not like a time.
func isDateWord(text string) bool {
	_, ok := types.ParseDateTime(text)
	return ok && strings.ContainsAny(text, "-/")
}
