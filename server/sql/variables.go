package sql

import (
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/transform"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"
)

// A Variable is one of the server's system variables, whose values Client tells.
type Variable struct {
	Name       string
	Number     bool // else a text
	GlobalOnly bool
}

// addVariables makes those known to the library that it does not know itself.
func addVariables(r gms.SystemVariableRegistry, list []Variable) {
	var more []gms.SystemVariable
	for _, v := range list {
		if _, _, known := r.GetGlobal(v.Name); known {
			continue
		}
		own := &gms.MysqlSystemVariable{Name: v.Name, Scope: gms.GetMysqlScope(gms.SystemVariableScope_Both), Type: gtypes.LongText, Default: ""}
		if v.GlobalOnly {
			own.Scope = gms.GetMysqlScope(gms.SystemVariableScope_Global)
		}
		if v.Number {
			own.Type, own.Default = gtypes.Int64, int64(0)
		}
		more = append(more, own)
	}
	r.AddSystemVariables(more)
}

// A globalScope asks the server for the global value: the library has but its own
// default.
type globalScope struct{ gms.SystemVariableScope }

// GetValue implements gms.SystemVariableScope.
func (globalScope) GetValue(ctx *gms.Context, name string, _ gms.CollationID) (any, error) {
	s := ctx.Session.(*Session)
	return s.variable(ctx, name, s.client.GlobalVariable)
}

// globalVariables has @@GLOBAL.x be the server's.
func globalVariables(node gms.Node) (gms.Node, error) {
	node, _, err := transform.NodeExprsWithOpaque(node, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		v, is := e.(*expression.SystemVar)
		if !is {
			return e, transform.SameTree, nil
		}
		scope, is := v.Scope.(*gms.MysqlScope)
		if !is || scope.Type != gms.SystemVariableScope_Global || !strings.EqualFold(v.SpecifiedScope, "global") && v.SpecifiedScope != "" {
			return e, transform.SameTree, nil
		}
		own := *v
		own.Scope = globalScope{scope}
		return &own, transform.NewTree, nil
	})
	return node, err
}
