package sql

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/xadb/xadb/server/sql/spell"
	"github.com/xadb/xadb/server/sql/walk"
)

// setKinds are the operations that package spell calls a UNION, by the derived table on
// their right.
var setKinds = map[string]int{spell.ExceptTable: plan.ExceptType, spell.IntersectTable: plan.IntersectType}

// revealKinds has them be what they are.
func revealKinds(node gms.Node) (gms.Node, error) {
	return walk.Nodes(node, func(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
		s, is := n.(*plan.SetOp)
		if !is {
			return n, transform.SameTree, nil
		}
		right := s.Right()
		for p, is := right.(*plan.Project); is; p, is = right.(*plan.Project) {
			right = p.Child
		}
		d, is := right.(*plan.SubqueryAlias)
		if !is {
			return n, transform.SameTree, nil
		}
		kind, concealed := setKinds[d.Name()]
		if !concealed {
			return n, transform.SameTree, nil
		}
		out := *s
		out.SetOpType = kind
		return &out, transform.NewTree, nil
	})
}
