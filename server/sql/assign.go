package sql

import (
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/transform"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/sql/walk"
	"github.com/xadb/xadb/server/types"
)

// An assignment is @name := value.
type assignment struct {
	expression.UnaryExpression
	name string
}

var (
	_ gms.NonDeterministicExpression = (*assignment)(nil)
	_ gms.CollationCoercible         = (*assignment)(nil)
)

func newAssignment(args ...gms.Expression) (gms.Expression, error) {
	if len(args) == 2 {
		if name, is := args[0].(*expression.Literal); is {
			if text, is := name.Value().(string); is {
				return &assignment{expression.UnaryExpression{Child: args[1]}, text}, nil
			}
		}
	}
	return nil, mysqlerr.New(mysqlerr.WrongParamCount, ":=")
}

// Eval implements gms.Expression.
func (a *assignment) Eval(ctx *gms.Context, row gms.Row) (any, error) {
	v, err := a.Child.Eval(ctx, row)
	if err != nil {
		return nil, err
	}
	if t, known := convert.FromType(a.Child.Type()); known && t.IsTemporal() && v != nil { // of which it has the text
		if t.Kind == types.Time {
			t.FSP = digits(nil, a.Child)
		}
		text, err := newTimeText(expression.NewLiteral(v, a.Child.Type()), t).Eval(ctx, nil)
		if err != nil {
			return nil, err
		}
		return v, callOf(ctx).s.setUserVariable(ctx, a.name, text, gtypes.LongText, 0)
	}
	var of types.Collation
	if expr.IsText(a.Child) {
		id, _ := expr.Coercibility(ctx, a.Child)
		of = types.Collation(id)
	}
	return v, callOf(ctx).s.setUserVariable(ctx, a.name, v, a.Child.Type(), of)
}

// Type implements gms.Expression.
func (a *assignment) Type() gms.Type {
	if t := a.Child.Type(); t != gtypes.Null {
		return t
	}
	return gtypes.LongText
}

// IsNonDeterministic implements gms.NonDeterministicExpression.
func (*assignment) IsNonDeterministic() bool { return true }

// String implements fmt.Stringer.
func (a *assignment) String() string { return "@" + a.name + " := " + a.Child.String() }

// Children implements gms.Expression.
func (a *assignment) Children() []gms.Expression { return []gms.Expression{a.Child, expr.Unsettled} }

// WithChildren implements gms.Expression.
func (a *assignment) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) != 2 {
		return nil, gms.ErrInvalidChildrenNumber.New(a, len(children), 2)
	}
	return &assignment{expression.UnaryExpression{Child: children[0]}, a.name}, nil
}

// CollationCoercibility implements gms.CollationCoercible.
func (a *assignment) CollationCoercibility(ctx *gms.Context) (gms.CollationID, byte) {
	collation, _ := gms.GetCoercibility(ctx, a.Child)
	return collation, 2
}

// A changing is a variable that the statement assigns to: it has another value for each
// row.
type changing struct{ *expression.UserVar }

// Type implements gms.Expression: a variable that has had no value is text.
func (v changing) Type() gms.Type {
	if t := v.UserVar.Type(); t != gtypes.Null {
		return t
	}
	return gtypes.LongText
}

// Eval implements gms.Expression.
func (v changing) Eval(ctx *gms.Context, _ gms.Row) (any, error) {
	from, value, err := ctx.GetUserVariable(ctx, v.Name)
	if err != nil || value == nil || from == v.Type() {
		return value, err
	}
	if gtypes.IsText(v.Type()) {
		own, t, err := convert.Down(ctx, value, from)
		return string(types.Text(own, t)), err
	}
	return value, nil
}

// Children implements gms.Expression.
func (changing) Children() []gms.Expression { return []gms.Expression{expr.Unsettled} }

// WithChildren implements gms.Expression.
func (v changing) WithChildren(...gms.Expression) (gms.Expression, error) { return v, nil }

// changingVariables finds them.
func changingVariables(node gms.Node) (gms.Node, error) {
	set := map[string]bool{}
	inspectAll(node, func(e gms.Expression) {
		if a, is := e.(*assignment); is {
			set[strings.ToLower(a.name)] = true
		}
	})
	if len(set) == 0 {
		return node, nil
	}
	return walk.Exprs(node, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		v, is := e.(*expression.UserVar)
		if !is || !set[strings.ToLower(v.Name)] {
			return e, transform.SameTree, nil
		}
		return changing{v}, transform.NewTree, nil
	})
}

// inspectAll is inspect, of what is inserted and of opaque nodes, too.
func inspectAll(node gms.Node, f func(e gms.Expression)) {
	_, _ = walk.Exprs(node, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) { // f has no errors
		f(e)
		return e, transform.SameTree, nil
	})
}
