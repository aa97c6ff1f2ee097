package spell

import (
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/mysqlerr"
)

// checkRecursions refuses what the library would leave out of a recursive common table
// expression.
func checkRecursions(w *sqlparser.With) error {
	if w == nil || !w.Recursive {
		return nil
	}
	for _, cte := range w.Ctes {
		q, is := cte.Expr.(*sqlparser.Subquery)
		if !is {
			continue
		}
		union, is := q.Select.(*sqlparser.SetOp)
		if is && union.Limit != nil && union.Limit.Offset != nil && readsTable(union, cte.As.String()) {
			return mysqlerr.New(mysqlerr.NotSupportedYet, "OFFSET of a recursive common table expression")
		}
	}
	return nil
}

// readsTable reports whether a query names a table.
func readsTable(query sqlparser.SQLNode, name string) (found bool) {
	_ = sqlparser.Walk(func(n sqlparser.SQLNode) (bool, error) {
		if t, is := n.(sqlparser.TableName); is && strings.EqualFold(t.Name.String(), name) {
			found = true
		}
		return !found, nil
	}, query)
	return found
}
