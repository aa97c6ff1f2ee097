package exec

import (
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"
)

// opposite is what NOT makes of a comparison.
var opposite = map[string]string{
	"=": "<>", "<>": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">", "in": "not in", "not in": "in", "between": "not between",
	"not between": "between", "is null": "is not null", "is not null": "is null", "is true": "is not true", "is not true": "is true",
	"is false": "is not false", "is not false": "is false",
}

// conditionCalls are functions that are conditions by themselves.
var conditionCalls = map[string]bool{
	"regexp_like": true, "json_valid": true, "json_contains": true, "json_contains_path": true, "json_overlaps": true, "isnull": true,
	"is_uuid": true, "json_schema_valid": true,
}

// condition writes a condition, or what NOT of it is.
func (f definedFormat) condition(buf *sqlparser.TrackedBuffer, n sqlparser.Expr, negated bool) {
	switch n := n.(type) {
	case *sqlparser.ParenExpr:
		f.condition(buf, n.Expr, negated)
	case *sqlparser.NotExpr:
		f.condition(buf, n.Expr, !negated)
	case *sqlparser.AndExpr:
		f.joined(buf, conjuncts(n), map[bool]string{false: " and ", true: " or "}[negated], negated)
	case *sqlparser.OrExpr:
		f.joined(buf, disjuncts(n), map[bool]string{false: " or ", true: " and "}[negated], negated)
	case *sqlparser.XorExpr:
		buf.WriteString("(")
		f.condition(buf, n.Left, negated)
		buf.WriteString(" xor ")
		f.condition(buf, n.Right, false)
		buf.WriteString(")")
	case *sqlparser.ComparisonExpr:
		f.comparison(buf, n, negated)
	case *sqlparser.RangeCond:
		buf.Myprintf("(%v %s %v and %v)", n.Left, said(n.Operator, negated), n.From, n.To)
	case *sqlparser.IsExpr:
		if strings.HasSuffix(n.Operator, "null") {
			buf.Myprintf("(%v %s)", n.Expr, said(n.Operator, negated))
			return
		}
		buf.WriteString("(")
		f.condition(buf, n.Expr, false)
		buf.WriteString(" " + said(n.Operator, negated) + ")")
	default:
		f.value(buf, n, negated)
	}
}

// said is an operator, or its opposite.
func said(operator string, negated bool) string {
	if operator == sqlparser.NotEqualStr {
		operator = "<>"
	}
	if negated {
		return opposite[operator]
	}
	return operator
}

// value is a condition that is no comparison.
func (f definedFormat) value(buf *sqlparser.TrackedBuffer, n sqlparser.Expr, negated bool) {
	isCondition := false
	switch n := n.(type) {
	case sqlparser.BoolVal:
		isCondition = true
	case *sqlparser.FuncExpr:
		isCondition = conditionCalls[n.Name.Lowered()]
	}
	switch {
	case isCondition && negated:
		buf.Myprintf("(not(%v))", n)
	case isCondition:
		buf.Myprintf("%v", n)
	default:
		buf.Myprintf("(0 %s %v)", said("<>", negated), n)
	}
}

// joined is a list of conditions with AND or OR between them.
func (f definedFormat) joined(buf *sqlparser.TrackedBuffer, list []sqlparser.Expr, word string, negated bool) {
	buf.WriteString("(")
	for i, n := range list {
		if i > 0 {
			buf.WriteString(word)
		}
		f.condition(buf, n, negated)
	}
	buf.WriteString(")")
}

// conjuncts are the conditions of AND, however they are nested.
func conjuncts(n sqlparser.Expr) []sqlparser.Expr {
	switch n := n.(type) {
	case *sqlparser.ParenExpr:
		if _, is := n.Expr.(*sqlparser.AndExpr); is {
			return conjuncts(n.Expr)
		}
	case *sqlparser.AndExpr:
		return append(conjuncts(n.Left), conjuncts(n.Right)...)
	}
	return []sqlparser.Expr{n}
}

// disjuncts are the conditions of OR, however they are nested.
func disjuncts(n sqlparser.Expr) []sqlparser.Expr {
	switch n := n.(type) {
	case *sqlparser.ParenExpr:
		if _, is := n.Expr.(*sqlparser.OrExpr); is {
			return disjuncts(n.Expr)
		}
	case *sqlparser.OrExpr:
		return append(disjuncts(n.Left), disjuncts(n.Right)...)
	}
	return []sqlparser.Expr{n}
}

// rows writes a comparison of two rows by = or <> as those of their columns; false if it is
// another one.
func (f definedFormat) rows(buf *sqlparser.TrackedBuffer, n *sqlparser.ComparisonExpr, operator string) bool {
	left, isRow := n.Left.(sqlparser.ValTuple)
	right, areRows := n.Right.(sqlparser.ValTuple)
	word := map[string]string{"=": " and ", "<>": " or "}[operator]
	if !isRow || !areRows || word == "" || len(left) != len(right) {
		return false
	}
	list := make([]sqlparser.Expr, len(left))
	for i := range left {
		list[i] = &sqlparser.ComparisonExpr{Operator: operator, Left: left[i], Right: right[i]}
	}
	f.joined(buf, list, word, false)
	return true
}

func (f definedFormat) comparison(buf *sqlparser.TrackedBuffer, n *sqlparser.ComparisonExpr, negated bool) {
	operator, not := n.Operator, negated
	switch operator {
	case sqlparser.NotLikeStr, sqlparser.NotRegexpStr:
		operator, not = strings.TrimPrefix(operator, "not "), !negated
	case sqlparser.LikeStr, sqlparser.RegexpStr, sqlparser.NullSafeEqualStr:
	default:
		operator, not = said(operator, negated), false
	}
	if f.rows(buf, n, operator) {
		return
	}
	if list, is := n.Right.(sqlparser.ValTuple); is && len(list) == 1 && (operator == "in" || operator == "not in") {
		n = &sqlparser.ComparisonExpr{Left: n.Left, Right: list[0]}
		operator = map[string]string{"in": "=", "not in": "<>"}[operator]
	}
	if not {
		buf.WriteString("(not(")
	}
	switch {
	case operator == sqlparser.RegexpStr:
		buf.Myprintf("regexp_like(%v,%v)", n.Left, n.Right)
	case n.Escape != nil:
		buf.Myprintf("(%v %s %v escape %v)", n.Left, operator, n.Right, n.Escape)
	default:
		buf.Myprintf("(%v %s %v)", n.Left, operator, n.Right)
	}
	if not {
		buf.WriteString("))")
	}
}
