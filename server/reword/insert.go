package reword

import "github.com/xadb/xadb/server/lex"

// defaultOf: DEFAULT(a), of which the parser knows little. In VALUES it is of the row
// that is made; elsewhere a is a column. In definitions it is another thing: see
// computedDefault.
func defaultOf(r *rewriter, i int) {
	closed := r.closing(i + 1)
	if first := r.at(0); first.Is("CREATE") || first.Is("ALTER") {
		r.computedDefault(i+1, closed)
		return
	}
	if closed != i+3 && (closed != i+5 || !r.is(i+3, ".")) {
		return
	}
	if name := r.at(closed - 1); name.Kind != lex.Word && name.Kind != lex.Quoted {
		return
	}
	if r.inValues(i) {
		name, _ := r.at(closed - 1).Value()
		r.replaceTokens(i, closed, call(Default)+quote(name)+")")
		return
	}
	r.replaceTokens(i, i+1, call(DefaultOf))
}

// computedDefault: DEFAULT (a OR b), where the parser takes conditions in parentheses of
// their own only.
func (r *rewriter) computedDefault(open, closed int) {
	for i := open + 1; i < closed; i++ {
		if r.is(i, "(") {
			if i = r.pair[i]; i < 0 {
				return
			}
			continue
		}
		if r.isAny(i, logic) || r.isAny(i, comparisons) || r.isAny(i, conditionWords) {
			r.wrapTokens(open+1, closed, "(", ")")
			return
		}
	}
}

// conditionWords are operators whose values are true or false, beside logic and comparisons.
var conditionWords = []string{"NOT", "!", "IS", "LIKE", "IN", "BETWEEN", "REGEXP", "RLIKE", "SOUNDS", "MEMBER"}

// inValues reports whether a place of an INSERT or REPLACE is in what it gives columns
// one by one.
func (r *rewriter) inValues(i int) bool {
	if first := r.at(0); !first.Is("INSERT") && !first.Is("REPLACE") {
		return false
	}
	for j := range i {
		if r.is(j, "SELECT") || r.is(j, "DUPLICATE") || r.is(j, "TABLE") {
			return false
		}
	}
	return true
}

// insertSet: INSERT t SET a = 1 AS new ON DUPLICATE KEY .., where the parser takes an
// alias behind VALUES only.
func insertSet(r *rewriter, i int) {
	if first := r.at(0); !first.Is("INSERT") {
		return
	}
	var values []edit
	names, at := "", i+1
	for {
		value := r.expressionEnd(at + 2)
		if name := r.at(at); value < 0 || name.Kind != lex.Word && name.Kind != lex.Quoted || !r.is(at+1, "=") && !r.is(at+1, ":=") {
			return
		}
		names += ", " + r.at(at).Text
		values = append(values, edit{from: r.at(at).Pos, to: r.at(at + 1).End})
		if at = value; !r.is(at, ",") {
			break
		}
		at++
	}
	if !r.is(at, "AS") {
		return
	}
	r.replaceTokens(i, i, "("+names[len(", "):]+") VALUES (")
	for _, e := range values {
		r.replace(e.from, e.to, "")
	}
	r.replace(r.at(at).Pos, r.at(at).Pos, ") ")
}
