package sql

import (
	"cmp"
	"errors"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/updatable"
)

// A namer finds what the names in GROUP BY, HAVING and ORDER BY mean, and writes it so
// that the library cannot take it for something else (MySQL manual, Problems with Column
// Aliases):
//
//	GROUP BY  a name is a column of FROM, then one of the answer; within an expression, too
//	HAVING    a name is one of the answer, unless GROUP BY names the column; columns
//	          that are in neither are not known. Within aggregates it is a column of FROM first
//	ORDER BY  a name is one of the answer, then a column of FROM; within an expression
//	          it is the other way round
//	subquery  a name is a column of its own FROM, then one of the FROM of the query
//	          around, then one of that query's answer, unless it stands in WHERE or ON
//
// What it cannot read, as tables that are not there, is left to the library.
type namer struct {
	c *call
	// warns: what is ambiguous makes warnings.
	warns   bool
	changed bool
	// strict: names that the library does not find are errors.
	strict bool
}

// A clause is a part of a query.
type clause int

const (
	inWhere clause = iota
	inOn
	inList
	inGroup
	inHaving
	inOrder
	inPartition // of a window
	inSorted    // of a window
)

// clauseNames are what messages call them.
var clauseNames = map[clause]string{inWhere: "where clause", inOn: "on clause", inList: "field list", inGroup: "group statement", inHaving: "having clause", inOrder: "order clause", inPartition: "window partition by", inSorted: "window order by"}

// seesAnswers reports whether subqueries in a clause see what the query answers.
func (in clause) seesAnswers() bool { return in != inWhere && in != inOn }

func ambiguous(n *sqlparser.ColName, in clause) error {
	return mysqlerr.New(mysqlerr.NonUniq, fullText(n), clauseNames[in])
}

func unknownName(n *sqlparser.ColName, in clause) error {
	return mysqlerr.New(mysqlerr.BadField, fullText(n), clauseNames[in])
}

// fullText is a name as messages have it.
func fullText(n *sqlparser.ColName) string {
	text := n.Name.String()
	if table := n.Qualifier.Name.String(); table != "" {
		text = table + "." + text
	}
	if db := n.Qualifier.DbQualifier.String(); db != "" {
		text = db + "." + text
	}
	return text
}

// hasNames reports whether a statement has names that a namer looks at.
func hasNames(s sqlparser.SQLNode) (found bool) {
	s = queryIn(s)
	_ = sqlparser.Walk(func(n sqlparser.SQLNode) (bool, error) { // it has no error
		switch n := n.(type) {
		case *sqlparser.Select:
			found = found || n.Having != nil || len(n.GroupBy) > 0 || len(n.OrderBy) > 0 || len(windowsIn(n.SelectExprs)) > 0 || hasAggregate(n.SelectExprs) && (hasQuery(n.SelectExprs) || joins(n.From))
		case *sqlparser.SetOp:
			found = found || len(n.OrderBy) > 0
		}
		return !found, nil
	}, s)
	return found
}

// joins reports whether a FROM clause is of several tables.
func joins(list sqlparser.TableExprs) bool {
	if len(list) != 1 {
		return len(list) > 0
	}
	_, one := list[0].(*sqlparser.AliasedTableExpr)
	return !one
}

// queryIn is the query of a definition that has one, and any other statement as it is.
func queryIn(s sqlparser.SQLNode) sqlparser.SQLNode {
	if d, is := s.(*sqlparser.DDL); is && d.ViewSpec != nil {
		return d.ViewSpec.ViewExpr
	} else if is && d.OptSelect != nil {
		return d.OptSelect.Select
	}
	return s
}

