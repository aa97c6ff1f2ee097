package exec

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/types"
)

// condition compiles what is true, false or NULL: 1, 0 or NULL.
func (k *compiler) condition(n sqlparser.Expr) (*expr, error) {
	switch n := n.(type) {
	case *sqlparser.ComparisonExpr:
		return k.comparison(n)
	case *sqlparser.RangeCond:
		return k.between(n)
	case *sqlparser.IsExpr:
		return k.is(n)
	case *sqlparser.NotExpr:
		e, err := k.compile(n.Expr)
		if err != nil {
			return nil, err
		}
		return k.not(e), nil
	case *sqlparser.AndExpr:
		return k.logic(n.Left, n.Right, and)
	case *sqlparser.OrExpr:
		return k.logic(n.Left, n.Right, or)
	case *sqlparser.XorExpr:
		return k.logic(n.Left, n.Right, xor)
	case *sqlparser.Default:
		return nil, unsupported("DEFAULT in an expression")
	case *sqlparser.ConvertExpr, *sqlparser.ConvertUsingExpr:
		return nil, unsupported("CAST")
	case *sqlparser.CaseExpr:
		return nil, unsupported("CASE")
	}
	return nil, unsupported(strings.TrimPrefix(fmt.Sprintf("%T", n), "*sqlparser."))
}

// predicate is a condition of boolean type over some operands. It may be NULL
// if one of them may, unless the condition is of a kind that never is.
func predicate(nullable bool, operands []*expr, eval func(*record) (binlog.Value, error)) *expr {
	e := &expr{typ: boolType, width: 1, constant: true, level: levelLiteral, col: -1, eval: eval}
	for _, o := range operands {
		e.constant = e.constant && o.constant
		e.nullable = e.nullable || nullable && o.nullable
	}
	return e
}

// truth is SQL's third value too: known is false for NULL.
func (c *call) truth(e *expr, rec *record) (is, known bool, err error) {
	v, err := e.eval(rec)
	if err != nil || v == nil {
		return false, false, err
	}
	if n, ok := v.(int64); ok {
		return n != 0, true, nil
	}
	f, err := c.float(v, e.typ)
	return f != 0, true, err
}

// A connective combines two truths.
type connective func(a, knownA, b, knownB bool) (is, known bool)

func and(a, knownA, b, knownB bool) (bool, bool) {
	if knownA && !a || knownB && !b {
		return false, true
	}
	return true, knownA && knownB
}

func or(a, knownA, b, knownB bool) (bool, bool) {
	if knownA && a || knownB && b {
		return true, true
	}
	return false, knownA && knownB
}

func xor(a, knownA, b, knownB bool) (bool, bool) { return a != b, knownA && knownB }

func (k *compiler) logic(left, right sqlparser.Expr, join connective) (*expr, error) {
	sides, err := k.compileAll(left, right)
	if err != nil {
		return nil, err
	}
	l, r := sides[0].number(), sides[1].number()
	return predicate(true, sides, func(rec *record) (binlog.Value, error) {
		a, knownA, err := k.truth(l, rec)
		if err != nil {
			return nil, err
		}
		// What the left side decides alone does not ask the right one.
		if is, known := join(a, knownA, false, false); known {
			return boolOf(is), nil
		}
		b, knownB, err := k.truth(r, rec)
		if err != nil {
			return nil, err
		}
		if is, known := join(a, knownA, b, knownB); known {
			return boolOf(is), nil
		}
		return nil, nil
	}), nil
}

func (k *compiler) not(e *expr) *expr {
	e = e.number()
	return predicate(true, []*expr{e}, func(rec *record) (binlog.Value, error) {
		is, known, err := k.truth(e, rec)
		if err != nil || !known {
			return nil, err
		}
		return boolOf(!is), nil
	})
}

func (k *compiler) is(n *sqlparser.IsExpr) (*expr, error) {
	compile := k.compile
	if n.Operator == sqlparser.IsNullStr || n.Operator == sqlparser.IsNotNullStr {
		compile = k.compileAny
	}
	e, err := compile(n.Expr)
	if err != nil {
		return nil, err
	}
	e = e.number()
	var ask func(is, known bool) bool
	switch n.Operator {
	case sqlparser.IsNullStr, sqlparser.IsNotNullStr:
		want := n.Operator == sqlparser.IsNullStr
		return predicate(false, []*expr{e}, func(rec *record) (binlog.Value, error) {
			v, err := e.eval(rec)
			return boolOf((v == nil) == want), err
		}), nil
	case sqlparser.IsTrueStr:
		ask = func(is, known bool) bool { return known && is }
	case sqlparser.IsNotTrueStr:
		ask = func(is, known bool) bool { return !known || !is }
	case sqlparser.IsFalseStr:
		ask = func(is, known bool) bool { return known && !is }
	case sqlparser.IsNotFalseStr:
		ask = func(is, known bool) bool { return !known || is }
	default:
		return nil, unsupported(n.Operator)
	}
	return predicate(false, []*expr{e}, func(rec *record) (binlog.Value, error) {
		is, known, err := k.truth(e, rec)
		return boolOf(ask(is, known)), err
	}), nil
}

