package sql

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
)

// An origin is a column of a table.
type origin struct {
	table  *table
	column int
}

// placeOf is the column that a bound node has in one place.
func placeOf(n gms.Node, at int) (p origin, ok bool) {
	switch n := n.(type) {
	case *plan.ResolvedTable:
		table, is := n.UnderlyingTable().(*table)
		if !is || at >= len(table.def.Columns) {
			return p, false
		}
		return origin{table, at}, true
	case gms.Projector:
		list := n.ProjectedExprs()
		if at >= len(list) {
			return p, false
		}
		e := list[at]
		if a, is := e.(*expression.Alias); is {
			e = a.Child
		}
		f, is := e.(*expression.GetField)
		if !is {
			return p, false
		}
		return placeOfColumn(n.(gms.Node).Children()[0], f.Id())
	case *plan.SetOp:
		return p, false
	case *plan.JoinNode:
		if left := len(n.Left().Schema()); at >= left {
			return placeOf(n.Right(), at-left)
		}
		return placeOf(n.Left(), at)
	}
	if children := n.Children(); len(children) == 1 {
		return placeOf(children[0], at)
	}
	return p, false
}

// placeOfColumn is placeOf by a column's number.
func placeOfColumn(n gms.Node, id gms.ColumnId) (p origin, ok bool) {
	if table, is := n.(plan.TableIdNode); is {
		at, found := 0, -1
		table.Columns().ForEach(func(other gms.ColumnId) {
			if other == id {
				found = at
			}
			at++
		})
		if found < 0 {
			return p, false
		}
		return placeOf(n, found)
	}
	if list, is := n.(gms.Projector); is {
		for i, e := range list.ProjectedExprs() {
			if other, is := e.(gms.IdExpression); is && other.Id() == id {
				return placeOf(n, i)
			}
		}
		return p, false
	}
	for _, child := range n.Children() {
		if p, ok = placeOfColumn(child, id); ok {
			return p, ok
		}
	}
	return p, false
}
