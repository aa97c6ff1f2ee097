package expr

import (
	"strings"
	"time"
	"unicode"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"
	"github.com/dolthub/vitess/go/sqltypes"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// What STR_TO_DATE's specifiers are about (MySQL manual, DATE_FORMAT()).
const (
	dateSpecifiers = "abcDdejMmUuVvWwXxYy"
	timeSpecifiers = "fHhIiklprSsT"
)

// parsedType is what STR_TO_DATE makes: a date, a time or both, as its format says.
func parsedType(args []gms.Expression) gms.Type {
	format, ok := ConstantText(args[1])
	if !ok {
		return gtypes.DatetimeMaxPrecision
	}
	date, clock, fsp := FormatParts(format)
	switch {
	case date && !clock:
		return gtypes.Date
	case clock && !date:
		return gtypes.Time
	}
	return gtypes.MustCreateDatetimeType(sqltypes.Datetime, int(fsp))
}

// FormatParts is what a format is about.
func FormatParts(format string) (date, clock bool, fsp uint8) {
	for i := 0; i+1 < len(format); i++ {
		if format[i] != '%' {
			continue
		}
		i++
		date = date || strings.IndexByte(dateSpecifiers, format[i]) >= 0
		clock = clock || strings.IndexByte(timeSpecifiers, format[i]) >= 0
		if format[i] == 'f' {
			fsp = types.FSPMax
		}
	}
	return date, clock, fsp
}

// ConstantText is the value of a text that stands in the statement.
func ConstantText(e gms.Expression) (string, bool) {
	l, ok := e.(*expression.Literal)
	if !ok {
		return "", false
	}
	s, ok := l.Value().(string)
	return s, ok
}

func strToDate(ctx *gms.Context, f *Function, v []any) (any, error) {
	text, err := f.text(ctx, 0, v[0])
	if err != nil {
		return nil, err
	}
	format, err := f.text(ctx, 1, v[1])
	if err != nil {
		return nil, err
	}
	r := dateReader{rest: text, daypart: -1, week: -1, weekYear: -1}
	ok := r.read(format) && r.settle()
	typ := f.Type()
	timeOnly := gtypes.IsTimespan(typ)
	ok = ok && (timeOnly || dateWish{zeros: zerosByMode}.takes(ctx, r.at))
	if !ok {
		ctx.Warn(mysqlerr.WrongValueForType, "Incorrect datetime value: '%s' for function str_to_date", text)
		return nil, nil
	}
	if strings.TrimSpace(r.rest) != "" {
		word := map[bool]string{true: "time", false: "datetime"}[timeOnly]
		if typ == gtypes.Date {
			word = "date"
		}
		ctx.Warn(mysqlerr.TruncatedWrongValue, TruncatedWord+"%s value: '%s'", word, text)
	}
	switch {
	case timeOnly:
		clock := momentOf(r.at).Sub(dayOf(r.at))
		return gtypes.Timespan(int64(r.at.Day)*24*convert.MicrosPerHour + clock.Microseconds()), nil
	case typ == gtypes.Date:
		return upDay(r.at), nil
	}
	return upMoment(r.at)
}

// A dateReader reads a date and time out of a text.
type dateReader struct {
	rest string
	at   binlog.DateTime
	// twelve: the hour is one of a clock of twelve hours; daypart is what PM adds.
	twelve  bool
	daypart int
	yearDay int
	weekday int // 1 is Monday
	week    int // -1: none was read
	sunday  bool
	// strict: the week is one of %V and %v, which count within %X and %x.
	strict       bool
	weekYear     int // -1: none was read
	sundayOfYear bool
}

// read follows a format. What is left of the format when the text ends does not
// matter.
func (r *dateReader) read(format string) bool {
	for i := 0; i < len(format); i++ {
		r.rest = strings.TrimLeftFunc(r.rest, unicode.IsSpace)
		if r.rest == "" {
			return true
		}
		switch c := format[i]; {
		case c == '%' && i+1 < len(format):
			i++
			if !r.take(format[i]) {
				return false
			}
		case unicode.IsSpace(rune(c)):
		case r.rest[0] != c:
			return false
		default:
			r.rest = r.rest[1:]
		}
	}
	return true
}

// take reads what one specifier stands for.
func (r *dateReader) take(specifier byte) (ok bool) {
	switch specifier {
	case 'Y', 'y':
		return r.year(map[byte]int{'Y': 4, 'y': 2}[specifier])
	case 'm', 'c':
		return r.number(&r.at.Month, 2)
	case 'M':
		return r.word(&r.at.Month, monthNames, 0)
	case 'b':
		return r.word(&r.at.Month, monthNames, 3)
	case 'd', 'e':
		return r.number(&r.at.Day, 2)
	case 'D':
		ok = r.number(&r.at.Day, 2)
		r.rest = r.rest[min(2, len(r.rest)):]
		return ok
	case 'W':
		return r.word(&r.weekday, dayNames, 0)
	case 'a':
		return r.word(&r.weekday, dayNames, 3)
	case 'j':
		return r.number(&r.yearDay, 3)
	}
	if strings.IndexByte(timeSpecifiers, specifier) >= 0 {
		return r.takeClock(specifier)
	}
	return r.takeWeek(specifier)
}

func (r *dateReader) takeClock(specifier byte) (ok bool) {
	switch specifier {
	case 'h', 'I', 'l':
		r.twelve = true
		return r.number(&r.at.Hour, 2)
	case 'H', 'k':
		return r.number(&r.at.Hour, 2)
	case 'i':
		return r.number(&r.at.Minute, 2)
	case 's', 'S':
		return r.number(&r.at.Second, 2)
	case 'f':
		before := len(r.rest)
		ok = r.number(&r.at.Micro, types.FSPMax)
		for n := before - len(r.rest); n < types.FSPMax; n++ {
			r.at.Micro *= 10
		}
		return ok
	case 'p':
		if !r.twelve || len(r.rest) < 2 {
			return false
		}
		r.daypart, ok = map[string]int{"AM": 0, "PM": 12}[strings.ToUpper(r.rest[:2])], true
		ok = strings.EqualFold(r.rest[:2], "AM") || r.daypart > 0
		r.rest = r.rest[2:]
		return ok
	case 'r':
		return r.read("%I:%i:%S %p")
	}
	return r.read("%H:%i:%S")
}

func (r *dateReader) takeWeek(specifier byte) (ok bool) {
	switch specifier {
	case 'w':
		ok = r.number(&r.weekday, 1) && r.weekday < 7
		if r.weekday == 0 {
			r.weekday = 7
		}
		return ok
	case 'U', 'u', 'V', 'v':
		r.sunday, r.strict = specifier == 'U' || specifier == 'V', specifier == 'V' || specifier == 'v'
		return r.number(&r.week, 2) && r.week <= 53 && (!r.strict || r.week > 0)
	case 'X', 'x':
		r.sundayOfYear = specifier == 'X'
		return r.number(&r.weekYear, 4)
	case '.':
		r.rest = strings.TrimLeftFunc(r.rest, func(c rune) bool { return c < unicode.MaxASCII && (unicode.IsPunct(c) || unicode.IsSymbol(c)) })
	case '@':
		r.rest = strings.TrimLeftFunc(r.rest, unicode.IsLetter)
	case '#':
		r.rest = strings.TrimLeft(r.rest, "0123456789")
	default:
		return false
	}
	return true
}

// number reads up to so many digits, one at least.
func (r *dateReader) number(to *int, most int) bool {
	n, i := 0, 0
	for ; i < min(most, len(r.rest)) && r.rest[i] >= '0' && r.rest[i] <= '9'; i++ {
		n = n*10 + int(r.rest[i]-'0')
	}
	if i > 0 {
		*to = n
	}
	r.rest = r.rest[i:]
	return i > 0
}

func (r *dateReader) year(most int) bool {
	before := len(r.rest)
	ok := r.number(&r.at.Year, most)
	if before-len(r.rest) <= 2 {
		r.at.Year = int(fullYear(int64(r.at.Year)))
	}
	return ok
}

// word reads a name, or the first letters of one, and gives its number from 1.
func (r *dateReader) word(to *int, names []string, letters int) bool {
	end := strings.IndexFunc(r.rest, func(c rune) bool { return !unicode.IsLetter(c) })
	if end < 0 {
		end = len(r.rest)
	}
	for i, name := range names {
		if letters > 0 {
			name = name[:letters]
		}
		if strings.EqualFold(name, r.rest[:end]) {
			*to, r.rest = i+1, r.rest[end:]
			return true
		}
	}
	return false
}

// settle makes a date and time of what was read.
func (r *dateReader) settle() bool {
	if r.twelve {
		if r.at.Hour < 1 || r.at.Hour > 12 {
			return false
		}
		r.at.Hour = r.at.Hour%12 + max(r.daypart, 0)
	}
	if r.yearDay > 0 {
		r.setDay(time.Date(r.at.Year, 1, r.yearDay, 0, 0, 0, 0, time.UTC))
	}
	if r.week >= 0 && r.weekday > 0 && !r.settleWeek() {
		return false
	}
	return types.ValidDateTime(r.at, true)
}

// settleWeek finds the day of a week: one of a year that weeks are counted in, or of
// the plain year.
func (r *dateReader) settleWeek() bool {
	if r.strict && (r.weekYear < 0 || r.sundayOfYear != r.sunday) || !r.strict && r.weekYear >= 0 {
		return false
	}
	year := r.at.Year
	if r.strict {
		year = r.weekYear
	}
	first := firstWeek(year, !r.sunday, r.sunday)
	day := r.weekday - 1
	if r.sunday {
		day = r.weekday % 7
	}
	r.setDay(first.AddDate(0, 0, (r.week-1)*7+day))
	return true
}

func (r *dateReader) setDay(day time.Time) {
	r.at.Year, r.at.Month, r.at.Day = day.Year(), int(day.Month()), day.Day()
}
