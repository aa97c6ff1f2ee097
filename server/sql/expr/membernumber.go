package expr

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"
)

// A MemberNumber is the number of an ENUM's member, or of a SET's.
type MemberNumber struct{ expression.UnaryExpression }

// Type implements gms.Expression.
func (*MemberNumber) Type() gms.Type { return gtypes.Uint64 }

// String implements gms.Expression.
func (n *MemberNumber) String() string { return n.Child.String() }

// WithChildren implements gms.Expression.
func (n *MemberNumber) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) != 1 {
		return nil, gms.ErrInvalidChildrenNumber.New(n, len(children), 1)
	}
	return &MemberNumber{expression.UnaryExpression{Child: children[0]}}, nil
}

// Eval implements gms.Expression.
func (n *MemberNumber) Eval(ctx *gms.Context, row gms.Row) (any, error) {
	v, err := n.Child.Eval(ctx, row)
	if err != nil || v == nil {
		return nil, err
	}
	if is, _, whole := WholeOf(v); whole {
		return is.Uint64(), nil
	}
	return uint64(0), nil
}

// memberDouble is that number as a DOUBLE.
func memberDouble(e gms.Expression) gms.Expression {
	return asDouble(&MemberNumber{expression.UnaryExpression{Child: e}})
}
