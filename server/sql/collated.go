package sql

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/expression/function"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/xadb/xadb/server/sql/expr"
)

// collateBetween makes two comparisons of BETWEEN, as the library does with each row.
func collateBetween(ctx *gms.Context, b *expression.Between) (gms.Expression, transform.TreeIdentity, error) {
	if c, ok := expr.CollationOfAll(ctx, b.Children()); ok {
		return &collatedBetween{b, expression.NewAnd(
			expression.NewLessThanOrEqual(expr.NewSortKey(b.Lower, c), expr.NewSortKey(b.Val, c)),
			expression.NewGreaterThanOrEqual(expr.NewSortKey(b.Upper, c), expr.NewSortKey(b.Val, c)),
		)}, transform.NewTree, nil
	}
	low, _, err := collateExpr(ctx, expression.NewLessThanOrEqual(b.Lower, b.Val))
	if err != nil {
		return nil, transform.SameTree, err
	}
	high, _, err := collateExpr(ctx, expression.NewGreaterThanOrEqual(b.Upper, b.Val))
	return &collatedBetween{b, expression.NewAnd(low, high)}, transform.NewTree, err
}

// A collatedBetween is a BETWEEN by comparisons that know collations.
type collatedBetween struct {
	*expression.Between
	both gms.Expression
}

// Eval implements gms.Expression.
func (b *collatedBetween) Eval(ctx *gms.Context, row gms.Row) (any, error) {
	return b.both.Eval(ctx, row)
}

// Children implements gms.Expression.
func (b *collatedBetween) Children() []gms.Expression { return append(b.Between.Children(), b.both) }

// WithChildren implements gms.Expression.
func (b *collatedBetween) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) != 4 {
		return nil, gms.ErrInvalidChildrenNumber.New(b, len(children), 4)
	}
	return &collatedBetween{expression.NewBetween(children[0], children[1], children[2]), children[3]}, nil
}

// A collatedNullIf is NULLIF by an equality that knows collations.
type collatedNullIf struct {
	*function.NullIf
	same gms.Expression
}

// Eval implements gms.Expression.
func (n *collatedNullIf) Eval(ctx *gms.Context, row gms.Row) (any, error) {
	same, err := n.same.Eval(ctx, row)
	if is, _ := same.(bool); is || err != nil {
		return nil, err
	}
	return n.LeftChild.Eval(ctx, row)
}

// Children implements gms.Expression.
func (n *collatedNullIf) Children() []gms.Expression {
	return []gms.Expression{n.LeftChild, n.RightChild, n.same}
}

// WithChildren implements gms.Expression.
func (n *collatedNullIf) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) != 3 {
		return nil, gms.ErrInvalidChildrenNumber.New(n, len(children), 3)
	}
	return &collatedNullIf{function.NewNullIf(children[0], children[1]).(*function.NullIf), children[2]}, nil
}
