package exec

import "github.com/dolthub/vitess/go/vt/sqlparser"

// Walk is the parser's walk over a tree, which leaves out what stands before and behind the
// queries of a UNION: WITH, ORDER BY and LIMIT.
func Walk(visit sqlparser.Visit, nodes ...sqlparser.SQLNode) error {
	return sqlparser.Walk(func(n sqlparser.SQLNode) (bool, error) {
		below, err := visit(n)
		if s, is := n.(*sqlparser.SetOp); is && s != nil && below && err == nil {
			err = Walk(visit, s.With, s.OrderBy, s.Limit)
		}
		return below, err
	}, nodes...)
}
