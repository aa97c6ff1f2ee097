package sql

import (
	"slices"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/sql/walk"
	"github.com/xadb/xadb/server/types"
)

// bytesOfValues makes bytes of the texts of VALUES ROW(...), ROW(...) that stand in one column with
// bytes: to the library such a column is what it is in the first row.
func bytesOfValues(ctx *gms.Context, node gms.Node) (gms.Node, error) {
	return walk.Nodes(node, func(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
		v, is := n.(*plan.ValueDerivedTable)
		if !is || len(v.ExpressionTuples) < 2 {
			return n, transform.SameTree, nil
		}
		all, width := slices.Concat(v.ExpressionTuples...), len(v.ExpressionTuples[0])
		changed := false
		for column := range width {
			var texts []int
			bytes := false
			for at := column; at < len(all); at += width {
				if expr.IsPlainBytes(all[at]) {
					bytes = true
				} else if expr.IsText(all[at]) {
					texts = append(texts, at)
				}
			}
			for _, at := range texts {
				if bytes {
					id, _ := expr.Coercibility(ctx, all[at])
					all[at], changed = expr.InCodes(all[at], types.Collation(id).Charset()), true
				}
			}
		}
		if !changed {
			return n, transform.SameTree, nil
		}
		out, err := v.WithExpressions(all...)
		return out, transform.NewTree, err
	})
}
