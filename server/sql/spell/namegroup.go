package spell

import (
	"slices"
	"strconv"
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/reword"
	"github.com/xadb/xadb/server/updatable"
)

// groups names what is in GROUP BY.
func (r *Namer) groups(s *nameScope) error {
	for i, e := range s.query.GroupBy {
		var err error
		number, isNumber := e.(*sqlparser.SQLVal)
		if n, is := e.(*sqlparser.ColName); is && s.known {
			err = r.group(s, i, n)
		} else if isNumber && number.Type == sqlparser.IntVal && !isConstantKey(e) && s.known {
			err = r.groupNumber(s, i, string(number.Val))
		} else if s.known {
			s.query.GroupBy[i], err = r.within(e, s, inGroup)
		}
		if err == nil {
			err = r.subqueries(s.query.GroupBy[i], s, inGroup)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// groupNumber checks the number of an answer that rows are grouped by. The library counts
// * as one.
func (r *Namer) groupNumber(s *nameScope, i int, text string) error {
	at, err := strconv.Atoi(text)
	if err != nil || at < 1 || at > len(s.list) {
		return mysqlerr.New(mysqlerr.BadField, text, "group statement")
	}
	if a := s.list[at-1]; hasAggregate(a.expr) || len(windowsIn(a.expr)) > 0 {
		return mysqlerr.New(mysqlerr.WrongGroupField, a.title)
	} else if HasStar(s.query.SelectExprs) {
		r.Changed, s.query.GroupBy[i] = true, a.again()
	}
	return nil
}

// group names one name that rows are grouped by.
func (r *Namer) group(s *nameScope, at int, n *sqlparser.ColName) error {
	a, behind, err := s.selected(n, inGroup)
	if err != nil {
		return err
	}
	col, several := s.column(n)
	common := a != nil && !behind && col != nil && col.Common && n.Qualifier.IsEmpty() && a.column != col
	if common { // the answer goes ahead of what is joined by USING
		col = nil
	}
	switch {
	case several && (a == nil || behind):
		return ambiguous(n, inGroup)
	case a != nil && (col == nil || a.column == col):
		if hasAggregate(a.expr) || len(windowsIn(a.expr)) > 0 {
			return mysqlerr.New(mysqlerr.WrongGroupField, n.Name.String())
		}
		if col == nil && (several || common || s.hides(n, a)) {
			r.Changed, s.query.GroupBy[at] = true, a.again()
		}
	case col != nil && a != nil && !behind:
		r.remark(n, inGroup)
		if a.column != nil && a.column.Merged && col.Merged { // MySQL groups by the answer all the same
			r.Changed, s.query.GroupBy[at] = true, a.again()
		}
	case col == nil:
		to, err := s.beyond(n, inGroup)
		if to != nil {
			r.Changed, s.query.GroupBy[at] = true, to
		}
		return err
	}
	return nil
}

// within names what is in an expression of GROUP BY or ORDER BY: a column of FROM, then
// one of the answer.
func (r *Namer) within(e sqlparser.Expr, s *nameScope, in clause) (sqlparser.Expr, error) {
	return r.each(e, func(n *sqlparser.ColName, aggregated bool) (sqlparser.Expr, error) {
		col, several := s.column(n)
		if several {
			return nil, ambiguous(n, in)
		}
		if col != nil {
			return nil, nil
		}
		return s.answerWithin(n, in, aggregated)
	})
}

// answerWithin is an answer that is named within an expression, where no column of FROM
// has the name.
func (s *nameScope) answerWithin(n *sqlparser.ColName, in clause, aggregated bool) (sqlparser.Expr, error) {
	a, _, err := s.selected(n, in)
	switch {
	case err != nil:
		return nil, err
	case a == nil:
		return s.beyond(n, in)
	case hasAggregate(a.expr) && (aggregated || in == inGroup):
		return nil, mysqlerr.New(mysqlerr.InvalidGroupFuncUse)
	case len(windowsIn(a.expr)) > 0 && (in != inOrder || cutsWindows(s.query)):
		return nil, nil // see cutWindows
	case !stable(a.expr):
		return nil, unsupported("an alias of such an expression within another expression")
	}
	return a.again(), nil
}

// beyond is what a name means that is nothing in its query: nil if the library finds it
// by itself.
func (s *nameScope) beyond(n *sqlparser.ColName, in clause) (sqlparser.Expr, error) {
	own, several := s.column(n)
	captured := own != nil || several // by the library
	passed := []*nameScope{s}
	for o := s.outer; o != nil; o = o.outer {
		if !o.known {
			return nil, nil
		}
		col, several := o.column(n)
		if several {
			return nil, ambiguous(n, in)
		}
		if col != nil && captured && !taken(col, passed) {
			return qualified(col), nil
		}
		if col != nil {
			return nil, nil
		}
		if o.place.seesAnswers() {
			a, _, err := o.selected(n, in)
			if a != nil && captured {
				return o.spelledOutside(a, passed)
			}
			if a != nil || err != nil {
				return nil, err
			}
		}
		passed = append(passed, o)
	}
	if strings.HasPrefix(n.Name.String(), "@") {
		return nil, nil
	}
	return nil, unknownName(n, in)
}

// hides reports whether other answers of the same name are ahead of one.
func (s *nameScope) hides(n *sqlparser.ColName, of *answer) bool {
	for _, a := range s.list {
		if a == of {
			return false
		}
		if a.name == n.Name.Lowered() {
			return true
		}
	}
	return false
}

// again is the expression once more.
func (a *answer) again() sqlparser.Expr {
	if a.column != nil {
		return qualified(a.column)
	}
	return updatable.Copy(a.expr)
}

// groupColumn is the column of a name that rows are grouped by; nil if there is none.
func (s *nameScope) groupColumn(n *sqlparser.ColName) (found *updatable.Column, err error) {
	for _, e := range s.query.GroupBy {
		if a := numbered(s.query.SelectExprs, e); a != nil {
			e = a.Expr
		}
		key, is := e.(*sqlparser.ColName)
		if !is {
			continue
		}
		col, _ := s.column(key)
		if col == nil {
			if a, _, _ := s.selected(key, inGroup); a != nil {
				col = a.field
			}
		}
		if col == nil || col.Computed || !strings.EqualFold(col.Name, n.Name.String()) {
			continue
		}
		if table := n.Qualifier.Name.String(); table != "" && table != col.Table {
			return nil, nil // MySQL looks no further
		}
		if found != nil && found != col {
			return nil, ambiguous(n, inHaving)
		}
		found = col
	}
	return found, nil
}

// unstable are functions that may be another value each time.
var unstable = []string{"rand", "uuid", "uuid_short", "sleep", "benchmark", "get_lock", "release_lock", "random_bytes", reword.Assign}

// stable reports whether an expression may be computed twice.
func stable(e sqlparser.Expr) bool {
	is := true
	_ = exec.Walk(func(n sqlparser.SQLNode) (bool, error) { // it has no error
		switch n := n.(type) {
		case *sqlparser.FuncExpr:
			is = is && !slices.Contains(unstable, n.Name.Lowered())
		case *sqlparser.ColName:
			is = is && !strings.HasPrefix(n.Name.String(), "@")
		}
		return is, nil
	}, e)
	return is
}
