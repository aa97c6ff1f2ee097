package reword

import (
	"strings"

	"github.com/xadb/xadb/server/lex"
)

// JSONValue is the function whose arguments end in clauses.
const JSONValue = "json_value"

// plainJSONValue writes the clauses of JSON_VALUE as arguments, which the parser knows
// (MySQL manual, JSON_VALUE()):
//
//	JSON_VALUE(d, '$.a' RETURNING SIGNED DEFAULT 1 ON EMPTY)
//	JSON_VALUE(d, '$.a', 'SIGNED', 'default', 1, 'null', null)
func plainJSONValue(sql string) string {
	if !lex.ContainsFold(sql, JSONValue) {
		return sql
	}
	d := dialect{src: sql}
	l := lex.New(sql)
	for t := l.Next(); t.Kind != lex.EOF; t = l.Next() {
		if t.Kind != lex.Word || !strings.EqualFold(t.Text, JSONValue) {
			continue
		}
		from, end := clausesOf(*l)
		if clauses, ok := readClauses(sql[from:end]); ok && end > from {
			d.replace(from, end, clauses)
		}
	}
	d.copyTo(len(sql))
	return d.out.String()
}

// clausesOf is where the clauses of a call stand that begins with a parenthesis: behind
// the path. There are none if both are the same.
func clausesOf(l lex.Lexer) (from, end int) {
	depth, commas, path := 0, 0, false
	for t := l.Next(); t.Kind != lex.EOF; t = l.Next() {
		switch {
		case t.Is("("):
			depth++
			continue
		case t.Is(")"):
			if depth--; depth > 0 {
				continue
			}
			if from == 0 {
				return 0, 0
			}
			return from, t.Pos
		case depth == 0:
			return 0, 0
		case depth > 1:
			continue
		case t.Is(","):
			commas++
		case commas == 1 && !path && t.Kind == lex.String:
			path = true
		case path && from == 0:
			from = t.Pos
		}
	}
	return 0, 0
}

// readClauses is clauses as arguments; ok is false if they are none.
func readClauses(text string) (args string, ok bool) {
	c, err := lex.NewCursor(text)
	if err != nil {
		return "", false
	}
	returning := "''"
	if c.Accept("RETURNING") {
		start := c.Peek().Pos
		end := start
		for depth := 0; !c.AtEnd() && (depth > 0 || !isHandling(c.Peek())); {
			t := c.Next()
			depth += map[bool]int{true: 1}[t.Is("(")] - map[bool]int{true: 1}[t.Is(")")]
			end = t.End
		}
		returning = "'" + strings.ReplaceAll(text[start:end], "'", "''") + "'"
	}
	handling := map[string]string{"EMPTY": "'null', null", "ERROR": "'null', null"}
	for !c.AtEnd() {
		what, on := readHandling(c, text)
		if what == "" {
			return "", false
		}
		handling[on] = what
	}
	return ", " + strings.Join([]string{returning, handling["EMPTY"], handling["ERROR"]}, ", "), true
}

func isHandling(t lex.Token) bool { return t.Is("NULL") || t.Is("ERROR") || t.Is("DEFAULT") }

// readHandling reads one of NULL, ERROR and DEFAULT with what it is about, EMPTY or ERROR;
// what is empty if there is none.
func readHandling(c *lex.Cursor, text string) (what, on string) {
	switch {
	case c.Accept("NULL"):
		what = "'null', null"
	case c.Accept("ERROR"):
		what = "'error', null"
	case c.Accept("DEFAULT"):
		start, end := c.Peek().Pos, 0
		for !c.AtEnd() && !c.Peek().Is("ON") {
			end = c.Next().End
		}
		if end <= start {
			return "", ""
		}
		what = "'default', " + text[start:end]
	}
	switch {
	case !c.Accept("ON"):
		return "", ""
	case c.Accept("EMPTY"):
		return what, "EMPTY"
	case c.Accept("ERROR"):
		return what, "ERROR"
	}
	return "", ""
}
