package exec

import (
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/auth"
)

// needsOf are the privileges that a statement takes. It says nothing about a
// kind of statement that it does not know: nobody but those who may do
// everything can run it (auth.Needs).
//
// What UPDATE and DELETE change by columns that are not qualified counts for
// every table of a join.
//
// Where privileges on columns will do, sent is read for their names: the statement as
// the client has sent it.
func needsOf(tree sqlparser.Statement, sql, sent string) auth.Needs {
	w := &needing{}
	switch s := tree.(type) {
	case sqlparser.SelectStatement:
		w.query(s)
	case *sqlparser.Insert:
		w.insert(s)
	case *sqlparser.Update:
		w.update(s)
	case *sqlparser.Delete:
		w.delete(s)
	case *sqlparser.Show:
		return showNeeds(s).WithUses(usesOf(sent))
	case *sqlparser.DBDDL:
		p, ok := map[string]auth.Privilege{
			sqlparser.CreateStr: auth.Create, sqlparser.DropStr: auth.Drop, sqlparser.AlterStr: auth.Alter,
		}[strings.ToLower(s.Action)]
		w.unknown = !ok
		w.list = append(w.list, auth.Need{Level: auth.AtDatabase, DB: s.DBName, All: p})
	case *sqlparser.DDL:
		w.unknown = !w.ddl(s) || w.unknown
	case *sqlparser.AlterTable:
		w.alterTable(s, sql)
	default:
		w.unknown = true
	}
	return w.needs().WithUses(usesOf(sent))
}

// A needing collects needs on its way over a statement.
type needing struct {
	list    []auth.Need
	scope   []string // names of common table expressions, which are no tables
	unknown bool     // there is something that this file does not know
}

func (w *needing) needs() auth.Needs {
	if w.unknown {
		return auth.Needs{}
	}
	return auth.NeedsOf(w.list...)
}

func (w *needing) need(name sqlparser.TableName, all auth.Privilege) {
	w.list = append(w.list, auth.Need{
		Level: auth.AtTable, DB: name.DbQualifier.String(), Table: name.Name.String(), All: all,
	})
}

// opens is need of a table that the statement opens; its columns are named.
func (w *needing) opens(name sqlparser.TableName, all auth.Privilege) {
	w.need(name, all)
	last := &w.list[len(w.list)-1]
	last.Opens, last.Columns = true, true
}

// reads needs SELECT on a table of a FROM clause.
func (w *needing) reads(name sqlparser.TableName) {
	if !w.isNamed(name) {
		w.opens(name, auth.Select)
	}
}

// isNamed: the name is one that the statement itself has made, or DUAL.
func (w *needing) isNamed(name sqlparser.TableName) bool {
	if name.DbQualifier.String() != "" {
		return false
	}
	text := name.Name.String()
	if strings.EqualFold(text, "dual") || text == "" {
		return true
	}
	for _, s := range w.scope {
		if strings.EqualFold(s, text) {
			return true
		}
	}
	return false
}

// walk finds the tables that are read below a node. Where the parser's walk does
// not come, the tables that package sql opens are refused.
func (w *needing) walk(nodes ...sqlparser.SQLNode) {
	_ = sqlparser.Walk(func(n sqlparser.SQLNode) (bool, error) { // its only errors are the visitor's
		switch n := n.(type) {
		case sqlparser.SelectStatement:
			w.query(n)
			return false, nil
		case *sqlparser.With:
			return false, nil // enter has been there
		case *sqlparser.AliasedTableExpr:
			if name, ok := n.Expr.(sqlparser.TableName); ok {
				w.reads(name)
				return false, nil
			}
		}
		return true, nil
	}, nodes...)
}

// query walks a SELECT with the names that its WITH gives.
func (w *needing) query(s sqlparser.SelectStatement) {
	switch s := s.(type) {
	case *sqlparser.Select:
		leave := w.enter(s.With)
		w.locking(s)
		w.walk(s.SelectExprs, s.From, s.Where, s.GroupBy, s.Having, s.Window, s.OrderBy, s.Limit, s.Into)
		leave()
	case *sqlparser.SetOp:
		leave := w.enter(s.With)
		w.query(s.Left)
		w.query(s.Right)
		w.walk(s.OrderBy, s.Limit)
		leave()
	case *sqlparser.ParenSelect:
		w.query(s.Select)
	default:
		w.unknown = true
	}
}

