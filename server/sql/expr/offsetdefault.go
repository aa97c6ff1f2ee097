package expr

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/transform"
)

// withDefault is a LAG or LEAD whose value and default have the type that has both: the
// library's is that of the value. args are these two, the last of the children.
func withDefault(e gms.Expression, args []gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
	if len(args) != 2 || !args[0].Resolved() || !args[1].Resolved() {
		return e, transform.SameTree, nil
	}
	to := MergeTypes(args)
	if to == nil || to.Same {
		return e, transform.SameTree, nil
	}
	children := e.Children()
	for i := len(children) - len(args); i < len(children); i++ {
		if !children[i].Type().Equals(to.Type) {
			children[i] = &Conversion{expression.UnaryExpression{Child: children[i]}, to}
		}
	}
	out, err := e.WithChildren(children...)
	return out, transform.NewTree, err
}
