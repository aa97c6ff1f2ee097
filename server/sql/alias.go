package sql

import (
	"reflect"
	"slices"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
)

// aliasesOnce makes what has an alias be computed once for a row. The library does
// so ahead of what may ask for it, as HAVING does, and again for the answer: the
// first is of no use if nothing comes in between.
func aliasesOnce(node gms.Node) (gms.Node, error) {
	return everyNode(node, withoutTwins)
}

// withoutTwins is a projection of another that does not compute what only the
// first answers.
func withoutTwins(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
	above, is := n.(*plan.Project)
	if !is {
		return n, transform.SameTree, nil
	}
	below, is := above.Child.(*plan.Project)
	if !is {
		return n, transform.SameTree, nil
	}
	left := slices.DeleteFunc(slices.Clone(below.Projections), func(e gms.Expression) bool {
		a, is := e.(*expression.Alias)
		return is && repeats(above.Projections, a)
	})
	if len(left) == len(below.Projections) || len(left) == 0 {
		return n, transform.SameTree, nil
	}
	n, err := above.WithChildren(plan.NewProject(left, below.Child))
	return n, transform.NewTree, err
}

// repeats reports whether a list has an alias, and no other use for its column.
func repeats(list []gms.Expression, a *expression.Alias) bool {
	again := false
	for _, e := range list {
		if twin, is := e.(*expression.Alias); is && twin.Id() == a.Id() && reflect.DeepEqual(twin.Child, a.Child) {
			again = true
		}
		if asksFor(e, a.Id()) {
			return false
		}
	}
	return again
}

// asksFor reports whether an expression needs a column, or one that it only has
// the place of.
func asksFor(e gms.Expression, id gms.ColumnId) bool {
	return transform.InspectExpr(e, func(e gms.Expression) bool {
		switch e := e.(type) {
		case *expression.GetField:
			return e.Id() == id || e.Id() == 0
		case *plan.Subquery:
			return e.Correlated().Contains(id)
		}
		return false
	})
}

// knowAliases gives subqueries the expressions behind aliases of their own row.
func knowAliases(row []gms.Expression) exprFunc {
	behind := map[gms.ColumnId]gms.Expression{}
	for _, e := range row {
		if a, is := e.(*expression.Alias); is && a.Id() != 0 && sameAgain(a.Child) {
			behind[a.Id()] = a.Child
		}
	}
	know := func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		switch e := e.(type) {
		case *expression.GetField:
			if child := behind[e.Id()]; child != nil {
				return child, transform.NewTree, nil
			}
		case *plan.Subquery:
			outer := e.Correlated().Copy()
			for id, child := range behind {
				if outer.Contains(id) {
					outer.Remove(id)
					outer = outer.Union(outerOf(child))
				}
			}
			return e.WithCorrelated(outer), transform.NewTree, nil
		}
		return e, transform.SameTree, nil
	}
	return func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		sub, is := e.(*plan.Subquery)
		if !is || !asksForAny(sub, behind) {
			return e, transform.SameTree, nil
		}
		query, err := everywhere(sub.Query, know)
		if err != nil {
			return nil, transform.SameTree, err
		}
		return know(sub.WithQuery(query))
	}
}

func asksForAny(sub *plan.Subquery, ids map[gms.ColumnId]gms.Expression) bool {
	outer := sub.Correlated()
	for id := range ids {
		if outer.Contains(id) {
			return true
		}
	}
	return false
}
