package reword

import (
	"github.com/xadb/xadb/server/lex"
)

// Rollup is the name of a function, called as the last thing that rows are
// grouped by, with which a statement says WITH ROLLUP to the parser.
const Rollup = "with rollup"

// RollupCall is its call.
const RollupCall = ", `" + Rollup + "`()"

// RollupWords writes GROUP BY a WITH ROLLUP and GROUP BY ROLLUP (a), of which the parser
// does not know, as GROUP BY a, `with rollup`().
func RollupWords(sql string) string {
	if !lex.ContainsFold(sql, "rollup") {
		return sql
	}
	d := dialect{src: sql}
	l := lex.New(sql)
	depth, closing := 0, -1 // of the parentheses of ROLLUP ( … ); -1: none are open
	var before lex.Token
	for t := l.Next(); t.Kind != lex.EOF && t.Kind != lex.Bad; before, t = t, l.Next() {
		behind := *l
		second := behind.Next()
		switch {
		case t.Is("WITH") && second.Is("ROLLUP"):
			d.replace(t.Pos, second.End, RollupCall)
			l.Next()
		case before.Is("BY") && t.Is("ROLLUP") && second.Is("(") && closing < 0:
			d.leaveOut(t.Pos, second.End)
			l.Next()
			closing = depth
			depth++
		case t.Is("("):
			depth++
		case t.Is(")"):
			if depth--; depth == closing {
				d.replace(t.Pos, t.End, " "+RollupCall)
				closing = -1
			}
		}
	}
	d.copyTo(len(sql))
	return d.out.String()
}
