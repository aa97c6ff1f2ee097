package reword

import "github.com/xadb/xadb/server/lex"

// defaultOf: DEFAULT(a) + 1, where the parser takes DEFAULT(a) alone.
func defaultOf(r *rewriter, i int) {
	closed := r.closing(i + 1)
	if closed == i+3 && (r.binary(i-1) > loose || r.binary(closed+1) > loose) {
		name, _ := r.at(i + 2).Value()
		r.replaceTokens(i, closed, call(Default)+quote(name)+")")
	}
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
