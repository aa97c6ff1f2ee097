package sql

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/sql/spell"
	"github.com/xadb/xadb/server/sql/walk"
)

// ownSums takes the functions away again that tell aggregates apart, and from what is none.
func ownSums(node gms.Node) (gms.Node, error) {
	return walk.Exprs(node, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		if f, is := e.(*expr.Function); is && (f.Name == spell.OwnSum || f.Name == spell.PlainValue) {
			return f.Args[0], transform.NewTree, nil
		}
		return e, transform.SameTree, nil
	})
}
