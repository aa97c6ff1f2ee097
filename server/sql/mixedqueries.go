package sql

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/xadb/xadb/server/sql/walk"
	"github.com/xadb/xadb/server/types"
)

// checkUnions refuses UNIONs of texts that have no character set in common, where that is known
// of all parts. Texts of one set may have several collations here.
func checkUnions(ctx *gms.Context, node gms.Node) (gms.Node, error) {
	return walk.Nodes(node, func(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
		s, is := n.(*plan.SetOp)
		if !is {
			return n, transform.SameTree, nil
		}
		parts, _ := unionLeaves(s, nil)
		for i := range parts[0].columns {
			if err := checkUnion(ctx, parts, i); err != nil {
				return nil, transform.SameTree, err
			}
		}
		return n, transform.SameTree, nil
	})
}

func checkUnion(ctx *gms.Context, parts unionLeafs, column int) error {
	var list []types.Claimant
	sets := map[types.Charset]bool{}
	for _, part := range parts {
		c, is := claimant(ctx, columnOfQuery(part.node, column))
		if !is {
			return nil
		}
		list, sets[c.Collation.Charset()] = append(list, c), true
	}
	if len(sets) < 2 {
		return nil
	}
	_, err := types.Mix(list, "UNION")
	return err
}

// columnOfQuery is the expression of a query's column, nil where it is not known.
func columnOfQuery(node gms.Node, column int) gms.Expression {
	switch n := node.(type) {
	case *plan.Project:
		if column >= len(n.Projections) {
			return nil
		}
		e := n.Projections[column]
		if a, is := e.(*expression.Alias); is {
			e = a.Child
		}
		return e
	case *plan.Distinct, *plan.Limit, *plan.Sort, *plan.Offset:
		return columnOfQuery(node.Children()[0], column)
	}
	return nil
}
