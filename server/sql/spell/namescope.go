package spell

import (
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/updatable"
)

// A nameScope is what names of a query may mean, and those of its subqueries.
type nameScope struct {
	query  *sqlparser.Select
	reader *updatable.Reader
	outer  *nameScope
	item   int    // of the answer that it stands in
	place  clause // that the subquery which looks stands in
	from   []updatable.Column
	known  bool // from is all of them
	list   []*answer
	cuts   bool                 // see cutHaving
	shown  *[]*updatable.Column // what HAVING must see
}

// An answer is one expression of a query's answer.
type answer struct {
	item    int    // where it stands
	name    string // in lower case
	title   string
	aliased bool // it was given the name
	expr    sqlparser.Expr
	column  *updatable.Column // the column that it is; nil if it is none
	field   *updatable.Column // likewise, but for what a query in FROM computes
}

func newNameScope(s *sqlparser.Select, from *updatable.Reader, outer *nameScope) *nameScope {
	scope := &nameScope{query: s, reader: from, outer: outer, shown: new([]*updatable.Column)}
	scope.from, scope.known = from.Columns(s.From)
	return scope
}

// at is the scope as a subquery in one of its clauses sees it.
func (s *nameScope) at(in clause) *nameScope {
	out := *s
	out.place = in
	return &out
}

// column is the column of FROM that a name means; several is true if there are more.
func (s *nameScope) column(n *sqlparser.ColName) (found *updatable.Column, several bool) {
	table := n.Qualifier.Name.String()
	for i := range s.from {
		c := &s.from[i]
		if !strings.EqualFold(c.Name, n.Name.String()) || table == "" && c.Shadow || table != "" && c.Table != table {
			continue
		}
		if found != nil {
			return nil, true
		}
		found = c
	}
	return found, false
}

// readList notes the query's answer.
func (s *nameScope) readList() {
	s.list = nil
	for i, e := range s.query.SelectExprs {
		switch e := e.(type) {
		case *sqlparser.StarExpr:
			for _, c := range s.starred(e) {
				s.list = append(s.list, &answer{item: i, name: strings.ToLower(c.Name), title: c.Name, expr: qualified(c), column: c})
			}
		case *sqlparser.AliasedExpr:
			a := &answer{item: i, name: strings.ToLower(nameOfAnswer(e)), title: nameOfAnswer(e), aliased: !e.As.IsEmpty(), expr: e.Expr}
			if col, is := e.Expr.(*sqlparser.ColName); is {
				a.column, _ = s.column(col)
				if !a.aliased {
					a.name = col.Name.Lowered()
				}
			}
			s.list = append(s.list, a)
		}
	}
	for _, a := range s.list {
		if a.column != nil && !a.column.Computed {
			a.field = a.column
		}
	}
}

// qualified is a column with its table.
func qualified(c *updatable.Column) *sqlparser.ColName {
	return &sqlparser.ColName{
		Name:      sqlparser.NewColIdent(c.Name),
		Qualifier: sqlparser.TableName{Name: sqlparser.NewTableIdent(c.Table)},
	}
}

// selected is the answer that a name means; nil if it means none. Of expressions the
// first one of the name wins, also over columns ahead of it. behind: it is the name of a
// column that has another alias.
func (s *nameScope) selected(n *sqlparser.ColName, in clause) (found *answer, behind bool, err error) {
	name, table := n.Name.Lowered(), n.Qualifier.Name.String()
	var hidden *answer
	twice := false
	for _, a := range s.list {
		switch {
		case a.field == nil && table == "" && a.name == name:
			return a, false, nil
		case a.field == nil:
		case table != "":
			if a.field.Table != table || !strings.EqualFold(a.field.Name, name) {
				continue
			}
			if hidden != nil && hidden.field != a.field {
				return nil, false, ambiguous(n, in)
			}
			hidden = a
		case a.name == name:
			if found != nil && found.field != a.field {
				return nil, false, ambiguous(n, in)
			}
			if found == nil {
				found = a
			}
		case strings.EqualFold(a.field.Name, name):
			twice = twice || hidden != nil && hidden.field != a.field
			if hidden == nil {
				hidden = a
			}
		}
	}
	switch {
	case found != nil:
		return found, false, nil
	case twice:
		return nil, false, ambiguous(n, in)
	case hidden != nil && table != "":
		return hidden, false, nil
	}
	return hidden, hidden != nil, nil
}

// outside is what a name means that is none of its own query's: nil if the library
// finds that itself, or if nothing is known of it.
func (s *nameScope) outside(n *sqlparser.ColName) (sqlparser.Expr, error) {
	passed := []*nameScope{s}
	for o := s.outer; o != nil; o = o.outer {
		if !o.known {
			return nil, nil
		}
		col, several := o.column(n)
		switch {
		case several, col != nil && o.place != inHaving:
			return nil, nil
		case col != nil:
			return o.show(col, passed)
		case o.place.seesAnswers():
			a, _, err := o.selected(n, o.place)
			if err != nil {
				return nil, err
			}
			if a != nil {
				return o.answerOutside(n, a, passed)
			}
		}
		passed = append(passed, o)
	}
	return nil, nil
}

// answerOutside is an answer as a subquery may name it: the library sees none in GROUP BY
// and ORDER BY.
func (s *nameScope) answerOutside(n *sqlparser.ColName, a *answer, passed []*nameScope) (sqlparser.Expr, error) {
	if hasAggregate(a.expr) {
		return nil, mysqlerr.New(mysqlerr.IllegalReference, n.Name.String(), "reference to group function")
	}
	if s.place == inList && a.item >= s.item {
		return nil, mysqlerr.New(mysqlerr.IllegalReference, n.Name.String(), "forward reference in item list")
	}
	if s.place != inOrder && s.place != inGroup {
		return nil, nil
	}
	return s.spelledOutside(a, passed)
}

// spelledOutside is an answer as a subquery can compute it.
func (s *nameScope) spelledOutside(a *answer, passed []*nameScope) (sqlparser.Expr, error) {
	if !stable(a.expr) || hasQuery(a.expr) || len(windowsIn(a.expr)) > 0 {
		return nil, unsupported("an alias of such an expression in a subquery")
	}
	var err error
	return updatable.Replace(a.expr, func(n *sqlparser.ColName) sqlparser.Expr {
		c, _ := s.column(n)
		if c == nil {
			return n
		}
		if taken(c, passed) {
			err = unsupported("an alias in a subquery of a table of the same name")
		}
		if s.place == inHaving {
			*s.shown = append(*s.shown, c)
		}
		return qualified(c)
	}), err
}

// taken reports whether scopes have a table of the name of a column's.
func taken(c *updatable.Column, scopes []*nameScope) bool {
	for _, s := range scopes {
		for _, other := range s.from {
			if other.Table == c.Table {
				return true
			}
		}
	}
	return false
}

// show has HAVING see a column.
func (s *nameScope) show(c *updatable.Column, passed []*nameScope) (sqlparser.Expr, error) {
	if taken(c, passed) {
		return nil, unsupported("a column of HAVING's query in a subquery of a table of the same name")
	}
	*s.shown = append(*s.shown, c)
	return qualified(c), nil
}