// nameAll is a statement whose names mean to the library what they mean.
func (c *call) nameAll(s sqlparser.Statement) (sqlparser.Statement, error) {
	if !c.stmt.named {
		return s, nil
	}
	own := updatable.Copy(s) // the tree is the prepared statement's
	n := &namer{c: c, warns: true}
	err := n.statement(own, updatable.NewReader(viewSource{c}, c.env.DB))
	if err != nil && err != errUnknownName {
		return nil, err
	}
	if err == nil {
		return own, spellOut(own)
	}
	own = updatable.Copy(s)
	if err := spellOut(own); err != nil {
		return nil, cmp.Or(c.wrongName(s), err)
	}
	return own, nil
}

// nameError is what is wrong with a statement's names if the library has not found one.
func (c *call) nameError(s sqlparser.Statement, err error) error {
	if !gms.ErrAmbiguousColumnName.Is(err) && !gms.ErrColumnNotFound.Is(err) && !gms.ErrTableColumnNotFound.Is(err) && !gms.ErrTableNotFound.Is(err) {
		return err
	}
	return cmp.Or(c.wrongName(s), err)
}

// wrongName is what is wrong with a statement's names; nil if nothing is.
func (c *call) wrongName(s sqlparser.Statement) error {
	n := &namer{c: c, strict: true}
	err := n.statement(updatable.Copy(s), updatable.NewReader(viewSource{c}, c.env.DB))
	if mysqlerr.Is(err, mysqlerr.BadField) || mysqlerr.Is(err, mysqlerr.NonUniq) {
		return err
	}
	return nil
}

// errUnknownName ends a namer's work at a name that it does not find in a clause where the
// library knows best: see nameError.
var errUnknownName = errors.New("sql: unknown name")

// nameView does so in the query of a view.
func (c *call) nameView(s sqlparser.Statement, db string) (changed bool, err error) {
	if !hasNames(s) {
		return false, nil
	}
	n := &namer{c: c}
	if err = n.statement(s, updatable.NewReader(permanent{viewSource{c}}, db)); err == errUnknownName {
		return false, nil
	}
	return n.changed, err
}

// permanent is what views see: no temporary tables.
type permanent struct{ viewSource }

// Temporary implements updatable.Source.
func (permanent) Temporary(updatable.Name) *catalog.Table { return nil }

// statement names what is in a statement's queries.
func (r *namer) statement(s sqlparser.SQLNode, from *updatable.Reader) error {
	return sqlparser.Walk(func(n sqlparser.SQLNode) (bool, error) {
		q, is := n.(sqlparser.SelectStatement)
		if !is {
			return true, nil
		}
		return false, r.query(q, from, nil)
	}, queryIn(s))
}

