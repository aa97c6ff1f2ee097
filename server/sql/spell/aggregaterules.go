package spell

import (
	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/updatable"
)

// Aggregates refuses aggregates where no group is computed yet: in each other, and in what
// chooses rows. Those of a subquery's condition may be the query's around it. It also
// writes ANY_VALUE, an aggregate to the library, as what it is where no group is: its
// argument.
//
//	SELECT a FROM t WHERE ANY_VALUE(a) > 1        SELECT a FROM t WHERE a > 1
//	SELECT MAX(ANY_VALUE(a)) FROM t               SELECT MAX(a) FROM t
//	SELECT ANY_VALUE(MAX(a) + b) FROM t           SELECT MAX(a) + ANY_VALUE(b) FROM t
func Aggregates(n sqlparser.SQLNode) error { return aggregatesWithin(queryOf(n), false) }

// aggregatesWithin looks at the queries below a node; inner says that it is part of an
// expression of a query.
func aggregatesWithin(n sqlparser.SQLNode, inner bool) error {
	return exec.Walk(func(n sqlparser.SQLNode) (bool, error) {
		switch n := n.(type) {
		case *sqlparser.AliasedTableExpr:
			if derived, is := n.Expr.(*sqlparser.Subquery); is {
				return false, aggregatesWithin(derived.Select, inner)
			}
		case *sqlparser.Subquery:
			return false, aggregatesWithin(n.Select, true)
		case *sqlparser.Select:
			return true, aggregatesOfQuery(n, inner)
		case *sqlparser.SetOp:
			return true, aggregatesOfUnion(n)
		case *sqlparser.Insert:
			if _, query := n.Rows.(sqlparser.SelectStatement); !query {
				plainValues(n.Rows, n.OnDup)
				return true, noAggregate(n.Rows, n.OnDup)
			}
		case *sqlparser.Update:
			plainValues(n.Exprs, n.Where, n.OrderBy)
			return true, noAggregate(n.Exprs, n.Where, n.OrderBy)
		case *sqlparser.Delete:
			plainValues(n.Where, n.OrderBy)
			return true, noAggregate(n.Where, n.OrderBy)
		}
		return true, nil
	}, n)
}

func aggregatesOfQuery(s *sqlparser.Select, inner bool) error {
	if inner {
		nestQueries(s.SelectExprs, s.Having, s.OrderBy)
	}
	if err := notNested(s.SelectExprs, s.Having, s.OrderBy); err != nil {
		return err
	}
	choosing := noAggregate
	if inner {
		choosing = noCount
	}
	if err := choosing(s.Where, s.From); err != nil {
		return err
	}
	plainValues(s.Where, s.From, s.GroupBy)
	if !HasGroups(s) {
		plainValues(s.SelectExprs, s.Having, s.OrderBy)
	}
	return nil
}

// aggregatesOfUnion refuses what is computed of a UNION's rows to sort them.
func aggregatesOfUnion(s *sqlparser.SetOp) error {
	plainValues(s.OrderBy)
	for i, o := range s.OrderBy {
		if hasAggregate(o.Expr) || len(windowsIn(o.Expr)) > 0 {
			return mysqlerr.New(mysqlerr.AggregateOrderUnion, i+1)
		}
	}
	return nil
}

func noAggregate(nodes ...sqlparser.SQLNode) error {
	if hasAggregate(nodes...) {
		return mysqlerr.New(mysqlerr.InvalidGroupFuncUse)
	}
	return nil
}

// noCount refuses aggregates of no column in a subquery's condition. They are of the rows of
// the query around, by which the library knows those that name its columns only.
func noCount(nodes ...sqlparser.SQLNode) error {
	return withinQuery(func(n sqlparser.SQLNode) error {
		if f, is := n.(*sqlparser.FuncExpr); is && f.Over == nil && f.IsAggregate() && !HasNode[*sqlparser.ColName](f.Exprs) {
			return unsupported("an aggregate of no column in the condition of a subquery")
		}
		return nil
	}, nodes...)
}

