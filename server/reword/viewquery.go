package reword

import "github.com/xadb/xadb/server/lex"

// plainViewQuery takes the parentheses off all of the query of a CREATE VIEW, which the
// parser knows only where something follows them. Others are as they were.
//
//	CREATE VIEW v AS (SELECT ...)    CREATE VIEW v AS  SELECT ...
func plainViewQuery(sql string) string {
	l := lex.New(sql)
	first := l.Next()
	if !first.Is("CREATE") {
		return sql
	}
	behind, kind := viewWord(*l, first)
	if kind == "" {
		return sql
	}
	t := behind.Next()
	for ; t.Kind != lex.EOF && t.Kind != lex.Bad && !t.Is("AS"); t = behind.Next() {
	}
	open := behind.Next()
	if !open.Is("(") {
		return sql
	}
	closed, depth := lex.Token{}, 1
	for depth > 0 {
		switch closed = behind.Next(); {
		case closed.Kind == lex.EOF || closed.Kind == lex.Bad:
			return sql
		case closed.Is("("):
			depth++
		case closed.Is(")"):
			depth--
		}
	}
	if next := behind.Next(); next.Kind != lex.EOF && !next.Is(";") && !next.Is("WITH") {
		return sql
	}
	return plainViewQuery(sql[:open.Pos] + " " + sql[open.End:closed.Pos] + " " + sql[closed.End:])
}
