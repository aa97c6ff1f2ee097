package sql

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/types"
)

// A jsonCompare compares a document with another, or with what becomes one.
type jsonCompare struct {
	expression.BinaryExpressionStub
	operator string
}

var _ gms.CollationCoercible = (*jsonCompare)(nil)

// Type implements gms.Expression.
func (*jsonCompare) Type() gms.Type { return gtypes.Boolean }

// IsNullable implements gms.Expression.
func (j *jsonCompare) IsNullable() bool {
	return j.operator != "<=>" && j.BinaryExpressionStub.IsNullable()
}

// String implements gms.Expression.
func (j *jsonCompare) String() string {
	return "(" + j.LeftChild.String() + " " + j.operator + " " + j.RightChild.String() + ")"
}

// CollationCoercibility implements gms.CollationCoercible.
func (*jsonCompare) CollationCoercibility(*gms.Context) (gms.CollationID, byte) {
	return gms.Collation_binary, 5
}

// WithChildren implements gms.Expression.
func (j *jsonCompare) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) != 2 {
		return nil, gms.ErrInvalidChildrenNumber.New(j, len(children), 2)
	}
	return &jsonCompare{expression.BinaryExpressionStub{LeftChild: children[0], RightChild: children[1]}, j.operator}, nil
}

// Eval implements gms.Expression.
func (j *jsonCompare) Eval(ctx *gms.Context, row gms.Row) (any, error) {
	a, aNull, err := documentIn(ctx, j.LeftChild, row)
	if err != nil {
		return nil, err
	}
	b, bNull, err := documentIn(ctx, j.RightChild, row)
	switch {
	case err != nil:
		return nil, err
	case j.operator == "<=>" && (aNull || bNull):
		return aNull && bNull, nil
	case aNull || bNull:
		return nil, nil
	}
	return answerOf(j.operator, types.CompareJSON(a, b)), nil
}

// answerOf is the answer of a comparison whose order is known.
func answerOf(operator string, order int) bool {
	switch operator {
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	case ">=":
		return order >= 0
	}
	return order == 0
}

// documentIn is a value as the tree of a document, and whether it is NULL.
func documentIn(ctx *gms.Context, e gms.Expression, row gms.Row) (tree any, null bool, err error) {
	v, err := e.Eval(ctx, row)
	if err != nil || v == nil {
		return nil, true, err
	}
	tree, err = expr.TreeOf(ctx, v, e.Type())
	return tree, false, err
}
