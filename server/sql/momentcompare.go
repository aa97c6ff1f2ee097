package sql

import (
	"slices"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/transform"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/types"
)

// momentCompared compares a date or a time with what is none, as MySQL does (manual,
// Type Conversion in Expression Evaluation): a constant number is a date if it can be,
// other numbers are compared with the date as a number, texts are dates. Constant texts
// are left to the library, which finds them in an index.
func (c *call) momentCompared(e expression.Comparer) (gms.Expression, transform.TreeIdentity, error) {
	l, r := e.Left(), e.Right()
	if expr.IsTemporal(r) {
		l, r = r, l
	}
	if !expr.IsTemporal(l) || expr.IsTemporal(r) {
		return e, transform.SameTree, nil
	}
	_, literal := r.(*expression.Literal)
	_, column := l.(*expression.GetField)
	t, _ := convert.FromType(l.Type())
	if _, named := namedType(r); named && t.HasDate() {
		with, err := withNames(e)
		if err != nil {
			return nil, transform.SameTree, err
		}
		if e, r = with, with.Right(); expr.IsTemporal(r) {
			r = with.Left()
		}
	}
	switch {
	case expr.IsText(r) && !literal && t.HasDate():
		return &momentCompare{expression.BinaryExpressionStub{LeftChild: e.Left(), RightChild: e.Right()}, operatorOf(e)}, transform.NewTree, nil
	case expr.IsText(r) && t.Kind == types.Date && c.hasClock(r), t.HasDate() && c.lacksParts(r):
		return &momentCompare{expression.BinaryExpressionStub{LeftChild: e.Left(), RightChild: e.Right()}, operatorOf(e)}, transform.NewTree, nil
	case expr.IsText(r) && !literal && column:
		l = expression.NewConvert(l, expression.ConvertToChar)
	case !isNumber(r):
		return e, transform.SameTree, nil
	case !literal || !column:
		if date, is := c.dateOf(r); is && t.HasDate() && literal {
			r = date
		} else {
			l = asNumber(l)
		}
	case t.HasDate():
		date, is := c.dateOf(r)
		switch {
		case !is:
			l = asNumber(l)
		case t.Kind == types.Date && date.Type() != gtypes.Date:
			return &momentCompare{expression.BinaryExpressionStub{LeftChild: e.Left(), RightChild: e.Right()}, operatorOf(e)}, transform.NewTree, nil
		default:
			r = date
		}
	default:
		return e, transform.SameTree, nil
	}
	if expr.IsTemporal(e.Right()) {
		l, r = r, l
	}
	out, err := e.WithChildren(l, r)
	return out, transform.NewTree, err
}

// withNames is a comparison with the names of an ENUM's or a SET's members.
func withNames(e expression.Comparer) (expression.Comparer, error) {
	sides := []gms.Expression{e.Left(), e.Right()}
	for i, side := range sides {
		if t, named := namedType(side); named {
			sides[i] = &names{expression.UnaryExpression{Child: side}, t}
		}
	}
	out, err := e.WithChildren(sides...)
	if err != nil {
		return nil, err
	}
	return out.(expression.Comparer), nil
}

// dateOf is a constant whole number as the date or the moment that it tells.
func (c *call) dateOf(e gms.Expression) (gms.Expression, bool) {
	n, is := e.(*expression.Literal)
	t, ok := convert.FromType(e.Type())
	if !is || !ok || !t.IsInteger() {
		return nil, false
	}
	v, from, err := convert.Down(c.context(), n.Value(), e.Type())
	if err != nil || v == nil {
		return nil, false
	}
	out, err := types.Store(v, from, types.Target{Type: expr.MomentType, Zone: c.env.Location})
	d, is := out.(binlog.DateTime)
	if err != nil || !is || d.Month == 0 || d.Day == 0 {
		return nil, false
	}
	typ := gms.Type(gtypes.DatetimeMaxPrecision)
	if d.Hour == 0 && d.Minute == 0 && d.Second == 0 && d.Micro == 0 {
		typ = gtypes.Date
	}
	value, err := convert.Up(d, expr.MomentType, c.env.Location)
	return expression.NewLiteral(value, typ), err == nil
}

