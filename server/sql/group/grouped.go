package group

import (
	"slices"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/xadb/xadb/server/sql/walk"
)

// A grouper mends queries within a query that has groups or windows. The library
// keeps of the rows below only what it sees asked for, and it does not look into
// subqueries; what rows are grouped by it computes again of the group; and it sorts
// a window by rows that are one column longer than a subquery takes them for. And
// GROUP BY is by a column of a query around before it is by an alias. So
//
//	byAlias  an alias is what rows are grouped by, unless a column of theirs is
//	         (ahead of all others, as what may be answered depends on it)
//	hoist    what groups and windows are made by is computed before, once for a row
//	sorted   what is random is computed before rows are sorted by it
//	lift     SUM and the like of an outer query's columns are the outer query's
//	provide  columns that subqueries ask for go up from below
type grouper struct {
	last    gms.ColumnId // that is in use; 0: nobody has asked
	root    gms.Node
	hoisted map[gms.ColumnId]gms.Expression
	answers map[gms.ColumnId]*expression.Alias // of a hoisted key, the answer that it is named by
}

// Mend is what a grouper makes of a plan.
func Mend(node gms.Node) (gms.Node, error) {
	g := &grouper{root: node, hoisted: map[gms.ColumnId]gms.Expression{}, answers: map[gms.ColumnId]*expression.Alias{}}
	return walk.Nodes(node, func(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
		switch n := n.(type) {
		case *plan.GroupBy:
			if err := notNested(n); err != nil {
				return nil, transform.SameTree, err
			}
			return g.hoistGroups(n)
		case *plan.Window:
			return g.hoistWindows(n)
		case *plan.Project:
			p := g.hoistSorted(n)
			out, same, err := g.above(p, p)
			return out, same && p == n, err
		case *plan.Sort:
			sort := g.sortDistinct(n)
			out, same, err := g.above(sort, sort)
			return out, same && sort == n, err
		case *plan.Having:
			return g.above(n, n)
		case *plan.Filter:
			return n, transform.SameTree, noAggregates(n)
		}
		return n, transform.SameTree, nil
	})
}

// ByAliases has queries group by their aliases.
func ByAliases(node gms.Node) (gms.Node, error) { return walk.Nodes(node, byAlias) }

// byAlias groups by aliases of a query's own answer what is grouped by a column of
// a query around it of the same name.
func byAlias(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
	p, is := n.(*plan.Project)
	groups, grouped := Of(n).(*plan.GroupBy)
	if !is || !grouped {
		return n, transform.SameTree, nil
	}
	own := walk.Columns(groups.Child)
	list, same, err := walk.Map(groups.GroupByExprs, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		f, is := e.(*expression.GetField)
		if !is || own.Contains(f.Id()) {
			return e, transform.SameTree, nil
		}
		for _, answer := range p.Projections {
			if a, is := answer.(*expression.Alias); is && strings.EqualFold(a.Name(), f.Name()) {
				return a, transform.NewTree, nil
			}
		}
		return e, transform.SameTree, nil
	})
	if err != nil || bool(same) {
		return n, transform.SameTree, err
	}
	n, err = withGroups(n, plan.NewGroupBy(groups.SelectedExprs, list, groups.Child))
	return n, transform.NewTree, err
}

// withGroups is a node that stands on other groups.
func withGroups(n, groups gms.Node) (gms.Node, error) {
	if _, is := n.(*plan.GroupBy); is {
		return groups, nil
	}
	child, err := withGroups(n.Children()[0], groups)
	if err != nil {
		return nil, err
	}
	return n.WithChildren(child)
}

// above mends a node that stands on groups, windows or rows as they are.
func (g *grouper) above(ex gms.Expressioner, n gms.Node) (gms.Node, transform.TreeIdentity, error) {
	exprs, same, err := g.useKeys(ex.Expressions(), Of(n))
	if err != nil {
		return nil, transform.SameTree, err
	}
	if _, is := n.(*plan.Project); is {
		var known transform.TreeIdentity
		exprs, known, err = walk.Map(exprs, knowAliases(exprs))
		if err != nil {
			return nil, transform.SameTree, err
		}
		same = same && known
	}
	if bool(same) && !walk.HasSubquery(exprs...) {
		return n, transform.SameTree, nil
	}
	child := n.Children()[0]
	exprs, lifted, err := lift(exprs, walk.Columns(rowsOf(child)))
	if err != nil {
		return nil, transform.SameTree, err
	}
	if len(lifted) > 0 {
		if child, err = addAggregates(child, lifted, nil); err != nil {
			return nil, transform.SameTree, err
		}
	}
	if groups := Of(child); groups != nil {
		if child, err = provide(child, walk.Fields(walk.Columns(groups), exprs...)); err != nil {
			return nil, transform.SameTree, err
		}
	}
	if n, err = n.WithChildren(child); err != nil {
		return nil, transform.SameTree, err
	}
	n, err = n.(gms.Expressioner).WithExpressions(exprs...)
	return n, transform.NewTree, err
}

// Of is the groups or the windows that a node stands on, within its query.
func Of(n gms.Node) gms.Node {
	switch n := n.(type) {
	case *plan.GroupBy, *plan.Window:
		return n
	case *plan.Project, *plan.Having, *plan.Sort:
		return Of(n.Children()[0])
	}
	return nil
}

// rowsOf is what groups and windows are of; or the rows, if there are none.
func rowsOf(n gms.Node) gms.Node {
	switch n.(type) {
	case *plan.GroupBy, *plan.Window, *plan.Project, *plan.Having, *plan.Sort:
		return rowsOf(n.Children()[0])
	}
	return n
}

// provide makes columns come up to a node. Of a group they are the first row's.
func provide(n gms.Node, fields []gms.Expression) (gms.Node, error) {
	switch n.(type) {
	case *plan.GroupBy, *plan.Window, *plan.Project, *plan.Having, *plan.Sort:
	default:
		return n, nil
	}
	if p, is := n.(gms.Projector); is {
		fields = without(fields, p.ProjectedExprs())
	}
	if len(fields) == 0 {
		return n, nil
	}
	child, err := provide(n.Children()[0], fields)
	if err != nil {
		return nil, err
	}
	switch n := n.(type) {
	case *plan.Project:
		return plan.NewProject(slices.Concat(n.Projections, fields), child).WithCanDefer(n.CanDefer), nil
	case *plan.GroupBy:
		return plan.NewGroupBy(slices.Concat(n.SelectedExprs, fields), n.GroupByExprs, child), nil
	case *plan.Window:
		return plan.NewWindow(slices.Concat(n.SelectExprs, fields), child), nil
	}
	return n.WithChildren(child)
}

// without is the fields that a row does not have.
func without(fields, row []gms.Expression) (out []gms.Expression) {
	for _, f := range fields {
		has := func(e gms.Expression) bool {
			other, is := e.(gms.IdExpression)
			return is && other.Id() == f.(*expression.GetField).Id()
		}
		if !slices.ContainsFunc(row, has) {
			out = append(out, f)
		}
	}
	return out
}