var tests = map[string]func(c int) bool{
	sqlparser.EqualStr:        func(c int) bool { return c == 0 },
	sqlparser.NotEqualStr:     func(c int) bool { return c != 0 },
	sqlparser.LessThanStr:     func(c int) bool { return c < 0 },
	sqlparser.LessEqualStr:    func(c int) bool { return c <= 0 },
	sqlparser.GreaterThanStr:  func(c int) bool { return c > 0 },
	sqlparser.GreaterEqualStr: func(c int) bool { return c >= 0 },
}

func (k *compiler) comparison(n *sqlparser.ComparisonExpr) (*expr, error) {
	if c, ok := rowComparisonOf(n); ok {
		return k.compareRows(c, n.Operator)
	}
	switch n.Operator {
	case sqlparser.InStr, sqlparser.NotInStr:
		return k.in(n)
	case sqlparser.LikeStr, sqlparser.NotLikeStr:
		return k.like(n)
	}
	test, ok := tests[n.Operator]
	if n.Operator == sqlparser.NullSafeEqualStr {
		test, ok = tests[sqlparser.EqualStr], true
	}
	if !ok {
		return nil, unsupported("operator " + n.Operator)
	}
	left, err := k.compileAny(n.Left)
	if err != nil {
		return nil, err
	}
	right, err := k.compileAny(n.Right)
	if err != nil {
		return nil, err
	}
	l, r, compare, err := k.align(left.asYear(right), right.asYear(left), n.Operator)
	if err != nil {
		return nil, err
	}
	nullSafe := n.Operator == sqlparser.NullSafeEqualStr
	return predicate(!nullSafe, []*expr{l, r}, func(rec *record) (binlog.Value, error) {
		a, b, err := both(l, r, rec)
		if err != nil {
			return nil, err
		}
		if a == nil || b == nil {
			if nullSafe {
				return boolOf(a == nil && b == nil), nil
			}
			return nil, nil
		}
		c, err := compare(a, b)
		return boolOf(test(c)), err
	}), nil
}

func (k *compiler) between(n *sqlparser.RangeCond) (*expr, error) {
	if mixed, err := k.mixes(n); err != nil || mixed {
		return nil, cmp.Or(err, unsupported("BETWEEN of texts and numbers"))
	}
	if dated, err := k.numberAmongDates(n); err != nil || dated {
		return nil, cmp.Or(err, unsupported("BETWEEN of a number and dates"))
	}
	low := &sqlparser.ComparisonExpr{Operator: sqlparser.GreaterEqualStr, Left: n.Left, Right: n.From}
	high := &sqlparser.ComparisonExpr{Operator: sqlparser.LessEqualStr, Left: n.Left, Right: n.To}
	e, err := k.logic(low, high, and)
	if mysqlerr.Is(err, mysqlerr.WrongValue) || mysqlerr.Is(err, mysqlerr.IllegalMix) { // which is no error among three, or another one
		return nil, unsupported("BETWEEN of what is no date")
	}
	if err == nil && n.Operator == sqlparser.NotBetweenStr {
		e = k.not(e)
	}
	return e, err
}

// asYear is a constant that is compared with a YEAR as what the column would have of it:
// 20 is 2020.
func (e *expr) asYear(with *expr) *expr {
	if with.col < 0 || with.typ.Kind != types.Year || !e.constant || !e.typ.IsNumber() && !e.typ.IsText() {
		return e
	}
	v, err := e.eval(nil)
	if err != nil || v == nil {
		return e
	}
	if v, err = types.Store(v, e.typ, types.Target{Type: with.typ}); err != nil {
		return e
	}
	return constant(v, with.typ, e.text)
}

// mixes reports whether a text is asked for between a text and a number, which are all
// compared as numbers then: two comparisons would not do.
func (k *compiler) mixes(n *sqlparser.RangeCond) (bool, error) {
	left, err := k.compileAny(n.Left)
	if err != nil || !left.typ.IsText() {
		return false, err
	}
	ends, err := k.compileAll(n.From, n.To)
	if err != nil {
		return false, err
	}
	low, high := ends[0].typ, ends[1].typ
	return low.IsText() && high.IsNumber() || low.IsNumber() && high.IsText(), nil
}

// numberAmongDates reports whether a number is asked for between dates, which are numbers
// then, as they are not where two are compared.
func (k *compiler) numberAmongDates(n *sqlparser.RangeCond) (bool, error) {
	left, err := k.compileAny(n.Left)
	if err != nil || !left.typ.IsNumber() {
		return false, err
	}
	ends, err := k.compileAll(n.From, n.To)
	if err != nil {
		return false, err
	}
	return ends[0].typ.IsTemporal() || ends[1].typ.IsTemporal(), nil
}

