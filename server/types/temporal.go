package types

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/xadb/xadb/binlog"
)

const (
	yearMin, yearMax = 1901, 2155 // of YEAR, beside 0
	hourMax          = 838        // of TIME
	microsPerSecond  = 1_000_000
)

// FormatDateTime is the value with fsp digits behind the second; of a DATE
// only the day.
func FormatDateTime(v binlog.DateTime, t Type) string {
	day := fmt.Sprintf("%04d-%02d-%02d", v.Year, v.Month, v.Day)
	if t.Kind == Date {
		return day
	}
	return fmt.Sprintf("%s %02d:%02d:%02d%s", day, v.Hour, v.Minute, v.Second, fraction(v.Micro, t.FSP))
}

// FormatTime is the value with fsp digits behind the second.
func FormatTime(v binlog.Duration, fsp uint8) string {
	minus := ""
	if v.Negative {
		minus = "-"
	}
	return fmt.Sprintf("%s%02d:%02d:%02d%s", minus, v.Hour, v.Minute, v.Second, fraction(v.Micro, fsp))
}

func fraction(micro int, fsp uint8) string {
	if fsp == 0 {
		return ""
	}
	return "." + fmt.Sprintf("%06d", micro)[:fsp]
}

// validDay reports whether the day exists. Zero parts are legal if zeros are.
func validDay(v binlog.DateTime, zeros bool) bool {
	switch {
	case v.Year < 0 || v.Year > 9999 || v.Month < 0 || v.Month > 12 || v.Day < 0 || v.Day > 31:
		return false
	case v.Month == 0 || v.Day == 0:
		return zeros
	}
	return v.Day <= daysIn(v.Year, v.Month)
}

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

func validClock(hour, minute, second, micro, hours int) bool {
	return hour >= 0 && hour <= hours && minute >= 0 && minute < 60 &&
		second >= 0 && second < 60 && micro >= 0 && micro < microsPerSecond
}

// ValidDateTime reports whether there is such a moment. Zero parts are legal if zeros are.
func ValidDateTime(v binlog.DateTime, zeros bool) bool {
	return validDay(v, zeros) && validClock(v.Hour, v.Minute, v.Second, v.Micro, 23)
}

func validDuration(v binlog.Duration) bool {
	if !validClock(v.Hour, v.Minute, v.Second, v.Micro, hourMax) {
		return false
	}
	return v.Hour < hourMax || v.Minute < 59 || v.Second < 59 || v.Micro == 0
}

// ParseDateTime reads MySQL's literal forms: parts divided by any
// punctuation, or digits alone ('20200131', '200131102030'); a year of two
// digits is 1970 to 2069. Zero parts pass; whether they are wanted is the
// caller's question.
func ParseDateTime(s string) (binlog.DateTime, bool) {
	s = strings.TrimSpace(s)
	main, micro, ok := cutFraction(s)
	if !ok {
		return binlog.DateTime{}, false
	}
	parts, ok := dateParts(main)
	if !ok || len(main) < len(s) && lacksSeconds(main) {
		// A point may also divide a date's parts: '2020.01.31', and those of a time.
		micro = 0
		if parts, ok = dateParts(s); !ok {
			return binlog.DateTime{}, false
		}
	}
	v := binlog.DateTime{
		Year: parts[0], Month: parts[1], Day: parts[2],
		Hour: parts[3], Minute: parts[4], Second: parts[5],
	}
	v, ok = addMicros(v, micro)
	return v, ok && ValidDateTime(v, true)
}

// lacksSeconds reports whether parts are divided, and the seconds are not there: what a point
// divides is one more of them then.
func lacksSeconds(s string) bool {
	groups, ok := digitGroups(s)
	return ok && len(groups) > 1 && len(groups) < 6
}

// cutFraction takes '.123456' off the end. More than six digits round; the
// result may be a whole second.
func cutFraction(s string) (main string, micro int, ok bool) {
	i := strings.LastIndexByte(s, '.')
	if i < 0 {
		return s, 0, true
	}
	digits := s[i+1:]
	for _, c := range digits {
		if c < '0' || c > '9' {
			return s, 0, true
		}
	}
	round := 0
	if len(digits) > FSPMax {
		if digits[FSPMax] >= '5' {
			round = 1
		}
		digits = digits[:FSPMax]
	}
	digits += strings.Repeat("0", FSPMax-len(digits))
	for _, c := range digits {
		micro = micro*10 + int(c-'0')
	}
	return s[:i], micro + round, true
}

func dateParts(s string) (parts [6]int, ok bool) {
	groups, ok := digitGroups(s)
	switch {
	case !ok || len(groups) > 6 || len(groups) == 2:
		return parts, false
	case len(groups) == 1:
		return undivided(groups[0])
	}
	for i, g := range groups {
		if len(g) > 4 || i > 0 && len(g) > 2 {
			return parts, false
		}
		parts[i] = atoi(g)
	}
	if len(groups[0]) <= 2 {
		parts[0] = century(parts[0])
	}
	return parts, true
}

