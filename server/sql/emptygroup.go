package sql

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/analyzer"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
)

// stillGrouped goes around the library's rule that takes the first row of a primary key for
// its MIN or MAX: the group is there without a row, too, and has NULL. So the first row is
// grouped.
func stillGrouped(apply analyzer.RuleFunc) analyzer.RuleFunc {
	return func(ctx *gms.Context, a *analyzer.Analyzer, n gms.Node, scope *plan.Scope, sel analyzer.RuleSelector, flags *gms.QueryFlags) (gms.Node, transform.TreeIdentity, error) {
		if !analyzer.FlagIsSet(flags, gms.QFlagAggregation) {
			return n, transform.SameTree, nil
		}
		return transform.Node(n, func(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
			above, is := n.(*plan.Project)
			if !is {
				return n, transform.SameTree, nil
			}
			group, is := above.Child.(*plan.GroupBy)
			if !is {
				return n, transform.SameTree, nil
			}
			out, _, err := apply(ctx, a, n, scope, sel, flags)
			if err != nil {
				return nil, transform.SameTree, err
			}
			first, is := firstOf(out)
			if !is {
				return n, transform.SameTree, nil
			}
			child, err := group.WithChildren(first)
			if err == nil {
				out, err = above.WithChildren(child)
			}
			return out, transform.NewTree, err
		})
	}
}

// firstOf is the first row that the library's rule takes, before it is projected.
func firstOf(n gms.Node) (gms.Node, bool) {
	limit, is := n.(*plan.Limit)
	if !is {
		return nil, false
	}
	p, is := limit.Child.(*plan.Project)
	if !is {
		return nil, false
	}
	return plan.NewLimit(limit.Limit, p.Child), true
}
