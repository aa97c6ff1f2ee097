package spell

import (
	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/exec"
)

// hasQuery reports whether a subquery is below a node.
func hasQuery(n sqlparser.SQLNode) bool { return HasNode[*sqlparser.Subquery](n) }

// HasNode reports whether a node of that kind is below another.
func HasNode[kind sqlparser.SQLNode](n sqlparser.SQLNode) bool {
	found := false
	_ = exec.Walk(func(n sqlparser.SQLNode) (bool, error) { // its only errors are the visitor's
		_, is := n.(kind)
		found = found || is
		return !found, nil
	}, n)
	return found
}
