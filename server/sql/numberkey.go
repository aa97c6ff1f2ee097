package sql

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/types"
)

// A numberKey is text that equal numbers have in common, whatever their types.
// What is no exact number is its number as a DOUBLE.
type numberKey struct{ expression.UnaryExpression }

func newNumberKey(e gms.Expression) *numberKey {
	return &numberKey{expression.UnaryExpression{Child: e}}
}

// Type implements gms.Expression.
func (*numberKey) Type() gms.Type { return gtypes.LongText }

// String implements gms.Expression.
func (k *numberKey) String() string { return k.Child.String() }

// WithChildren implements gms.Expression.
func (k *numberKey) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) != 1 {
		return nil, gms.ErrInvalidChildrenNumber.New(k, len(children), 1)
	}
	return newNumberKey(children[0]), nil
}

// Eval implements gms.Expression.
func (k *numberKey) Eval(ctx *gms.Context, row gms.Row) (any, error) {
	v, err := k.Child.Eval(ctx, row)
	if err != nil || v == nil {
		return nil, err
	}
	value, from, err := down(ctx, v, k.Child.Type())
	if err != nil {
		return nil, err
	}
	if d, ok := types.Exact(value); ok {
		return d.String(), nil
	}
	f, _, _ := types.FloatOf(value, from)
	return types.FormatFloat(f, types.Double), nil
}
