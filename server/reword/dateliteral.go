package reword

import (
	"fmt"
	"strings"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/types"
)

// plainDates writes DATE '2024-01-31', TIME '..' and TIMESTAMP '..' as casts: the parser
// forgets the word (MySQL manual, Date and Time Literals). The error is 1525 for one that
// is no date or time. One with a zone's offset stays a string. as leads back to what was
// written, in pairs.
func plainDates(sql string) (text string, as []string, err error) {
	if !mayHaveDates(sql) {
		return sql, nil, nil
	}
	d := dialect{src: sql}
	l := lex.New(sql)
	before := lex.Token{}
	for t := l.Next(); t.Kind != lex.EOF; t = l.Next() {
		next := *l
		literal := next.Next()
		name := dateWord(t)
		if value, ok := literal.Value(); ok && name != "" && literal.Kind == lex.String && !before.Is("DEFAULT") && !before.Is(".") {
			cast, err := castOf(name, value)
			if err != nil {
				return "", nil, err
			}
			if cast != "" {
				cast = "cast(" + literal.Text + " as " + cast + ")"
				as = append(as, cast, sql[t.Pos:literal.End])
				d.replace(t.Pos, literal.End, cast)
				*l = next
			}
		}
		before = t
	}
	if as == nil {
		return sql, nil, nil
	}
	d.copyTo(len(sql))
	return d.out.String(), as, nil
}

// mayHaveDates reports whether a quote stands behind one of the words.
func mayHaveDates(sql string) bool {
	for i := 0; i < len(sql); i++ {
		if sql[i] != '\'' && sql[i] != '"' {
			continue
		}
		before := strings.TrimRight(sql[:i], " \t\r\n")
		for _, word := range []string{"date", "time", "timestamp"} {
			if n := len(before) - len(word); n >= 0 && strings.EqualFold(before[n:], word) {
				return true
			}
		}
	}
	return false
}

// dateWord is the name that errors give to literals of this kind; empty if it is none.
func dateWord(t lex.Token) string {
	switch {
	case t.Kind != lex.Word:
		return ""
	case t.Is("DATE"), t.Is("TIME"):
		return strings.ToUpper(t.Text)
	case t.Is("TIMESTAMP"):
		return "DATETIME"
	}
	return ""
}

// castOf is the type that a literal is cast to; empty if it stays a string.
func castOf(name, value string) (string, error) {
	_, fraction, _ := strings.Cut(value, ".")
	digits := ""
	if n := min(len(strings.TrimRight(fraction, " ")), types.FSPMax); n > 0 {
		digits = fmt.Sprintf("(%d)", n)
	}
	at, isDate := types.ParseDateTime(value)
	clock := binlog.DateTime{Year: at.Year, Month: at.Month, Day: at.Day} != at || strings.Contains(value, ":")
	switch {
	case name == "DATE" && isDate && !clock:
		return "date", nil
	case name == "DATETIME" && isDate && (clock || len(strings.TrimSpace(value)) > len("2024-01-31")):
		return "datetime" + digits, nil
	case name == "TIME":
		if _, ok := types.ParseTime(value); ok {
			return "time" + digits, nil
		}
	case name == "DATETIME" && strings.ContainsAny(value[min(len(value), len("2024-01-31 10:00")):], "+-"):
		return "", nil
	}
	return "", mysqlerr.New(mysqlerr.WrongValue, name, value)
}
