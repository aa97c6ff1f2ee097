package sql

import (
	"strconv"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/expression/function/aggregation"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/sql/walk"
)

// divisions has quotients and averages with as many digits as div_precision_increment adds.
func (c *call) divisions(node gms.Node) (gms.Node, error) {
	return walk.Exprs(node, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		switch e := e.(type) {
		case *expression.Div:
			if d, ok := expr.NewDivision(e, c.divisionDigits()); ok {
				return d, transform.NewTree, nil
			}
		case *aggregation.Avg:
			more := c.divisionDigits()
			if more == averageDigits {
				break
			}
			children := e.Children()
			children[0] = &averaged{expression.UnaryExpression{Child: children[0]}, more}
			out, err := e.WithChildren(children...)
			return out, transform.NewTree, err
		}
		return e, transform.SameTree, nil
	})
}

// divisionDigits is the session's div_precision_increment.
func (c *call) divisionDigits() uint8 {
	text, _ := c.s.Variable("div_precision_increment")
	if n, err := strconv.ParseUint(text, 10, 8); err == nil {
		return uint8(n)
	}
	return averageDigits
}

// An averaged is what AVG takes, where that adds another number of digits than averageDigits.
type averaged struct {
	expression.UnaryExpression
	more uint8
}

// Type implements gms.Expression.
func (a *averaged) Type() gms.Type { return a.Child.Type() }

// String implements gms.Expression.
func (a *averaged) String() string { return a.Child.String() }

// WithChildren implements gms.Expression.
func (a *averaged) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) != 1 {
		return nil, gms.ErrInvalidChildrenNumber.New(a, len(children), 1)
	}
	return &averaged{expression.UnaryExpression{Child: children[0]}, a.more}, nil
}

// Eval implements gms.Expression.
func (a *averaged) Eval(ctx *gms.Context, row gms.Row) (any, error) { return a.Child.Eval(ctx, row) }

// averagedOf is what AVG takes, and how many digits it adds.
func averagedOf(of gms.Expression) (gms.Expression, uint8) {
	if n, is := of.(*exactNumber); is {
		of = n.Child
	}
	if a, is := of.(*averaged); is {
		return a.Child, a.more
	}
	return of, averageDigits
}
