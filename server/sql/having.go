package sql

import (
	"slices"

	"github.com/dolthub/vitess/go/vt/sqlparser"
)

// spellHaving puts aggregates in the place of their aliases in HAVING, where an
// alias goes ahead of a column of the same name, unless it is what GROUP BY names
// (MySQL manual, SELECT Statement). The library takes the column.
func spellHaving(s *sqlparser.Select) {
	if s.Having == nil {
		return
	}
	type place struct {
		name sqlparser.Expr
		is   sqlparser.Expr
	}
	var found []place
	_ = sqlparser.Walk(func(n sqlparser.SQLNode) (bool, error) { // it has no error
		switch n := n.(type) {
		case *sqlparser.Subquery:
			return false, nil
		case *sqlparser.FuncExpr:
			return !n.IsAggregate(), nil
		case *sqlparser.ColName:
			if e := aggregateNamed(s, n); e != nil {
				found = append(found, place{n, e})
			}
		}
		return true, nil
	}, s.Having.Expr)
	for _, p := range found {
		s.Having.Expr = sqlparser.ReplaceExpr(s.Having.Expr, p.name, p.is)
	}
}

// aggregateNamed is the aggregate that a name in HAVING is an alias of; nil if it
// is something else.
func aggregateNamed(s *sqlparser.Select, name *sqlparser.ColName) sqlparser.Expr {
	grouped := slices.ContainsFunc(s.GroupBy, func(e sqlparser.Expr) bool {
		col, is := e.(*sqlparser.ColName)
		if !is {
			return false
		}
		if aliased, is := selected(s, col.Name).(*sqlparser.ColName); is && col.Qualifier.IsEmpty() {
			col = aliased
		}
		return col.Name.Equal(name.Name)
	})
	if grouped || !name.Qualifier.IsEmpty() {
		return nil
	}
	f, is := selected(s, name.Name).(*sqlparser.FuncExpr)
	if !is || !f.IsAggregate() || f.Over != nil {
		return nil
	}
	return f
}

// selected is what a SELECT gives an alias to; nil if there is no such alias.
func selected(s *sqlparser.Select, alias sqlparser.ColIdent) sqlparser.Expr {
	for _, e := range s.SelectExprs {
		if a, is := e.(*sqlparser.AliasedExpr); is && a.As.Equal(alias) {
			return a.Expr
		}
	}
	return nil
}
