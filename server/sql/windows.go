package sql

import "github.com/dolthub/vitess/go/vt/sqlparser"

// windowsOverGroups reports whether a query's window functions are of its groups,
// which the library does not find out in time.
func windowsOverGroups(n *sqlparser.Select) bool {
	windows, groups := len(n.Window) > 0, len(n.GroupBy) > 0
	_ = sqlparser.Walk(func(n sqlparser.SQLNode) (bool, error) {
		switch n := n.(type) {
		case *sqlparser.Subquery:
			return false, nil
		case *sqlparser.FuncExpr:
			windows = windows || n.Over != nil
			groups = groups || n.Over == nil && n.IsAggregate()
		case *sqlparser.GroupConcatExpr:
			groups = true
		}
		return true, nil
	}, n.SelectExprs, n.OrderBy, n.Having) // it has no error
	return windows && groups
}
