package sql

import (
	"reflect"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/expression/function/aggregation"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/sql/spell"
	"github.com/xadb/xadb/server/sql/walk"
	"github.com/xadb/xadb/server/types"
)

// nameEnums makes strings of ENUM and SET where they stand among strings: to the
// library they are their numbers (MySQL manual, The ENUM Type).
func nameEnums(node gms.Node) (gms.Node, error) { return walk.Exprs(node, nameChildren) }

func nameChildren(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
	if in, is := e.(*plan.InSubquery); is {
		if out := inNames(in); out != nil {
			return out, transform.NewTree, nil
		}
	}
	children := e.Children()
	changed := false
	for i, child := range children {
		t, ok := namedType(child)
		if !ok {
			continue
		}
		at, with := i, gms.Expression(nil)
		if takesNumbers(e, i) {
			if at, with = 1-i, memberNames(e, i, t); with == nil {
				continue
			}
		}
		if !changed {
			children = append([]gms.Expression(nil), children...)
		}
		if with != nil {
			children[at], changed = with, true
			continue
		}
		children[i], changed = &names{expression.UnaryExpression{Child: child}, t}, true
	}
	if !changed {
		return e, transform.SameTree, nil
	}
	e, err := e.WithChildren(children...)
	return e, transform.NewTree, err
}

// inNames is a value IN the names that a subquery finds; nil if it finds others than those of
// ENUM or SET.
func inNames(in *plan.InSubquery) gms.Expression {
	query, is := in.Right().(*plan.Subquery)
	t, named := namedType(in.Right())
	if !is || !named {
		return nil
	}
	found := &foundRow{}
	name := gms.Expression(pick{query.Type(), found, 0})
	if !isNumber(in.Left()) {
		name = &names{expression.UnaryExpression{Child: name}, t}
	}
	compare := gms.Expression(expression.NewEquals(in.Left(), name))
	if left, ok := convert.FromType(in.Left().Type()); ok && left.HasDate() {
		compare = &momentCompare{expression.BinaryExpressionStub{LeftChild: in.Left(), RightChild: name}, "="}
	}
	return &quantified{compare, query, found, anyRow}
}

func namedType(e gms.Expression) (types.Type, bool) {
	if e == nil {
		return types.Type{}, false
	}
	switch e.Type().(type) {
	case gms.EnumType, gms.SetType:
		t, ok := convert.FromType(e.Type())
		return t, ok
	}
	return types.Type{}, false
}

// takesNumbers reports whether an expression takes its i-th operand, an ENUM or
// a SET, by its number, or only hands it on.
func takesNumbers(e gms.Expression, i int) bool {
	switch e := e.(type) {
	case *expression.Arithmetic, *expression.Div, *expr.Division, *averaged, *expression.IntDiv, *expression.Mod, *expression.UnaryMinus, *expression.BitOp,
		*expr.Guard, *expr.Negation, *exactNumber, *truth, *expr.MemberNumber, *expr.BitOperation, *aggregation.Sum, *aggregation.Avg,
		*expression.Not, *expression.IsNull, *expression.IsTrue, *expression.And, *expression.Or, *expression.Xor,
		*expression.Alias, *expression.DistinctExpression, *expression.SetField, expression.Tuple, *expression.EnumToString, *stored,
		*aggregation.Count, *aggregation.CountDistinct, *aggregation.First, *aggregation.Last, *plan.Subquery, *plan.ExistsSubquery, *expression.Wrapper:
		return true
	case *expression.Interval:
		return !strings.Contains(e.Unit, "_")
	case *expression.Convert:
		return gtypes.IsNumber(e.Type()) || gtypes.IsJSON(e.Type())
	case *expr.Cast:
		return e.To.IsNumber()
	case *aggregation.GroupConcat: // what it is sorted by comes first
		return i < reflect.ValueOf(e).Elem().FieldByName("sf").Len()
	case *expr.Function:
		return e.Numeric || e.Name == spell.Grouping || takesNumberAt(e.Name, i) || e.Name == "field" && !expr.ComparesTexts(e)
	case gms.FunctionExpression:
		return takesNumberAt(strings.ToLower(e.FunctionName()), i)
	case expression.Comparer:
		return comparesNumbers(e, i)
	}
	return false
}

// numberPlaces is which operands of functions are numbers, of bits: the first is the least.
var numberPlaces = map[string]uint{
	"elt": 1, "make_set": 1, "export_set": 1 | 1<<4, "makedate": 3, "maketime": 7, "char": ^uint(0), "inet_ntoa": 1, "abs": 1, "cast_year": 1, "mod": 3, "date_add": 2, "date_sub": 2, "json_valid": 1,
	"left": 2, "right": 2, "repeat": 2, "lpad": 2, "rpad": 2, "insert": 6, "substring": 6, "substr": 6, "mid": 6, "substring_index": 4,
	"from_days": 1, "sec_to_time": 1, "from_unixtime": 1, "period_add": 3, "period_diff": 3, "space": 1, "format": 3,
	// which are no documents, and refused
	"json_extract": 1, "member of": 2, "json_set": 1, "json_insert": 1, "json_replace": 1, "json_array_append": 1, "json_array_insert": 1, "json_remove": 1,
	"json_type": 1, "json_length": 1, "json_value": 1, "json_keys": 1, "json_depth": 1, "json_pretty": 1, "json_search": 1,
	"json_contains_path": 1, "json_contains": 3, "json_overlaps": 3, "json_merge_patch": ^uint(0), "json_merge_preserve": ^uint(0),
}

