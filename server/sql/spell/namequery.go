package spell

import (
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/updatable"
)

// Statement names what is in a statement's queries.
func (r *Namer) Statement(s sqlparser.SQLNode, from *updatable.Reader) error {
	return exec.Walk(func(n sqlparser.SQLNode) (bool, error) {
		q, is := n.(sqlparser.SelectStatement)
		if !is {
			return true, nil
		}
		return false, r.query(q, from, nil)
	}, queryIn(s))
}

// query names what is in a query. Its outer scope is that of the query around.
func (r *Namer) query(s sqlparser.SelectStatement, from *updatable.Reader, outer *nameScope) error {
	switch s := s.(type) {
	case *sqlparser.ParenSelect:
		return r.query(s.Select, from, outer)
	case *sqlparser.SetOp:
		from, err := r.with(s.With, from, outer)
		if err != nil {
			return err
		}
		for _, part := range []sqlparser.SelectStatement{s.Left, s.Right} {
			if err := r.query(part, from, outer); err != nil {
				return err
			}
		}
		return r.orderOfUnion(s, from, outer)
	case *sqlparser.Select:
		from, err := r.with(s.With, from, outer)
		if err != nil {
			return err
		}
		return r.selects(s, from, outer)
	}
	return nil
}

func (r *Namer) with(w *sqlparser.With, from *updatable.Reader, outer *nameScope) (*updatable.Reader, error) {
	if w == nil {
		return from, nil
	}
	inside := from.With(w)
	for _, e := range w.Ctes {
		if sub, is := e.Expr.(*sqlparser.Subquery); is {
			if err := r.query(sub.Select, inside, outer); err != nil {
				return nil, err
			}
		}
	}
	return inside, nil
}

// selects names what is in a SELECT.
func (r *Namer) selects(s *sqlparser.Select, from *updatable.Reader, outer *nameScope) error {
	scope := newNameScope(s, from, outer)
	if err := r.tables(s.From, scope); err != nil {
		return err
	}
	r.stars(scope)
	scope.readList()
	if err := scope.windows(); err != nil {
		return err
	}
	for i, e := range s.SelectExprs {
		a, is := e.(*sqlparser.AliasedExpr)
		if !is {
			continue
		}
		scope.item = i
		expr, err := r.own(a.Expr, scope, inList)
		if err != nil {
			return err
		}
		if expr != a.Expr {
			fresh := *a
			fresh.Expr, s.SelectExprs[i] = expr, &fresh
		}
	}
	scope.readList()
	if s.Where != nil {
		var err error
		if s.Where.Expr, err = r.own(s.Where.Expr, scope, inWhere); err != nil {
			return err
		}
	}
	if err := r.groups(scope); err != nil {
		return err
	}
	if err := r.having(scope); err != nil {
		return err
	}
	if err := r.order(scope); err != nil || !scope.cuts {
		return err
	}
	r.Changed = true
	scope.spellStars()
	cutHaving(s)
	return nil
}

// tables names what is in a FROM clause.
func (r *Namer) tables(list sqlparser.TableExprs, s *nameScope) error {
	for _, e := range list {
		var err error
		switch e := e.(type) {
		case *sqlparser.AliasedTableExpr:
			if sub, is := e.Expr.(*sqlparser.Subquery); is {
				outer := s.outer
				if e.Lateral {
					outer = s.at(inOn)
				}
				err = r.query(sub.Select, s.reader, outer)
			}
		case *sqlparser.ParenTableExpr:
			err = r.tables(e.Exprs, s)
		case *sqlparser.JoinTableExpr:
			if err = r.tables(sqlparser.TableExprs{e.LeftExpr, e.RightExpr}, s); err == nil && e.Condition.On != nil {
				e.Condition.On, err = r.own(e.Condition.On, s, inOn)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// own names what is in an expression where answers are not seen: columns of queries
// around, and what subqueries name.
func (r *Namer) own(e sqlparser.Expr, s *nameScope, in clause) (sqlparser.Expr, error) {
	e, err := r.each(e, func(n *sqlparser.ColName, aggregated bool) (sqlparser.Expr, error) {
		col, several := s.column(n)
		switch {
		case several:
			return nil, ambiguous(n, in)
		case col != nil || !s.known:
			return nil, nil
		case r.Strict, aggregated && in == inList:
			return s.beyond(n, in)
		}
		if _, err := s.beyond(n, in); mysqlerr.Is(err, mysqlerr.BadField) {
			return nil, ErrUnknownName
		}
		return s.outside(n)
	})
	if err != nil {
		return nil, err
	}
	return e, r.subqueries(e, s, in)
}

// subqueries names what is in the subqueries of an expression.
func (r *Namer) subqueries(e sqlparser.Expr, s *nameScope, in clause) error {
	return exec.Walk(func(n sqlparser.SQLNode) (bool, error) {
		sub, is := n.(*sqlparser.Subquery)
		if !is {
			return true, nil
		}
		return false, r.query(sub.Select, s.reader, s.at(in))
	}, e)
}

// each puts other expressions in the place of the names in one, outside of subqueries;
// nil is for those that stay.
func (r *Namer) each(e sqlparser.Expr, f func(n *sqlparser.ColName, aggregated bool) (sqlparser.Expr, error)) (sqlparser.Expr, error) {
	instead := map[*sqlparser.ColName]sqlparser.Expr{}
	var visit func(aggregated bool) sqlparser.Visit
	visit = func(aggregated bool) sqlparser.Visit {
		return func(n sqlparser.SQLNode) (bool, error) {
			switch n := n.(type) {
			case *sqlparser.Subquery:
				return false, nil
			case *sqlparser.FuncExpr:
				if n.IsAggregate() && n.Over == nil && !aggregated {
					return false, exec.Walk(visit(true), n.Exprs)
				}
			case *sqlparser.GroupConcatExpr:
				if !aggregated {
					return false, exec.Walk(visit(true), n.Exprs, n.OrderBy)
				}
			case *sqlparser.ColName:
				if strings.HasPrefix(n.Name.String(), "@") {
					return false, nil
				}
				to, err := f(n, aggregated)
				if to != nil {
					instead[n] = to
				}
				return false, err
			}
			return true, nil
		}
	}
	if err := exec.Walk(visit(false), e); err != nil || len(instead) == 0 {
		return e, err
	}
	r.Changed = true
	return updatable.Replace(e, func(n *sqlparser.ColName) sqlparser.Expr {
		if to := instead[n]; to != nil {
			return to
		}
		return n
	}), nil
}
