package expr

import (
	"slices"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/expression/function"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"
	"github.com/shopspring/decimal"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/sql/walk"
	"github.com/xadb/xadb/server/types"
)

// A choice is IF, IFNULL, COALESCE or CASE: the value of the first condition that is
// true, or else the last one; without conditions the first value that is not NULL. Its
// type has the values of all: the library's is that of one of them.
type Choice struct {
	Name   string
	Conds  []gms.Expression
	Values []gms.Expression
	to     *Merged // known when it is asked for the first time
	own    bool    // a DECIMAL has the digits of the value that was chosen
}

var _ gms.CollationCoercible = (*Choice)(nil)

// newChoice is what an expression of the library chooses; nil if it is none, or stays
// the library's.
func newChoice(e gms.Expression) *Choice {
	var out *Choice
	switch e := e.(type) {
	case *function.If:
		args := e.Children()
		out = &Choice{Name: "if", Conds: args[:1], Values: args[1:]}
	case *function.IfNull:
		out = &Choice{Name: "ifnull", Values: e.Children()}
	case *function.Coalesce:
		out = &Choice{Name: "coalesce", Values: e.Children()}
	case *expression.Case:
		out = ofCase(e)
	}
	if out == nil {
		return nil
	}
	for _, e := range out.Values {
		if !e.Resolved() {
			return nil
		}
	}
	if out.merged() == nil {
		return nil
	}
	return out
}

// IsChoice reports whether an expression of the library becomes a Choice, which may have
// another type.
func IsChoice(e gms.Expression) bool { return newChoice(e) != nil }

// MixedChoices are those of dates and others, which are texts: the library compares them
// as dates.
func MixedChoices(node gms.Node) (gms.Node, error) {
	return walk.Exprs(node, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		c := newChoice(e)
		if c == nil || !c.merged().Own.IsText() {
			return e, transform.SameTree, nil
		}
		if c.HasMoments() {
			return c, transform.NewTree, nil
		}
		return e, transform.SameTree, nil
	})
}

// settledChoices has choices among dates, moments or DECIMALs for the library's, whose type is
// a text or that of the first where these are of several types.
func settledChoices(args []gms.Expression) []gms.Expression {
	out := slices.Clone(args)
	for i, e := range args {
		if c := newChoice(e); c != nil && (c.merged().Own.IsTemporal() || c.merged().Own.Kind == types.Decimal) {
			out[i] = c
		}
	}
	return out
}

// HasMoments reports whether dates, moments or times are among the values.
func (c *Choice) HasMoments() bool {
	return slices.ContainsFunc(c.Values, IsTemporal)
}

// A TextNumber is the number that the text of a date among others begins with, of which
// MySQL does not warn.
type TextNumber struct{ expression.UnaryExpression }

// Type implements gms.Expression.
func (*TextNumber) Type() gms.Type { return gtypes.Float64 }

// String implements gms.Expression.
func (n *TextNumber) String() string { return n.Child.String() }

// WithChildren implements gms.Expression.
func (n *TextNumber) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) != 1 {
		return nil, gms.ErrInvalidChildrenNumber.New(n, len(children), 1)
	}
	return &TextNumber{expression.UnaryExpression{Child: children[0]}}, nil
}

// Eval implements gms.Expression.
func (n *TextNumber) Eval(ctx *gms.Context, row gms.Row) (any, error) {
	v, err := n.Child.Eval(ctx, row)
	if err != nil || v == nil {
		return nil, err
	}
	value, from, err := convert.Down(ctx, v, n.Child.Type())
	if err != nil || value == nil {
		return nil, err
	}
	if from.Kind == types.JSON {
		return documentNumber(ctx, value, n.Child, types.Type{Kind: types.Double})
	}
	text := types.Text(value, from)
	f, clean := types.FloatOfString(text)
	if !clean && from.IsBytes() {
		ctx.Warn(mysqlerr.TruncatedWrongValue, TruncatedWord+"DOUBLE value: '%s'", types.Printed(text))
	}
	return f, nil
}

// ofCase is a CASE. One with a value compares it once for each branch; what may have
// another value each time stays the library's.
func ofCase(c *expression.Case) *Choice {
	out := &Choice{Name: "case"}
	for _, b := range c.Branches {
		cond := b.Cond
		if c.Expr != nil {
			if Changes(c.Expr) {
				return nil
			}
			cond = CaseEquals(c.Expr, cond)
		}
		out.Conds, out.Values = append(out.Conds, cond), append(out.Values, b.Value)
	}
	if c.Else != nil {
		out.Values = append(out.Values, c.Else)
	}
	return out
}

// Changes reports whether an expression may have another value when it is asked again,
// or takes long.
func Changes(e gms.Expression) bool {
	found := false
	gms.Inspect(e, func(e gms.Expression) bool {
		switch e := e.(type) {
		case *plan.Subquery:
			found = true
		case gms.NonDeterministicExpression:
			found = found || e.IsNonDeterministic()
		}
		return !found
	})
	return found
}