// query names what is in a query. Its outer scope is that of the query around.
func (r *namer) query(s sqlparser.SelectStatement, from *updatable.Reader, outer *nameScope) error {
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

func (r *namer) with(w *sqlparser.With, from *updatable.Reader, outer *nameScope) (*updatable.Reader, error) {
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
func (r *namer) selects(s *sqlparser.Select, from *updatable.Reader, outer *nameScope) error {
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
	r.changed = true
	scope.spellStars()
	cutHaving(s)
	return nil
}

// tables names what is in a FROM clause.
func (r *namer) tables(list sqlparser.TableExprs, s *nameScope) error {
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
func (r *namer) own(e sqlparser.Expr, s *nameScope, in clause) (sqlparser.Expr, error) {
	e, err := r.each(e, func(n *sqlparser.ColName, aggregated bool) (sqlparser.Expr, error) {
		col, several := s.column(n)
		switch {
		case several:
			return nil, ambiguous(n, in)
		case col != nil || !s.known:
			return nil, nil
		case r.strict, aggregated && in == inList:
			return s.beyond(n, in)
		}
		if _, err := s.beyond(n, in); mysqlerr.Is(err, mysqlerr.BadField) {
			return nil, errUnknownName
		}
		return s.outside(n)
	})
	if err != nil {
		return nil, err
	}
	return e, r.subqueries(e, s, in)
}

// subqueries names what is in the subqueries of an expression.
func (r *namer) subqueries(e sqlparser.Expr, s *nameScope, in clause) error {
	return sqlparser.Walk(func(n sqlparser.SQLNode) (bool, error) {
		sub, is := n.(*sqlparser.Subquery)
		if !is {
			return true, nil
		}
		return false, r.query(sub.Select, s.reader, s.at(in))
	}, e)
}

// each puts other expressions in the place of the names in one, outside of subqueries;
// nil is for those that stay.
func (r *namer) each(e sqlparser.Expr, f func(n *sqlparser.ColName, aggregated bool) (sqlparser.Expr, error)) (sqlparser.Expr, error) {
	instead := map[*sqlparser.ColName]sqlparser.Expr{}
	var visit func(aggregated bool) sqlparser.Visit
	visit = func(aggregated bool) sqlparser.Visit {
		return func(n sqlparser.SQLNode) (bool, error) {
			switch n := n.(type) {
			case *sqlparser.Subquery:
				return false, nil
			case *sqlparser.FuncExpr:
				if n.IsAggregate() && n.Over == nil && !aggregated {
					return false, sqlparser.Walk(visit(true), n.Exprs)
				}
			case *sqlparser.GroupConcatExpr:
				if !aggregated {
					return false, sqlparser.Walk(visit(true), n.Exprs, n.OrderBy)
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
	if err := sqlparser.Walk(visit(false), e); err != nil || len(instead) == 0 {
		return e, err
	}
	r.changed = true
	return updatable.Replace(e, func(n *sqlparser.ColName) sqlparser.Expr {
		if to := instead[n]; to != nil {
			return to
		}
		return n
	}), nil
}

// remark warns that a name means two things.
func (r *namer) remark(n *sqlparser.ColName, in clause) {
	if !r.warns {
		return
	}
	e := mysqlerr.New(mysqlerr.NonUniq, fullText(n), clauseNames[in])
	r.c.s.Warn(&gms.Warning{Level: "Warning", Code: mysqlerr.NonUniq, Message: e.Message})
	r.c.remarks = append(r.c.remarks, exec.Diagnostic{Level: "Warning", Code: mysqlerr.NonUniq, Message: e.Message})
}

// stars names the columns that * means where windows are of groups, or behind HAVING.
func (r *namer) stars(s *nameScope) {
	if hasStar(s.query.SelectExprs) && cutsWindows(s.query) && s.known {
		s.spellStars()
		r.changed = true
	}
}

// spellStars names the columns that * means.
func (s *nameScope) spellStars() {
	q := s.query
	var list sqlparser.SelectExprs
	for _, e := range q.SelectExprs {
		star, is := e.(*sqlparser.StarExpr)
		if !is {
			list = append(list, e)
			continue
		}
		for _, c := range s.starred(star) {
			list = append(list, &sqlparser.AliasedExpr{Expr: qualified(c)})
		}
	}
	q.SelectExprs = list
}

// windows refuses names of windows that are none of FROM, nor of a query around: answers
// are not seen.
func (s *nameScope) windows() error {
	list := append([]*sqlparser.WindowDef(nil), s.query.Window...)
	for _, f := range windowsIn(s.query.SelectExprs, s.query.OrderBy) {
		list = append(list, (*sqlparser.WindowDef)(f.Over))
	}
	for _, w := range list {
		if err := s.only(w.PartitionBy, inPartition); err != nil {
			return err
		}
		if err := s.only(w.OrderBy, inSorted); err != nil {
			return err
		}
	}
	return nil
}

func (s *nameScope) only(part sqlparser.SQLNode, in clause) error {
	return withinQuery(func(n sqlparser.SQLNode) error {
		col, is := n.(*sqlparser.ColName)
		if !is || !s.known {
			return nil
		}
		found, several := s.column(col)
		if several {
			return ambiguous(col, in)
		}
		if found != nil {
			return nil
		}
		_, err := s.beyond(col, in)
		return err
	}, part)
}
