package sql

import (
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/lex"
)

// misplaced refuses words that the parser takes where MySQL's grammar has none: variables of
// LIMIT, and a DEFAULT without a column in a query.
func misplaced(t *exec.Tree) error {
	return exec.Walk(func(n sqlparser.SQLNode) (bool, error) {
		switch n := n.(type) {
		case *sqlparser.Limit:
			if n != nil && (isVariable(n.Rowcount) || isVariable(n.Offset)) {
				return false, wrongToken(t.SQL, limitVariable)
			}
		case *sqlparser.Select:
			return true, withoutDefault(n, t.SQL)
		}
		return true, nil
	}, t.Statement)
}

func isVariable(e sqlparser.Expr) bool {
	n, is := e.(*sqlparser.ColName)
	return is && strings.HasPrefix(n.Name.String(), "@")
}

func withoutDefault(s *sqlparser.Select, text string) error {
	return exec.Walk(func(n sqlparser.SQLNode) (bool, error) {
		if d, is := n.(*sqlparser.Default); is && d.ColName == "" {
			return false, wrongToken(text, behindDefault)
		}
		return true, nil
	}, s.SelectExprs, s.From, s.Where, s.GroupBy, s.Having, s.OrderBy)
}

// wrongToken is a syntax error at the first token that is wrong.
func wrongToken(text string, wrong func(before []lex.Token, t lex.Token) bool) error {
	var before []lex.Token
	for _, t := range lex.All(text) {
		if wrong(before, t) {
			return lex.Error(text, t.Pos)
		}
		before = append(before, t)
	}
	return lex.Error(text, len(text))
}

// limitVariable reports whether a token is a variable behind LIMIT, its comma or OFFSET.
func limitVariable(before []lex.Token, t lex.Token) bool {
	n := len(before)
	if n == 0 || t.Kind != lex.UserVar && t.Kind != lex.SysVar {
		return false
	}
	last := before[n-1]
	return last.Is("LIMIT") || last.Is("OFFSET") || last.Is(",") && n > 2 && before[n-3].Is("LIMIT")
}

// behindDefault reports whether a token stands in the place of DEFAULT's parenthesis.
func behindDefault(before []lex.Token, t lex.Token) bool {
	return len(before) > 0 && before[len(before)-1].Is("DEFAULT") && !t.Is("(")
}
