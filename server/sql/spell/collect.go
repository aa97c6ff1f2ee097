package spell

import "github.com/dolthub/vitess/go/vt/sqlparser"

// Collected is the function that stands for ST_COLLECT, and CollectedOnce for that with
// DISTINCT: the library knows no such aggregate, and one of MAX has the type that its
// argument has.
//
//	ST_COLLECT(DISTINCT g)
//	MAX(`collected once`(g))
//
// Package sql makes of it what it is.
const (
	Collected     = "collected"
	CollectedOnce = "collected once"
)

// NameCollections writes it so, before names are asked what they are.
func NameCollections(n sqlparser.SQLNode) {
	_ = sqlparser.Walk(func(n sqlparser.SQLNode) (bool, error) { // it has no error
		f, is := n.(*sqlparser.FuncExpr)
		if !is || !f.Name.EqualString("st_collect") || !f.Qualifier.IsEmpty() {
			return true, nil
		}
		name := Collected
		if f.Distinct {
			name = CollectedOnce
		}
		call := &sqlparser.FuncExpr{Name: sqlparser.NewColIdent(name), Exprs: f.Exprs}
		f.Name, f.Distinct, f.Exprs = sqlparser.NewColIdent("max"), false, sqlparser.SelectExprs{&sqlparser.AliasedExpr{Expr: call}}
		return false, nil
	}, n)
}
