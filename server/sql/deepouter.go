package sql

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/xadb/xadb/server/sql/walk"
)

// deepOuters has derived tables within derived tables see the rows of the queries around
// the subquery that they are in, if they name columns of those. The library shows them
// to the outermost derived tables only, and finds NULL further down.
func deepOuters(node gms.Node) (gms.Node, error) {
	return walk.Nodes(node, func(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
		d, is := n.(*plan.SubqueryAlias)
		if !is || d.OuterScopeVisibility || d.IsLateral || d.Correlated.Empty() {
			return n, transform.SameTree, nil
		}
		seeing := *d
		seeing.OuterScopeVisibility = true
		return &seeing, transform.NewTree, nil
	})
}

// throughNames has subqueries depend on what they read of the queries around by a name that
// a WITH gives to a query of those: the library sees that a subquery depends on a row if it
// names the row's columns itself.
func throughNames(node gms.Node) (gms.Node, error) {
	return walk.Exprs(node, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		sub, is := e.(*plan.Subquery)
		if !is || sub.Correlated().Empty() {
			return e, transform.SameTree, nil
		}
		query, err := dependent(sub.Query, sub.Correlated())
		if err != nil {
			return nil, transform.SameTree, err
		}
		return sub.WithQuery(query), transform.NewTree, nil
	})
}
