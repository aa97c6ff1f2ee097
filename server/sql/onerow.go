package sql

import (
	"fmt"
	"slices"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/analyzer"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
)

// oneRow goes before the library's rule that makes joins of subqueries: one that is compared
// with = and the like, not with IN, may have one row at most, which a join would not ask for.
// It becomes a derived table that does.
func oneRow(apply analyzer.RuleFunc) analyzer.RuleFunc {
	return func(ctx *gms.Context, a *analyzer.Analyzer, n gms.Node, scope *plan.Scope, sel analyzer.RuleSelector, flags *gms.QueryFlags) (gms.Node, transform.TreeIdentity, error) {
		if !flags.SubqueryIsSet() {
			return apply(ctx, a, n, scope, sel, flags)
		}
		n, same, err := transform.NodeExprs(n, withOneRow)
		if err != nil {
			return nil, transform.SameTree, err
		}
		n, applied, err := apply(ctx, a, n, scope, sel, flags)
		return n, same && applied, err
	}
}

func withOneRow(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
	of := e
	not, negated := e.(*expression.Not)
	if negated {
		of = not.Child
	}
	c, is := of.(expression.Comparer)
	if !is {
		return e, transform.SameTree, nil
	}
	sub, is := c.Right().(*plan.Subquery)
	if !is {
		return e, transform.SameTree, nil
	}
	_, nullSafe := c.(*expression.NullSafeEquals)
	right, err := hide(sub), error(nil)
	switch ids := idsOf(sub.Query); {
	case negated || nullSafe: // of a subquery without a row, which is NULL here, a join asks nothing
	case !sub.CanCacheResults() || hasOneRow(sub.Query):
		return e, transform.SameTree, nil
	case !slices.Contains(ids, 0) && grows(ids):
		// The first column's number is that of no other such table.
		table := plan.NewSubqueryAlias(fmt.Sprintf("one row %d", ids[0]), "", plan.NewMax1Row(sub.Query, ""))
		right = sub.WithQuery(table.WithId(oneRowTables + gms.TableId(ids[0])).WithColumns(gms.NewColSet(ids...)))
	}
	if of, err = c.WithChildren(c.Left(), right); err == nil && negated {
		of = expression.NewNot(of)
	}
	return of, transform.NewTree, err
}

// oneRowTables is beyond the IDs of tables that a statement has.
const oneRowTables gms.TableId = 1 << 15

// grows: each number is greater than the one before.
func grows(ids []gms.ColumnId) bool {
	return slices.IsSorted(ids) && len(slices.Compact(slices.Clone(ids))) == len(ids)
}

// hasOneRow reports whether a query is known to have one row at most: all its rows are one
// group, or LIMIT lets one through.
func hasOneRow(n gms.Node) bool {
	switch n := n.(type) {
	case *plan.Max1Row:
		return true
	case *plan.GroupBy:
		return len(n.GroupByExprs) == 0
	case *plan.Limit:
		l, is := n.Limit.(*expression.Literal)
		return is && slices.Contains([]string{"0", "1"}, fmt.Sprint(l.Value())) || hasOneRow(n.Child)
	case *plan.Project, *plan.Sort, *plan.Filter, *plan.Having, *plan.Distinct, *plan.Offset, *plan.SubqueryAlias:
		return hasOneRow(n.Children()[0])
	}
	return false
}
