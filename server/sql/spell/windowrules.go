package spell

import (
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/mysqlerr"
)

// checkWindows refuses window functions where a query has none (MySQL manual, Window
// Function Restrictions): they stand in the answer and in ORDER BY, and not in each
// other. The library takes them anywhere, and does not find them.
func checkWindows(s *sqlparser.Select) error {
	if err := noWindowAliases(s); err != nil {
		return err
	}
	if err := noWindows(s.From, s.Where, s.GroupBy, s.Having); err != nil {
		return err
	}
	return withinQuery(func(n sqlparser.SQLNode) error {
		switch n := n.(type) {
		case *sqlparser.FuncExpr:
			if n.Over != nil {
				return checkWindow(n)
			}
			if n.IsAggregate() {
				return noWindows(n.Exprs)
			}
		case *sqlparser.GroupConcatExpr:
			return noWindows(n.Exprs, n.OrderBy)
		}
		return nil
	}, s.SelectExprs, s.OrderBy)
}

// UnnamedWindow is what messages call a window without a name.
const UnnamedWindow = "<unnamed window>"

// checkWindow refuses what a window function may not be given or made of.
func checkWindow(f *sqlparser.FuncExpr) error {
	if f.Distinct {
		return unsupported("<window function>(DISTINCT ..)")
	}
	if err := noWindows(f.Exprs); err != nil {
		return err
	}
	name := UnnamedWindow
	if !f.Over.NameRef.IsEmpty() {
		name = f.Over.NameRef.String()
	}
	if len(windowsIn(f.Over.PartitionBy, f.Over.OrderBy)) > 0 {
		return mysqlerr.New(mysqlerr.WindowNested, name)
	}
	if err := checkFrame(f.Over.Frame, name); err != nil {
		return err
	}
	by := append(sqlparser.Exprs(nil), f.Over.PartitionBy...)
	for _, o := range f.Over.OrderBy {
		by = append(by, o.Expr)
	}
	for _, e := range by {
		if v, is := e.(*sqlparser.SQLVal); is && v.Type == sqlparser.IntVal {
			return mysqlerr.New(mysqlerr.WindowPosition, name)
		}
	}
	return nil
}

// noWindowAliases refuses conditions on groups by what a window computes.
func noWindowAliases(s *sqlparser.Select) error {
	computed := func(name sqlparser.ColIdent) bool {
		a := aliased(s.SelectExprs, name)
		return a != nil && len(windowsIn(a.Expr)) > 0
	}
	return withinQuery(func(n sqlparser.SQLNode) error {
		if col, is := n.(*sqlparser.ColName); is && col.Qualifier.IsEmpty() && computed(col.Name) {
			return mysqlerr.New(mysqlerr.WindowAlias, col.Name.String())
		}
		return nil
	}, s.Having)
}

// noWindows refuses window functions among parts of a statement.
func noWindows(nodes ...sqlparser.SQLNode) error {
	for _, f := range windowsIn(nodes...) {
		return mysqlerr.New(mysqlerr.WindowInvalidUse, strings.ToLower(f.Name.String()))
	}
	return nil
}

// windowsIn is the window functions among parts of a query.
func windowsIn(nodes ...sqlparser.SQLNode) (list []*sqlparser.FuncExpr) {
	_ = withinQuery(func(n sqlparser.SQLNode) error { // it has no error
		if f, is := n.(*sqlparser.FuncExpr); is && f.Over != nil {
			list = append(list, f)
		}
		return nil
	}, nodes...)
	return list
}

// withinQuery calls f for all parts of a query that are not another's.
func withinQuery(f func(n sqlparser.SQLNode) error, nodes ...sqlparser.SQLNode) error {
	return exec.Walk(func(n sqlparser.SQLNode) (bool, error) {
		if _, is := n.(*sqlparser.Subquery); is {
			return false, nil
		}
		return true, f(n)
	}, nodes...)
}
