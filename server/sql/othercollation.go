package sql

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/sql/walk"
	"github.com/xadb/xadb/server/types"
)

// otherCollations hides columns from the choice of an index that are compared with a
// value in another collation than theirs: equal and less are something else in the index.
func otherCollations(ctx *gms.Context, node gms.Node) (gms.Node, error) {
	return walk.Exprs(node, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		switch e.(type) {
		case *expression.Equals, *expression.NullSafeEquals, *expression.GreaterThan, *expression.GreaterThanOrEqual,
			*expression.LessThan, *expression.LessThanOrEqual, *expression.Between, *expression.InTuple:
		default:
			return e, transform.SameTree, nil
		}
		children := e.Children()
		hidden := false
		for i, child := range children {
			if col, is := child.(*expression.GetField); is && comparedOtherwise(ctx, col, children) {
				c, _ := expr.CollationOfAll(ctx, flat(e.Children()))
				children[i], hidden = &hiddenColumn{expression.UnaryExpression{Child: col}, c}, true
			}
		}
		if !hidden {
			return e, transform.SameTree, nil
		}
		out, err := e.WithChildren(children...)
		return out, transform.NewTree, err
	})
}

// comparedOtherwise reports whether the collation of a comparison with a value is not
// the column's.
func comparedOtherwise(ctx *gms.Context, col *expression.GetField, operands []gms.Expression) bool {
	t, ok := convert.FromType(col.Type())
	if !ok || !t.IsText() || t.IsNamed() {
		return false
	}
	for _, v := range flat(operands) {
		if v != gms.Expression(col) && isString(v) && isConstant(v) && comparison(ctx, col, v) != t.Collation {
			return true
		}
	}
	return false
}

// flat has what is in a list in the list's place.
func flat(operands []gms.Expression) (out []gms.Expression) {
	for _, o := range operands {
		out = append(out, sides(o)...)
	}
	return out
}

func isString(e gms.Expression) bool {
	t, ok := convert.FromType(e.Type())
	return ok && t.IsString()
}

// isConstant reports whether a value depends on no row.
func isConstant(e gms.Expression) bool {
	constant := true
	gms.Inspect(e, func(e gms.Expression) bool {
		_, column := e.(*expression.GetField)
		constant = constant && !column
		return constant
	})
	return constant
}

// comparison is the collation in which two strings are compared; bytes are, too.
func comparison(ctx *gms.Context, l, r gms.Expression) types.Collation {
	if c, ok := expr.CommonCollation(ctx, l, r); ok {
		return c
	}
	return types.CollationBinary
}

// A hiddenColumn is a column that the library does not know for one. It asks for the
// collation of the comparison that it is in, of which the library makes two for BETWEEN.
type hiddenColumn struct {
	expression.UnaryExpression
	collation types.Collation // 0: they are compared as bytes
}

// Hidden is the column.
func (h *hiddenColumn) Hidden() gms.Expression { return h.Child }

// Type implements gms.Expression.
func (h *hiddenColumn) Type() gms.Type { return h.Child.Type() }

// String implements gms.Expression.
func (h *hiddenColumn) String() string { return h.Child.String() }

// CollationCoercibility implements gms.CollationCoercible.
func (h *hiddenColumn) CollationCoercibility(ctx *gms.Context) (gms.CollationID, byte) {
	if h.collation != 0 {
		return gms.CollationID(h.collation), 0
	}
	return gms.GetCoercibility(ctx, h.Child)
}

// Eval implements gms.Expression.
func (h *hiddenColumn) Eval(ctx *gms.Context, row gms.Row) (any, error) {
	return h.Child.Eval(ctx, row)
}

// WithChildren implements gms.Expression.
func (h *hiddenColumn) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) != 1 {
		return nil, gms.ErrInvalidChildrenNumber.New(h, len(children), 1)
	}
	return &hiddenColumn{expression.UnaryExpression{Child: children[0]}, h.collation}, nil
}
