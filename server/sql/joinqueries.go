package sql

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/xadb/xadb/server/sql/walk"
)

// liftQueries takes what ON of an inner join asks of subqueries above the join, where it means
// the same. The library brings conditions down to the table that they are about, and does not
// see the columns that a subquery of a subquery names.
func liftQueries(node gms.Node) (gms.Node, error) {
	return walk.Nodes(node, func(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
		join, is := n.(*plan.JoinNode)
		if !is || join.Op != plan.JoinTypeInner || join.Filter == nil {
			return n, transform.SameTree, nil
		}
		var above, rest []gms.Expression
		for _, e := range expression.SplitConjunction(join.Filter) {
			if asksQuery(e) {
				above = append(above, e)
			} else {
				rest = append(rest, e)
			}
		}
		if len(above) == 0 {
			return n, transform.SameTree, nil
		}
		below := plan.NewCrossJoin(join.Left(), join.Right())
		if len(rest) > 0 {
			below = plan.NewInnerJoin(join.Left(), join.Right(), expression.JoinAnd(rest...))
		}
		return plan.NewFilter(expression.JoinAnd(above...), below.WithComment(join.CommentStr)), transform.NewTree, nil
	})
}
