package convert

import (
	"time"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/types"
)

// A date of which parts are zero is the last microsecond before the first real day behind
// it, and some nanoseconds more, of which no value has any:
//
//	0000-00-00          0000-01-01, as the library has it
//	0000-01-01          0000-01-01 and 1 ns
//	YYYY-00-DD          the microsecond before the year, and DD+1 ns
//	YYYY-MM-00          the microsecond before the month, and 40 ns
//
// So dates sort as they should. There is no place for a time of such a day.
const (
	firstNanos  = 1
	noDayNanos  = 40
	nanosInUnit = 1000
)

// UpMoment is a date and time as the library has it; ok is false if it has none, because
// parts of the date are zero and there is a time.
func UpMoment(v binlog.DateTime) (_ time.Time, ok bool) {
	day := binlog.DateTime{Year: v.Year, Month: v.Month, Day: v.Day}
	switch {
	case v == (binlog.DateTime{}):
		return ZeroTime, true
	case v == binlog.DateTime{Month: 1, Day: 1}:
		return ZeroTime.Add(firstNanos), true
	case v.Month != 0 && v.Day != 0:
		return time.Date(v.Year, time.Month(v.Month), v.Day, v.Hour, v.Minute, v.Second, v.Micro*nanosInUnit, time.UTC), true
	case v != day:
		return time.Time{}, false
	case v.Month == 0:
		return time.Date(v.Year, 1, 1, 0, 0, 0, 0, time.UTC).Add(-time.Microsecond + time.Duration(v.Day+1)), true
	}
	return time.Date(v.Year, time.Month(v.Month), 1, 0, 0, 0, 0, time.UTC).Add(-time.Microsecond + noDayNanos), true
}

// DownMoment is the inverse of UpMoment.
func DownMoment(v time.Time) binlog.DateTime {
	if v.Equal(ZeroTime) {
		return binlog.DateTime{}
	}
	nanos := v.Nanosecond() % nanosInUnit
	next := v.Add(time.Microsecond - time.Duration(nanos))
	if nanos == 0 || next.Day() != 1 || !next.Equal(next.Truncate(24*time.Hour)) {
		return types.FromTime(v)
	}
	switch {
	case nanos == noDayNanos:
		return binlog.DateTime{Year: next.Year(), Month: int(next.Month())}
	case next.Month() == 1:
		return binlog.DateTime{Year: next.Year(), Day: nanos - 1}
	}
	return types.FromTime(v)
}
