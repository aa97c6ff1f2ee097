package reword

import (
	"strings"

	"github.com/xadb/xadb/server/lex"
)

// units are those of INTERVAL (MySQL manual, Temporal Intervals).
var units = func() map[string]bool {
	list := map[string]bool{}
	for _, u := range strings.Fields(`MICROSECOND SECOND MINUTE HOUR DAY WEEK MONTH QUARTER YEAR
		SECOND_MICROSECOND MINUTE_MICROSECOND MINUTE_SECOND HOUR_MICROSECOND HOUR_SECOND HOUR_MINUTE
		DAY_MICROSECOND DAY_SECOND DAY_MINUTE DAY_HOUR YEAR_MONTH
		SQL_TSI_SECOND SQL_TSI_MINUTE SQL_TSI_HOUR SQL_TSI_DAY SQL_TSI_WEEK SQL_TSI_MONTH SQL_TSI_QUARTER SQL_TSI_YEAR`) {
		list[u] = true
	}
	return list
}()

func isUnit(t lex.Token) bool { return t.Kind == lex.Word && units[strings.ToUpper(t.Text)] }

// compoundUnit: INTERVAL '1:30' HOUR_MINUTE, of which the parser knows the unit
// where it is a name, and in frames of windows.
func compoundUnit(r *rewriter, i int) {
	if r.isMomentUnit(i) {
		r.fail(i)
	}
	if r.endsOperand(i-1) && r.intervalStart(i) != i && !r.is(i+1, "PRECEDING") && !r.is(i+1, "FOLLOWING") {
		r.replaceTokens(i, i, "`"+strings.ToLower(r.at(i).Text)+"`")
	}
}

// oldUnit: SQL_TSI_DAY is DAY.
func oldUnit(r *rewriter, i int) {
	if r.isMomentUnit(i) || r.endsOperand(i-1) && r.intervalStart(i) != i {
		r.replaceTokens(i, i, r.at(i).Text[len("SQL_TSI_"):])
	}
}

// isMomentUnit reports whether the word at i is the first argument of TIMESTAMPADD or
// TIMESTAMPDIFF.
func (t *tokens) isMomentUnit(i int) bool {
	return t.is(i-1, "(") && (t.is(i-2, "TIMESTAMPADD") || t.is(i-2, "TIMESTAMPDIFF"))
}
