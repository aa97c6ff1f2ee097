package sql

import (
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/plan"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/walk"
)

// distinctColumns refuses a derived table, or a common table expression that is asked, with
// two columns of one name.
func distinctColumns(node gms.Node) (gms.Node, error) {
	var err error
	walk.InspectNodes(node, func(n gms.Node) {
		derived, is := n.(*plan.SubqueryAlias)
		if !is || err != nil {
			return
		}
		seen := map[string]bool{}
		for _, col := range derived.Schema() {
			if lower := strings.ToLower(col.Name); !seen[lower] {
				seen[lower] = true
			} else if err == nil {
				err = mysqlerr.New(mysqlerr.DupFieldName, col.Name)
			}
		}
	})
	return node, err
}
