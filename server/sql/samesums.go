package sql

import (
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
)

// sameSums refuses subqueries with an aggregate that the library takes for one of a
// query around, because both have the same words though their tables are two:
//
//	SELECT SUM(b), (SELECT SUM(b) FROM t) FROM t
func sameSums(node gms.Node) (gms.Node, error) {
	sums := map[gms.ColumnId]gms.Expression{}
	inspect(node, func(e gms.Expression) {
		if a, is := e.(gms.Aggregation); is {
			sums[a.Id()] = a
		}
	})
	if len(sums) == 0 {
		return node, nil
	}
	return everyNode(node, func(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
		switch n.(type) {
		case *plan.Project, *plan.Having, *plan.Sort:
		default:
			return n, transform.SameTree, nil
		}
		child := n.Children()[0]
		known := columnsOf(rowsOf(child))
		transform.Inspect(child, func(below gms.Node) bool {
			if p, is := below.(gms.Projector); is {
				for _, e := range p.ProjectedExprs() {
					if a, is := e.(gms.Aggregation); is {
						known.Add(a.Id())
					}
				}
			}
			return true
		})
		for _, e := range n.(gms.Expressioner).Expressions() {
			if transform.InspectExpr(e, func(e gms.Expression) bool {
				f, is := e.(*expression.GetField)
				return is && !known.Contains(f.Id()) && sums[f.Id()] != nil && among(rowsOf(child).Schema(), sums[f.Id()])
			}) {
				return nil, transform.SameTree, unsupported("the same aggregate in a query and in its subquery")
			}
		}
		return n, transform.SameTree, nil
	})
}

// among reports whether rows have a column of the name of one that an expression reads.
func among(rows gms.Schema, e gms.Expression) bool {
	return transform.InspectExpr(e, func(e gms.Expression) bool {
		f, is := e.(*expression.GetField)
		if !is {
			return false
		}
		for _, c := range rows {
			if strings.EqualFold(c.Name, f.Name()) && strings.EqualFold(c.Source, f.Table()) {
				return true
			}
		}
		return false
	})
}
