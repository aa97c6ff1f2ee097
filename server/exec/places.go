package exec

import (
	"regexp"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/lex"
)

// placeInParens is what a statement has, at least, if plainPlaces finds something.
var placeInParens = regexp.MustCompile("(?is)\\bby\\b.*\\(\\s*[\\w$.`]+\\s*\\)")

// plainPlaces takes the parentheses off the places in the result that ORDER BY and
// GROUP BY name, and off names: in MySQL (1) means what 1 does, here it would be a
// constant.
func plainPlaces(tree sqlparser.Statement, text string) error {
	if _, load := tree.(*sqlparser.Load); load || !lex.ContainsFold(text, "by") || !placeInParens.MatchString(text) {
		return nil
	}
	return Walk(func(n sqlparser.SQLNode) (bool, error) {
		switch n := n.(type) {
		case *sqlparser.Select:
			for i := range n.GroupBy {
				n.GroupBy[i] = plainPlace(n.GroupBy[i])
			}
			plainOrder(n.OrderBy)
		case *sqlparser.SetOp:
			plainOrder(n.OrderBy)
		}
		return true, nil
	}, tree)
}

func plainOrder(list sqlparser.OrderBy) {
	for _, o := range list {
		o.Expr = plainPlace(o.Expr)
	}
}

func plainPlace(e sqlparser.Expr) sqlparser.Expr {
	inner := e
	for p, is := inner.(*sqlparser.ParenExpr); is; p, is = inner.(*sqlparser.ParenExpr) {
		inner = p.Expr
	}
	switch v := inner.(type) {
	case *sqlparser.SQLVal:
		if v.Type == sqlparser.IntVal {
			return inner
		}
	case *sqlparser.ColName:
		return inner
	}
	return e
}
