package reword

import (
	"strings"

	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
)

// bitNot: ~x.
func bitNot(r *rewriter, i int) {
	if end := r.after(i+1, unary); end > 0 {
		r.replaceTokens(i, i, call(BitNot))
		r.wrapTokens(i, end, "", ")")
	}
}

// call is the beginning of a call of an operator.
func call(operator string) string { return "`" + operator + "`(" }

// Quantified is the name of a comparison with ANY or ALL; ok is false for those that
// IN says.
func Quantified(operator string, all bool) string {
	if operator == "!=" {
		operator = "<>"
	}
	if all {
		return operator + " all"
	}
	return operator + " any"
}

// aggregates may say that they take ALL, which they do.
var aggregates = []string{
	"SUM", "AVG", "MIN", "MAX", "BIT_AND", "BIT_OR", "BIT_XOR", "STD", "STDDEV", "STDDEV_POP", "STDDEV_SAMP", "VARIANCE", "VAR_POP", "VAR_SAMP",
}

// quantified: x > ALL (SELECT ..), x = ANY (SELECT ..).
func quantified(r *rewriter, i int) {
	if r.is(i, "ALL") && r.is(i-1, "(") && r.isAny(i-2, aggregates) { // SUM(ALL x)
		r.replaceTokens(i, i, "")
		return
	}
	open, closed := i+1, r.closing(i+1)
	if closed < 0 || !r.isAny(i-1, comparisons) || r.is(i-1, "<=>") {
		return
	}
	switch {
	case !r.isAny(open+1, queries):
		r.fail(open + 1)
		return
	case r.binary(closed+1) > loose:
		r.fail(closed + 1)
		return
	}
	left := r.before(i-2, loose)
	if left < 0 {
		return
	}
	switch name := Quantified(r.at(i-1).Text, r.is(i, "ALL")); name {
	case "= any":
		r.replaceTokens(i-1, i, "IN")
	case "<> all":
		r.replaceTokens(i-1, i, "NOT IN")
	default:
		r.wrapTokens(left, closed+1, call(name), ")")
		r.replaceTokens(i-1, i, ",")
	}
}

// queries is what a subquery begins with.
var queries = []string{"SELECT", "TABLE", "VALUES", "WITH", "("}

// and: a && b, which the parser does not know everywhere.
func and(r *rewriter, i int) { r.replaceTokens(i, i, "AND") }

// soundsLike: a SOUNDS LIKE b.
func soundsLike(r *rewriter, i int) {
	if !r.is(i+1, "LIKE") {
		return
	}
	left, end := r.before(i-1, loose), r.after(i+2, loose)
	if left < 0 || end < 0 {
		return
	}
	r.wrapTokens(left, end, "(", ")")
	r.wrapTokens(left, i, "soundex(", ")")
	r.replaceTokens(i, i+1, "=")
	r.wrapTokens(i+2, end, "soundex(", ")")
}

// member: x MEMBER OF (json).
func member(r *rewriter, i int) {
	of := i
	if r.is(i+1, "OF") {
		of++
	}
	closed := r.closing(of + 1)
	left := r.before(i-1, loose)
	if closed < 0 || left < 0 {
		return
	}
	r.wrapTokens(left, closed+1, call(Member), ")")
	r.replaceTokens(i, of, ",")
}

// unknown: x IS [NOT] UNKNOWN.
func unknown(r *rewriter, i int) {
	if r.is(i-1, "IS") || r.is(i-1, "NOT") && r.is(i-2, "IS") {
		r.replaceTokens(i, i, "NULL")
	}
}

// assign: @name := x, where SET does not say it.
func assign(r *rewriter, i int) {
	v := r.at(i - 1)
	end := r.expressionEnd(i + 1)
	if v.Kind != lex.UserVar || end < 0 || r.isSet(i-1) {
		return
	}
	name, _ := v.Value()
	r.wrap(v.Pos, r.list[end-1].End, "", ")")
	r.replace(v.Pos, r.at(i).End, call(Assign)+quote(name)+", ")
}

// setMax is how far ahead of a variable SET is looked for (P3).
const setMax = 64

// isSet reports whether the variable at i is what a SET statement sets.
func (t *tokens) isSet(i int) bool {
	for j := i - 1; j >= max(0, i-setMax); j-- {
		switch {
		case t.is(j, "SET"):
			return true
		case t.is(j, ")"):
			if j = t.pair[j]; j < 0 {
				return false
			}
		case j == i-1 && !t.is(j, ","), t.is(j, "("), t.is(j, ";"), t.is(j, "SELECT"):
			return false
		}
	}
	return false
}

var escapes = strings.NewReplacer("'", "''", `\`, `\\`)

func quote(s string) string { return "'" + escapes.Replace(s) + "'" }

// parser: FULLTEXT .. WITH PARSER name. There is the built-in one only.
func parser(r *rewriter, i int) {
	if r.is(i-1, "WITH") && r.is(i-2, ")") && (r.at(i+1).Kind == lex.Word || r.at(i+1).Kind == lex.Quoted) && r.err == nil {
		r.err, r.wrong = mysqlerr.New(mysqlerr.NotSupportedYet, "WITH PARSER"), r.at(i).Pos+1
	}
}

// operandSigns are operators that the parser does not take EXISTS beside.
var operandSigns = []string{"=", "<=>", "<>", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "&", "|", "^"}

// exists: a = EXISTS (SELECT ..), which the parser takes in parentheses only.
func exists(r *rewriter, i int) {
	closed := r.closing(i + 1)
	if closed > 0 && (r.isAny(i-1, operandSigns) || r.isAny(closed+1, operandSigns)) {
		r.wrapTokens(i, closed+1, "(", ")")
	}
}
