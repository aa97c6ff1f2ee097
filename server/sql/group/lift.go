package group

import (
	"slices"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/walk"
)

// lift takes aggregates of outer columns only out of the subqueries among
// expressions: they are the outer query's (MySQL manual, Aggregate Functions).
func lift(exprs []gms.Expression, outer gms.ColSet) (out, lifted []gms.Expression, err error) {
	out, _, err = walk.Map(exprs, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		sub, is := e.(*plan.Subquery)
		if !is {
			return e, transform.SameTree, nil
		}
		before := len(lifted)
		query, err := walk.Nodes(sub.Query, func(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
			groups, is := n.(*plan.GroupBy)
			if !is {
				return n, transform.SameTree, nil
			}
			kept, taken := apart(groups.SelectedExprs, outer)
			if len(taken) == 0 {
				return n, transform.SameTree, nil
			}
			lifted = append(lifted, taken...)
			return withoutAggregates(groups, kept), transform.NewTree, nil
		})
		if err != nil || len(lifted) == before {
			return e, transform.SameTree, err
		}
		var columns gms.ColSet
		for _, a := range lifted {
			columns.Add(a.(gms.IdExpression).Id())
		}
		e, err = correlate(sub.WithQuery(query), columns)
		return e, transform.NewTree, err
	})
	return out, lifted, err
}

// noAggregates refuses aggregates of the rows that a condition chooses.
func noAggregates(n *plan.Filter) error {
	if !walk.HasSubquery(n.Expression) {
		return nil
	}
	_, lifted, err := lift([]gms.Expression{n.Expression}, walk.Columns(n.Child))
	if err == nil && len(lifted) > 0 {
		return mysqlerr.New(mysqlerr.InvalidGroupFuncUse)
	}
	return err
}

// notNested refuses aggregates in queries within an aggregate that are of the same rows as it.
func notNested(n *plan.GroupBy) (err error) {
	rows := walk.Columns(n.Child)
	for _, e := range n.SelectedExprs {
		if _, is := e.(gms.Aggregation); !is {
			continue
		}
		gms.Inspect(e, func(e gms.Expression) bool {
			if sub, is := e.(*plan.Subquery); is && aggregatesOf(rows, sub) {
				err = mysqlerr.New(mysqlerr.InvalidGroupFuncUse)
			}
			return err == nil
		})
	}
	return err
}

// aggregatesOf reports whether a subquery has aggregates of rows around it, and of no others
// that are within it.
func aggregatesOf(rows gms.ColSet, sub *plan.Subquery) (found bool) {
	var inside gms.ColSet
	walk.InspectNodes(sub.Query, func(n gms.Node) {
		if t, is := n.(plan.TableIdNode); is {
			inside = inside.Union(t.Columns())
		}
	})
	walk.InspectNodes(sub.Query, func(n gms.Node) {
		groups, is := n.(*plan.GroupBy)
		if !is {
			return
		}
		for _, e := range groups.SelectedExprs {
			_, aggregate := e.(gms.Aggregation)
			columns := walk.Outer(e)
			found = found || aggregate && columns.Intersects(rows) && !columns.Intersects(inside)
		}
	})
	return found
}

// apart divides a list into what a query's groups keep and what are aggregates of
// outer columns only.
func apart(list []gms.Expression, outer gms.ColSet) (kept, taken []gms.Expression) {
	for _, e := range list {
		_, is := e.(gms.Aggregation)
		columns := walk.Outer(e)
		if is && !columns.Empty() && columns.SubsetOf(outer) {
			taken = append(taken, e)
		} else {
			kept = append(kept, e)
		}
	}
	return kept, taken
}

// withoutAggregates is groups that have only some of their columns; if none is left
// that makes them groups, the rows.
func withoutAggregates(n *plan.GroupBy, kept []gms.Expression) gms.Node {
	for _, e := range kept {
		if _, is := e.(gms.Aggregation); is {
			return plan.NewGroupBy(kept, n.GroupByExprs, n.Child)
		}
	}
	if len(n.GroupByExprs) > 0 {
		return plan.NewGroupBy(kept, n.GroupByExprs, n.Child)
	}
	if len(kept) == 0 {
		return n.Child
	}
	return plan.NewProject(kept, n.Child)
}

// correlate says of a subquery, and of those within it, that it depends on columns.
func correlate(sub *plan.Subquery, columns gms.ColSet) (*plan.Subquery, error) {
	query, err := walk.Exprs(sub.Query, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		inner, is := e.(*plan.Subquery)
		if !is {
			return e, transform.SameTree, nil
		}
		asks := columns.Intersection(walk.Named(inner.Query))
		return inner.WithCorrelated(inner.Correlated().Union(asks)), transform.NewTree, nil
	})
	if err != nil {
		return nil, err
	}
	return sub.WithQuery(query).WithCorrelated(sub.Correlated().Union(columns)), nil
}

// addAggregates adds columns to the groups below a node, or makes all rows one
// group if there is none. The nodes in between have asked for some already.
func addAggregates(n gms.Node, list, asked []gms.Expression) (gms.Node, error) {
	if groups, is := Of(n).(*plan.GroupBy); is {
		return withGroups(n, plan.NewGroupBy(slices.Concat(groups.SelectedExprs, list), groups.GroupByExprs, groups.Child))
	}
	switch n.(type) {
	case *plan.Project, *plan.Having, *plan.Sort:
		child, err := addAggregates(n.Children()[0], list, append(asked, n.(gms.Expressioner).Expressions()...))
		if err != nil {
			return nil, err
		}
		return n.WithChildren(child)
	}
	return plan.NewGroupBy(append(list, walk.Fields(walk.Columns(n), asked...)...), nil, n), nil
}
