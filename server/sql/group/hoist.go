package group

import (
	"strconv"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/sql/walk"
)

// hoistGroups computes what rows are grouped by, and what aggregates are given and
// sort by, before the groups are made.
func (g *grouper) hoistGroups(n *plan.GroupBy) (gms.Node, transform.TreeIdentity, error) {
	if RollsUp(n) {
		return g.hoistKeys(n)
	}
	groups := append([]gms.Expression(nil), n.GroupByExprs...)
	selected, before, err := g.hoistArguments(n.SelectedExprs)
	if err != nil {
		return nil, transform.SameTree, err
	}
	for i, e := range groups {
		if a, is := e.(*expression.Alias); is {
			e = a.Child
		}
		switch e.(type) {
		case *expression.GetField, *expression.Literal:
			continue
		}
		a, field := g.hoist(e)
		before, groups[i], selected = append(before, a), field, append(selected, field)
	}
	if len(before) == 0 {
		return n, transform.SameTree, nil
	}
	child := withComputed(n.Child, before, append(selected, groups...))
	return plan.NewGroupBy(selected, groups, child), transform.NewTree, nil
}

// hoistWindows computes what window functions are given and what they sort and
// divide rows by before they run.
func (g *grouper) hoistWindows(n *plan.Window) (gms.Node, transform.TreeIdentity, error) {
	selected, before, err := g.hoistArguments(n.SelectExprs)
	if err != nil || len(before) == 0 {
		return n, transform.SameTree, err
	}
	return plan.NewWindow(selected, withComputed(n.Child, before, selected)), transform.NewTree, nil
}

// hoistArguments computes before what functions of several rows are given.
func (g *grouper) hoistArguments(list []gms.Expression) (out []gms.Expression, before []*expression.Alias, err error) {
	for _, e := range list {
		if f, is := e.(gms.WindowAdaptableExpression); is && costs(e) {
			children := append([]gms.Expression(nil), e.Children()...)
			for i, child := range children {
				if costs(child) {
					var a *expression.Alias
					if a, children[i], err = g.hoistArgument(child); err != nil {
						return nil, nil, err
					}
					before = append(before, a)
				}
			}
			if e, err = f.WithChildren(children...); err != nil {
				return nil, nil, err
			}
			e = e.(gms.IdExpression).WithId(f.Id()) // see walk.WithIDs
		}
		out = append(out, e)
	}
	return out, before, nil
}

// hoistArgument computes before what is given; what is distinct within a group, is so there.
func (g *grouper) hoistArgument(e gms.Expression) (a *expression.Alias, given gms.Expression, err error) {
	given, same, err := transform.Expr(e, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		d, is := e.(*expression.DistinctExpression)
		if !is {
			return e, transform.SameTree, nil
		}
		var field gms.Expression
		a, field = g.hoist(d.Child)
		return expression.NewDistinctExpression(field), transform.NewTree, nil
	})
	if err != nil || !same {
		return a, given, err
	}
	a, given = g.hoist(e)
	return a, given, nil
}

// costs reports whether an expression is to be computed once for a row.
func costs(e gms.Expression) bool { return walk.HasSubquery(e) || !walk.SameAgain(e) }

// hoist makes an expression a column of rows below, and gives that column's field.
func (g *grouper) hoist(e gms.Expression) (*expression.Alias, gms.Expression) {
	id := g.newColumn()
	g.hoisted[id] = e
	name := "#" + strconv.Itoa(int(id))
	field := expression.NewGetFieldWithTable(int(id), 0, expr.TextType(e), "", "", name, e.IsNullable())
	return expression.NewAlias(name, e).WithId(id).(*expression.Alias), field
}

// newColumn is a column that the plan does not have.
func (g *grouper) newColumn() gms.ColumnId {
	if g.last == 0 {
		use := func(columns gms.ColSet) { columns.ForEach(func(id gms.ColumnId) { g.last = max(g.last, id) }) }
		_, _ = walk.Nodes(g.root, func(n gms.Node) (gms.Node, transform.TreeIdentity, error) { // it has no error
			use(walk.Columns(n))
			return n, transform.SameTree, nil
		})
		walk.Inspect(g.root, func(e gms.Expression) { use(walk.Outer(e)) })
	}
	g.last++
	return g.last
}

// withComputed is the rows of a node with more columns, and of its own those only that
// somebody above asks for.
func withComputed(n gms.Node, more []*expression.Alias, above []gms.Expression) gms.Node {
	for _, a := range more {
		above = append(above, a)
	}
	list := walk.Fields(walk.Columns(n), above...)
	for _, a := range more {
		list = append(list, a)
	}
	return plan.NewProject(list, n)
}
