package types

import (
	"bytes"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/mysqlerr"
)

// Lost is the note about a value that Store, or Cut without a warning, has made another one of:
// digits of a DECIMAL are rounded, a DATE has no time, a TIME no day, and a VARCHAR no room for
// blanks at the end. It is nil if nothing is lost. Of dates and times it depends on the mode.
func Lost(v binlog.Value, from Type, out binlog.Value, to Target, strict bool) *mysqlerr.Error {
	if v == nil || out == nil || from.IsSpecial() {
		return nil
	}
	lost := false
	switch t := to.Type; t.Kind {
	case Decimal:
		if from.IsInteger() {
			return nil
		}
		lost = losesDigits(v, from, out)
	case VarChar:
		text, is := out.([]byte)
		was, _ := v.([]byte)
		lost = is && t.IsText() && len(text) < len(was) && bytes.HasPrefix(was, text)
	case Date, Time:
		at, moved := to.moved(v)
		if moved && !losesPart(at, Type{Kind: DateTime}, t) && t.Kind == Date || !moved && !losesPart(v, from, t) {
			return nil
		}
		if lost = true; !strict {
			break
		}
		return to.incorrectTemporal(quoted(Text(v, from))).(*mysqlerr.Error)
	}
	if !lost {
		return nil
	}
	return to.truncated().(*mysqlerr.Error)
}

// Behind is the note about what goes on behind the DECIMAL that a text begins with, ahead of the
// warning of Cut that is left; both are nil if there is nothing to tell.
func Behind(v binlog.Value, from Type, to Target, warning *mysqlerr.Error) (note, left *mysqlerr.Error) {
	text, is := v.([]byte)
	if !is || warning == nil || to.Type.Kind != Decimal || !from.IsString() {
		return nil, warning
	}
	number, rest := numberPrefix(string(text))
	if number == "" || strings.TrimSpace(rest) == "" {
		return nil, warning
	}
	if warning.Code != mysqlerr.DataTruncated {
		left = warning
	}
	return to.truncated().(*mysqlerr.Error), left
}

func losesDigits(v binlog.Value, from Type, out binlog.Value) bool {
	has, _ := Exact(out)
	if text, is := v.([]byte); is {
		number, _ := numberPrefix(string(text))
		return !parseExact(number).Equal(has)
	}
	if from.IsTemporal() {
		return !TemporalNumber(v, from).Equal(has)
	}
	was, exact := Exact(v)
	return exact && !was.Equal(has)
}

// losesPart reports whether a value has a time where a DATE is wanted, or is no TIME, nor what
// is one by its type, and has a day.
func losesPart(v binlog.Value, from, to Type) bool {
	switch v := v.(type) {
	case binlog.Duration:
		return to.Kind == Date
	case binlog.DateTime:
		return to.Kind == Date && (v.Hour|v.Minute|v.Second|v.Micro) != 0
	}
	if to.Kind == Time {
		text, isText := v.([]byte)
		d, exact := Exact(v)
		if isText {
			s := strings.TrimSpace(string(text))
			at, is := ParseDateTime(s)
			return is && mayHaveDay(s) && at.Year|at.Month|at.Day != 0
		}
		return exact && d.GreaterThanOrEqual(decimal.NewFromInt(numberWithDay))
	}
	at, is := DateTimeOf(v, from)
	return is && at.Hour|at.Minute|at.Second|at.Micro != 0
}
