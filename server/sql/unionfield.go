package sql

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/spell"
)

// A unionField is a column that is read by spell.UnionColumn.
type unionField struct{ expression.UnaryExpression }

func newUnionField(args ...gms.Expression) (gms.Expression, error) {
	if len(args) != 1 {
		return nil, mysqlerr.New(mysqlerr.WrongParamCount, spell.UnionColumn)
	}
	return &unionField{expression.UnaryExpression{Child: args[0]}}, nil
}

// Type implements gms.Expression.
func (f *unionField) Type() gms.Type { return gtypes.LongBlob }

// String implements gms.Expression.
func (f *unionField) String() string { return f.Child.String() }

// WithChildren implements gms.Expression.
func (f *unionField) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	return newUnionField(children...)
}

// Eval implements gms.Expression.
func (f *unionField) Eval(ctx *gms.Context, row gms.Row) (any, error) { return f.Child.Eval(ctx, row) }

// revealed is what a concealed part reads, whose columns are what they are.
func revealed(node gms.Node) (out gms.Node, concealed bool) {
	p, is := node.(*plan.Project)
	if !is {
		return node, false
	}
	for _, e := range p.Projections {
		a, is := e.(*expression.Alias)
		if !is {
			return node, false
		}
		if _, is = a.Child.(*unionField); !is {
			return node, false
		}
	}
	return p.Child, true
}