// hasClock reports whether a constant text tells a time of its day: a date is not compared
// with the day alone then.
func (c *call) hasClock(e gms.Expression) bool {
	text, is := expr.ConstantText(e)
	if !is {
		return false
	}
	out, err := types.Store([]byte(text), types.Type{Kind: types.VarChar, Collation: types.CollationGeneralCI}, types.Target{Type: expr.MomentType, Zone: c.env.Location})
	d, is := out.(binlog.DateTime)
	return err == nil && is && d != binlog.DateTime{Year: d.Year, Month: d.Month, Day: d.Day}
}

// lacksParts reports whether a constant text is a date of which only parts are zero, if there may
// be such dates: the library reads none.
func (c *call) lacksParts(e gms.Expression) bool {
	text, is := expr.ConstantText(e)
	if !is || c.env.Mode("NO_ZERO_IN_DATE") {
		return false
	}
	at, ok := types.ParseDateTime(text)
	return ok && (at.Month == 0 || at.Day == 0) && at != binlog.DateTime{}
}

// A momentCompare compares two values as dates, which one of them is. What is no date
// is below all of them.
type momentCompare struct {
	expression.BinaryExpressionStub
	operator string
}

var _ gms.CollationCoercible = (*momentCompare)(nil)

// Type implements gms.Expression.
func (*momentCompare) Type() gms.Type { return gtypes.Boolean }

// IsNullable implements gms.Expression.
func (m *momentCompare) IsNullable() bool {
	return m.operator != "<=>" && m.BinaryExpressionStub.IsNullable()
}

// String implements gms.Expression.
func (m *momentCompare) String() string {
	return "(" + m.LeftChild.String() + " " + m.operator + " " + m.RightChild.String() + ")"
}

// CollationCoercibility implements gms.CollationCoercible.
func (*momentCompare) CollationCoercibility(*gms.Context) (gms.CollationID, byte) {
	return gms.Collation_binary, 5
}

// WithChildren implements gms.Expression.
func (m *momentCompare) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) != 2 {
		return nil, gms.ErrInvalidChildrenNumber.New(m, len(children), 2)
	}
	return &momentCompare{expression.BinaryExpressionStub{LeftChild: children[0], RightChild: children[1]}, m.operator}, nil
}

// Eval implements gms.Expression.
func (m *momentCompare) Eval(ctx *gms.Context, row gms.Row) (any, error) {
	word := "datetime"
	for _, e := range m.Children() {
		if t, ok := convert.FromType(e.Type()); ok && t.Kind == types.Date {
			word = "date"
		}
	}
	a, err := asMoment(ctx, m.LeftChild, row, word)
	if err != nil {
		return nil, err
	}
	b, err := asMoment(ctx, m.RightChild, row, word)
	switch {
	case err != nil:
		return nil, err
	case m.operator == "<=>" && (a == nil || b == nil):
		return a == nil && b == nil, nil
	case a == nil || b == nil:
		return nil, nil
	}
	return answerOf(m.operator, types.Compare(a, b, expr.MomentType)), nil
}

// asMoment is a value as a date and time; nil if it is NULL. What is none is told by the
// word for it.
func asMoment(ctx *gms.Context, e gms.Expression, row gms.Row, word string) (binlog.Value, error) {
	v, err := e.Eval(ctx, row)
	if err != nil || v == nil {
		return nil, err
	}
	value, from, err := convert.Down(ctx, v, e.Type())
	if err != nil || value == nil {
		return nil, err
	}
	if t, _ := convert.FromType(e.Type()); t.Kind == types.Year {
		n, _, _ := expr.WholeOf(v)
		return binlog.DateTime{Year: int(n.Int64())}, nil
	}
	c := callOf(ctx)
	value, from = expr.OfToday(ctx, value, from)
	out, warning, err := types.Cut(value, from, types.Target{Type: expr.MomentType, Row: 1, Zone: c.env.Location, ZeroDates: true, Display: true})
	d, is := out.(binlog.DateTime)
	if is && err == nil && warning == nil {
		return d, nil
	}
	if is && err == nil { // of a text that goes on behind it
		c.warn(mysqlerr.New(mysqlerr.TruncatedWrongValue, word, string(types.Text(value, from))))
		return d, nil
	}
	c.warn(mysqlerr.New(mysqlerr.TruncatedWrongValue, word, string(types.Text(value, from))))
	return binlog.DateTime{}, nil
}

