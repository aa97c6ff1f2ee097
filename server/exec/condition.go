package exec

import (
	"cmp"
	"fmt"
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
		items[i].left, items[i].right, items[i].compare, err = k.align(left, e, n.Operator)
		if mysqlerr.Is(err, mysqlerr.WrongValue) && len(list) > 1 {
			return nil, unsupported("a date among texts") // one that is none is no error then
		}
		if err != nil {
			return nil, err
		}
		operands = append(operands, e)
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
	coll, err := stringCollation(l, r, n.Operator)
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
	e, err := k.compile(n)
	if err != nil {
		return 0, err
	}
	v, err := e.eval(nil)
	if v == nil && k.describing {
		return '\\', err
	}
	b, ok := v.([]byte)
	if err != nil || !e.constant || !ok || utf8.RuneCount(b) > 1 {
		return 0, mysqlerr.New(mysqlerr.WrongArguments, "ESCAPE")
	}
	if len(b) == 0 {
		return 0, nil
	}
	r, _ := utf8.DecodeRune(b)
	return r, nil
}

// stringCollation is the collation in which two operands are compared as
// strings; what is no string takes part as a literal.
func stringCollation(l, r *expr, operator string) (types.Collation, error) {
	lc, rc := l.typ.Collation, r.typ.Collation
	switch {
	case !l.typ.IsString() && !r.typ.IsString():
		return types.CollationGeneralCI, nil
	case !l.typ.IsString():
		return rc, nil
	case !r.typ.IsString():
		return lc, nil
	case l.level < r.level:
		return lc, nil
	case r.level < l.level:
		return rc, nil
	}
	c, ok := types.MergeCollations(lc, rc)
	if !ok || l.level == levelExplicit && lc != rc {
		return 0, mysqlerr.New(mysqlerr.IllegalMix, lc.Name(), levelNames[l.level], rc.Name(), levelNames[r.level], operator)
	}
	return c, nil
}

var levelNames = map[int]string{levelExplicit: "EXPLICIT", levelColumn: "IMPLICIT", levelLiteral: "COERCIBLE"}

// A comparer compares two values that are not NULL.
type comparer func(a, b binlog.Value) (int, error)

// align finds how two operands are compared, and makes them fit: strings by
// collation, dates and times by the calendar, numbers by value; a string and
// a number both as floats.
func (k *compiler) align(l, r *expr, operator string) (*expr, *expr, comparer, error) {
	l, r, err := alignSpecial(l, r)
	switch {
	case err != nil:
		return nil, nil, nil, err
	case l.typ.IsString() && r.typ.IsString():
		c, err := stringCollation(l, r, operator)
		return l, r, func(a, b binlog.Value) (int, error) {
			return c.Compare(a.([]byte), b.([]byte)), nil
		}, err
	case l.typ.IsTemporal() || r.typ.IsTemporal():
		return k.alignTemporal(l, r)
	case l.typ.IsString() && !l.hex || r.typ.IsString() && !r.hex:
		return l, r, func(a, b binlog.Value) (int, error) {
			x, err := k.float(a, l.typ)
			if err != nil {
				return 0, err
			}
			y, err := k.float(b, r.typ)
			return cmp.Compare(x, y), err
		}, nil
	}
	return l.number(), r.number(), func(a, b binlog.Value) (int, error) {
		return types.CompareNumbers(a, b), nil
	}, nil
}

func (k *compiler) alignTemporal(l, r *expr) (*expr, *expr, comparer, error) {
	var err error
	for _, pair := range [][2]*expr{{l, r}, {r, l}} {
		if pair[0].typ.Kind == types.Time && pair[1].typ.IsString() && !pair[1].constant {
			return nil, nil, nil, unsupported("comparison of TIME with texts")
		}
	}
	if l, err = k.asTemporal(l, r.typ); err != nil {
		return nil, nil, nil, err
	}
	if r, err = k.asTemporal(r, l.typ); err != nil {
		return nil, nil, nil, err
	}
	switch lt, rt := l.typ, r.typ; {
	case lt.Kind == types.Null || rt.Kind == types.Null:
	case lt.HasDate() && rt.Kind == types.Time || rt.HasDate() && lt.Kind == types.Time:
		return nil, nil, nil, unsupported("comparison of TIME with a date")
	case lt.IsNumber() || rt.IsNumber():
		return l, r, func(a, b binlog.Value) (int, error) {
			return types.CompareNumbers(plain(a, lt), plain(b, rt)), nil
		}, nil
	}
	return l, r, func(a, b binlog.Value) (int, error) { return types.Compare(a, b, l.typ), nil }, nil
}

// asTemporal turns a string that meets a date or a time into one. A literal
// that is none is an error; a column's value that is none is below all dates. A whole
// number that meets a date is one, too, if it is constant: 20240203 is midnight,
// not a moment of the year 0 (MySQL manual, Type Conversion in Expression
// Evaluation). One that is no date stays a number.
func (k *compiler) asTemporal(e *expr, other types.Type) (*expr, error) {
	number := e.constant && e.typ.IsInteger() && other.HasDate()
	if !e.typ.IsString() && !number {
		return e, nil
	}
	t := types.Type{Kind: types.DateTime, FSP: types.FSPMax}
	if other.Kind == types.Time {
		t.Kind = types.Time
	}
	to := types.Target{Type: t, Zone: k.env.Location, ZeroDates: true, Display: true}
	if number {
		v, err := e.eval(nil)
		if err != nil || v == nil {
			return e, err
		}
		if v, err = types.Store(v, e.typ, to); err != nil {
			return e, nil
		}
		return constant(v, t, e.text), nil
	}
	if e.constant {
		v, err := e.eval(nil)
		if err != nil {
			return nil, err
		}
		out, err := types.Store(v, e.typ, to)
		if err != nil {
			word := strings.ToUpper(types.Type{Kind: other.Kind}.SQL())
			return nil, mysqlerr.New(mysqlerr.WrongValue, word, shown(v.([]byte)))
		}
		return constant(out, t, e.text), nil
	}
	out := *e
	out.typ, out.col, out.nullable = t, -1, true
	out.eval = func(rec *record) (binlog.Value, error) {
		v, err := e.eval(rec)
		if err != nil || v == nil {
			return nil, err
		}
		d, err := types.Store(v, e.typ, to)
		if err != nil {
			k.warnings++
			return binlog.DateTime{}, nil
		}
		return d, nil
	}
	return &out, nil
}

const shownMax = 128

// shown is a value as an error shows it.
func shown(b []byte) string {
	return strings.ToValidUTF8(string(b[:min(len(b), shownMax)]), "?")
}
