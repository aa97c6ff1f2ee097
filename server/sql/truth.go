package sql

import (
	"slices"

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
	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/sql/walk"
	"github.com/xadb/xadb/server/types"
)

// truths makes conditions of values that are neither numbers nor conditions: true is what
// is not 0 as a number. The library takes texts that only begin with a number for false,
// dates for true, and has no answer for times and documents.
func truths(node gms.Node) (gms.Node, error) {
	node, err := walk.Exprs(node, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		children := slices.Clone(e.Children())
		changed := false
		for _, i := range truthsOf(e) {
			if t := truthOf(children[i]); t != nil {
				_, isIf := e.(*function.If)
				_, isCase := e.(*expression.Case)
				t.whole = isIf || isCase
				children[i], changed = t, true
			}
		}
		if !changed {
			return e, transform.SameTree, nil
		}
		out, err := e.WithChildren(children...)
		return out, transform.NewTree, err
	})
	if err != nil {
		return nil, err
	}
	return walk.Nodes(node, func(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
		switch n.(type) {
		case *plan.Filter, *plan.Having, *plan.JoinNode:
			return filteredByTruth(n, n.(gms.Expressioner))
		}
		return n, transform.SameTree, nil
	})
}

func filteredByTruth(n gms.Node, with gms.Expressioner) (gms.Node, transform.TreeIdentity, error) {
	list, changed := slices.Clone(with.Expressions()), false
	for i, e := range list {
		if t := truthOf(e); t != nil {
			list[i], changed = t, true
		}
	}
	if !changed {
		return n, transform.SameTree, nil
	}
	out, err := with.WithExpressions(list...)
	return out, transform.NewTree, err
}

// truthsOf is which operands of an expression are true or false.
func truthsOf(e gms.Expression) (places []int) {
	switch e := e.(type) {
	case *expression.And, *expression.Or, *expression.Xor:
		return []int{0, 1}
	case *expression.Not, *expression.IsTrue, *function.If:
		return []int{0}
	case *expression.Case:
		if e.Expr == nil {
			for i := range e.Branches { // each has its value behind it
				places = append(places, 2*i)
			}
		}
	}
	return places
}

// truthOf is the truth of a value; nil if the library knows it.
func truthOf(e gms.Expression) *truth {
	if e == nil || !e.Resolved() || gtypes.NumColumns(e.Type()) != 1 {
		return nil
	}
	t, known := convert.FromType(e.Type())
	if !known || t.IsNumber() || t.Kind == types.Bit || t.Kind == types.Null || t.Kind == types.Geometry || t.Kind == types.Vector {
		return nil
	}
	if n := expr.HexNumber(e); n != nil {
		e = n
	}
	if n, ok := expr.InBranches(e); ok {
		e = n
	}
	return &truth{expression.UnaryExpression{Child: e}, false}
}

// A truth is whether a text, a date or a document is not 0.
type truth struct {
	expression.UnaryExpression
	whole bool // of a document counts the number that it is made to, as IF and CASE ask
}

var _ gms.CollationCoercible = (*truth)(nil)

// Type implements gms.Expression.
func (*truth) Type() gms.Type { return gtypes.Boolean }

// String implements gms.Expression.
func (t *truth) String() string { return t.Child.String() }

// CollationCoercibility implements gms.CollationCoercible.
func (*truth) CollationCoercibility(*gms.Context) (gms.CollationID, byte) {
	return gms.Collation_binary, 5
}

// WithChildren implements gms.Expression.
func (t *truth) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) != 1 {
		return nil, gms.ErrInvalidChildrenNumber.New(t, len(children), 1)
	}
	return &truth{expression.UnaryExpression{Child: children[0]}, t.whole}, nil
}

// Eval implements gms.Expression.
func (t *truth) Eval(ctx *gms.Context, row gms.Row) (any, error) {
	v, err := t.Child.Eval(ctx, row)
	if err != nil || v == nil {
		return nil, err
	}
	if document, is := v.(gms.JSONWrapper); is && !t.whole {
		if c := callOf(ctx); !c.doubted {
			c.doubted = true
			c.warn(mysqlerr.New(mysqlerr.JSONInCondition))
		}
		tree, err := document.ToInterface()
		return !isZeroNumber(tree), err
	}
	value, from, err := convert.Down(ctx, v, t.Child.Type())
	if err != nil || value == nil {
		return nil, err
	}
	switch value := value.(type) {
	case []byte:
		if from.Kind == types.JSON {
			return expr.DocumentTruth(ctx, v, t.Child)
		}
		f, clean := types.FloatOfString(value)
		if !clean && len(value) > 0 && !expr.IsLongText(t.Child) {
			callOf(ctx).warn(mysqlerr.New(mysqlerr.TruncatedWrongValue, "DOUBLE", string(value)))
		}
		return f != 0, nil
	case binlog.DateTime, binlog.Duration:
		return !types.TemporalNumber(value, from).IsZero(), nil
	case uint64:
		return value != 0, nil
	}
	f, _, _ := types.FloatOf(value, from)
	return f != 0, nil
}

// isZeroNumber reports whether a document is the number 0: any other one is true.
func isZeroNumber(tree any) bool {
	switch n := tree.(type) {
	case float64:
		return n == 0
	case int64:
		return n == 0
	case uint64:
		return n == 0
	case decimal.Decimal:
		return n.IsZero()
	}
	return false
}
