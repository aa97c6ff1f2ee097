package reword

import "github.com/xadb/xadb/server/lex"

// expressionEnd is where the expression ends, exclusively, that begins at i; -1 if
// there is none. An assignment to a variable takes all that it can.
func (t *tokens) expressionEnd(start int) (end int) {
	i, inside := start, []int{start}
	defer func() {
		for _, at := range inside {
			t.assigned[at] = end
		}
	}()
	for {
		for t.is(i, "NOT") {
			i++
		}
		if t.at(i).Kind == lex.UserVar && t.is(i+1, ":=") {
			i += 2
			if end, known := t.assigned[i]; known {
				return end
			}
			inside = append(inside, i)
			continue
		}
		if i = t.predicateEnd(i); i < 0 {
			return -1
		}
		if !t.isAny(i, logic) {
			return i
		}
		i++
	}
}

var (
	logic       = []string{"AND", "OR", "XOR", "&&", "||"}
	comparisons = []string{"=", "<=>", ">=", ">", "<=", "<", "<>", "!="}
)

// predicateEnd is where an operand ends with the comparisons behind it.
func (t *tokens) predicateEnd(i int) int {
	for i = t.after(i, loose); i >= 0; {
		not := i
		if t.is(i, "NOT") {
			i++
		}
		switch {
		case t.isAny(i, comparisons), t.is(i, "LIKE"), t.is(i, "ESCAPE"), t.is(i, "REGEXP"), t.is(i, "RLIKE"), t.is(i, "IN"):
			i = t.after(i+1, loose)
		case t.is(i, "SOUNDS") && t.is(i+1, "LIKE"), t.is(i, "MEMBER") && t.is(i+1, "OF"):
			i = t.after(i+2, loose)
		case t.is(i, "BETWEEN"):
			if i = t.after(i+1, loose); i >= 0 && t.is(i, "AND") {
				i = t.after(i+1, loose)
			}
		case t.is(i, "IS"):
			if i++; t.is(i, "NOT") {
				i++
			}
			i++
		default:
			return not
		}
	}
	return -1
}
