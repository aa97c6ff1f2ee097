package sql

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/xadb/xadb/server/sql/walk"
)

// apartRecursive makes derived tables of the recursive queries that subqueries read, if they
// name no columns of the queries around. The library puts the rows of those in front of the
// rows that such a query begins with, and loses them on the way.
func apartRecursive(node gms.Node) (gms.Node, error) {
	return walk.Exprs(node, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		sub, is := e.(*plan.Subquery)
		if !is {
			return e, transform.SameTree, nil
		}
		query, same, err := transform.NodeWithOpaque(sub.Query, func(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
			r, is := n.(*plan.RecursiveCte)
			if !is || walk.Named(r).Intersects(sub.Correlated()) {
				return n, transform.SameTree, nil
			}
			return plan.NewSubqueryAlias(r.Name(), "", r).WithId(r.Id()).WithColumns(r.Columns()), transform.NewTree, nil
		})
		if err != nil || bool(same) {
			return e, transform.SameTree, err
		}
		return sub.WithQuery(query), transform.NewTree, nil
	})
}