func takesNumberAt(name string, i int) bool { return i < 64 && numberPlaces[name]>>i&1 == 1 }

// comparesNumbers: an ENUM is compared with numbers as one, and may be so with
// strings that name a member, if only equality is asked for.
func comparesNumbers(e expression.Comparer, i int) bool {
	other := e.Right()
	if i == 1 {
		other = e.Left()
	}
	if list, ok := other.(expression.Tuple); ok {
		for _, item := range list {
			if !numberLike(e, i, item) {
				return false
			}
		}
		return true
	}
	return numberLike(e, i, other)
}

func numberLike(e expression.Comparer, i int, other gms.Expression) bool {
	if _, named := namedType(other); named {
		return false
	}
	if !gtypes.IsText(other.Type()) {
		return true
	}
	switch e.(type) {
	case *expression.Equals, *expression.InTuple, *expression.HashInTuple:
	default:
		return false
	}
	literal, ok := other.(*expression.Literal)
	if !ok {
		return false
	}
	text, ok := literal.Value().(string)
	t, _ := namedType(e.Children()[i])
	if !ok || t.Kind != types.Enum {
		return false
	}
	_, ok = t.Named([]byte(text))
	return ok
}

// memberNames is what an ENUM is compared with, by the members' own names where the
// texts are equal to them in ways that the library does not know; nil if it may stay.
func memberNames(e gms.Expression, i int, t types.Type) gms.Expression {
	c, is := e.(expression.Comparer)
	if !is || t.Kind != types.Enum {
		return nil
	}
	other := c.Right()
	if i == 1 {
		other = c.Left()
	}
	list, isList := other.(expression.Tuple)
	if !isList {
		return memberName(other, t)
	}
	out, changed := append(expression.Tuple(nil), list...), false
	for at, item := range list {
		if name := memberName(item, t); name != nil {
			out[at], changed = name, true
		}
	}
	if !changed {
		return nil
	}
	return out
}

func memberName(e gms.Expression, t types.Type) gms.Expression {
	literal, is := e.(*expression.Literal)
	if !is {
		return nil
	}
	text, is := literal.Value().(string)
	n, ok := t.Named([]byte(text))
	if !is || !ok || n == 0 || t.Members[n-1] == text {
		return nil
	}
	return expression.NewLiteral(t.Members[n-1], literal.Type())
}

// names is an ENUM or a SET as text.
type names struct {
	expression.UnaryExpression
	typ types.Type
}

// Member is the member of the ENUM or SET.
func (n *names) Member() gms.Expression { return n.Child }

// Type implements gms.Expression.
func (n *names) Type() gms.Type { return gtypes.CreateLongText(gms.CollationID(n.typ.Collation)) }

// String implements gms.Expression.
func (n *names) String() string { return n.Child.String() }

// CollationCoercibility implements gms.CollationCoercible: that of a column.
func (n *names) CollationCoercibility(*gms.Context) (gms.CollationID, byte) {
	return gms.CollationID(n.typ.Collation), 2
}

// WithChildren implements gms.Expression.
func (n *names) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) != 1 {
		return nil, gms.ErrInvalidChildrenNumber.New(n, len(children), 1)
	}
	return &names{expression.UnaryExpression{Child: children[0]}, n.typ}, nil
}

// Eval implements gms.Expression.
func (n *names) Eval(ctx *gms.Context, row gms.Row) (any, error) {
	v, err := n.Child.Eval(ctx, row)
	if err != nil || v == nil {
		return nil, err
	}
	value, from, err := convert.Down(ctx, v, n.Child.Type())
	if err != nil {
		return nil, err
	}
	return string(types.Text(value, from)), nil
}

// namedTexts makes texts of members where the library would make them of what is no member
// by now, but its text.
func namedTexts(node gms.Node) (gms.Node, error) {
	return walk.Exprs(node, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		to, is := e.(*expression.EnumToString)
		if !is {
			return e, transform.SameTree, nil
		}
		if t, named := namedType(to.Enum); named {
			return &names{expression.UnaryExpression{Child: to.Enum}, t}, transform.NewTree, nil
		}
		if t, _ := convert.FromType(to.Enum.Type()); t.IsString() {
			return to.Enum, transform.NewTree, nil
		}
		return e, transform.SameTree, nil
	})
}