// apartMoments makes comparisons with each of a list, or both ends, where dates and
// others meet in one: each pair has its own way. ok is false where there is none.
func (c *call) apartMoments(e gms.Expression) (_ gms.Expression, ok bool, err error) {
	pair := func(e expression.Comparer) gms.Expression {
		out, _, cerr := c.momentCompared(e)
		if cerr != nil {
			err = cerr
		}
		return out
	}
	switch e := e.(type) {
	case *expression.Between:
		ends := []gms.Expression{e.Lower, e.Upper}
		if c.hasNoDate(e.Val, ends) || c.isNoDate(e.Val, ends) {
			return expression.NewAnd(&momentCompare{expression.BinaryExpressionStub{LeftChild: e.Val, RightChild: e.Lower}, ">="},
				&momentCompare{expression.BinaryExpressionStub{LeftChild: e.Val, RightChild: e.Upper}, "<="}), true, nil
		}
		if !c.meet(e.Children()) {
			return nil, false, nil
		}
		lower, upper := e.Lower, e.Upper
		if isNumber(e.Val) { // is no date, whatever the ends are
			lower, upper = numberOfMoment(lower), numberOfMoment(upper)
		}
		low, high := pair(expression.NewGreaterThanOrEqual(e.Val, lower)), pair(expression.NewLessThanOrEqual(e.Val, upper))
		return expression.NewAnd(low, high), true, err
	case *expression.InTuple:
		list, is := e.Right().(expression.Tuple)
		if !is || !c.meet(append([]gms.Expression{e.Left()}, list...)) && !c.hasNoDate(e.Left(), list) && !c.isNoDate(e.Left(), list) {
			return nil, false, nil
		}
		var all []gms.Expression
		for _, item := range list {
			one := expression.NewEquals(e.Left(), item)
			if t, _ := convert.FromType(e.Left().Type()); t.HasDate() && t.Kind != types.Date && isNumber(item) && !allNumbers(list) {
				all = append(all, expression.NewEquals(asNumber(e.Left()), item))
			} else if c.hasNoDate(e.Left(), []gms.Expression{item}) || c.hasNoDate(item, []gms.Expression{e.Left()}) {
				all = append(all, &momentCompare{one.BinaryExpressionStub, "="})
			} else {
				all = append(all, pair(one))
			}
		}
		return expression.JoinOr(all...), true, err
	}
	return nil, false, nil
}

// isNoDate reports whether a constant text that is no date is looked for in a list with one.
func (c *call) isNoDate(e gms.Expression, list []gms.Expression) bool {
	return slices.ContainsFunc(list, func(item gms.Expression) bool { return c.hasNoDate(item, []gms.Expression{e}) })
}

func allNumbers(list []gms.Expression) bool {
	return !slices.ContainsFunc(list, func(e gms.Expression) bool { return !isNumber(e) })
}

func numberOfMoment(e gms.Expression) gms.Expression {
	if expr.IsTemporal(e) {
		return asNumber(e)
	}
	return e
}

// hasNoDate reports whether a list that a date is looked for in has a constant text that
// is none: it is not equal to any, where = would be an error.
func (c *call) hasNoDate(e gms.Expression, list []gms.Expression) bool {
	t, ok := convert.FromType(e.Type())
	return ok && t.HasDate() && slices.ContainsFunc(list, func(item gms.Expression) bool {
		text, is := expr.ConstantText(item)
		if !is {
			return false
		}
		_, err := types.Store([]byte(text), types.Type{Kind: types.VarChar, Collation: types.CollationGeneralCI}, types.Target{Type: expr.MomentType, Zone: c.env.Location, ZeroDates: true})
		return err != nil
	})
}

// meet reports whether there are dates, and numbers or texts that are no
// constant days.
func (c *call) meet(list []gms.Expression) bool {
	dates, others := false, false
	for _, e := range list {
		_, literal := e.(*expression.Literal)
		t, ok := convert.FromType(e.Type())
		dates = dates || ok && t.HasDate()
		others = others || t.IsNamed() || isNumber(e) || expr.IsText(e) && (!literal || c.hasClock(e) || c.lacksParts(e))
	}
	return dates && others
}
