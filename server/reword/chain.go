package reword

import "github.com/xadb/xadb/server/lex"

// Chained is SQL, and writes parentheses where comparisons follow each other, which the
// parser does not know:
//
//	a = b = c      ->   (a = b) = c
//	a = b IN (c)   ->   a = (b IN (c))
//	a IN (b) = c   ->   (a IN (b)) = c
//
// So it does where joins nest without parentheses (nestedjoins.go), and writes what CAST
// says of texts. It is for a text that the parser has refused.
func Chained(sql string) (string, Map, error) {
	t, ok := read(lex.New(sql), sql)
	if !ok {
		return sql, Map{}, nil
	}
	r := &rewriter{tokens: t, rowKept: map[int]bool{}}
	c := chain{rewriter: r, starts: map[int]int{}, clauses: []bool{false}}
	j := joins{rewriter: r, open: [][]openJoin{nil}}
	for i := range t.list {
		if f := ruleOf(t.list[i]); f != nil {
			f(r, i)
		}
		c.token(i)
		j.token(i)
		castText(r, i)
	}
	if r.err != nil {
		return "", Map{}, r.err
	}
	text, m := r.apply(sql)
	return text, m, nil
}

// A chain follows comparisons from left to right.
type chain struct {
	*rewriter
	starts  map[int]int // where the comparison begins that an operator ends in
	clauses []bool      // by open parenthesis: whether "=" assigns there
}

// predicates bind tighter than comparisons, and may have one at their right only.
var predicates = []string{"IN", "LIKE", "REGEXP", "RLIKE", "BETWEEN"}

// clauseWords end what SET or ON DUPLICATE KEY UPDATE assigns.
var clauseWords = []string{"SELECT", "FROM", "WHERE", "ON", "HAVING", "BY", "LIMIT", "VALUES"}

func (c *chain) token(i int) {
	last := len(c.clauses) - 1
	switch {
	case c.is(i, "("):
		c.clauses = append(c.clauses, false)
	case c.is(i, ")") && last > 0:
		c.clauses = c.clauses[:last]
	case c.is(i, "SET"), c.is(i, "UPDATE") && c.is(i-1, "KEY"):
		c.clauses[last] = true
	case c.isAny(i, clauseWords):
		c.clauses[last] = false
	case c.isAny(i, comparisons), c.is(i, "IS"), c.isAny(i, predicates), c.is(i, "ESCAPE"), c.is(i, "AND"):
		c.operator(i)
	}
}

func (c *chain) operator(i int) {
	at := i // where the operator begins
	if c.is(i-1, "NOT") {
		at--
	}
	left := c.before(at-1, loose)
	if c.isAny(at-1, []string{"NULL", "TRUE", "FALSE", "UNKNOWN"}) {
		left = at - 1
	}
	if left < 0 {
		return
	}
	behind := left - 1 // the operator on the left
	if c.is(behind, "NOT") && c.is(behind-1, "IS") {
		behind--
	}
	start, chained := c.starts[behind]
	switch {
	case c.is(i, "AND"), c.is(i, "ESCAPE"):
		if chained && (c.is(behind, "BETWEEN") || c.is(behind, "LIKE")) {
			c.starts[i] = start
		}
	case !chained:
		if !c.assigns(i, left) {
			c.starts[i] = left
		}
	case !c.isAny(i, predicates):
		c.wrapTokens(start, at, "(", ")")
		c.starts[i] = start
	case c.isAny(behind, comparisons):
		if end := c.predicateTail(i); end > 0 {
			c.wrapTokens(left, end, "(", ")")
			c.starts[i] = start
		}
	}
}

// assigns reports whether the "=" at i is no comparison of what begins at left.
func (c *chain) assigns(i, left int) bool {
	return c.is(i, "=") && c.clauses[len(c.clauses)-1] && (c.is(left-1, "SET") || c.is(left-1, "UPDATE") || c.is(left-1, ","))
}

// predicateTail is where the predicate ends whose operator is at i; -1 if nowhere.
func (c *chain) predicateTail(i int) int {
	end := c.after(i+1, loose)
	more := map[bool]string{true: "AND", false: "ESCAPE"}[c.is(i, "BETWEEN")]
	if end > 0 && c.is(end, more) {
		return c.after(end+1, loose)
	}
	return end
}