// undivided reads YYYYMMDDhhmmss, YYMMDDhhmmss, YYYYMMDD and YYMMDD.
func undivided(s string) (parts [6]int, ok bool) {
	switch len(s) {
	case 14, 8:
		parts[0], s = atoi(s[:4]), s[4:]
	case 12, 6:
		parts[0], s = century(atoi(s[:2])), s[2:]
	default:
		return parts, false
	}
	for i := 1; s != ""; i++ {
		parts[i], s = atoi(s[:2]), s[2:]
	}
	return parts, true
}

func century(year int) int {
	if year < 70 {
		return year + 2000
	}
	return year + 1900
}

// digitGroups cuts s at punctuation; one T or spaces may stand between day
// and time. Nothing else may be in s.
func digitGroups(s string) ([]string, bool) {
	var groups []string
	for s != "" {
		n := 0
		for n < len(s) && s[n] >= '0' && s[n] <= '9' {
			n++
		}
		if n == 0 {
			return nil, false
		}
		groups = append(groups, s[:n])
		s = s[n:]
		if s == "" {
			break
		}
		if isPunct(s[0]) == (len(groups) == 3 && (s[0] == ' ' || s[0] == 'T')) {
			return nil, false
		}
		s = strings.TrimLeft(s[1:], " ")
		if s == "" {
			return nil, false
		}
	}
	return groups, len(groups) > 0
}

func isPunct(c byte) bool { return strings.IndexByte("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", c) >= 0 }

// atoi reads a few digits that were checked already; a long row of them ends
// up out of every range.
func atoi(s string) int {
	n := 0
	for i := range len(s) {
		n = min(n*10+int(s[i]-'0'), 1<<30)
	}
	return n
}

// withDayMin is the least length of a string that MySQL takes for a date with
// a time, where it wants a time.
const withDayMin = 12

// ParseTime reads '[D ]HH:MM[:SS]', 'HHMMSS', 'MMSS', 'SS', each with a
// fraction and a minus sign, or the time of a date and time.
func ParseTime(s string) (binlog.Duration, bool) {
	s = strings.TrimSpace(s)
	if mayHaveDay(s) {
		v, ok := ParseDateTime(s)
		if ok {
			return binlog.Duration{Hour: v.Hour, Minute: v.Minute, Second: v.Second, Micro: v.Micro}, true
		}
	}
	return parseClock(s)
}

// mayHaveDay says whether a string that is to be a time is tried as a date and
// time: it is long, and its day ends at a space or a T, or it is all digits.
// Thus '10:00:00.126' is a time of ten hours, and no day of 2010.
func mayHaveDay(s string) bool {
	if len(s) < withDayMin || s[0] == '-' {
		return false
	}
	main, _, _ := strings.Cut(s, ".")
	return strings.ContainsAny(s, " T") || strings.Trim(main, "0123456789") == ""
}

func parseClock(s string) (binlog.Duration, bool) {
	v, micro, negative, ok := clockParts(s)
	if !ok || !validDuration(v) {
		return binlog.Duration{}, false
	}
	return durationOf(signed(microsOf(v)+int64(micro), negative))
}

// clockParts reads what may be longer than any TIME, and have minutes beyond 59.
func clockParts(s string) (v binlog.Duration, micro int, negative, ok bool) {
	rest, negative := strings.CutPrefix(s, "-")
	main, micro, ok := cutFraction(rest)
	days, clock, hasDays := strings.Cut(main, " ")
	if !hasDays {
		days, clock = "", main
	}
	parts := strings.Split(clock, ":")
	if !ok || len(parts) > 3 || !allDigits(parts) || hasDays && !allDigits([]string{days}) {
		return v, 0, false, false
	}
	if len(parts) > 1 || hasDays {
		parts = append(parts, "0", "0")
		v.Hour, v.Minute, v.Second = atoi(days)*24+atoi(parts[0]), atoi(parts[1]), atoi(parts[2])
	} else {
		n := atoi(clock)
		v.Hour, v.Minute, v.Second = n/10000, n/100%100, n%100
	}
	return v, micro, negative, true
}

// clockInFront is the time that a text begins with.
var clockInFront = regexp.MustCompile(`^\s*-?(?:\d+ )?\d+(?::\d+){0,2}(?:\.\d*)?`)

// TimePrefix is the part of a text that is read as a time where a time is wanted
// and more than one is there: '2020' of '2020-01-01', nothing of 'abc'.
func TimePrefix(text []byte) []byte {
	day := TemporalPrefix(text)
	if !mayHaveDay(string(day)) {
		return clockInFront.Find(text)
	}
	if _, ok := ParseDateTime(string(day)); ok {
		return day
	}
	if bytes.ContainsRune(day, '-') {
		return nil
	}
	return clockInFront.Find(text)
}

func allDigits(parts []string) bool {
	for _, p := range parts {
		if p == "" || len(p) > 9 || strings.Trim(p, "0123456789") != "" {
			return false
		}
	}
	return true
}

func signed(n int64, negative bool) int64 {
	if negative {
		return -n
	}
	return n
}
