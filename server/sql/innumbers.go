package sql

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// An inNumbers is a number IN a subquery of numbers, which are compared as = compares them:
// as DOUBLEs if one side is of those, else exactly. The library's makes the number one of
// the subquery's type first, so 1.4 is in a list of 1, and finds no 1 among truth values.
type inNumbers struct {
	expression.BinaryExpressionStub
	float bool
	found *foundSet // of a subquery whose rows stay the same
}

var _ gms.CollationCoercible = (*inNumbers)(nil)

// numberInQuery makes an inNumbers of IN, if both sides are numbers, or if the subquery
// finds nothing but NULL.
func numberInQuery(e *plan.InSubquery, query *plan.Subquery) gms.Expression {
	left, lok := convert.FromType(e.Left().Type())
	right, rok := convert.FromType(query.Type())
	if !lok || !rok || right.Kind != types.Null && !(left.IsNumber() && right.IsNumber()) {
		return e
	}
	if left.Kind == types.Year && right.Kind == types.Year { // whose hashes are right
		return e
	}
	return &inNumbers{expression.BinaryExpressionStub{LeftChild: e.Left(), RightChild: query}, left.IsFloat() || right.IsFloat(), nil}
}

// Type implements gms.Expression.
func (*inNumbers) Type() gms.Type { return gtypes.Boolean }

// String implements gms.Expression.
func (n *inNumbers) String() string { return n.LeftChild.String() + " IN " + n.RightChild.String() }

// CollationCoercibility implements gms.CollationCoercible.
func (*inNumbers) CollationCoercibility(*gms.Context) (gms.CollationID, byte) {
	return gms.Collation_binary, 5
}

// WithChildren implements gms.Expression.
func (n *inNumbers) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) != 2 {
		return nil, gms.ErrInvalidChildrenNumber.New(n, len(children), 2)
	}
	return &inNumbers{expression.BinaryExpressionStub{LeftChild: children[0], RightChild: children[1]}, n.float, nil}, nil
}

// Eval implements gms.Expression.
func (n *inNumbers) Eval(ctx *gms.Context, row gms.Row) (any, error) {
	left, err := n.LeftChild.Eval(ctx, row)
	if err != nil {
		return nil, err
	}
	set := n.found
	if query := n.RightChild.(*plan.Subquery); set == nil {
		if set, err = foundBy(ctx, query, row, func(v any) (string, error) { return n.key(ctx, v, query) }); err != nil {
			return nil, err
		}
		if query.CanCacheResults() {
			n.found = set
		}
	}
	if left == nil || len(set.keys) == 0 {
		return set.has("", left != nil), nil
	}
	key, err := n.key(ctx, left, n.LeftChild)
	return set.has(key, true), err
}

// key is the same for numbers that are equal.
func (n *inNumbers) key(ctx *gms.Context, v any, e gms.Expression) (string, error) {
	value, from, err := convert.Down(ctx, v, e.Type())
	if err != nil {
		return "", err
	}
	if n.float {
		return string(floatKey(value, from)), nil
	}
	return string(exactKey(value, from)), nil
}