func (c *Choice) merged() *Merged {
	if c.to == nil {
		c.to = MergeTypes(c.Values)
	}
	return c.to
}

// Type implements gms.Expression.
func (c *Choice) Type() gms.Type { return c.merged().Type }

// IsNullable implements gms.Expression.
func (c *Choice) IsNullable() bool {
	for _, e := range c.Values {
		if e.IsNullable() == (len(c.Conds) > 0) {
			return len(c.Conds) > 0
		}
	}
	return len(c.Conds) == 0 || len(c.Values) == len(c.Conds)
}

// Resolved implements gms.Expression.
func (c *Choice) Resolved() bool {
	for _, e := range c.Children() {
		if !e.Resolved() {
			return false
		}
	}
	return true
}

// Children implements gms.Expression: the conditions, and the values.
func (c *Choice) Children() []gms.Expression {
	return append(append([]gms.Expression{}, c.Conds...), c.Values...)
}

// WithChildren implements gms.Expression.
func (c *Choice) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) != len(c.Conds)+len(c.Values) {
		return nil, gms.ErrInvalidChildrenNumber.New(c, len(children), len(c.Conds)+len(c.Values))
	}
	out := &Choice{Name: c.Name, Conds: children[:len(c.Conds)], Values: children[len(c.Conds):], own: c.own}
	if out.merged() == nil {
		out.to = c.merged()
	}
	return out, nil
}

// String implements gms.Expression.
func (c *Choice) String() string {
	if c.Name != "case" {
		var args []string
		for _, e := range c.Children() {
			args = append(args, e.String())
		}
		return c.Name + "(" + strings.Join(args, ",") + ")"
	}
	var b strings.Builder
	b.WriteString("case")
	for i, e := range c.Conds {
		b.WriteString(" when " + e.String() + " then " + c.Values[i].String())
	}
	if len(c.Values) > len(c.Conds) {
		b.WriteString(" else " + c.Values[len(c.Conds)].String())
	}
	return b.String() + " end"
}

// CollationCoercibility implements gms.CollationCoercible.
func (c *Choice) CollationCoercibility(ctx *gms.Context) (collation gms.CollationID, level byte) {
	if t := c.merged().Own; !t.IsString() {
		return gms.Collation_binary, 5
	}
	collation, level = gms.Collation_binary, 6
	for _, e := range c.Values {
		if t, ok := convert.FromType(e.Type()); !ok || t.Kind == types.Null {
			continue
		}
		other, otherLevel := gms.GetCoercibility(ctx, e)
		collation, level = gms.ResolveCoercibility(collation, level, other, otherLevel)
	}
	return collation, level
}

// Eval implements gms.Expression.
func (c *Choice) Eval(ctx *gms.Context, row gms.Row) (any, error) {
	if len(c.Conds) == 0 {
		for _, e := range c.Values {
			if v, err := e.Eval(ctx, row); v != nil || err != nil {
				return c.convert(ctx, v, e, err)
			}
		}
		return nil, nil
	}
	at := 0
	for ; at < len(c.Conds); at++ {
		v, err := gms.EvaluateCondition(ctx, c.Conds[at], row)
		if err != nil {
			return nil, err
		}
		if gms.IsTrue(v) {
			break
		}
	}
	if at == len(c.Values) {
		return nil, nil
	}
	v, err := c.Values[at].Eval(ctx, row)
	return c.convert(ctx, v, c.Values[at], err)
}

func (c *Choice) convert(ctx *gms.Context, v any, e gms.Expression, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	if c.own && v != nil {
		return c.asChosen(ctx, v, e)
	}
	return c.merged().convert(ctx, v, e)
}

// KeepDigits is an IF or a CASE of DECIMALs that gives each value with the digits that it has
// by itself; ok is false of others.
func (c *Choice) KeepDigits() (_ *Choice, ok bool) {
	if len(c.Conds) == 0 || c.merged().Own.Kind != types.Decimal {
		return c, false
	}
	out := &Choice{Name: c.Name, Conds: c.Conds, Values: slices.Clone(c.Values), to: c.to, own: true}
	for i, e := range out.Values {
		if inner, is := e.(*Choice); is {
			out.Values[i], _ = inner.KeepDigits()
		}
	}
	return out, true
}

// asChosen is a value as a DECIMAL with its own digits.
func (c *Choice) asChosen(ctx *gms.Context, v any, e gms.Expression) (any, error) {
	typ := e.Type()
	if inner, is := e.(*Choice); is && inner.own {
		typ = gtypes.InternalDecimalType
	}
	value, from, err := convert.Down(ctx, v, typ)
	if err != nil || value == nil {
		return nil, err
	}
	if _, is := value.(binlog.Decimal); !is && !from.IsInteger() {
		return c.merged().convert(ctx, v, e)
	}
	return decimal.NewFromString(string(types.Text(value, from)))
}

// IsTemporal reports whether an expression is a date, a moment or a time.
func IsTemporal(e gms.Expression) bool {
	t, ok := convert.FromType(e.Type())
	return ok && t.IsTemporal()
}
