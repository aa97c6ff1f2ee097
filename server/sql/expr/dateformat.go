package expr

import (
	"fmt"
	"strings"
	"time"

	gms "github.com/dolthub/go-mysql-server/sql"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

var (
	monthNames = []string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}
	dayNames   = []string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}
)

func dateFormat(ctx *gms.Context, f *Function, v []any) (any, error) {
	at, ok, err := f.date(ctx, 0, v[0], dateWish{word: "datetime", zeros: zerosAlways})
	if !ok || err != nil {
		return nil, err
	}
	format, err := f.text(ctx, 1, v[1])
	if err != nil {
		return nil, err
	}
	return formatted(ctx, at, format), nil
}

func timeFormat(ctx *gms.Context, f *Function, v []any) (any, error) {
	format, err := f.text(ctx, 1, v[1])
	if err != nil {
		return nil, err
	}
	text, err := f.text(ctx, 0, v[0])
	if err != nil {
		return nil, err
	}
	if f.isDated(ctx, 0, v[0], text) {
		at, ok, err := f.date(ctx, 0, v[0], dateWish{word: "datetime", zeros: zerosAlways})
		if !ok || err != nil {
			return nil, err
		}
		return formatted(ctx, binlog.DateTime{Hour: at.Hour, Minute: at.Minute, Second: at.Second, Micro: at.Micro}, format), nil
	}
	n, ok, err := f.span(ctx, 0, v[0])
	if !ok || err != nil {
		return nil, err
	}
	clock := convert.DownTimespan(gtypes.Timespan(n))
	at := binlog.DateTime{Hour: clock.Hour, Minute: clock.Minute, Second: clock.Second, Micro: clock.Micro}
	out := formatted(ctx, at, format)
	if s, is := out.(string); is && clock.Negative {
		return "-" + s, nil
	}
	return out, nil
}

// formatted is a date and time by a format of DATE_FORMAT's; nil if the format is
// empty, or asks for the name of what is zero. The hours may be those of a TIME.
func formatted(ctx *gms.Context, at binlog.DateTime, format string) any {
	if format == "" {
		return nil
	}
	var b strings.Builder
	names := timeLocaleOf(ctx)
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			b.WriteByte(format[i])
			continue
		}
		i++
		if !put(&b, at, names, format[i]) {
			return nil
		}
	}
	return b.String()
}

// put writes what a specifier stands for; false if there is no such thing.
func put(b *strings.Builder, at binlog.DateTime, names timeLocale, specifier byte) bool {
	real := at.Month > 0 && at.Day > 0
	switch specifier {
	case 'M', 'b':
		if at.Month == 0 {
			return false
		}
		b.WriteString(map[byte][]string{'M': names.months, 'b': names.shortMonths}[specifier][at.Month-1])
	case 'W', 'a':
		if !real {
			return false
		}
		b.WriteString(map[byte][]string{'W': names.days, 'a': names.shortDays}[specifier][weekday(at)])
	case 'Y':
		fmt.Fprintf(b, "%04d", at.Year)
	case 'y':
		fmt.Fprintf(b, "%02d", at.Year%100)
	case 'm':
		fmt.Fprintf(b, "%02d", at.Month)
	case 'c':
		fmt.Fprint(b, at.Month)
	case 'd':
		fmt.Fprintf(b, "%02d", at.Day)
	case 'e':
		fmt.Fprint(b, at.Day)
	case 'D':
		fmt.Fprint(b, at.Day, ordinal(at.Day))
	case 'j':
		if !real {
			return false
		}
		fmt.Fprintf(b, "%03d", dayOf(at).YearDay())
	case 'w':
		if !real {
			return false
		}
		fmt.Fprint(b, (weekday(at)+1)%7)
	case 'U', 'u', 'V', 'v', 'X', 'x':
		return real && putWeek(b, dayOf(at), specifier)
	default:
		putClock(b, at, specifier)
	}
	return true
}

// ordinal is the letters behind a day's number.
func ordinal(day int) string {
	if day/10 != 1 && day%10 <= 3 {
		return [...]string{"th", "st", "nd", "rd"}[day%10]
	}
	return "th"
}

// putWeek writes the number of a week, or the year that it is counted in.
func putWeek(b *strings.Builder, day time.Time, specifier byte) bool {
	n, year := weekOf(day, map[byte]int64{'U': 0, 'u': 1, 'V': 2, 'X': 2, 'v': 3, 'x': 3}[specifier])
	if specifier == 'X' || specifier == 'x' {
		fmt.Fprintf(b, "%04d", year)
	} else {
		fmt.Fprintf(b, "%02d", n)
	}
	return true
}

func putClock(b *strings.Builder, at binlog.DateTime, specifier byte) {
	twelve := (at.Hour%24+11)%12 + 1
	half := "AM"
	if at.Hour%24 >= 12 {
		half = "PM"
	}
	switch specifier {
	case 'H':
		fmt.Fprintf(b, "%02d", at.Hour)
	case 'k':
		fmt.Fprint(b, at.Hour)
	case 'h', 'I':
		fmt.Fprintf(b, "%02d", twelve)
	case 'l':
		fmt.Fprint(b, twelve)
	case 'i':
		fmt.Fprintf(b, "%02d", at.Minute)
	case 's', 'S':
		fmt.Fprintf(b, "%02d", at.Second)
	case 'f':
		fmt.Fprintf(b, "%06d", at.Micro)
	case 'p':
		b.WriteString(half)
	case 'r':
		fmt.Fprintf(b, "%02d:%02d:%02d %s", twelve, at.Minute, at.Second, half)
	case 'T':
		b.WriteString(types.FormatTime(binlog.Duration{Hour: at.Hour, Minute: at.Minute, Second: at.Second}, 0))
	default:
		b.WriteByte(specifier)
	}
}
