package types

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"github.com/xadb/xadb/binlog"
)

// TIMESTAMP's range in UTC, in seconds since 1970.
const (
	timestampMin = 1
	timestampMax = 1<<31 - 1
)

// asTime is a date and time in a zone; zero parts have none.
func asTime(v binlog.DateTime, loc *time.Location) (time.Time, bool) {
	if v.Month == 0 || v.Day == 0 {
		return time.Time{}, false
	}
	t := time.Date(v.Year, time.Month(v.Month), v.Day, v.Hour, v.Minute, v.Second, v.Micro*1000, loc)
	return t, FromTime(t) == v
}

// FromTime is the wall clock that t shows in its zone.
func FromTime(t time.Time) binlog.DateTime {
	return binlog.DateTime{
		Year: t.Year(), Month: int(t.Month()), Day: t.Day(),
		Hour: t.Hour(), Minute: t.Minute(), Second: t.Second(), Micro: t.Nanosecond() / 1000,
	}
}

// LocalTimestamp is a stored TIMESTAMP, which is UTC, in a session's zone.
func LocalTimestamp(v binlog.DateTime, loc *time.Location) binlog.DateTime {
	t, ok := asTime(v, time.UTC)
	if !ok {
		return v
	}
	return FromTime(t.In(loc))
}

// utcTimestamp is the inverse of LocalTimestamp; ok is false outside
// TIMESTAMP's range and for an hour that the zone leaves out.
func utcTimestamp(v binlog.DateTime, loc *time.Location) (binlog.DateTime, bool) {
	if v == (binlog.DateTime{}) {
		return v, true
	}
	t, ok := asTime(v, loc)
	if !ok || t.Unix() < timestampMin || t.Unix() > timestampMax {
		return v, false
	}
	return FromTime(t.UTC()), true
}

// addMicros adds less than two seconds; ok is false if that leaves year 9999
// or must carry into a day that has zero parts.
func addMicros(v binlog.DateTime, micros int) (binlog.DateTime, bool) {
	v.Micro += micros
	if v.Micro < microsPerSecond {
		return v, true
	}
	if !ValidDateTime(withMicro(v, 0), false) {
		return v, false
	}
	out := FromTime(time.Date(v.Year, time.Month(v.Month), v.Day, v.Hour, v.Minute, v.Second, v.Micro*1000, time.UTC))
	return out, out.Year <= 9999
}

func withMicro(v binlog.DateTime, micro int) binlog.DateTime {
	v.Micro = micro
	return v
}

// roundMicro is what to add to micro so that it has fsp digits.
func roundMicro(micro int, fsp uint8) int {
	unit := int(pow10[FSPMax-fsp])
	return (micro+unit/2)/unit*unit - micro
}

func roundDateTime(v binlog.DateTime, fsp uint8) (binlog.DateTime, bool) {
	d := roundMicro(v.Micro, fsp)
	if d < 0 {
		return withMicro(v, v.Micro+d), true
	}
	return addMicros(v, d)
}

func roundDuration(v binlog.Duration, fsp uint8) (binlog.Duration, bool) {
	d := int64(roundMicro(v.Micro, fsp))
	return durationOf(signed(abs(microsOf(v))+d, v.Negative))
}

func abs(n int64) int64 { return max(n, -n) }

// microsOf is a TIME as signed microseconds.
func microsOf(v binlog.Duration) int64 {
	n := int64((v.Hour*60+v.Minute)*60+v.Second)*microsPerSecond + int64(v.Micro)
	return signed(n, v.Negative)
}

// durationOf is the inverse of microsOf; ok is false beyond TIME's range.
func durationOf(micros int64) (binlog.Duration, bool) {
	n := abs(micros)
	seconds := int(n / microsPerSecond)
	v := binlog.Duration{
		Negative: micros < 0, Hour: seconds / 3600, Minute: seconds / 60 % 60,
		Second: seconds % 60, Micro: int(n % microsPerSecond),
	}
	return v, validDuration(v)
}

func packDate(v binlog.DateTime) uint64 {
	return uint64(v.Year)<<9 | uint64(v.Month)<<5 | uint64(v.Day)
}

func packDateTime(v binlog.DateTime) uint64 {
	return packDate(v)<<37 | uint64(v.Hour)<<32 | uint64(v.Minute)<<26 | uint64(v.Second)<<20 | uint64(v.Micro)
}

func unpackDateTime(n uint64) binlog.DateTime {
	v := unpackDate(n >> 37)
	v.Hour, v.Minute, v.Second = int(n>>32&31), int(n>>26&63), int(n>>20&63)
	v.Micro = int(n & (1<<20 - 1))
	return v
}

func unpackDate(n uint64) binlog.DateTime {
	return binlog.DateTime{Year: int(n >> 9), Month: int(n >> 5 & 15), Day: int(n & 31)}
}

func appendDate(dst []byte, v binlog.DateTime) []byte {
	n := packDate(v)
	return append(dst, byte(n>>16), byte(n>>8), byte(n))
}

func readDate(b []byte) (binlog.DateTime, error) {
	v := unpackDate(uint64(b[0])<<16 | uint64(b[1])<<8 | uint64(b[2]))
	if !validDay(v, true) {
		return v, fmt.Errorf("%w: date %+v", ErrCorrupt, v)
	}
	return v, nil
}

func readDateTime(b []byte) (binlog.DateTime, error) {
	v := unpackDateTime(binary.BigEndian.Uint64(b))
	if !ValidDateTime(v, true) {
		return v, fmt.Errorf("%w: date and time %+v", ErrCorrupt, v)
	}
	return v, nil
}

func readDuration(b []byte) (binlog.Duration, error) {
	v, ok := durationOf(int64(binary.BigEndian.Uint64(b) ^ 1<<63))
	if !ok {
		return v, fmt.Errorf("%w: time %+v", ErrCorrupt, v)
	}
	return v, nil
}

// TemporalNumber is the number that a date or time is in arithmetic:
// 20200131, 20200131102030.5 or -10203.
func TemporalNumber(v binlog.Value, t Type) decimal.Decimal {
	switch v := v.(type) {
	case binlog.DateTime:
		n := int64(v.Year*10000 + v.Month*100 + v.Day)
		if t.Kind == Date {
			return decimal.NewFromInt(n)
		}
		n = n*1_000_000 + int64(v.Hour*10000+v.Minute*100+v.Second)
		return withFraction(n, v.Micro, t.FSP)
	case binlog.Duration:
		d := withFraction(int64(v.Hour*10000+v.Minute*100+v.Second), v.Micro, t.FSP)
		if v.Negative {
			return d.Neg()
		}
		return d
	}
	return decimal.Zero
}

func withFraction(n int64, micro int, fsp uint8) decimal.Decimal {
	if fsp == 0 {
		return decimal.NewFromInt(n)
	}
	return decimal.NewFromInt(n).Add(decimal.New(int64(micro), -FSPMax)).Truncate(int32(fsp))
}

// TruncateTime cuts t to fsp digits of a second, as MySQL's NOW(fsp) does.
func TruncateTime(t time.Time, fsp uint8) time.Time {
	return t.Truncate(time.Duration(pow10[FSPMax-fsp]) * time.Microsecond)
}
