package exec

import (
	"github.com/dolthub/vitess/go/vt/sqlparser"
)

// joinLists makes joins of FROM (a, b), which the library does not know.
func joinLists(tree sqlparser.SQLNode) {
	_ = Walk(func(n sqlparser.SQLNode) (bool, error) { // the visitor has no errors
		p, is := n.(*sqlparser.ParenTableExpr)
		if !is || len(p.Exprs) < 2 {
			return true, nil
		}
		all := p.Exprs[0]
		for _, e := range p.Exprs[1:] {
			if _, joined := e.(*sqlparser.JoinTableExpr); joined {
				e = &sqlparser.ParenTableExpr{Exprs: sqlparser.TableExprs{e}}
			}
			all = &sqlparser.JoinTableExpr{LeftExpr: all, Join: sqlparser.JoinStr, RightExpr: e}
		}
		p.Exprs = sqlparser.TableExprs{all}
		return true, nil
	}, tree)
}
