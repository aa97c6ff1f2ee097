package reword

import (
	"strings"

	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/types"
)

// plainBraces writes what ODBC puts in braces without them: {d '2024-01-02'} as
// DATE '2024-01-02', {fn f(x)} as (f(x)) (MySQL manual, Date and Time Literals). Other
// braces are left for the parser to complain about.
func plainBraces(sql string) string {
	if !strings.Contains(sql, "{") {
		return sql
	}
	d := dialect{src: sql}
	l := lex.New(sql)
	open := 0
	for t := l.Next(); t.Kind != lex.EOF; t = l.Next() {
		switch {
		case t.Is("{"):
			word := l.Next()
			next := *l
			if word.Kind != lex.Word && word.Kind != lex.Quoted || next.Next().Is("}") {
				return sql
			}
			if literal, end := braced(word, *l); end > 0 {
				d.replace(t.Pos, end, literal)
				for l.Next().End < end {
				}
				continue
			}
			open++
			d.replace(t.Pos, word.End, "(")
		case t.Is("}"):
			if open--; open < 0 {
				return sql
			}
			d.replace(t.Pos, t.End, ")")
		}
	}
	if open > 0 {
		return sql
	}
	d.copyTo(len(sql))
	return d.out.String()
}

// braced is a literal in the parser's words, and where it ends, brace and all. What
// is no date or time stays a string.
func braced(word lex.Token, behind lex.Lexer) (literal string, end int) {
	text, closed := behind.Next(), behind.Next()
	value, isText := text.Value()
	if text.Kind != lex.String || !isText || !closed.Is("}") {
		return "", 0
	}
	_, fraction, _ := strings.Cut(value, ".")
	fsp := uint8(min(len(fraction), types.FSPMax))
	literal = text.Text
	switch {
	case word.Is("d"):
		if v, ok := types.ParseDateTime(value); ok {
			literal = "DATE '" + types.FormatDateTime(v, types.Type{Kind: types.Date}) + "'"
		}
	case word.Is("t"):
		if _, ok := types.ParseTime(value); ok {
			literal = "TIME " + text.Text
		}
	case word.Is("ts"):
		if v, ok := types.ParseDateTime(value); ok && len(value) > len("2024-01-02") {
			literal = "TIMESTAMP '" + types.FormatDateTime(v, types.Type{Kind: types.DateTime, FSP: fsp}) + "'"
		}
	default:
		return "", 0
	}
	return literal, closed.End
}
