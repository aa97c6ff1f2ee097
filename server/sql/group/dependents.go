package group

import (
	"slices"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/sql/walk"
)

// dependents is the columns of rows that depend on some (MySQL manual, Functional
// Dependence): what is equal to one of them, all columns of a table whose key they are,
// what is computed of them, and totals of the groups that they are the keys of.
func dependents(rows gms.Node, on gms.ColSet) gms.ColSet {
	for before := -1; before != on.Len(); {
		before = on.Len()
		on = dependentsOnce(rows, on)
	}
	return on
}

func dependentsOnce(n gms.Node, on gms.ColSet) gms.ColSet {
	switch n := n.(type) {
	case *plan.SubqueryAlias:
		return dependentsWithin(n, on)
	case plan.TableIdNode:
		if hasKey(n, on) {
			on = on.Union(n.Columns())
		}
		return on
	case *plan.Project:
		on = computedOf(n.Projections, on)
	case *plan.GroupBy:
		on = totalsOf(n, on)
	case *plan.Window:
		for _, e := range n.SelectExprs {
			if f, is := e.(gms.WindowAdaptableExpression); is && outerOfAll(e.Children()).SubsetOf(on) {
				on.Add(f.Id())
			}
		}
	case *plan.Filter:
		on = equals(n.Expression, on)
	case *plan.JoinNode:
		found := equals(n.Filter, on.Copy())
		switch { // rows without a partner have none of its columns
		case n.Op.IsFullOuter():
			found = on
		case n.Op.IsLeftOuter():
			found = on.Union(found.Intersection(walk.Columns(n.Right())))
		case n.Op.IsRightOuter():
			found = on.Union(found.Intersection(walk.Columns(n.Left())))
		}
		on = found
	}
	for _, child := range n.Children() {
		on = dependentsOnce(child, on)
	}
	return on
}

// A defined is a table whose keys are known.
type defined interface{ Definition() *catalog.Table }

// hasKey reports whether some columns are a key of a table, none of which may be NULL.
func hasKey(n plan.TableIdNode, on gms.ColSet) bool {
	var table gms.Node = n
	if alias, is := n.(*plan.TableAlias); is {
		table = alias.Child
	}
	leaf, is := table.(gms.TableNode)
	if !is {
		return false
	}
	t, is := leaf.UnderlyingTable().(defined)
	if !is {
		return false
	}
	def := t.Definition()
	var ids []gms.ColumnId
	n.Columns().ForEach(func(id gms.ColumnId) { ids = append(ids, id) })
	has := func(column int) bool { return column < len(ids) && on.Contains(ids[column]) }
	if len(def.PrimaryKey) > 0 && !slices.ContainsFunc(def.PrimaryKey, func(col int) bool { return !has(col) }) {
		return true
	}
	for _, x := range def.Indexes {
		bound := x.Unique
		for _, p := range x.Columns {
			bound = bound && p.Prefix == 0 && has(p.Column) && !def.Columns[p.Column].Nullable
		}
		if bound {
			return true
		}
	}
	return false
}

// equals adds columns that conditions make equal to others, or to a constant.
func equals(cond gms.Expression, on gms.ColSet) gms.ColSet {
	if cond == nil {
		return on
	}
	for _, e := range expression.SplitConjunction(cond) {
		eq, is := e.(*expression.Equals)
		if !is {
			continue
		}
		for _, side := range [][2]gms.Expression{{eq.Left(), eq.Right()}, {eq.Right(), eq.Left()}} {
			f, is := side[0].(*expression.GetField)
			if is && walk.SameAgain(side[1]) && !walk.HasSubquery(side[1]) && walk.Outer(side[1]).SubsetOf(on) {
				on.Add(f.Id())
			}
		}
	}
	return on
}

// dependentsWithin adds columns of a derived table.
func dependentsWithin(n *plan.SubqueryAlias, on gms.ColSet) gms.ColSet {
	below := columnsBelow(n)
	var within gms.ColSet
	for outer, inner := range below {
		if on.Contains(outer) {
			within.Add(inner)
		}
	}
	if within.Empty() {
		return on
	}
	within = dependents(n.Child, within)
	for outer, inner := range below {
		if within.Contains(inner) {
			on.Add(outer)
		}
	}
	return on
}

// columnsBelow says which column of its query each of a derived table's is. Views have no
// mapping: theirs stand in the order of the query's.
func columnsBelow(n *plan.SubqueryAlias) map[gms.ColumnId]gms.ColumnId {
	out := map[gms.ColumnId]gms.ColumnId{}
	for outer, e := range n.ScopeMapping {
		if f, is := e.(*expression.GetField); is {
			out[outer] = f.Id()
		}
	}
	p := projectorOf(n.Child)
	if len(n.ScopeMapping) > 0 || p == nil {
		return out
	}
	list, at := p.ProjectedExprs(), 0
	n.Columns().ForEach(func(outer gms.ColumnId) {
		if at < len(list) {
			if id, is := list[at].(gms.IdExpression); is {
				out[outer] = id.Id()
			}
		}
		at++
	})
	return out
}

// projectorOf is what makes the rows of a query; nil for a union.
func projectorOf(n gms.Node) gms.Projector {
	switch n := n.(type) {
	case gms.Projector:
		return n
	case *plan.Limit, *plan.Offset, *plan.Distinct, *plan.Sort, *plan.Having:
		return projectorOf(n.Children()[0])
	}
	return nil
}

// computedOf adds what is computed of columns, and the columns that have an alias.
func computedOf(list []gms.Expression, on gms.ColSet) gms.ColSet {
	for _, e := range list {
		a, is := e.(*expression.Alias)
		if !is {
			continue
		}
		if f, is := a.Child.(*expression.GetField); is && on.Contains(a.Id()) {
			on.Add(f.Id())
		}
		if walk.Outer(a.Child).SubsetOf(on) { // MySQL takes RAND() for the same, too
			on.Add(a.Id())
		}
	}
	return on
}

// totalsOf adds what groups have whose keys are all among columns.
func totalsOf(n *plan.GroupBy, on gms.ColSet) gms.ColSet {
	for _, e := range n.GroupByExprs {
		if isRollup(e) || !walk.Outer(e).SubsetOf(on) {
			return on
		}
	}
	for _, e := range n.SelectedExprs {
		if id, is := e.(gms.IdExpression); is {
			on.Add(id.Id())
		}
	}
	return on
}

func outerOfAll(list []gms.Expression) (columns gms.ColSet) {
	for _, e := range list {
		columns = columns.Union(walk.Outer(e))
	}
	return columns
}
