package sql

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/plan"

	"github.com/xadb/xadb/server/sql/walk"
)

// singleTable has the library analyze subqueries of UPDATE and DELETE that it has not
// counted as such, those of EXISTS: it takes such a statement for one of a single table,
// whose analysis leaves most rules out.
func singleTable(node gms.Node) (gms.Node, error) {
	asks := false
	walk.Inspect(node, func(e gms.Expression) {
		_, is := e.(*plan.Subquery)
		asks = asks || is
	})
	if !asks {
		return node, nil
	}
	walk.InspectNodes(node, func(n gms.Node) {
		switch n := n.(type) { // each is this statement's own
		case *plan.Update:
			n.HasSingleRel = false
		case *plan.DeleteFrom:
			n.RefsSingleRel = false
		}
	})
	return node, nil
}
