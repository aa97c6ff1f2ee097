package spell

import (
	"slices"
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/updatable"
)

// having names what is in HAVING. The library takes columns that it has seen in GROUP BY
// or in aggregates ahead of answers, and knows no others. So an answer that it may mistake
// gives way to its expression, and the columns of that are shown to the library:
//
//	SELECT a+1 b, MIN(b) FROM t GROUP BY a+1 HAVING b > 2
//	... HAVING a+1 > 2 AND (1 OR ANY_VALUE(a) IS NULL)
//
// Where there are no groups, such a HAVING is a WHERE.
func (r *Namer) having(s *nameScope) error {
	q := s.query
	if q.Having == nil {
		return nil
	}
	h := &havingNames{Namer: r, s: s, grouped: HasGroups(q)}
	if !s.known {
		return h.guess()
	}
	h.told = groupingOf(q.Having.Expr)
	h.cuts = hasVariables(q.Having.Expr)
	h.moves = h.cuts && !h.grouped
	expr, err := r.each(q.Having.Expr, h.name)
	if err == nil {
		err = r.subqueries(expr, s, inHaving)
	}
	if err != nil {
		return err
	}
	shown := append(h.shown, *s.shown...)
	if !h.grouped && (h.moves || len(shown) > 0) {
		return h.move()
	}
	for _, c := range shown {
		h.cuts = h.cuts || h.twice(c)
	}
	if h.cuts && !cutsWindows(q) {
		return h.cut()
	}
	q.Having.Expr = expr
	for _, c := range shown {
		if !h.sees(c) {
			q.Having.Expr = &sqlparser.AndExpr{Left: q.Having.Expr, Right: seen(c)}
			r.Changed = true
		}
	}
	return nil
}

// A havingNames is what the names in one HAVING mean.
type havingNames struct {
	*Namer
	s       *nameScope
	grouped bool
	all     bool                        // all answers give way to their expressions
	moves   bool                        // it is to be a WHERE
	cuts    bool                        // see cutHaving
	told    map[*sqlparser.ColName]bool // what GROUPING is given
	shown   []*updatable.Column
}

// name is what is put in the place of a name.
func (h *havingNames) name(n *sqlparser.ColName, aggregated bool) (sqlparser.Expr, error) {
	s := h.s
	if aggregated {
		col, several := s.column(n)
		if several {
			return nil, ambiguous(n, inHaving)
		}
		if col != nil {
			h.cuts = h.cuts || h.twice(col)
			return nil, nil
		}
		return s.answerWithin(n, inHaving, true)
	}
	a, _, err := s.selected(n, inHaving)
	if err != nil {
		return nil, err
	}
	col, err := s.groupColumn(n)
	switch {
	case err != nil:
		return nil, err
	case col != nil && (a == nil || a.field != col):
		if a != nil && !h.all {
			h.remark(n, inHaving)
		}
		return h.column(n, col)
	case a == nil && s.computed(n) != nil:
		return h.column(n, s.computed(n))
	case a == nil:
		return s.beyond(n, inHaving)
	}
	return h.answer(n, a)
}

// computed is the answered column of a name with its table, if a query in FROM computes it;
// nil if it is another.
func (s *nameScope) computed(n *sqlparser.ColName) *updatable.Column {
	col, _ := s.column(n)
	if n.Qualifier.IsEmpty() || col == nil || !slices.ContainsFunc(s.list, func(a *answer) bool { return a.column == col }) {
		return nil
	}
	return col
}

// hasVariables reports whether an expression has user variables, which the library takes
// for columns in HAVING.
func hasVariables(e sqlparser.Expr) (found bool) {
	_ = withinQuery(func(n sqlparser.SQLNode) error { // it has no error
		col, is := n.(*sqlparser.ColName)
		found = found || is && strings.HasPrefix(col.Name.String(), "@")
		return nil
	}, e)
	return found
}

// groupingOf are the names that GROUPING is given: those of keys, not of answers.
func groupingOf(e sqlparser.Expr) map[*sqlparser.ColName]bool {
	told := map[*sqlparser.ColName]bool{}
	_ = withinQuery(func(n sqlparser.SQLNode) error { // it has no error
		if f, is := n.(*sqlparser.FuncExpr); is && f.Name.Lowered() == Grouping {
			for _, arg := range f.Exprs {
				if a, is := arg.(*sqlparser.AliasedExpr); is {
					if col, is := a.Expr.(*sqlparser.ColName); is {
						told[col] = true
					}
				}
			}
		}
		return nil
	}, e)
	return told
}

// column is a column of FROM.
func (h *havingNames) column(n *sqlparser.ColName, col *updatable.Column) (sqlparser.Expr, error) {
	if h.grouped {
		h.shown = append(h.shown, col)
	} else if !h.sees(col) {
		h.moves = true
	}
	if !n.Qualifier.IsEmpty() {
		return nil, nil
	}
	return qualified(col), nil
}

