package expr

import (
	"math/big"
	"slices"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/transform"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"
	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/sql/walk"
	"github.com/xadb/xadb/server/types"
)

// CheckArithmetic puts a guard around each +, - and * of a plan: the library
// lets whole numbers wrap around where MySQL says that they are out of range.
func CheckArithmetic(node gms.Node) (gms.Node, error) {
	return walk.Exprs(node, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		switch a := e.(type) {
		case *expression.Div, *Division:
			return withDoubles(e)
		case *expression.Arithmetic:
			if out, same, err := withDoubles(e); !same || err != nil {
				return out, same, err
			}
			switch a.Operator() {
			case sqlparser.PlusStr, sqlparser.MinusStr, sqlparser.MultStr:
				if isWhole(a.LeftChild) && isWhole(a.RightChild) {
					return &Guard{a}, transform.NewTree, nil
				}
			}
		case *expression.UnaryMinus:
			if n := wholeConstant(a.Child); hasDecimalOpposite(n) {
				t := types.Type{Kind: types.Decimal, Precision: uint8(len(n.Abs(n).String()))}
				typ, err := convert.ToType(t)
				out := &Cast{expression.UnaryExpression{Child: a.Child}, t, typ, ", decimal)"}
				return expression.NewUnaryMinus(out), transform.NewTree, err
			}
			if isWhole(a.Child) {
				return &Negation{a}, transform.NewTree, nil
			}
			switch t, known := convert.FromType(a.Child.Type()); {
			case known && t.IsNamed():
				return negated(memberDouble(a.Child)), transform.NewTree, nil
			case IsText(a.Child):
				return negated(asDouble(a.Child)), transform.NewTree, nil
			}
		}
		return e, transform.SameTree, nil
	})
}

// withDoubles has DOUBLEs for texts, members of an ENUM and documents, which the library reads otherwise.
func withDoubles(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
	children, changed := slices.Clone(e.Children()), false
	for i, child := range children {
		if _, interval := child.(*expression.Interval); interval {
			return e, transform.SameTree, nil
		}
		switch t, known := convert.FromType(child.Type()); {
		case known && t.IsNamed():
			children[i], changed = memberDouble(child), true
		case known && (t.IsText() || t.Kind == types.JSON):
			children[i], changed = asDouble(child), true
		}
	}
	if !changed {
		return e, transform.SameTree, nil
	}
	out, err := e.WithChildren(children...)
	return out, transform.NewTree, err
}

// hasDecimalOpposite reports whether a whole number that stands in the statement is below 0,
// or has an opposite below all of BIGINT: that is a DECIMAL to MySQL.
func hasDecimalOpposite(n *big.Int) bool {
	return n != nil && (n.Sign() < 0 || !n.IsInt64() && !new(big.Int).Neg(n).IsInt64())
}

func wholeConstant(e gms.Expression) *big.Int {
	switch e := e.(type) {
	case *expression.Literal:
		n, _, _ := WholeOf(e.Value())
		return n
	case *expression.UnaryMinus:
		return opposite(e.Child)
	case *Negation:
		return opposite(e.Child)
	}
	return nil
}

func opposite(e gms.Expression) *big.Int {
	n := wholeConstant(e)
	if n == nil {
		return nil
	}
	return n.Neg(n)
}

func asDouble(e gms.Expression) gms.Expression {
	if out, ok := InBranches(e); ok {
		return out
	}
	return &Cast{expression.UnaryExpression{Child: e}, types.Type{Kind: types.Double}, gtypes.Float64, ", double)"}
}

func negated(e gms.Expression) gms.Expression {
	return expression.NewArithmetic(e, expression.NewLiteral(float64(-1), gtypes.Float64), sqlparser.MultStr)
}

// A guard is +, - or * of two whole numbers, without wrapping around.
type Guard struct{ *expression.Arithmetic }

// WithChildren implements gms.Expression.
func (g *Guard) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	e, err := g.Arithmetic.WithChildren(children...)
	if a, ok := e.(*expression.Arithmetic); ok && err == nil {
		return &Guard{a}, nil
	}
	return e, err
}