func (k *compiler) in(n *sqlparser.ComparisonExpr) (*expr, error) {
	list, ok := n.Right.(sqlparser.ValTuple)
	if !ok {
		return nil, unsupported("subquery")
	}
	left, err := k.compileAny(n.Left)
	if err != nil {
		return nil, err
	}
	items := make([]inItem, len(list))
	operands := []*expr{left}
	for i, node := range list {
		e, err := k.compile(node)
		if err != nil {
			return nil, err
		}
		if len(list) == 1 {
			e = e.asYear(left)
		}
		items[i].left, items[i].right, items[i].compare, err = k.align(left, e, sqlparser.EqualStr)
		if (mysqlerr.Is(err, mysqlerr.WrongValue) || mysqlerr.Is(err, mysqlerr.IllegalMix)) && len(list) > 1 {
			return nil, unsupported("a date among texts") // one that is none is no error then, or another one
		}
		if err != nil {
			return nil, err
		}
		operands = append(operands, e)
	}
	if len(list) > 1 && datesOfTexts(operands) {
		return nil, unsupported("a date among texts")
	}
	if len(list) > 1 && bytesAmongTexts(operands) {
		return nil, unsupported("bytes among texts") // all are compared as bytes
	}
	not := n.Operator == sqlparser.NotInStr
	return predicate(true, operands, func(rec *record) (binlog.Value, error) {
		is, known, err := anyEqual(items, rec)
		if err != nil || !known {
			return nil, err
		}
		return boolOf(is != not), nil
	}), nil
}

// bytesAmongTexts reports whether there are texts and bytes.
func bytesAmongTexts(operands []*expr) bool {
	text := func(e *expr) bool { return e.typ.IsText() }
	bytes := func(e *expr) bool { return e.typ.IsString() && !e.typ.IsText() }
	return slices.ContainsFunc(operands, text) && slices.ContainsFunc(operands, bytes)
}

// datesOfTexts reports whether a text or a time is looked for in a list with a date and no
// time, which makes dates of all.
func datesOfTexts(operands []*expr) (found bool) {
	if left := operands[0].typ; !left.IsString() && left.Kind != types.Time {
		return false
	}
	for _, e := range operands[1:] {
		if e.typ.Kind == types.Time {
			return false
		}
		found = found || e.typ.HasDate()
	}
	return found
}

type inItem struct {
	left, right *expr
	compare     comparer
}

// anyEqual: with no equal item, a NULL among them makes the answer unknown.
func anyEqual(items []inItem, rec *record) (is, known bool, err error) {
	known = true
	for _, it := range items {
		a, b, err := both(it.left, it.right, rec)
		if err != nil {
			return false, false, err
		}
		if a == nil || b == nil {
			known = false
			continue
		}
		c, err := it.compare(a, b)
		if err != nil {
			return false, false, err
		}
		if c == 0 {
			return true, true, nil
		}
	}
	return false, known, nil
}

func (k *compiler) like(n *sqlparser.ComparisonExpr) (*expr, error) {
	sides, err := k.compileAll(n.Left, n.Right)
	if err != nil {
		return nil, err
	}
	escape, err := k.escape(n.Escape)
	if err != nil {
		return nil, err
	}
	l, r := sides[0], sides[1]
	if oddPair(l, r) {
		return nil, unsupported("LIKE of two kinds")
	}
	coll, err := k.stringCollation(l, r, n.Operator)
	if err != nil {
		return nil, err
	}
	not := n.Operator == sqlparser.NotLikeStr
	return predicate(true, sides, func(rec *record) (binlog.Value, error) {
		a, b, err := both(l, r, rec)
		if err != nil || a == nil || b == nil {
			return nil, err
		}
		return boolOf(coll.Like(types.Text(a, l.typ), types.Text(b, r.typ), escape) != not), nil
	}), nil
}

// escape is LIKE's escape character: a backslash unless said otherwise; none
// if it is the empty string.
func (k *compiler) escape(n sqlparser.Expr) (rune, error) {
	if n == nil {
		return '\\', nil
	}
	wrong := mysqlerr.New(mysqlerr.WrongArguments, "ESCAPE")
	e, err := k.compile(n)
	switch {
	case err != nil:
		return 0, err
	case !e.constant:
		return 0, wrong
	}
	v, err := e.eval(nil)
	if v == nil {
		return '\\', err
	}
	b := types.Text(v, e.typ)
	if err != nil || utf8.RuneCount(b) > 1 {
		return 0, wrong
	}
	if len(b) == 0 {
		return 0, nil
	}
	r, _ := utf8.DecodeRune(b)
	return r, nil
}
