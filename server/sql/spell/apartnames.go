package spell

import (
	"strconv"
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/exec"
)

// apartNames gives a common table expression a second name where several subqueries ask it
// under one: what the library makes of the two are one table to it, and where it joins both
// to a query it finds the columns of neither.
//
//	WITH e AS (...)                     SELECT ... EXISTS (SELECT * FROM e) AND EXISTS (SELECT * FROM e)
//	WITH e AS (...), e2 AS (TABLE e)    SELECT ... EXISTS (SELECT * FROM e) AND EXISTS (SELECT * FROM e2 AS e)
func apartNames(query sqlparser.SQLNode, with *sqlparser.With) {
	if with == nil || with.Recursive {
		return
	}
	for _, cte := range with.Ctes {
		asked := map[string]bool{}
		name := cte.AliasedTableExpr.As
		for _, t := range askedInQueries(query, with, name) {
			as := t.As
			if as.IsEmpty() {
				as = name
			}
			lower := strings.ToLower(as.String())
			if !asked[lower] {
				asked[lower] = true
				continue
			}
			again := sqlparser.NewTableIdent(name.String() + " " + strconv.Itoa(len(with.Ctes)+1))
			with.Ctes = append(with.Ctes, sameTable(again, name))
			t.Expr, t.As = sqlparser.TableName{Name: again}, as
		}
	}
}

// sameTable is a common table expression of all rows of another.
func sameTable(name, of sqlparser.TableIdent) *sqlparser.CommonTableExpr {
	all := &sqlparser.Select{
		SelectExprs: sqlparser.SelectExprs{&sqlparser.StarExpr{}},
		From:        sqlparser.TableExprs{&sqlparser.AliasedTableExpr{Expr: sqlparser.TableName{Name: of}}},
	}
	return &sqlparser.CommonTableExpr{AliasedTableExpr: &sqlparser.AliasedTableExpr{
		Expr: &sqlparser.Subquery{Select: all}, As: name,
	}}
}

// askedInQueries are the places where subqueries of a query ask for a name that its WITH
// gives; none if one of them gives it again.
func askedInQueries(query sqlparser.SQLNode, with *sqlparser.With, name sqlparser.TableIdent) (out []*sqlparser.AliasedTableExpr) {
	again := false
	_ = exec.Walk(func(n sqlparser.SQLNode) (bool, error) { // its only errors are the visitor's
		switch n := n.(type) {
		case *sqlparser.With:
			if n == nil || n == with {
				return false, nil
			}
			for _, cte := range n.Ctes {
				again = again || strings.EqualFold(cte.AliasedTableExpr.As.String(), name.String())
			}
		case *sqlparser.AliasedTableExpr:
			t, is := n.Expr.(sqlparser.TableName)
			if is && t.DbQualifier.IsEmpty() && strings.EqualFold(t.Name.String(), name.String()) {
				out = append(out, n)
			}
		}
		return true, nil
	}, query)
	if again {
		return nil
	}
	return out
}