// Eval implements gms.Expression.
func (g *Guard) Eval(ctx *gms.Context, row gms.Row) (any, error) {
	a, err := g.LeftChild.Eval(ctx, row)
	if err != nil {
		return nil, err
	}
	b, err := g.RightChild.Eval(ctx, row)
	if err != nil {
		return nil, err
	}
	if a == nil || b == nil {
		return nil, nil
	}
	x, aUnsigned, ok := WholeOf(a)
	y, bUnsigned, too := WholeOf(b)
	if !ok || !too { // not what its type says
		return g.Arithmetic.Eval(ctx, row)
	}
	switch g.Operator() {
	case sqlparser.PlusStr:
		x.Add(x, y)
	case sqlparser.MinusStr:
		x.Sub(x, y)
	default:
		x.Mul(x, y)
	}
	return inRange(x, aUnsigned || bUnsigned || isUnsigned(g), g.String())
}

// Type implements gms.Expression: whole numbers stay whole.
func (g *Guard) Type() gms.Type {
	return convert.WholeType(isUnsigned(g.LeftChild) || isUnsigned(g.RightChild))
}

// A negation is - of a whole number, without wrapping around.
type Negation struct{ *expression.UnaryMinus }

// WithChildren implements gms.Expression.
func (n *Negation) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	e, err := n.UnaryMinus.WithChildren(children...)
	if m, ok := e.(*expression.UnaryMinus); ok && err == nil {
		return &Negation{m}, nil
	}
	return e, err
}

// Eval implements gms.Expression.
func (n *Negation) Eval(ctx *gms.Context, row gms.Row) (any, error) {
	v, err := n.Child.Eval(ctx, row)
	if err != nil {
		return nil, err
	}
	if v == nil {
		return nil, nil
	}
	x, _, ok := WholeOf(v)
	if !ok { // not what its type says
		return n.UnaryMinus.Eval(ctx, row)
	}
	return inRange(x.Neg(x), false, n.String())
}

// Type implements gms.Expression.
func (*Negation) Type() gms.Type { return convert.WholeType(false) }

// isWhole: an expression of whole numbers, which YEAR is to MySQL, too.
func isWhole(e gms.Expression) bool {
	if _, is := e.(*expression.Interval); is {
		return false
	}
	t, ok := convert.FromType(e.Type())
	return ok && (t.IsInteger() || t.Kind == types.Bit)
}

func isUnsigned(e gms.Expression) bool {
	t, _ := convert.FromType(e.Type())
	return t.Unsigned || t.Kind == types.Year || t.Kind == types.Bit
}

// WholeOf is a value that is a whole number.
func WholeOf(v any) (n *big.Int, unsigned, ok bool) {
	value, err := convert.DownInteger(v)
	if err != nil {
		return nil, false, false
	}
	switch value := value.(type) {
	case int64:
		return big.NewInt(value), false, true
	case uint64:
		return new(big.Int).SetUint64(value), true, true
	}
	return nil, false, false
}

// inRange is a result as BIGINT, or BIGINT UNSIGNED.
func inRange(n *big.Int, unsigned bool, text string) (any, error) {
	switch {
	case unsigned && n.IsUint64():
		return n.Uint64(), nil
	case !unsigned && n.IsInt64():
		return n.Int64(), nil
	}
	what := "BIGINT"
	if unsigned {
		what = "BIGINT UNSIGNED"
	}
	return nil, mysqlerr.New(mysqlerr.DataOutOfRange, what, text)
}

// ExactType is an exact number's type as a DECIMAL.
func ExactType(t gms.Type) (types.Type, bool) {
	from, ok := convert.FromType(t)
	switch {
	case !ok:
	case from.Kind == types.Decimal:
		return from, true
	case from.IsInteger():
		return types.Type{Kind: types.Decimal, Precision: IntDigits[from.Kind]}, true
	case from.Kind == types.Bit:
		return types.Type{Kind: types.Decimal, Precision: IntDigits[types.BigInt]}, true
	}
	return types.Type{}, false
}

// IntDigits are the digits of whole numbers as DECIMALs.
var IntDigits = map[types.Kind]uint8{
	types.TinyInt: 3, types.SmallInt: 5, types.MediumInt: 8, types.Int: 10, types.BigInt: 20, types.Year: 4,
}