// enter adds the names of a WITH; inside its own body only a recursive one is
// known.
func (w *needing) enter(with *sqlparser.With) (leave func()) {
	before := len(w.scope)
	if with != nil {
		for _, e := range with.Ctes {
			if with.Recursive {
				w.scope = append(w.scope, e.As.String())
			}
			w.walk(e.AliasedTableExpr)
			w.scope = append(w.scope, e.As.String())
		}
	}
	return func() { w.scope = w.scope[:before] }
}

// locking: SELECT ... FOR UPDATE needs one of these besides (MySQL manual,
// SELECT Statement). The names that its WITH gives are known.
func (w *needing) locking(s *sqlparser.Select) {
	if s.Lock == "" || s.Lock == sqlparser.ShareModeStr {
		return
	}
	for _, name := range baseTables(s.From) {
		if !w.isNamed(name.TableName) {
			w.opens(name.TableName, auth.Select)
			w.list[len(w.list)-1].Any = auth.Update | auth.Delete | auth.LockTables
		}
	}
}

// An aliased is a table of a FROM clause.
type aliased struct {
	sqlparser.TableName
	alias string
}

// is reports whether a name, of a DELETE's target or before a column, means
// this table.
func (a aliased) is(name sqlparser.TableName) bool {
	text := name.Name.String()
	return text == a.alias || a.alias == "" && text == a.Name.String()
}

// baseTables are the tables of a FROM clause, not those of its subqueries.
func baseTables(list sqlparser.TableExprs) (out []aliased) {
	for _, e := range list {
		switch e := e.(type) {
		case *sqlparser.AliasedTableExpr:
			if name, ok := e.Expr.(sqlparser.TableName); ok {
				out = append(out, aliased{name, e.As.String()})
			}
		case *sqlparser.ParenTableExpr:
			out = append(out, baseTables(e.Exprs)...)
		case *sqlparser.JoinTableExpr:
			out = append(out, baseTables(sqlparser.TableExprs{e.LeftExpr, e.RightExpr})...)
		}
	}
	return out
}

func (w *needing) insert(s *sqlparser.Insert) {
	p := auth.Insert
	if strings.EqualFold(s.Action, sqlparser.ReplaceStr) {
		p |= auth.Delete
	}
	if len(s.OnDup) > 0 {
		p |= auth.Update
		if readsColumns(valuesOf(sqlparser.AssignmentExprs(s.OnDup))...) {
			p |= auth.Select
		}
	}
	w.opens(s.Table, p)
	leave := w.enter(s.With)
	w.walk(s.Rows, s.OnDup)
	leave()
}

func valuesOf(list sqlparser.AssignmentExprs) (out []sqlparser.SQLNode) {
	for _, a := range list {
		out = append(out, a.Expr)
	}
	return out
}

// readsColumns reports whether expressions take values from rows that are
// stored. VALUES(c) takes one from the statement.
func readsColumns(nodes ...sqlparser.SQLNode) (found bool) {
	_ = sqlparser.Walk(func(n sqlparser.SQLNode) (bool, error) {
		switch n := n.(type) {
		case *sqlparser.ColName:
			found = found || n != nil
		case *sqlparser.ValuesFuncExpr:
			return false, nil
		}
		return true, nil
	}, nodes...)
	return found
}

func (w *needing) update(s *sqlparser.Update) {
	leave := w.enter(s.With)
	tables := baseTables(s.TableExprs)
	for _, t := range tables {
		for _, a := range s.Exprs {
			if a.Name.Qualifier.IsEmpty() || t.is(a.Name.Qualifier) {
				w.opens(t.TableName, auth.Update)
				w.list[len(w.list)-1].Guessed = len(tables) > 1
				break
			}
		}
	}
	reads := len(tables) != 1 || readsColumns(append(valuesOf(s.Exprs), s.Where, s.OrderBy)...)
	w.changing(s.TableExprs, reads, s.Exprs, s.Where, s.OrderBy, s.Limit)
	leave()
}

func (w *needing) delete(s *sqlparser.Delete) {
	leave := w.enter(s.With)
	tables := baseTables(s.TableExprs)
	for i, t := range tables {
		target := len(s.Targets) == 0 && i == 0
		for _, name := range s.Targets {
			target = target || t.is(name)
		}
		if target {
			w.opens(t.TableName, auth.Delete)
		}
	}
	reads := len(tables) != 1 || readsColumns(s.Where, s.OrderBy)
	w.changing(s.TableExprs, reads, s.Where, s.OrderBy, s.Limit)
	leave()
}

// changing walks the rest of an UPDATE or DELETE. A statement on one table that
// asks nothing of its rows does not read it.
func (w *needing) changing(from sqlparser.TableExprs, reads bool, rest ...sqlparser.SQLNode) {
	if reads {
		w.walk(from)
	}
	w.walk(rest...)
}
