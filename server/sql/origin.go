package sql

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"

	"github.com/xadb/xadb/server/types"
)

// originOf is the type in the catalog of what a bound node has in one place: the
// library's own have no ZEROFILL, and no digits of floating numbers. ok is false if it
// is no column as it is.
func originOf(n gms.Node, at int) (t types.Type, ok bool) {
	switch n := n.(type) {
	case *plan.ResolvedTable:
		table, is := n.UnderlyingTable().(*table)
		if !is || at >= len(table.def.Columns) {
			return t, false
		}
		return table.def.Columns[at].Type, true
	case gms.Projector:
		list := n.ProjectedExprs()
		if at >= len(list) {
			return t, false
		}
		e := list[at]
		if a, is := e.(*expression.Alias); is {
			e = a.Child
		}
		f, is := e.(*expression.GetField)
		if !is {
			return t, false
		}
		return originOfColumn(n.(gms.Node).Children()[0], f.Id())
	case *plan.SetOp:
		return t, false
	case *plan.JoinNode:
		if left := len(n.Left().Schema()); at >= left {
			return originOf(n.Right(), at-left)
		}
		return originOf(n.Left(), at)
	}
	if children := n.Children(); len(children) == 1 {
		return originOf(children[0], at)
	}
	return t, false
}

// originOfColumn is originOf by a column's number.
func originOfColumn(n gms.Node, id gms.ColumnId) (t types.Type, ok bool) {
	if table, is := n.(plan.TableIdNode); is {
		place, found := 0, -1
		table.Columns().ForEach(func(other gms.ColumnId) {
			if other == id {
				found = place
			}
			place++
		})
		if found < 0 {
			return t, false
		}
		return originOf(n, found)
	}
	if p, is := n.(gms.Projector); is {
		for i, e := range p.ProjectedExprs() {
			if other, is := e.(gms.IdExpression); is && other.Id() == id {
				return originOf(n, i)
			}
		}
		return t, false
	}
	for _, child := range n.Children() {
		if t, ok = originOfColumn(child, id); ok {
			return t, ok
		}
	}
	return t, false
}
