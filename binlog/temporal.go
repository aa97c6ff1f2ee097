package binlog

import (
	"fmt"
	"time"
)

// The offsets that make packed times unsigned (MySQL source, my_time.cc).
const (
	dateTimeOffset = 0x8000000000
	timeOffset     = 0x800000
	hourMax        = 838 // of a TIME
	timestampMax   = 1<<31 - 1
)

// String is the value in MySQL's notation, the fraction with six digits and
// only if there is one.
func (t DateTime) String() string {
	s := fmt.Sprintf("%04d-%02d-%02d %02d:%02d:%02d", t.Year, t.Month, t.Day, t.Hour, t.Minute, t.Second)
	if t.Micro != 0 {
		s += fmt.Sprintf(".%06d", t.Micro)
	}
	return s
}

// String is the value in MySQL's notation, the fraction with six digits and
// only if there is one.
func (d Duration) String() string {
	sign := ""
	if d.Negative {
		sign = "-"
	}
	s := fmt.Sprintf("%s%02d:%02d:%02d", sign, d.Hour, d.Minute, d.Second)
	if d.Micro != 0 {
		s += fmt.Sprintf(".%06d", d.Micro)
	}
	return s
}

func within(v, lo, hi int) bool { return lo <= v && v <= hi }

// microUnit is how many microseconds the last of fsp digits stands for.
var microUnit = [7]int{1000000, 100000, 10000, 1000, 100, 10, 1}

func appendDateTime(dst []byte, c *Column, t DateTime) ([]byte, error) {
	if !within(t.Year, 0, 9999) || !within(t.Month, 0, 12) || !within(t.Day, 0, 31) {
		return nil, errValue(c, t, "not a date")
	}
	if !within(t.Hour, 0, 23) || !within(t.Minute, 0, 59) || !within(t.Second, 0, 59) || !within(t.Micro, 0, 999999) {
		return nil, errValue(c, t, "not a time of day")
	}
	if c.Type == TypeDate {
		if t.Hour|t.Minute|t.Second|t.Micro != 0 {
			return nil, errValue(c, t, "a DATE has no time of day")
		}
		return appendUint(dst, uint64(t.Day|t.Month<<5|t.Year<<9), 3), nil
	}
	if t.Micro%microUnit[c.FSP] != 0 {
		return nil, errValue(c, t, fmt.Sprintf("more than %d digits of a second", c.FSP))
	}
	if c.Type == TypeTimestamp2 {
		return appendTimestamp(dst, c, t)
	}
	date := uint64(t.Year*13+t.Month)<<5 | uint64(t.Day)
	clock := uint64(t.Hour<<12 | t.Minute<<6 | t.Second)
	dst = appendUintBE(dst, dateTimeOffset+(date<<17|clock), 5)
	return appendFraction(dst, c.FSP, t.Micro), nil
}

// appendTimestamp appends seconds since 1970; 0 stands for the zero date.
func appendTimestamp(dst []byte, c *Column, t DateTime) ([]byte, error) {
	var seconds int64
	if t != (DateTime{}) {
		u := time.Date(t.Year, time.Month(t.Month), t.Day, t.Hour, t.Minute, t.Second, 0, time.UTC)
		if u.Year() != t.Year || int(u.Month()) != t.Month || u.Day() != t.Day {
			return nil, errValue(c, t, "no such day")
		}
		seconds = u.Unix()
		if seconds < 1 || seconds > timestampMax {
			return nil, errValue(c, t, "out of range")
		}
	}
	dst = appendUintBE(dst, uint64(seconds), 4)
	return appendFraction(dst, c.FSP, t.Micro), nil
}

// appendFraction appends micro in one byte per two digits of fsp. A negative
// fraction goes in as two's complement.
func appendFraction(dst []byte, fsp uint8, micro int) []byte {
	switch fsp {
	case 1, 2:
		return append(dst, byte(micro/10000))
	case 3, 4:
		return appendUintBE(dst, uint64(micro/100), 2)
	case 5, 6:
		return appendUintBE(dst, uint64(micro), 3)
	}
	return dst
}

func (cur *cursor) fraction(fsp uint8) int {
	switch fsp {
	case 1, 2:
		return int(cur.uintBE(1)) * 10000
	case 3, 4:
		return int(cur.uintBE(2)) * 100
	case 5, 6:
		return int(cur.uintBE(3))
	}
	return 0
}

// appendDuration appends the time as one fixed-point number, its integer part
// in three bytes with an offset. For a negative time with a fraction that is
// the floor, and the fraction is what remains, also negative.
func appendDuration(dst []byte, c *Column, d Duration) ([]byte, error) {
	if !within(d.Hour, 0, hourMax) || !within(d.Minute, 0, 59) || !within(d.Second, 0, 59) || !within(d.Micro, 0, 999999) {
		return nil, errValue(c, d, "not a time")
	}
	if d.Micro%microUnit[c.FSP] != 0 {
		return nil, errValue(c, d, fmt.Sprintf("more than %d digits of a second", c.FSP))
	}
	packed := int64(d.Hour<<12|d.Minute<<6|d.Second)<<24 + int64(d.Micro)
	if d.Negative {
		packed = -packed
	}
	if c.FSP >= 5 {
		return appendUintBE(dst, uint64(packed+timeOffset<<24), 6), nil
	}
	dst = appendUintBE(dst, uint64(packed>>24+timeOffset), 3)
	return appendFraction(dst, c.FSP, int(packed%(1<<24))), nil
}

func (cur *cursor) duration(fsp uint8) Duration {
	var packed int64
	if fsp >= 5 {
		packed = int64(cur.uintBE(6)) - timeOffset<<24
	} else {
		whole := int64(cur.uintBE(3)) - timeOffset
		digits := int(fsp+1) / 2
		frac := int64(cur.uintBE(digits))
		if whole < 0 && frac != 0 {
			whole++
			frac -= 1 << (8 * digits)
		}
		packed = whole<<24 + frac*[3]int64{0, 10000, 100}[digits]
	}
	d := Duration{Negative: packed < 0}
	if d.Negative {
		packed = -packed
	}
	clock := packed >> 24
	d.Micro = int(packed & (1<<24 - 1))
	d.Hour, d.Minute, d.Second = int(clock>>12)&0x3ff, int(clock>>6)&0x3f, int(clock)&0x3f
	return d
}

func (cur *cursor) date() DateTime {
	v := int(cur.uint(3))
	return DateTime{Year: v >> 9, Month: v >> 5 & 15, Day: v & 31}
}

func (cur *cursor) dateTime(fsp uint8) DateTime {
	v := cur.uintBE(5) &^ dateTimeOffset
	date, clock := int(v>>17), int(v&(1<<17-1))
	t := DateTime{
		Year: date >> 5 / 13, Month: date >> 5 % 13, Day: date & 31,
		Hour: clock >> 12, Minute: clock >> 6 & 63, Second: clock & 63,
	}
	t.Micro = cur.fraction(fsp)
	return t
}

func (cur *cursor) timestamp(fsp uint8) DateTime {
	seconds := int64(cur.uintBE(4))
	micro := cur.fraction(fsp)
	if seconds == 0 {
		return DateTime{Micro: micro}
	}
	u := time.Unix(seconds, 0).UTC()
	return DateTime{u.Year(), int(u.Month()), u.Day(), u.Hour(), u.Minute(), u.Second(), micro}
}
