package sql

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/xadb/xadb/server/sql/walk"
)

// byRelevance puts the rows that WHERE finds by MATCH in the order of their relevance,
// unless the query says another: so they come out of MySQL's index.
func byRelevance(node gms.Node) (gms.Node, error) {
	return walk.Nodes(node, func(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
		switch n := n.(type) {
		case *plan.Project:
			filter, is := n.Child.(*plan.Filter)
			if !is || !ofTables(filter.Child) {
				break
			}
			if m := wanted(filter.Expression); m != nil {
				out, err := n.WithChildren(plan.NewSort(gms.SortFields{{Column: m, Order: gms.Descending}}, filter))
				return out, transform.NewTree, err
			}
		case *plan.Sort:
			p, is := n.Child.(*plan.Project)
			if !is {
				break
			}
			if sort, is := p.Child.(*plan.Sort); is && byMatch(sort) {
				below, err := p.WithChildren(sort.Child)
				if err != nil {
					return nil, transform.SameTree, err
				}
				out, err := n.WithChildren(below)
				return out, transform.NewTree, err
			}
		}
		return n, transform.SameTree, nil
	})
}

// ofTables reports whether a node is a table, or a join.
func ofTables(n gms.Node) bool {
	if alias, is := n.(*plan.TableAlias); is {
		n = alias.Child
	}
	switch n.(type) {
	case *plan.ResolvedTable, *plan.JoinNode:
		return true
	}
	return false
}

// byMatch reports whether a node is what byRelevance has made.
func byMatch(s *plan.Sort) bool {
	if len(s.SortFields) != 1 {
		return false
	}
	_, is := s.SortFields[0].Column.(*match)
	return is
}

// wanted is the MATCH that a condition asks of all rows.
func wanted(e gms.Expression) *match {
	switch e := e.(type) {
	case *match:
		return e
	case *expression.And:
		if m := wanted(e.LeftChild); m != nil {
			return m
		}
		return wanted(e.RightChild)
	case *expression.GreaterThan:
		if _, is := e.Right().(*expression.Literal); is {
			return wanted(e.Left())
		}
	}
	return nil
}
