package sql

import (
	"slices"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/expression/function"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/sql/walk"
	"github.com/xadb/xadb/server/types"
)

// A choice is IF, IFNULL, COALESCE or CASE: the value of the first condition that is
// true, or else the last one; without conditions the first value that is not NULL. Its
// type has the values of all: the library's is that of one of them.
type choice struct {
	name   string
	conds  []gms.Expression
	values []gms.Expression
	to     *merged // known when it is asked for the first time
}

var _ gms.CollationCoercible = (*choice)(nil)

// newChoice is what an expression of the library chooses; nil if it is none, or stays
// the library's.
func newChoice(e gms.Expression) *choice {
	var out *choice
	switch e := e.(type) {
	case *function.If:
		args := e.Children()
		out = &choice{name: "if", conds: args[:1], values: args[1:]}
	case *function.IfNull:
		out = &choice{name: "ifnull", values: e.Children()}
	case *function.Coalesce:
		out = &choice{name: "coalesce", values: e.Children()}
	case *expression.Case:
		out = ofCase(e)
	}
	if out == nil {
		return nil
	}
	for _, e := range out.values {
		if !e.Resolved() {
			return nil
		}
	}
	if out.merged() == nil {
		return nil
	}
	return out
}

// mixedChoices are those of dates and others, which are texts: the library compares them
// as dates.
func mixedChoices(node gms.Node) (gms.Node, error) {
	return walk.Exprs(node, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		c := newChoice(e)
		if c == nil || !c.merged().own.IsText() {
			return e, transform.SameTree, nil
		}
		if c.hasMoments() {
			return c, transform.NewTree, nil
		}
		return e, transform.SameTree, nil
	})
}

func (c *choice) hasMoments() bool {
	return slices.ContainsFunc(c.values, isTemporal)
}

// A textNumber is the number that the text of a date among others begins with, of which
// MySQL does not warn.
type textNumber struct{ expression.UnaryExpression }

// Type implements gms.Expression.
func (*textNumber) Type() gms.Type { return gtypes.Float64 }

// String implements gms.Expression.
func (n *textNumber) String() string { return n.Child.String() }

// WithChildren implements gms.Expression.
func (n *textNumber) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) != 1 {
		return nil, gms.ErrInvalidChildrenNumber.New(n, len(children), 1)
	}
	return &textNumber{expression.UnaryExpression{Child: children[0]}}, nil
}

// Eval implements gms.Expression.
func (n *textNumber) Eval(ctx *gms.Context, row gms.Row) (any, error) {
	v, err := n.Child.Eval(ctx, row)
	if err != nil || v == nil {
		return nil, err
	}
	value, from, err := convert.Down(ctx, v, n.Child.Type())
	if err != nil || value == nil {
		return nil, err
	}
	f, _ := types.FloatOfString(types.Text(value, from))
	return f, nil
}

// ofCase is a CASE. One with a value compares it once for each branch; what may have
// another value each time stays the library's.
func ofCase(c *expression.Case) *choice {
	out := &choice{name: "case"}
	for _, b := range c.Branches {
		cond := b.Cond
		if c.Expr != nil {
			if changes(c.Expr) {
				return nil
			}
			cond = expression.NewEquals(c.Expr, cond)
		}
		out.conds, out.values = append(out.conds, cond), append(out.values, b.Value)
	}
	if c.Else != nil {
		out.values = append(out.values, c.Else)
	}
	return out
}

// changes reports whether an expression may have another value when it is asked again,
// or takes long.
func changes(e gms.Expression) bool {
	found := false
	gms.Inspect(e, func(e gms.Expression) bool {
		switch e := e.(type) {
		case *plan.Subquery:
			found = true
		case gms.NonDeterministicExpression:
			found = found || e.IsNonDeterministic()
		case *ownFunction:
			found = found || e.name == "rand" || e.name == "sleep" || e.name == "uuid_short"
		}
		return !found
	})
	return found
}

func (c *choice) merged() *merged {
	if c.to == nil {
		c.to = mergeTypes(c.values)
	}
	return c.to
}

// Type implements gms.Expression.
func (c *choice) Type() gms.Type { return c.merged().typ }

// IsNullable implements gms.Expression.
func (c *choice) IsNullable() bool {
	for _, e := range c.values {
		if e.IsNullable() == (len(c.conds) > 0) {
			return len(c.conds) > 0
		}
	}
	return len(c.conds) == 0 || len(c.values) == len(c.conds)
}

// Resolved implements gms.Expression.
func (c *choice) Resolved() bool {
	for _, e := range c.Children() {
		if !e.Resolved() {
			return false
		}
	}
	return true
}

// Children implements gms.Expression: the conditions, and the values.
func (c *choice) Children() []gms.Expression {
	return append(append([]gms.Expression{}, c.conds...), c.values...)
}

// WithChildren implements gms.Expression.
func (c *choice) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) != len(c.conds)+len(c.values) {
		return nil, gms.ErrInvalidChildrenNumber.New(c, len(children), len(c.conds)+len(c.values))
	}
	out := &choice{name: c.name, conds: children[:len(c.conds)], values: children[len(c.conds):]}
	if out.merged() == nil {
		out.to = c.merged()
	}
	return out, nil
}

// String implements gms.Expression.
func (c *choice) String() string {
	if c.name != "case" {
		var args []string
		for _, e := range c.Children() {
			args = append(args, e.String())
		}
		return c.name + "(" + strings.Join(args, ",") + ")"
	}
	var b strings.Builder
	b.WriteString("case")
	for i, e := range c.conds {
		b.WriteString(" when " + e.String() + " then " + c.values[i].String())
	}
	if len(c.values) > len(c.conds) {
		b.WriteString(" else " + c.values[len(c.conds)].String())
	}
	return b.String() + " end"
}

// CollationCoercibility implements gms.CollationCoercible.
func (c *choice) CollationCoercibility(ctx *gms.Context) (collation gms.CollationID, level byte) {
	if t := c.merged().own; !t.IsString() {
		return gms.Collation_binary, 5
	}
	collation, level = gms.Collation_binary, 6
	for _, e := range c.values {
		if t, ok := convert.FromType(e.Type()); !ok || t.Kind == types.Null {
			continue
		}
		other, otherLevel := gms.GetCoercibility(ctx, e)
		collation, level = gms.ResolveCoercibility(collation, level, other, otherLevel)
	}
	return collation, level
}

// Eval implements gms.Expression.
func (c *choice) Eval(ctx *gms.Context, row gms.Row) (any, error) {
	if len(c.conds) == 0 {
		for _, e := range c.values {
			if v, err := e.Eval(ctx, row); v != nil || err != nil {
				return c.convert(ctx, v, e, err)
			}
		}
		return nil, nil
	}
	at := 0
	for ; at < len(c.conds); at++ {
		v, err := gms.EvaluateCondition(ctx, c.conds[at], row)
		if err != nil {
			return nil, err
		}
		if gms.IsTrue(v) {
			break
		}
	}
	if at == len(c.values) {
		return nil, nil
	}
	v, err := c.values[at].Eval(ctx, row)
	return c.convert(ctx, v, c.values[at], err)
}

func (c *choice) convert(ctx *gms.Context, v any, e gms.Expression, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return c.merged().convert(ctx, v, e)
}

func isTemporal(e gms.Expression) bool {
	t, ok := convert.FromType(e.Type())
	return ok && t.IsTemporal()
}
