package sql

import (
	"slices"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/sql/walk"
	"github.com/xadb/xadb/server/types"
)

// timeAndNumber reports whether one of two is a TIME, and the other a number.
func timeAndNumber(a, b gms.Expression) bool {
	return gtypes.IsTimespan(a.Type()) && isNumber(b) || isNumber(a) && gtypes.IsTimespan(b.Type())
}

// mixedCompares compares values of two kinds of which the library makes the one to the
// other's, with an error where it cannot (MySQL manual, Type Conversion in Expression
// Evaluation):
//
//	documents       with anything, which becomes a document
//	years           with dates as the beginning of the year, with times as numbers
//	times           with dates as those of today, with texts as texts, but with a constant
//	                that is a time
//	ENUM, SET       with numbers of all kinds by number
//	bytes, bits     with dates, and constants of bytes with texts, as texts
//
// IN compares with each of its list, and BETWEEN with both ends, where such meet.
func (c *call) mixedCompares(node gms.Node) (gms.Node, error) {
	tables := c.origins(node)
	pair := func(e expression.Comparer) gms.Expression {
		out := c.mixedPair(e, tables)
		if compared, is := out.(expression.Comparer); is {
			e = compared
		} else if out != nil {
			return out
		}
		return c.noDateError(e)
	}
	odd := func(l, r gms.Expression) bool {
		return c.mixedPair(expression.NewEquals(l, r), tables) != nil
	}
	return walk.Exprs(node, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		switch e := e.(type) {
		case *expression.Between:
			if list := doublesAmong(e); list != nil {
				return expression.NewBetween(list[0], list[1], list[2]), transform.NewTree, nil
			}
			if odd(e.Val, e.Lower) || odd(e.Val, e.Upper) {
				return expression.NewAnd(pair(expression.NewGreaterThanOrEqual(e.Val, e.Lower)), pair(expression.NewLessThanOrEqual(e.Val, e.Upper))), transform.NewTree, nil
			}
		case *expression.InTuple:
			list, is := e.Right().(expression.Tuple)
			if out := inMoments(e, list); out != nil {
				return out, transform.NewTree, nil
			}
			if out := apartKinds(e, list); out != nil {
				return out, transform.NewTree, nil
			}
			if !is || !slices.ContainsFunc(list, func(item gms.Expression) bool {
				return odd(e.Left(), item) || isNamed(item) || timeAndNumber(e.Left(), item)
			}) {
				break
			}
			var all []gms.Expression
			for _, item := range list {
				all = append(all, pair(expression.NewEquals(e.Left(), item)))
			}
			return expression.JoinOr(all...), transform.NewTree, nil
		case *plan.InSubquery:
			query, is := e.Right().(*plan.Subquery)
			if !is || gtypes.NumColumns(e.Left().Type()) != 1 {
				break
			}
			found := &foundRow{}
			equal := expression.NewEquals(e.Left(), pick{query.Type(), found, 0})
			if odd(equal.Left(), equal.Right()) {
				return &quantified{pair(equal), query, found, anyRow}, transform.NewTree, nil
			}
		case expression.Comparer:
			if out := c.mixedPair(e, tables); out != nil {
				return out, transform.NewTree, nil
			}
		}
		return e, transform.SameTree, nil
	})
}

// apartKinds is a text or a member of an ENUM IN a list of numbers and texts: each is compared
// with its own. It is nil of others.
func apartKinds(e *expression.InTuple, list expression.Tuple) gms.Expression {
	t, known := convert.FromType(e.Left().Type())
	if !known || !t.IsString() && !t.IsNamed() {
		return nil
	}
	var numbers, texts expression.Tuple
	for _, item := range list {
		switch it, known := convert.FromType(item.Type()); {
		case known && expr.IsNumeric(it):
			numbers = append(numbers, item)
		case known && (it.IsString() || it.Kind == types.Null):
			texts = append(texts, item)
		default:
			return nil
		}
	}
	if len(numbers) == 0 || len(texts) == 0 {
		return nil
	}
	return expression.NewOr(expression.NewInTuple(e.Left(), numbers), expression.NewInTuple(e.Left(), texts))
}

// mixedPair is a comparison of two kinds; nil of others.
func (c *call) mixedPair(e expression.Comparer, tables map[string]*catalog.Table) gms.Expression {
	operator := operatorOf(e)
	l, r := e.Left(), e.Right()
	lt, lok := convert.FromType(l.Type())
	rt, rok := convert.FromType(r.Type())
	if operator == "" || !lok || !rok || lt.Kind == types.Null || rt.Kind == types.Null {
		return nil
	}
	if lt.Kind == types.JSON || rt.Kind == types.JSON {
		if lt.Kind == types.Geometry || rt.Kind == types.Geometry || lt.Kind == types.Vector || rt.Kind == types.Vector {
			return nil
		}
		return &jsonCompare{expression.BinaryExpressionStub{LeftChild: l, RightChild: r}, operator}
	}
	if (lt.Kind == types.Year || lt.Kind == types.Time) && rt.HasDate() || (rt.Kind == types.Year || rt.Kind == types.Time) && lt.HasDate() {
		return &momentCompare{expression.BinaryExpressionStub{LeftChild: l, RightChild: r}, operator}
	}
	newLeft, newRight := c.mixedSide(l, lt, r, rt, tables), c.mixedSide(r, rt, l, lt, tables)
	if newLeft == nil && newRight == nil {
		return nil
	}
	if newLeft == nil {
		newLeft = l
	}
	if newRight == nil {
		newRight = r
	}
	out := comparedBy(operator, newLeft, newRight)
	if (lt.HasDate() || rt.HasDate()) && !isLiteral(l) && !isLiteral(r) {
		return &momentCompare{expression.BinaryExpressionStub{LeftChild: newLeft, RightChild: newRight}, operator}
	}
	return out
}

