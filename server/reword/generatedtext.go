package reword

import (
	"slices"

	"github.com/xadb/xadb/server/lex"
)

// generated puts parentheses around the expression of a generated column, which is
// behind: without, the parser takes no comparisons and nothing with AND or NOT there.
func (d *dialect) generated(behind lex.Lexer) {
	open := behind.Next()
	first := behind.Next()
	if !open.Is("(") || slices.ContainsFunc([]string{"SELECT", "WITH", "TABLE", "VALUES"}, first.Is) {
		return
	}
	depth := 1
	for t := first; t.Kind != lex.EOF && t.Kind != lex.Bad; t = behind.Next() {
		switch {
		case t.Is("("):
			depth++
		case t.Is(")"):
			depth--
		}
		if depth == 0 {
			d.replace(open.Pos, open.End, "((")
			d.closes = t.Pos
			return
		}
	}
}
