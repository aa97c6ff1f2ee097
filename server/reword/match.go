package reword

import "strings"

// columnsMax is how many tokens the columns of a MATCH without parentheses may be (P3).
const columnsMax = 256

// The ways of MATCH, as they stand behind the text that is searched for.
const (
	NaturalMode = ""
	BooleanMode = " in boolean mode"
	Expansion   = " with query expansion"
)

// match: MATCH (a, b) AGAINST (text IN BOOLEAN MODE).
func match(r *rewriter, i int) {
	first, last := i+1, r.closing(i+1)
	open := last + 1
	if last < 0 {
		for open = first; !r.is(open, "AGAINST"); open++ {
			if open >= len(r.list) || open-first > columnsMax {
				return
			}
		}
		last = open - 1
	}
	closed := r.closing(open + 1)
	if closed < 0 || !r.is(open, "AGAINST") || last < first {
		return
	}
	end, mode := r.mode(open+1, closed)
	switch {
	case r.is(first, "("):
		r.replaceTokens(i, first, call(Match))
		r.replaceTokens(last, open+1, ",")
	default:
		r.replaceTokens(i, i, call(Match))
		r.replaceTokens(open, open+1, ",")
	}
	r.replaceTokens(end, closed, ", "+quote(mode)+")")
}

// mode is how the search between the parentheses at open and closed is meant, and where
// that begins, or closed.
func (r *rewriter) mode(open, closed int) (end int, mode string) {
	var words []string
	end = closed
	for end-1 > open && r.isAny(end-1, []string{"IN", "BOOLEAN", "MODE", "NATURAL", "LANGUAGE", "WITH", "QUERY", "EXPANSION"}) {
		end--
		words = append([]string{strings.ToUpper(r.at(end).Text)}, words...)
	}
	switch text := strings.Join(words, " "); {
	case text == "", text == "IN NATURAL LANGUAGE MODE":
		return end, NaturalMode
	case text == "IN BOOLEAN MODE":
		return end, BooleanMode
	case text == "WITH QUERY EXPANSION", text == "IN NATURAL LANGUAGE MODE WITH QUERY EXPANSION":
		return end, Expansion
	}
	return closed, NaturalMode // a column may have such a name
}
