package reword

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
)

// intervalCall: INTERVAL(n, a, b).
func intervalCall(r *rewriter, i int) {
	if r.isIntervalCall(i) {
		r.replaceTokens(i, i, "`"+Interval+"`")
	}
}

// isIntervalCall reports whether the INTERVAL at i is the function of that name.
func (t *tokens) isIntervalCall(i int) bool {
	return t.argument(i+1, ",") > 0
}

// argument is where a word or a sign stands between the parentheses that open at i,
// and in no others; 0 if it does not.
func (t *tokens) argument(i int, word string) int {
	closed := t.closing(i)
	for j := i + 1; j < closed; j++ {
		switch {
		case t.is(j, word):
			return j
		case t.is(j, "("):
			if j = t.pair[j]; j < 0 {
				return 0
			}
		}
	}
	return 0
}

// position: POSITION(a IN b), where b may have an IN of its own.
func position(r *rewriter, i int) {
	in := r.argument(i+1, "IN")
	if in == 0 || r.after(i+2, loose) != in {
		return
	}
	r.replaceTokens(i, i, "LOCATE")
	r.replaceTokens(in, in, ",")
}

// trim: TRIM(BOTH FROM x) takes blanks.
func trim(r *rewriter, i int) {
	if r.is(i+1, "(") && r.isAny(i+2, []string{"BOTH", "LEADING", "TRAILING"}) && r.is(i+3, "FROM") {
		r.replace(r.at(i+3).Pos, r.at(i+3).Pos, "' ' ")
	}
}

// substring: SUBSTRING(x FROM n FOR m).
func substring(r *rewriter, i int) {
	from := r.argument(i+1, "FROM")
	if from == 0 {
		return
	}
	r.replaceTokens(from, from, ",")
	if length := r.argument(i+1, "FOR"); length > from {
		r.replaceTokens(length, length, ",")
	}
}

// row: ROW(1, 2), but in VALUES ROW(1, 2).
func row(r *rewriter, i int) {
	if !r.is(i+1, "(") {
		return
	}
	if r.is(i-1, "VALUES") || r.is(i-1, ",") && r.is(i-2, ")") && r.rowKept[r.pair[i-2]-1] {
		r.rowKept[i] = true
		return
	}
	r.replaceTokens(i, i, "")
}

// weights: WEIGHT_STRING(x AS CHAR(n)).
func weights(r *rewriter, i int) {
	as := r.argument(i+1, "AS")
	if as == 0 {
		return
	}
	kind := as + 1
	length := r.closing(kind + 1)
	switch {
	case length < 0 || length+1 != r.closing(i+1):
	case r.is(kind, "CHAR"):
		r.replaceTokens(as, kind+1, ", 'char', ")
		r.replaceTokens(length, length, "")
	case r.is(kind, "BINARY"):
		r.replaceTokens(as, kind+1, ", 'binary', ")
		r.replaceTokens(length, length, "")
	}
}

// castArray: CAST(x AS type ARRAY), which is for indexes.
func castArray(r *rewriter, i int) {
	if r.is(i+1, ")") && r.pair[i+1] > 0 && r.is(r.pair[i+1]-1, "CAST") && r.err == nil {
		r.err = mysqlerr.New(mysqlerr.NotSupportedYet, "Use of CAST( .. AS .. ARRAY) outside of functional index in "+
			"CREATE(non-SELECT)/ALTER TABLE or in general expressions")
	}
}

// national: N'text'.
func national(r *rewriter, i int) {
	if r.isIntroducer(i) {
		r.replaceTokens(i, i, "_utf8mb3")
	}
}

// bits: 0b101.
func bits(r *rewriter, i int) { r.replaceTokens(i, i, "b'"+r.at(i).Text[2:]+"'") }

// wildcards: the backslash of \% and \_ stays in a text, where the parser drops it
// (MySQL manual, String Literals).
func wildcards(r *rewriter, i int) {
	text := r.at(i).Text
	var out strings.Builder
	for k := 0; k < len(text); k++ {
		if text[k] == '\\' && k+1 < len(text) {
			if k++; text[k] == '%' || text[k] == '_' {
				out.WriteByte('\\')
			}
			out.WriteByte('\\')
		}
		out.WriteByte(text[k])
	}
	r.replaceTokens(i, i, out.String())
}

// binary: _binary x'0f' at an operator on bits, which is a string of bytes, where x'0f'
// is a number.
func binary(r *rewriter, i int) {
	if r.isIntroducer(i) && (r.isAny(i-1, bitSigns) || r.isAny(i+2, bitSigns)) {
		r.wrapTokens(i, i+2, "CAST(", " AS BINARY)")
		r.replaceTokens(i, i, "")
	}
}

// collate: _latin1'text' COLLATE latin1_bin, of which the parser's user takes the text
// for one of the connection's character set. What is beyond ASCII is left alone: there
// the introducer says what the bytes are.
func collate(r *rewriter, i int) {
	if i < 2 || !r.isIntroducer(i-2) || r.is(i-3, "DEFAULT") || r.at(i-1).Kind != lex.String {
		return
	}
	charset := strings.ToLower(strings.TrimPrefix(r.at(i-2).Text, "_"))
	ascii := !strings.ContainsFunc(r.at(i-1).Text, func(c rune) bool { return c >= utf8.RuneSelf || c == '\\' })
	if ascii && slices.Contains([]string{"latin1", "ascii", "utf8mb3", "utf8"}, charset) {
		r.replaceTokens(i-2, i-2, "")
		r.wrapTokens(i-1, i, "CONVERT(", " USING "+charset+")")
	}
}

var bitSigns = []string{"~", "&", "|", "^", "<<", ">>"}

// variable: @'name', whose quotes the parser takes for a part of the name.
func variable(r *rewriter, i int) {
	if r.is(i+1, ":=") {
		return // see assign
	}
	name, _ := r.at(i).Value()
	r.replaceTokens(i, i, "@`"+strings.ReplaceAll(name, "`", "``")+"`")
}

// castFloat: CAST(x AS FLOAT(n)), where n binary digits say which of two types it is.
func castFloat(r *rewriter, i int) {
	if !r.is(i-1, "AS") || !r.is(i+1, "(") || !r.is(i+3, ")") || !r.is(i+4, ")") {
		return
	}
	const singleDigits, doubleDigits = 24, 53
	switch n, err := strconv.Atoi(r.at(i + 2).Text); {
	case err != nil:
	case n > doubleDigits && r.err == nil:
		r.err = mysqlerr.New(mysqlerr.TooBigPrecision, n, "CAST", doubleDigits)
	case n > singleDigits:
		r.replaceTokens(i, i+3, "DOUBLE")
	default:
		r.replaceTokens(i+1, i+3, "")
	}
}

// castInt: CAST(x AS SIGNED INT).
func castInt(r *rewriter, i int) {
	if r.is(i+1, "INT") && r.is(i+2, ")") && r.is(i-1, "AS") {
		r.replaceTokens(i+1, i+1, "")
	}
}