// notNested refuses aggregates within aggregates, and takes ANY_VALUE out of them, and out
// of itself.
func notNested(nodes ...sqlparser.SQLNode) error {
	return withinQuery(func(n sqlparser.SQLNode) error {
		switch n := n.(type) {
		case *sqlparser.GroupConcatExpr:
			plainValues(n.Exprs, n.OrderBy)
			return noAggregate(n.Exprs, n.OrderBy)
		case *sqlparser.FuncExpr:
			if n.IsAggregate() && n.Over == nil {
				plainValues(n.Exprs)
				return noAggregate(n.Exprs)
			}
			if isAnyValue(n) {
				plainValues(n.Exprs)
				anyOfGroups(n)
			}
		}
		return nil
	}, nodes...)
}

// nestQueries makes queries of the aggregates in those of a subquery: they may be of the
// query around it. Whether they are is known when their columns are.
//
//	SELECT (SELECT MAX(SUM(o.a) + b) FROM t) FROM o
//	SELECT (SELECT MAX((SELECT SUM(o.a)) + b) FROM t) FROM o
func nestQueries(nodes ...sqlparser.SQLNode) {
	nest := func(n sqlparser.SQLNode) error {
		f, is := n.(*sqlparser.FuncExpr)
		if !is || !f.IsAggregate() || f.Over != nil || !HasNode[*sqlparser.ColName](f.Exprs) || hasAggregate(f.Exprs) {
			return nil
		}
		inside := *f
		query := &sqlparser.Select{SelectExprs: sqlparser.SelectExprs{&sqlparser.AliasedExpr{Expr: &inside}}}
		*f = sqlparser.FuncExpr{Name: sqlparser.NewColIdent(PlainValue), Exprs: sqlparser.SelectExprs{
			&sqlparser.AliasedExpr{Expr: &sqlparser.Subquery{Select: query}},
		}}
		return nil
	}
	_ = withinQuery(func(n sqlparser.SQLNode) error { // nest has no error
		switch n := n.(type) {
		case *sqlparser.GroupConcatExpr:
			return withinQuery(nest, n.Exprs, n.OrderBy)
		case *sqlparser.FuncExpr:
			if n.IsAggregate() && n.Over == nil {
				return withinQuery(nest, n.Exprs)
			}
		}
		return nil
	}, nodes...)
}

func isAnyValue(f *sqlparser.FuncExpr) bool {
	return f.Name.EqualString("any_value") && len(f.Exprs) == 1
}

// plainValues has each ANY_VALUE of some parts of a query be its argument.
func plainValues(nodes ...sqlparser.SQLNode) {
	_ = withinQuery(func(n sqlparser.SQLNode) error { // it has no error
		if f, is := n.(*sqlparser.FuncExpr); is && isAnyValue(f) {
			f.Name = sqlparser.NewColIdent(PlainValue)
		}
		return nil
	}, nodes...)
}

// anyOfGroups has the ANY_VALUE of an expression with aggregates be that of its columns
// outside of them.
func anyOfGroups(f *sqlparser.FuncExpr) {
	a, is := f.Exprs[0].(*sqlparser.AliasedExpr)
	if !is || !hasAggregate(a.Expr) {
		return
	}
	f.Name = sqlparser.NewColIdent(PlainValue)
	differs := map[*sqlparser.ColName]bool{}
	_ = exec.Walk(func(n sqlparser.SQLNode) (bool, error) { // it has no error
		switch n := n.(type) {
		case *sqlparser.Subquery, *sqlparser.GroupConcatExpr:
			return false, nil
		case *sqlparser.FuncExpr:
			return !n.IsAggregate() || n.Over != nil, nil
		case *sqlparser.ColName:
			differs[n] = true
		}
		return true, nil
	}, a.Expr)
	a.Expr = updatable.Replace(a.Expr, func(n *sqlparser.ColName) sqlparser.Expr {
		if differs[n] {
			return anyValue(n)
		}
		return n
	})
}

// anyValue is ANY_VALUE of a column.
func anyValue(n *sqlparser.ColName) sqlparser.Expr {
	return &sqlparser.FuncExpr{Name: sqlparser.NewColIdent("any_value"), Exprs: sqlparser.SelectExprs{&sqlparser.AliasedExpr{Expr: n}}}
}
