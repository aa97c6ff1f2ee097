package reword

import (
	"github.com/xadb/xadb/server/lex"
)

// plainOver leaves out what a window function may say that means nothing, of which
// the parser does not know: FROM FIRST and RESPECT NULLS, the only ones that MySQL has.
// It refuses what MySQL refuses by name.
func plainOver(sql string) (string, error) {
	if !lex.ContainsFold(sql, "over") {
		return sql, nil
	}
	d := dialect{src: sql}
	l := lex.New(sql)
	var before lex.Token
	for t := l.Next(); t.Kind != lex.EOF && t.Kind != lex.Bad; before, t = t, l.Next() {
		behind := *l
		second, third := behind.Next(), behind.Next()
		switch {
		case before.Is(")") && t.Is("FROM") && second.Is("LAST") && continuesOver(third):
			return "", unsupported("FROM LAST")
		case before.Is(")") && t.Is("FROM") && second.Is("FIRST") && continuesOver(third):
			d.leaveOut(t.Pos, second.End)
			l.Next()
			t = before
		case before.Is(")") && t.Is("IGNORE") && second.Is("NULLS") && third.Is("OVER"):
			return "", unsupported("IGNORE NULLS")
		case before.Is(")") && t.Is("RESPECT") && second.Is("NULLS") && third.Is("OVER"):
			d.leaveOut(t.Pos, second.End)
			l.Next()
		case t.Is("GROUPS") && (second.Is("BETWEEN") || third.Is("PRECEDING") || second.Is("UNBOUNDED") && third.Is("PRECEDING") || second.Is("CURRENT") && third.Is("ROW")):
			return "", unsupported("GROUPS")
		case t.Is("EXCLUDE") && (before.Is("ROW") || before.Is("PRECEDING") || before.Is("FOLLOWING")):
			return "", unsupported("EXCLUDE")
		}
	}
	d.copyTo(len(sql))
	return d.out.String(), nil
}

// continuesOver reports whether a call of a window function goes on behind FROM FIRST.
func continuesOver(t lex.Token) bool { return t.Is("OVER") || t.Is("RESPECT") || t.Is("IGNORE") }
