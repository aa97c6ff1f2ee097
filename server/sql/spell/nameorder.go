package spell

import (
	"strconv"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/updatable"
)

// order names what is in ORDER BY.
func (r *Namer) order(s *nameScope) error {
	for i, o := range s.query.OrderBy {
		if !s.known {
			break
		}
		var err error
		expr := o.Expr
		if v, is := expr.(*sqlparser.SQLVal); is && v.Type == sqlparser.IntVal {
			if at, ok := columnNumber(v); !ok || at > len(s.list) {
				err = mysqlerr.New(mysqlerr.BadField, string(v.Val), clauseNames[inOrder])
			}
		} else if n, is := expr.(*sqlparser.ColName); is {
			expr, err = r.orderName(s, n)
		} else if !s.answers(expr) {
			expr, err = r.within(expr, s, inOrder)
		}
		if err == nil {
			err = r.subqueries(expr, s, inOrder)
		}
		if err != nil {
			return err
		}
		s.query.OrderBy[i] = &sqlparser.Order{Expr: expr, Direction: o.Direction}
	}
	return nil
}

// answers reports whether an expression is one of the answer as it is, by which the
// library finds it.
func (s *nameScope) answers(e sqlparser.Expr) bool {
	text := sqlparser.String(e)
	for _, a := range s.list {
		if a.field == nil && sqlparser.String(a.expr) == text {
			return true
		}
	}
	return false
}

// orderName is what a name stands for that rows are sorted by.
func (r *Namer) orderName(s *nameScope, n *sqlparser.ColName) (sqlparser.Expr, error) {
	a, behind, err := s.selected(n, inOrder)
	if err != nil {
		return nil, err
	}
	col, several := s.column(n)
	switch {
	case several && (a == nil || behind):
		return nil, ambiguous(n, inOrder)
	case a == nil && col != nil:
		return n, nil
	case a == nil:
		to, err := s.beyond(n, inOrder)
		if to == nil {
			to = n
		}
		return to, err
	case behind, s.alone(n, a):
		return n, nil
	}
	r.Changed = true
	return s.numberOf(a), nil
}

// alone reports whether an answer is the only one of its name, so that the library
// cannot mistake it.
func (s *nameScope) alone(n *sqlparser.ColName, of *answer) bool {
	if !n.Qualifier.IsEmpty() {
		return true
	}
	for _, a := range s.list {
		if a != of && a.name == of.name && (a.field == nil || a.field != of.field) {
			return false
		}
	}
	return true
}

// numberOf is an answer by its number; where that is not known, the expression.
func (s *nameScope) numberOf(of *answer) sqlparser.Expr {
	for i, a := range s.list {
		if a == of && !HasStar(s.query.SelectExprs) {
			return sqlparser.NewIntVal([]byte(strconv.Itoa(i + 1)))
		}
	}
	return of.again()
}

// orderOfUnion refuses what the first query of a union does not answer.
func (r *Namer) orderOfUnion(s *sqlparser.SetOp, from *updatable.Reader, outer *nameScope) error {
	first := sqlparser.SelectStatement(s)
	for {
		switch n := first.(type) {
		case *sqlparser.ParenSelect:
			first = n.Select
			continue
		case *sqlparser.SetOp:
			first = n.Left
			continue
		case *sqlparser.Select:
			scope := newNameScope(n, from, outer)
			scope.readList()
			if scope.known {
				return scope.checkUnion(s.OrderBy)
			}
		}
		return nil
	}
}

func (s *nameScope) checkUnion(by sqlparser.OrderBy) error {
	for _, o := range by {
		err := withinQuery(func(n sqlparser.SQLNode) error {
			col, is := n.(*sqlparser.ColName)
			if !is {
				return nil
			}
			for _, a := range s.list {
				if a.name == col.Name.Lowered() {
					return nil
				}
			}
			if table := col.Qualifier.Name.String(); table != "" {
				return mysqlerr.New(mysqlerr.TableNotAllowedHere, table, "SELECT", "global ORDER clause")
			}
			_, err := (&nameScope{query: s.query, outer: s.outer}).beyond(col, inOrder)
			return err
		}, o.Expr)
		if err != nil {
			return err
		}
	}
	return nil
}
