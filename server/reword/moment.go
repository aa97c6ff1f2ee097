package reword

import (
	"fmt"
	"strings"

	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/types"
)

// moment: DATE '2024-01-31', which has to be one. To the parser it is a text, so where
// an INTERVAL is added to it, it says which type that has.
func moment(r *rewriter, i int) {
	text := r.at(i + 1)
	value, _ := text.Value()
	if text.Kind != lex.String || r.err != nil {
		return
	}
	if r.is(i-1, ".") || r.endsOperand(i-1) {
		return // a column with its alias
	}
	_, fraction, _ := strings.Cut(value, ".")
	digits := min(len(fraction), types.FSPMax)
	kind, ok := "date", false
	switch {
	case r.is(i, "TIME"):
		_, ok = types.ParseTime(value)
		kind = fmt.Sprintf("time(%d)", digits)
	case r.is(i, "DATE"):
		_, ok = types.ParseDateTime(value)
	default:
		_, ok = types.ParseDateTime(value)
		kind = fmt.Sprintf("datetime(%d)", digits)
	}
	if !ok {
		r.err = &mysqlerr.Error{Code: mysqlerr.WrongValue, State: "HY000", Message: fmt.Sprintf("Incorrect %s value: '%s'",
			map[bool]string{true: strings.ToUpper(r.at(i).Text), false: "DATETIME"}[!r.is(i, "TIMESTAMP")], value)}
		return
	}
	if r.meetsInterval(i, i+1) {
		r.wrapTokens(i, i+2, "CAST(", " AS "+kind+")")
		r.replaceTokens(i, i, "")
	}
}

// meetsInterval reports whether an INTERVAL is added to the literal from first to last.
func (t *tokens) meetsInterval(first, last int) bool {
	switch {
	case t.is(last+2, "INTERVAL") && (t.is(last+1, "+") || t.is(last+1, "-") || t.is(last+1, ",")):
		return true
	case t.is(first-1, "+") && isUnit(t.at(first-2)), t.is(last+1, ")") && t.pair[last+1] > 0 && t.is(t.pair[last+1]-1, "TIMESTAMPADD"):
		return true
	}
	return t.is(first-1, "(") && (t.is(first-2, "ADDDATE") || t.is(first-2, "SUBDATE"))
}
