package sql

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/analyzer"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
)

// execIndexes is the library's rule that says where in a row each column is.
const execIndexes = "assignExecIndexes"

// placedOnce keeps that rule from the parts of a UNION: it goes over the whole plan later.
// Where it comes twice, subqueries of subqueries look for columns of their outer rows
// behind the rows' end, or in the wrong place.
func placedOnce(apply analyzer.RuleFunc) analyzer.RuleFunc {
	return func(ctx *gms.Context, a *analyzer.Analyzer, n gms.Node, scope *plan.Scope, sel analyzer.RuleSelector, flags *gms.QueryFlags) (gms.Node, transform.TreeIdentity, error) {
		inParts := func(id analyzer.RuleId) bool { return id.String() != execIndexes && sel(id) }
		return apply(ctx, a, n, scope, inParts, flags)
	}
}
