package spell

import "github.com/dolthub/vitess/go/vt/sqlparser"

// nameAnswers gives what a subquery computes of its rows the name that it has, as an alias:
// the library gives none to a call or to parentheses, and then does not find the column
// where it joins the subquery.
//
//	a NOT IN (SELECT DISTINCT ABS(b) FROM t)    a NOT IN (SELECT DISTINCT ABS(b) AS `ABS(b)` FROM t)
func nameAnswers(n *sqlparser.Subquery) {
	nameTexts(n.Select)
	s, is := n.Select.(*sqlparser.Select)
	if !is || HasGroups(s) {
		return
	}
	for _, e := range s.SelectExprs {
		a, is := e.(*sqlparser.AliasedExpr)
		if !is || !a.As.IsEmpty() || hasQuery(a) || len(windowsIn(a.Expr)) > 0 {
			continue
		}
		switch a.Expr.(type) {
		case *sqlparser.FuncExpr, *sqlparser.ParenExpr:
			a.As = sqlparser.NewColIdent(titleOf(a))
		}
	}
}

// nameTexts gives literals that a query answers the name that they have, as an alias: to the
// library the quotes are part of it.
//
//	SELECT x FROM (SELECT 'x') AS q    SELECT x FROM (SELECT 'x' AS x) AS q
func nameTexts(query sqlparser.SelectStatement) {
	switch q := query.(type) {
	case *sqlparser.ParenSelect:
		nameTexts(q.Select)
	case *sqlparser.SetOp:
		nameTexts(q.Left)
	case *sqlparser.Select:
		for _, e := range q.SelectExprs {
			a, is := e.(*sqlparser.AliasedExpr)
			if !is || !a.As.IsEmpty() {
				continue
			}
			if v, is := a.Expr.(*sqlparser.SQLVal); is && v.Type == sqlparser.StrVal && len(v.Val) > 0 {
				a.As = sqlparser.NewColIdent(string(v.Val))
			}
		}
	}
}
