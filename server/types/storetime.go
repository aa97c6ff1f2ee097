package types

import (
	"bytes"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/mysqlerr"
)

func storeDateTime(v binlog.Value, from Type, to Target) (binlog.Value, error) {
	t := to.Type
	shown := quoted(Text(v, from))
	out, ok := to.moved(v)
	if !ok {
		out, ok = DateTimeOf(v, from)
	}
	if from.Kind == Time {
		return nil, mysqlerr.New(mysqlerr.NotSupportedYet, "TIME stored in a column with a date")
	}
	if !ok || !ValidDateTime(out, to.ZeroDates) {
		return nil, to.incorrectTemporal(shown)
	}
	if t.Kind == Date {
		return binlog.DateTime{Year: out.Year, Month: out.Month, Day: out.Day}, nil
	}
	if out, ok = roundDateTime(out, t.FSP); !ok {
		return nil, to.incorrectTemporal(shown)
	}
	if t.Kind == Timestamp && !to.Display {
		if out, ok = utcTimestamp(out, to.Zone); !ok {
			return nil, to.incorrectTemporal(shown)
		}
	}
	return out, nil
}

// FirstDay is the least number that is a date: 000101.
const FirstDay = 101

// DateTimeOf is a string, a number such as 20200131 or a temporal value as a
// date and time.
func DateTimeOf(v binlog.Value, from Type) (binlog.DateTime, bool) {
	switch v := v.(type) {
	case binlog.DateTime:
		return v, true
	case []byte:
		return ParseDateTime(string(v))
	}
	if !from.IsNumber() {
		return binlog.DateTime{}, false
	}
	d, ok := Exact(v)
	if !ok || d.Sign() < 0 {
		return binlog.DateTime{}, false
	}
	if d.IsZero() {
		return binlog.DateTime{}, true
	}
	if d.LessThan(decimal.NewFromInt(FirstDay)) {
		return binlog.DateTime{}, false
	}
	s := d.StringFixed(FSPMax)
	whole, micros, _ := strings.Cut(s, ".")
	switch n := len(whole); {
	case n < 6:
		whole = strings.Repeat("0", 6-n) + whole
	case n == 7 || n > 8 && n < 12:
		whole = strings.Repeat("0", 1+max(0, 11-n)) + whole
	case n == 13:
		whole = "0" + whole
	}
	return ParseDateTime(whole + "." + micros)
}

func storeTime(v binlog.Value, from Type, to Target) (binlog.Value, error) {
	shown := quoted(Text(v, from))
	var out binlog.Duration
	var ok bool
	switch x := v.(type) {
	case binlog.Duration:
		out, ok = x, true
	case binlog.DateTime:
		out, ok = binlog.Duration{Hour: x.Hour, Minute: x.Minute, Second: x.Second, Micro: x.Micro}, true
	case []byte:
		if at, is := to.moved(v); is {
			out, ok = binlog.Duration{Hour: at.Hour, Minute: at.Minute, Second: at.Second, Micro: at.Micro}, true
		} else if out, ok = ParseTime(string(x)); !to.Display && len(bytes.TrimSpace(x)) == 0 {
			ok = true // in a column nothing is no time, 00:00:00
		}
	default:
		out, ok = timeOfNumber(v, from)
	}
	if ok {
		out, ok = roundDuration(out, to.Type.FSP)
	}
	if !ok {
		return nil, to.incorrectTemporal(shown)
	}
	return out, nil
}

// numberWithDay is the least number that is a date and a time together.
const numberWithDay = 10_000_000_000

// timeOfNumber is a number such as -123456.5 as a time; one with a day in it
// gives its time.
func timeOfNumber(v binlog.Value, from Type) (binlog.Duration, bool) {
	d, ok := Exact(v)
	if !ok {
		return binlog.Duration{}, false
	}
	if d.GreaterThanOrEqual(decimal.NewFromInt(numberWithDay)) {
		at, ok := DateTimeOf(v, from)
		return binlog.Duration{Hour: at.Hour, Minute: at.Minute, Second: at.Second, Micro: at.Micro}, ok
	}
	return parseClock(d.StringFixed(FSPMax))
}
