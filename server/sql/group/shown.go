package group

import (
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/xadb/xadb/server/sql/walk"
)

// ShowColumns gives columns in HAVING their ids. The library forgets those of columns
// that it knows from aggregates, and finds them by name: in subqueries too late.
func ShowColumns(node gms.Node) (gms.Node, error) {
	return walk.Nodes(node, func(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
		having, is := n.(*plan.Having)
		if !is {
			return n, transform.SameTree, nil
		}
		groups, is := Of(n).(*plan.GroupBy)
		if !is {
			return n, transform.SameTree, nil
		}
		known := map[string]*expression.GetField{}
		for _, e := range groups.SelectedExprs {
			gms.Inspect(e, func(e gms.Expression) bool {
				if f, is := e.(*expression.GetField); is && f.Id() != 0 && f.Table() != "" {
					known[columnName(f.Table(), f.Name())] = f
				}
				return true
			})
		}
		cond, same, err := transform.Expr(having.Cond, withKnown(known))
		return plan.NewHaving(cond, having.Child), same, err
	})
}

// withKnown puts the columns that are known in the place of those without an id.
func withKnown(known map[string]*expression.GetField) transform.ExprFunc {
	return func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		switch e := e.(type) {
		case *expression.GetField:
			if f := known[columnName(e.Table(), e.Name())]; f != nil && e.Id() == 0 {
				return f, transform.NewTree, nil
			}
		case *plan.Subquery:
			var found gms.ColSet
			query, err := walk.Exprs(e.Query, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
				f, is := e.(*expression.GetField)
				if !is || f.Id() != 0 || known[columnName(f.Table(), f.Name())] == nil {
					return e, transform.SameTree, nil
				}
				f = known[columnName(f.Table(), f.Name())]
				found.Add(f.Id())
				return f, transform.NewTree, nil
			})
			if err != nil || found.Empty() {
				return e, transform.SameTree, err
			}
			out, err := correlate(e.WithQuery(query), found)
			return out, transform.NewTree, err
		}
		return e, transform.SameTree, nil
	}
}

// columnName is a column's name, and its table's, in whatever letters.
func columnName(table, column string) string { return strings.ToLower(table + "." + column) }
