package types

import (
	"strings"
	"time"

	"github.com/xadb/xadb/binlog"
)

// The offsets of time zones that a moment may end with (MySQL manual, Date and Time Literals).
const (
	offsetLetters = len("+05:30")
	offsetLeast   = -(13*time.Hour + 59*time.Minute)
	offsetMost    = 14 * time.Hour
)

// moved is a text such as '2020-01-31 10:20:30+05:30' as a moment of the target's zone; ok is
// false of others.
func (to Target) moved(v binlog.Value) (_ binlog.DateTime, ok bool) {
	text, is := v.([]byte)
	if !is || len(text) <= offsetLetters {
		return binlog.DateTime{}, false
	}
	main, end := string(text[:len(text)-offsetLetters]), string(text[len(text)-offsetLetters:])
	offset, ok := parseOffset(end)
	at, is := ParseDateTime(main)
	if !ok || !is || !strings.ContainsAny(main, " T") || strings.Count(main, ":") != 2 || !ValidDateTime(at, false) {
		return binlog.DateTime{}, false
	}
	moment := time.Date(at.Year, time.Month(at.Month), at.Day, at.Hour, at.Minute, at.Second, at.Micro*1000, time.UTC).Add(-offset)
	if to.Zone != nil {
		moment = moment.In(to.Zone)
	}
	return FromTime(moment), true
}

func parseOffset(text string) (time.Duration, bool) {
	if text[0] != '+' && text[0] != '-' || text == "-00:00" {
		return 0, false
	}
	at, err := time.Parse("15:04", text[1:])
	offset := time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute
	if text[0] == '-' {
		offset = -offset
	}
	return offset, err == nil && offset >= offsetLeast && offset <= offsetMost
}