// noDateError is a comparison of a date with a constant text that is none, which is an error
// where only the two are compared.
func (c *call) noDateError(e expression.Comparer) gms.Expression {
	if out, is := c.mixedPair(e, nil).(expression.Comparer); is {
		e = out
	}
	l, r := e.Left(), e.Right()
	lt, _ := convert.FromType(l.Type())
	rt, _ := convert.FromType(r.Type())
	if lt.HasDate() && expr.IsText(r) && isLiteral(r) || rt.HasDate() && expr.IsText(l) && isLiteral(l) {
		return &momentCompare{expression.BinaryExpressionStub{LeftChild: l, RightChild: r}, operatorOf(e)}
	}
	return e
}

func comparedBy(operator string, l, r gms.Expression) gms.Expression {
	if operator == "<=>" {
		return expression.NewNullSafeEquals(l, r)
	}
	return comparisons[operator](l, r)
}

// mixedSide is an operand as it is compared with another one; nil if it stays.
func (c *call) mixedSide(e gms.Expression, t types.Type, with gms.Expression, other types.Type, tables map[string]*catalog.Table) gms.Expression {
	bytes := t.IsString() && !t.IsText()
	switch {
	case t.Kind == types.Time && (other.Kind == types.Year || other.Kind == types.Bit):
		return asNumber(e)
	case t.Kind == types.Time && other.IsNumber() && isLiteral(with) && !isClock(with):
		return asNumber(e)
	case t.Kind == types.Year && other.Kind == types.Time:
		return expression.NewConvert(e, expression.ConvertToSigned)
	case t.Kind == types.Year && other.IsNumber() && isLiteral(with) && !isYear(c.context(), with):
		return expression.NewConvert(e, expression.ConvertToSigned)
	case t.Kind == types.Time && (other.IsString() || other.IsNamed()) && !c.isTime(with):
		t.FSP = digits(tables, e)
		return newTimeText(e, t)
	case bytes && other.Kind == types.Time, (bytes || t.Kind == types.Bit) && other.HasDate():
		if text, is := expr.ASCIIOf(e); is {
			return expression.NewLiteral(text, gtypes.LongText)
		}
		return &expr.InLetters{UnaryExpression: expression.UnaryExpression{Child: e}}
	case bytes && (other.IsText() || other.IsNamed()):
		if text, is := expr.ASCIIOf(e); is && !isLiteral(with) {
			return expression.NewLiteral(text, gtypes.LongText)
		}
	case t.IsNamed() && (other.Kind == types.Bit || other.IsNumber() && !namesMember(with, t)):
		return &expr.MemberNumber{UnaryExpression: expression.UnaryExpression{Child: e}}
	}
	return nil
}

// clockMax is the longest TIME as a number.
const clockMax = 8385959

// isClock reports whether a constant number is a TIME.
func isClock(e gms.Expression) bool {
	n, is := expr.Constant(e)
	return is && n >= -clockMax && n <= clockMax && n%100 < 60 && n/100%100 < 60
}

func isYear(ctx *gms.Context, e gms.Expression) bool {
	_, is := yearOf(ctx, e)
	return is
}

// namesMember reports whether a constant is the number of a member, of which the library knows
// how it is found.
func namesMember(e gms.Expression, t types.Type) bool {
	n, is := expr.Constant(e)
	if !is || n < 0 || !isLiteral(e) {
		return false
	}
	if t.Kind == types.Enum {
		return n <= int64(len(t.Members))
	}
	return len(t.Members) >= 63 || n < 1<<len(t.Members)
}

// isTime reports whether a constant text is a time: others are compared with times as texts.
func (c *call) isTime(e gms.Expression) bool {
	text, is := expr.ConstantText(e)
	if !is {
		text, is = expr.ASCIIOf(e)
	}
	if _, day := types.ParseDateTime(text); !is || day && strings.Contains(text, "-") && !strings.Contains(text, ":") {
		return false
	}
	from := types.Type{Kind: types.VarChar, Collation: types.CollationGeneralCI}
	out, warning, err := types.Cut([]byte(text), from, types.Target{Type: types.Type{Kind: types.Time, FSP: types.FSPMax}, Zone: c.env.Location, Row: 1})
	span, _ := out.(binlog.Duration)
	return err == nil && text != "" && (warning == nil || expr.KeepsTime([]byte(text), from, span))
}
