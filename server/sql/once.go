package sql

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/sql/walk"
)

// askedOnce makes two comparisons of a BETWEEN whose value is another one each time it is
// asked, as RAND() is: the second is of the value that the first has had. The library asks twice.
func askedOnce(node gms.Node) (gms.Node, error) {
	return walk.Exprs(node, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		b, is := e.(*expression.Between)
		if !is || !expr.AskedAgain(b.Val) {
			return e, transform.SameTree, nil
		}
		value := &foundRow{row: make([]any, 1)}
		first := &remembered{expression.UnaryExpression{Child: b.Val}, value}
		return expression.NewAnd(
			expression.NewGreaterThanOrEqual(first, b.Lower),
			expression.NewLessThanOrEqual(pick{b.Val.Type(), value, 0}, b.Upper),
		), transform.NewTree, nil
	})
}

// askedAnew has a subquery asked for each row if something in it has another value each time.
// The library keeps what it has found if it names no column of a query around.
func askedAnew(node gms.Node) (gms.Node, error) {
	return walk.Exprs(node, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		sub, is := e.(*plan.Subquery)
		if !is || sub.Volatile() {
			return e, transform.SameTree, nil
		}
		anew := false
		walk.Inspect(sub.Query, func(e gms.Expression) {
			n, is := e.(gms.NonDeterministicExpression)
			_, inner := e.(*plan.Subquery)
			anew = anew || is && !inner && n.IsNonDeterministic()
		})
		if !anew {
			return e, transform.SameTree, nil
		}
		return sub.WithVolatile(), transform.NewTree, nil
	})
}

// A remembered is an expression whose value picks read again.
type remembered struct {
	expression.UnaryExpression
	to *foundRow
}

var _ gms.CollationCoercible = (*remembered)(nil)

// Eval implements gms.Expression.
func (f *remembered) Eval(ctx *gms.Context, row gms.Row) (v any, err error) {
	v, err = f.Child.Eval(ctx, row)
	f.to.row[0] = v
	return v, err
}

// Type implements gms.Expression.
func (f *remembered) Type() gms.Type { return f.Child.Type() }

// String implements fmt.Stringer.
func (f *remembered) String() string { return f.Child.String() }

// WithChildren implements gms.Expression.
func (f *remembered) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) != 1 {
		return nil, gms.ErrInvalidChildrenNumber.New(f, len(children), 1)
	}
	return &remembered{expression.UnaryExpression{Child: children[0]}, f.to}, nil
}

// CollationCoercibility implements gms.CollationCoercible.
func (f *remembered) CollationCoercibility(ctx *gms.Context) (gms.CollationID, byte) {
	return gms.GetCoercibility(ctx, f.Child)
}
