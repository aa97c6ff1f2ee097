package expr

import (
	"bytes"
	"strings"
	"time"

	gms "github.com/dolthub/go-mysql-server/sql"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// A dateWish says what a function makes of an argument that is not quite a date.
type dateWish struct {
	word  string // of the warning about a text: date or datetime
	zeros bool   // the month or the day may be zero
}

var (
	wholeDate   = dateWish{word: "date"}
	partialDate = dateWish{word: "date", zeros: true}
)

// date is an argument as a date and time, which may have zero parts; ok is false if
// it is none, of which it warns.
func (f *Function) date(ctx *gms.Context, i int, v any, wish dateWish) (at binlog.DateTime, ok bool, err error) {
	switch v := v.(type) {
	case gtypes.Timespan, time.Time:
		if v == convert.ZeroTime {
			return at, wish.zeros, nil
		}
		moment, ok, err := f.moment(ctx, i, v)
		return types.FromTime(moment), ok, err
	}
	value, from, err := convert.Down(ctx, v, f.Args[i].Type())
	if err != nil || value == nil {
		return at, false, err
	}
	text := types.Text(value, from)
	if from.IsString() {
		at, ok = wish.parse(ctx, text)
	} else {
		at, ok = types.DateTimeOf(value, from)
		ok = ok && types.ValidDateTime(at, wish.zeros)
	}
	if ok && from.IsString() && at.Year|at.Month|at.Day == 0 && sessionOf(ctx).Mode("NO_ZERO_DATE") {
		ok = false
	}
	if !ok {
		wish.warn(ctx, text, from.IsString())
	}
	return at, ok, nil
}

// parse reads a date with something behind it, of which it warns, too.
func (w dateWish) parse(ctx *gms.Context, text []byte) (at binlog.DateTime, ok bool) {
	at, ok = types.ParseDateTime(string(text))
	if clean := bytes.TrimRight(types.TemporalPrefix(text), " T"); !ok && len(clean) < len(text) {
		if at, ok = types.ParseDateTime(string(clean)); ok {
			ctx.Warn(mysqlerr.TruncatedWrongValue, TruncatedWord+"%s value: '%s'", w.word, text)
		}
	}
	return at, ok && types.ValidDateTime(at, w.zeros)
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
