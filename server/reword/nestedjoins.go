package reword

// A join's condition may stand behind those of the joins in its right operand, which the
// parser does not know:
//
//	a JOIN b JOIN c ON x ON y   ->   a JOIN (b JOIN c ON x) ON y
//
// It does not know STRAIGHT_JOIN ... USING either, which finds the same rows without
// STRAIGHT.

// joins follows the tables of a text that the parser has refused.
type joins struct {
	*rewriter
	open [][]openJoin // by parenthesis: joins without a condition so far
}

// An openJoin is a join whose condition may come.
type openJoin struct {
	right    int  // where its right operand begins
	straight int  // where STRAIGHT_JOIN is, or -1
	nested   bool // another join follows in its right operand
}

// clausesOfQueries end the tables of a query.
var clausesOfQueries = []string{"SELECT", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "SET", "UNION", "EXCEPT", "INTERSECT", "WINDOW", ","}

func (j *joins) token(i int) {
	last := len(j.open) - 1
	switch {
	case j.is(i, "("):
		j.open = append(j.open, nil)
	case j.is(i, ")") && last > 0:
		j.open = j.open[:last]
	case j.is(i, "JOIN") && !j.natural(i), j.is(i, "STRAIGHT_JOIN") && !j.is(i-1, "SELECT"):
		list := j.open[last]
		for n := range list {
			list[n].nested = true
		}
		o := openJoin{right: i + 1, straight: -1}
		if j.is(i, "STRAIGHT_JOIN") {
			o.straight = i
		}
		j.open[last] = append(list, o)
	case j.is(i, "ON"), j.is(i, "USING") && j.is(i+1, "("):
		j.condition(i)
	case j.isAny(i, clausesOfQueries):
		j.open[last] = nil
	}
}

// condition is ON or USING, of the last join that has none.
func (j *joins) condition(i int) {
	list := &j.open[len(j.open)-1]
	n := len(*list) - 1
	if n < 0 {
		return
	}
	o := (*list)[n]
	*list = (*list)[:n]
	if o.straight >= 0 && j.is(i, "USING") {
		j.replaceTokens(o.straight, o.straight, "JOIN")
	}
	if o.nested && o.right < i {
		j.wrapTokens(o.right, i, "(", ")")
	}
}

// natural reports whether the JOIN at i takes no condition.
func (j *joins) natural(i int) bool {
	for i--; j.isAny(i, []string{"INNER", "LEFT", "RIGHT", "OUTER"}); i-- {
	}
	return j.is(i, "NATURAL")
}
