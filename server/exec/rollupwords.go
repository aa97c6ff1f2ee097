package exec

import (
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/lex"
)

// RollupName is the name of a function, called as the last thing that rows are
// grouped by, with which a statement says WITH ROLLUP to the parser.
const RollupName = "with rollup"

// rollupCall is its call.
const rollupCall = ", `" + RollupName + "`()"

// PlainWords is a text that the catalog keeps in words for ReadSQL, which ClientWords has
// put into others.
func PlainWords(text string) string { return plainRollup(text) }

// ReadKept parses a text that the catalog keeps, in the words of ClientWords.
func ReadKept(text string) (sqlparser.Statement, error) { return ReadSQL(PlainWords(text)) }

// ClientWords is a text that was made of what the parser read in words that other
// servers know.
func ClientWords(text string) string { return strings.ReplaceAll(text, rollupCall, "WITH ROLLUP") }

// plainRollup writes GROUP BY a WITH ROLLUP and GROUP BY ROLLUP (a), of which the parser
// does not know, as GROUP BY a, `with rollup`().
func plainRollup(sql string) string {
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
			d.replace(t.Pos, second.End, rollupCall)
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
				d.replace(t.Pos, t.End, " "+rollupCall)
				closing = -1
			}
		}
	}
	d.copyTo(len(sql))
	return d.out.String()
}