// answer is one of the query's answers: as it is named, if the library means it, too.
func (h *havingNames) answer(n *sqlparser.ColName, a *answer) (sqlparser.Expr, error) {
	if a.field != nil && !n.Qualifier.IsEmpty() {
		return h.column(n, a.field)
	}
	if !h.all && !h.told[n] && !h.mistaken(n, a) {
		return nil, nil
	}
	switch {
	case len(windowsIn(a.expr)) > 0:
		return nil, mysqlerr.New(mysqlerr.WindowAlias, n.Name.String())
	case !stable(a.expr):
		return nil, unsupported("HAVING by an alias of such an expression that is a column's name, too")
	case a.column != nil:
		h.moves = true
		return h.column(n, a.column)
	}
	h.moves = true
	if err := h.showAll(a.expr); err != nil {
		return nil, err
	}
	return a.again(), nil
}

// mistaken reports whether the library may take a name for something else than an answer.
func (h *havingNames) mistaken(n *sqlparser.ColName, a *answer) bool {
	col, several := h.s.column(n)
	if several || h.grouped && col != nil && a.column != col {
		return true
	}
	for _, other := range h.s.list {
		same := other == a || other.column != nil && other.column == a.column
		if !same && (other.name == a.name || other.column != nil && strings.EqualFold(other.column.Name, a.name)) {
			return true
		}
	}
	return false
}

// showAll shows the columns of an expression, but for those in its aggregates.
func (h *havingNames) showAll(e sqlparser.Expr) error {
	return exec.Walk(func(n sqlparser.SQLNode) (bool, error) {
		switch n := n.(type) {
		case *sqlparser.FuncExpr:
			return !n.IsAggregate(), nil
		case *sqlparser.GroupConcatExpr:
			return false, nil
		case *sqlparser.ColName:
			if col, _ := h.s.column(n); col != nil && h.grouped {
				h.shown = append(h.shown, col)
			}
		}
		return true, nil
	}, e)
}

// sees reports whether the library sees a column in HAVING as it is.
func (h *havingNames) sees(c *updatable.Column) bool {
	if h.twice(c) {
		return false
	}
	for _, e := range h.s.query.GroupBy {
		if key, is := e.(*sqlparser.ColName); is {
			if col, _ := h.s.column(key); col == c {
				return true
			}
		}
	}
	for _, a := range h.s.list {
		if a.field == c {
			return true
		}
	}
	return false
}

// twice reports whether FROM has other columns of a column's name: the library goes by
// names alone, and sees the first.
func (h *havingNames) twice(c *updatable.Column) bool {
	return slices.ContainsFunc(h.s.from, func(other updatable.Column) bool {
		return other.Table != c.Table && strings.EqualFold(other.Name, c.Name)
	})
}

// seen is always true, and has the library see a column.
func seen(c *updatable.Column) sqlparser.Expr {
	return &sqlparser.ParenExpr{Expr: &sqlparser.OrExpr{
		Left: sqlparser.NewIntVal([]byte("1")), Right: &sqlparser.IsExpr{Operator: sqlparser.IsNullStr, Expr: anyValue(qualified(c))},
	}}
}

// move makes a WHERE of HAVING: rows that are no groups are the same to both.
func (h *havingNames) move() error {
	q := h.s.query
	h.all = true
	expr, err := h.each(q.Having.Expr, h.name)
	if err == nil {
		err = h.subqueries(expr, h.s, inHaving)
	}
	if err != nil {
		return err
	}
	q.AddWhere(expr)
	q.Having, h.Changed = nil, true
	return nil
}

// cut makes a condition on a derived table of HAVING.
func (h *havingNames) cut() error {
	q := h.s.query
	h.all = true
	expr, err := h.each(q.Having.Expr, h.name)
	if err == nil {
		err = h.subqueries(expr, h.s, inHaving)
	}
	q.Having.Expr = expr
	h.s.cuts = true
	return err
}

// guess puts aggregates in the place of their aliases where the columns of FROM are not
// known.
func (h *havingNames) guess() error {
	q := h.s.query
	var err error
	q.Having.Expr, err = h.each(q.Having.Expr, func(n *sqlparser.ColName, aggregated bool) (sqlparser.Expr, error) {
		a := aliased(q.SelectExprs, n.Name)
		if aggregated || a == nil || !n.Qualifier.IsEmpty() || !hasAggregate(a.Expr) || len(windowsIn(a.Expr)) > 0 {
			return nil, nil
		}
		for _, e := range q.GroupBy {
			if key, is := e.(*sqlparser.ColName); is && key.Name.Equal(n.Name) {
				return nil, nil
			}
		}
		return updatable.Copy(a.Expr), nil
	})
	if err != nil {
		return err
	}
	return h.subqueries(q.Having.Expr, h.s, inHaving)
}
