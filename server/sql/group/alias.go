package group

import (
	"reflect"
	"slices"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/xadb/xadb/server/sql/walk"
)

// AliasesOnce makes what has an alias be computed once for a row. The library does
// so ahead of what may ask for it, as HAVING does, and again for the answer: the
// first is of no use if nothing comes in between.
func AliasesOnce(node gms.Node) (gms.Node, error) {
	return walk.Nodes(node, withoutTwins)
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
		return takeComputed(above)
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

// takeComputed is a projection that takes what may have another value next time, as a
// variable that is counted up, from the one below it, if rows are sorted or grouped in
// between. Without, MySQL computes it for HAVING and once more for the answer, too.
func takeComputed(above *plan.Project) (gms.Node, transform.TreeIdentity, error) {
	below, settled, used := projectBelow(above.Child)
	if below == nil {
		return above, transform.SameTree, nil
	}
	if g, is := below.Child.(*plan.GroupBy); is {
		settled = settled || len(g.GroupByExprs) > 0
	}
	list, changed := slices.Clone(above.Projections), false
	for i, e := range list {
		a, is := e.(*expression.Alias)
		if !is || !settled || !countsUp(a.Child) || !hasTwin(below.Projections, a) {
			continue
		}
		if field := used[strings.ToLower(a.Name())]; field != nil {
			list[i], changed = expression.NewAlias(a.Name(), field).WithId(field.Id()).(gms.Expression), true
		}
	}
	if !changed {
		return above, transform.SameTree, nil
	}
	return plan.NewProject(list, above.Child), transform.NewTree, nil
}

// projectBelow is the projection that a plan takes its rows from, whether it sorts them,
// and which aliases it uses.
func projectBelow(n gms.Node) (_ *plan.Project, sorted bool, used map[string]*expression.GetField) {
	used = map[string]*expression.GetField{}
	note := func(list []gms.Expression) {
		for _, e := range list {
			walk.InspectExpr(e, func(e gms.Expression) {
				if f, is := e.(*expression.GetField); is && f.Table() == "" {
					used[strings.ToLower(f.Name())] = f
				}
			})
		}
	}
	for {
		switch x := n.(type) {
		case *plan.Project:
			return x, sorted, used
		case *plan.Sort:
			note(x.Expressions())
			sorted, n = true, x.Child
		case *plan.Having:
			note(x.Expressions())
			n = x.Child
		default:
			return nil, false, nil
		}
	}
}

// countsUp reports whether an expression has another value each time, as one that sets a
// variable.
func countsUp(e gms.Expression) bool { return !walk.SameAgain(e) }

func hasTwin(list []gms.Expression, a *expression.Alias) bool {
	return slices.ContainsFunc(list, func(e gms.Expression) bool {
		twin, is := e.(*expression.Alias)
		return is && twin.Id() == a.Id() && reflect.DeepEqual(twin.Child, a.Child)
	})
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
func knowAliases(row []gms.Expression) walk.Func {
	behind := map[gms.ColumnId]gms.Expression{}
	for _, e := range row {
		if a, is := e.(*expression.Alias); is && a.Id() != 0 && walk.SameAgain(a.Child) {
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
					outer = outer.Union(walk.Outer(child))
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
		query, err := walk.Exprs(sub.Query, know)
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
