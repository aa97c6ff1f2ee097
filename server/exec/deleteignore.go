package exec

import (
	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/lex"
)

// deleteIgnores reports whether a statement is a DELETE with IGNORE.
func deleteIgnores(tree sqlparser.Statement, sql string) bool {
	if _, is := tree.(*sqlparser.Delete); !is || !lex.ContainsFold(sql, "ignore") {
		return false
	}
	l := lex.New(sql)
	for t, depth := l.Next(), 0; t.Kind != lex.EOF && t.Kind != lex.Bad; t = l.Next() {
		switch {
		case t.Is("("):
			depth++
		case t.Is(")"):
			depth--
		case depth == 0 && t.Is("DELETE"): // what WITH says may be ahead of it
			t = l.Next()
			for t.Is("LOW_PRIORITY") || t.Is("QUICK") {
				t = l.Next()
			}
			return t.Is("IGNORE")
		}
	}
	return false
}
