package sql

import (
	"slices"

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

// numberTexts makes numbers of texts that are compared with numbers (MySQL manual,
// Type Conversion in Expression Evaluation): of those in the statement that are not
// written as one, which the library refuses where it looks for an index, and of others, of
// which it would make 0 where they only begin with a number.
func (c *call) numberTexts(node gms.Node) (gms.Node, error) {
	return walk.Exprs(node, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		var list []gms.Expression
		switch e := e.(type) {
		case *expression.Equals, *expression.NullSafeEquals, *expression.GreaterThan, *expression.GreaterThanOrEqual,
			*expression.LessThan, *expression.LessThanOrEqual, *expression.Between:
			list = append(list, e.Children()...)
			if _, is := e.(*expression.Between); is && mixes(list) {
				out, err := e.WithChildren(doublesOf(list)...)
				return out, transform.NewTree, err
			}
		case *expression.InTuple:
			tuple, is := e.Right().(expression.Tuple)
			if !is {
				return e, transform.SameTree, nil
			}
			list = append([]gms.Expression{e.Left()}, tuple...)
		default:
			return e, transform.SameTree, nil
		}
		changed, err := c.numberAll(list)
		if err != nil || !changed {
			return e, transform.SameTree, err
		}
		if _, in := e.(*expression.InTuple); in {
			return expression.NewInTuple(list[0], expression.NewTuple(list[1:]...)), transform.NewTree, nil
		}
		out, err := e.WithChildren(list...)
		return out, transform.NewTree, err
	})
}

// mixes reports whether there are texts and numbers, and nothing else. BETWEEN compares
// all of them as numbers then.
func mixes(list []gms.Expression) bool {
	texts, numbers := 0, 0
	for _, e := range list {
		switch {
		case expr.IsText(e):
			texts++
		case isNumber(e):
			numbers++
		}
	}
	return texts > 0 && numbers > 0 && texts+numbers == len(list)
}

func doublesOf(list []gms.Expression) []gms.Expression {
	out := make([]gms.Expression, len(list))
	for i, e := range list {
		if out[i] = e; expr.IsText(e) {
			out[i] = expr.AsDouble(e, types.Type{})
		}
	}
	return out
}

// numberAll changes what is compared with the first of the list, and the first.
func (c *call) numberAll(list []gms.Expression) (changed bool, err error) {
	for i := 1; i < len(list); i++ {
		for _, pair := range [][2]int{{i, 0}, {0, i}} {
			e, ok, err := c.numberText(list[pair[0]], list[pair[1]])
			if err != nil {
				return false, err
			}
			if ok {
				list[pair[0]], changed = e, true
			}
		}
	}
	if changed && slices.ContainsFunc(list, func(e gms.Expression) bool { return gtypes.IsFloat(e.Type()) }) {
		for i, e := range list { // DOUBLEs are no bits
			if t, known := convert.FromType(e.Type()); known && t.Kind == types.Bit {
				list[i] = expression.NewConvert(e, expression.ConvertToUnsigned)
			}
		}
	}
	return changed, nil
}

// numberText is a text as the number that another operand is compared with; ok is
// false if it may stay as it is.
func (c *call) numberText(e, with gms.Expression) (_ gms.Expression, ok bool, err error) {
	t, known := convert.FromType(with.Type())
	if !expr.IsText(e) || !known || !expr.IsNumeric(t) {
		return nil, false, nil
	}
	literal, is := e.(*expression.Literal)
	if !is {
		return expr.AsDouble(e, types.Type{}), true, nil
	}
	text, is := literal.Value().(string)
	if !is {
		return nil, false, nil
	}
	f, clean := types.FloatOfString([]byte(text))
	warning := mysqlerr.New(mysqlerr.TruncatedWrongValue, "DOUBLE", text)
	switch {
	case text == "": // 0, of which nobody is told
	case clean && t.Kind == types.Bit: // IN compares texts with bits as bytes
	case clean:
		return nil, false, nil
	case c.stmt.Kind == writeKind && !c.cuts():
		return nil, false, warning
	default:
		c.warn(warning)
	}
	if n := int64(f); float64(n) == f && n < 1<<53 && n > -1<<53 {
		return expression.NewLiteral(n, gtypes.Int64), true, nil
	}
	return expression.NewLiteral(f, gtypes.Float64), true, nil
}
