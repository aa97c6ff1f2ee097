package sql

import (
	"slices"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
)

// planLaterals puts derived tables in place of laterals among the tables of joins, as long
// as the library plans those. What they join themselves is planned first: the library does
// not look into derived tables.
func planLaterals(n gms.Node, within bool, outer gms.ColSet, apply func(gms.Node) (gms.Node, error)) (gms.Node, error) {
	l, is := n.(*lateral)
	if is && within {
		child, err := apply(l.Child)
		if err != nil {
			return nil, err
		}
		return l.derived(child, outer), nil
	}
	if _, opaque := n.(gms.OpaqueNode); opaque {
		return n, nil
	}
	children := append([]gms.Node(nil), n.Children()...)
	same := true
	for i, child := range children {
		made, err := planLaterals(child, isJoin(n) || within && !is, outer, apply)
		if err != nil {
			return nil, err
		}
		children[i], same = made, same && made == child
	}
	if same {
		return n, nil
	}
	return n.WithChildren(children...)
}

// derived is a derived table of a lateral, whose columns are in the order of their IDs. It
// depends on the queries around, as far as the library is to know.
func (l *lateral) derived(child gms.Node, outer gms.ColSet) gms.Node {
	if ids := idsOf(child); !slices.IsSorted(ids) {
		var list []gms.Expression
		schema := child.Schema()
		for i, id := range ids {
			col := schema[i]
			list = append(list, expression.NewGetFieldWithTable(int(id), 0, col.Type, col.DatabaseSource, col.Source, col.Name, col.Nullable))
		}
		slices.SortFunc(list, func(a, b gms.Expression) int {
			return int(a.(*expression.GetField).Id()) - int(b.(*expression.GetField).Id())
		})
		child = plan.NewProject(list, child)
	}
	out := *l
	out.Child = child
	d := plan.NewSubqueryAlias(l.Name(), "", &out)
	d.Correlated, d.OuterScopeVisibility = outer, !outer.Empty()
	return d.WithId(l.id).WithColumns(out.Columns())
}

// plannedLaterals puts the laterals back.
func plannedLaterals(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
	if d, is := n.(*plan.SubqueryAlias); is {
		if l, is := d.Child.(*lateral); is {
			return l, transform.NewTree, nil
		}
	}
	return n, transform.SameTree, nil
}
