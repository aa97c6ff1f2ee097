package reword

import (
	"strings"

	"github.com/xadb/xadb/server/lex"
)

// plainTrigger is a CREATE TRIGGER as the parser knows it: without IF NOT EXISTS, and with
// BEGIN and END around a body that is another statement than the few that it takes there.
func plainTrigger(sql string) string {
	l := lex.New(sql)
	if t := l.Next(); !t.Is("CREATE") {
		return sql
	}
	t := l.Next()
	if t.Is("DEFINER") {
		for !t.Is("TRIGGER") && !t.Is("VIEW") && t.Kind != lex.EOF && t.Kind != lex.Bad {
			t = l.Next()
		}
	}
	if !t.Is("TRIGGER") {
		return sql
	}
	head := t.End
	var out strings.Builder
	out.WriteString(sql[:head])
	t = l.Next()
	if t.Is("IF") {
		l.Next()
		head = l.Next().End
	}
	for !t.Is("EACH") {
		if t.Kind == lex.EOF || t.Kind == lex.Bad {
			return sql
		}
		t = l.Next()
	}
	l.Next() // ROW
	t = l.Next()
	if t.Is("FOLLOWS") || t.Is("PRECEDES") {
		l.Next()
		t = l.Next()
	}
	body := plainBody(sql[t.Pos:])
	out.WriteString(sql[head:t.Pos])
	if !takenAlone(t) {
		inside, ofDump := strings.CutSuffix(strings.TrimRight(body, "; \t\r\n"), "*/")
		body = "BEGIN " + inside + "; END"
		if ofDump { // whose statements are in comments
			body += " */"
		}
	}
	out.WriteString(body)
	return out.String()
}

// plainBody writes l:LOOP as l: LOOP, where the parser would read a parameter, and each
// DELETE of the body without the words that plainModifiers leaves out.
func plainBody(body string) string {
	d := dialect{src: body}
	l := lex.New(body)
	for t := l.Next(); t.Kind != lex.EOF && t.Kind != lex.Bad; t = l.Next() {
		switch {
		case t.Is(":"):
			d.replace(t.Pos, t.End, ": ")
		case t.Is("DELETE"):
			d.leaveOutWords(*l, deleteModifiers)
		}
	}
	d.copyTo(len(body))
	return d.out.String()
}

// takenAlone reports whether the parser takes a statement that begins so as the body of
// a trigger.
func takenAlone(t lex.Token) bool {
	for _, word := range [...]string{"BEGIN", "SET", "INSERT", "REPLACE", "UPDATE", "DELETE", "CALL"} {
		if t.Is(word) {
			return true
		}
	}
	return false
}
