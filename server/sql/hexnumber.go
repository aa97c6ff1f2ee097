package sql

import (
	"slices"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/expression/function/aggregation"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/xadb/xadb/server/reword"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/sql/walk"
	"github.com/xadb/xadb/server/types"
)

// numberBytes makes numbers of bytes where something is calculated with them, or they are
// compared with numbers: of X'41' and B'1' the bits, of others what they begin with as a
// text. The library takes all of them for bits, or for 0.
func numberBytes(node gms.Node) (gms.Node, error) {
	return walk.Exprs(node, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		switch e := e.(type) {
		case *expression.BitOp, *expression.Convert: // which take them by themselves
			return e, transform.SameTree, nil
		case *expression.InTuple:
			if list, is := e.Right().(expression.Tuple); is {
				return numberBytesIn(e, list)
			}
			return e, transform.SameTree, nil
		case *aggregation.Avg, *aggregation.StdDevPop, *aggregation.StdDevSamp, *aggregation.VarPop, *aggregation.VarSamp, *aggregation.Sum:
			return numberedArgument(e)
		case *aggregation.BitAnd, *aggregation.BitOr, *aggregation.BitXor:
			return bitsOfArgument(e)
		case *plan.InSubquery:
			return e, transform.SameTree, nil
		case expression.Comparer, *expression.Between:
			if !slices.ContainsFunc(e.Children(), numeric) {
				return e, transform.SameTree, nil
			}
		case *expr.Function:
			if ofHexNumber[e.Name] && expr.HexNumber(e.Args[0]) == nil {
				return e, transform.SameTree, nil
			}
			if !ofHexNumber[e.Name] && !e.Numeric && !ofInterval(e) || e.Name == "bit_count" || e.Name == reword.BitNot { // those have bits of bytes
				return e, transform.SameTree, nil
			}
		default:
			if !calculates(e) {
				return e, transform.SameTree, nil
			}
		}
		list, changed := numbersOfBytes(e.Children())
		if !changed {
			return e, transform.SameTree, nil
		}
		if f, is := e.(gms.FunctionExpression); is && ofOneNumber[f.FunctionName()] {
			list[0] = expr.AsDouble(list[0], types.Type{})
		}
		out, err := e.WithChildren(list...)
		return out, transform.NewTree, err
	})
}

// ofHexNumber are functions of digits to which X'41' and B'1' are numbers, and other bytes are
// texts.
var ofHexNumber = map[string]bool{"bin": true, "oct": true, "from_unixtime": true}

// numberBytesIn is IN of a list in which numbers and bytes meet.
func numberBytesIn(e *expression.InTuple, list expression.Tuple) (gms.Expression, transform.TreeIdentity, error) {
	all := append([]gms.Expression{e.Left()}, list...)
	if !numeric(e.Left()) && !slices.ContainsFunc(list, numeric) {
		return e, transform.SameTree, nil
	}
	all, changed := numbersOfBytes(all)
	if !changed {
		return e, transform.SameTree, nil
	}
	return expression.NewInTuple(all[0], expression.NewTuple(all[1:]...)), transform.NewTree, nil
}

// numeric reports whether bytes that meet an expression are numbers.
func numeric(e gms.Expression) bool {
	t, known := convert.FromType(e.Type())
	return known && expr.IsNumeric(t)
}

func ofInterval(f *expr.Function) bool { return f.Name == "interval" }

// numbersOfBytes is a list with numbers in place of bytes.
func numbersOfBytes(list []gms.Expression) (out []gms.Expression, changed bool) {
	out = slices.Clone(list)
	for i, e := range list {
		if e == nil {
			continue
		}
		if n := expr.HexNumber(e); n != nil {
			out[i], changed = n, true
		} else if n, ok := expr.InBranches(e); ok {
			out[i], changed = n, true
		} else if _, variable := e.(*expression.UserVar); variable && expr.IsPlainBytes(e) { // of which the library makes X'41'
			out[i], changed = &expr.TextNumber{UnaryExpression: expression.UnaryExpression{Child: e}}, true
		} else if expr.IsPlainBytes(e) {
			out[i], changed = expr.AsDouble(e, types.Type{}), true
		}
	}
	return out, changed
}

// numberedArgument is an aggregate of numbers with one in place of a text or a document: the
// library takes those for 0 that only begin with a number.
func numberedArgument(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
	list := slices.Clone(e.Children())
	if len(list) == 0 || !list[0].Resolved() || expr.IsChoice(list[0]) {
		return e, transform.SameTree, nil
	}
	switch t, known := convert.FromType(list[0].Type()); {
	case !known:
		return e, transform.SameTree, nil
	case t.IsText():
		list[0] = expr.AsDouble(list[0], types.Type{})
	case t.Kind == types.JSON:
		list[0] = &expr.TextNumber{UnaryExpression: expression.UnaryExpression{Child: list[0]}}
	default:
		out, changed := numbersOfBytes(list)
		if !changed {
			return e, transform.SameTree, nil
		}
		list = out
	}
	out, err := e.WithChildren(list...)
	return out, transform.NewTree, err
}

// bitsOfArgument is an aggregate of bits of 64 bits: the library has others of what is no
// whole number.
func bitsOfArgument(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
	list := slices.Clone(e.Children())
	if len(list) == 0 || !list[0].Resolved() {
		return e, transform.SameTree, nil
	}
	t, known := convert.FromType(list[0].Type())
	if _, done := list[0].(*expr.Function); done && t.Unsigned || !known || t.IsString() && !t.IsText() || t.Kind == types.Null {
		return e, transform.SameTree, nil
	}
	list = []gms.Expression{expr.NewBitsOf(list[0])}
	out, err := e.WithChildren(list...)
	return out, transform.NewTree, err
}
