package sql

import (
	"slices"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/sql/spell"
	"github.com/xadb/xadb/server/sql/walk"
)

// ownSums takes the functions away again that tell aggregates apart, and from what is none.
// An answer that is ANY_VALUE of a column stays a function: it is no column to clients.
func ownSums(node gms.Node) (gms.Node, error) {
	node, err := walk.Nodes(node, func(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
		p, is := n.(*plan.Project)
		if !is {
			return n, transform.SameTree, nil
		}
		list, same := slices.Clone(p.Projections), transform.SameTree
		for i, e := range list {
			if answer, is := plainAnswer(e); is {
				list[i], same = answer, transform.NewTree
			}
		}
		if same {
			return n, same, nil
		}
		return plan.NewProject(list, p.Child), same, nil
	})
	if err != nil {
		return nil, err
	}
	return walk.Exprs(node, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		if f, is := e.(*expr.Function); is && (f.Name == spell.OwnSum || f.Name == spell.PlainValue) {
			return f.Args[0], transform.NewTree, nil
		}
		return e, transform.SameTree, nil
	})
}

func plainAnswer(e gms.Expression) (gms.Expression, bool) {
	switch e := e.(type) {
	case *expression.Alias:
		child, is := plainAnswer(e.Child)
		out := *e
		out.Child = child
		return &out, is
	case *expr.Function:
		out := *e
		out.Name = "any_value"
		return &out, e.Name == spell.PlainValue
	}
	return e, false
}
