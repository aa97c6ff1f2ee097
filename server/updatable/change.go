package updatable

import (
	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/mysqlerr"
)

// A Change is a statement on a view as one on tables.
type Change struct {
	Statement sqlparser.Statement
	View      Name                  // the first that it names
	Tables    []sqlparser.TableName // that it changes, with their databases
	Passes    []Pass                // on the way to them
	Check     *Check                // of each row that is written; nil: nothing is asked
	Within    *Check                // of each row that REPLACE removes
	// Joined is how many of the assignments of an UPDATE, the last, are conditions that
	// JoinedView has for the joined rows.
	Joined     int
	JoinedView Name
	// NoInsertID: the view leaves out the AUTO_INCREMENT column.
	NoInsertID bool
}

// A Check is a condition on rows of a table.
type Check struct {
	Table Name
	Expr  string // over the table's columns, with the table's name
	View  Name   // whose WITH CHECK OPTION it is
}

// Rewrite makes of a change of views one of tables; nil if the statement changes
// none. db is for names without a database.
func Rewrite(src Source, db string, s sqlparser.Statement) (*Change, error) {
	w := &rewriter{src: src, db: db}
	switch s := s.(type) {
	case *sqlparser.Insert:
		return w.insert(s)
	case *sqlparser.Update:
		if some, err := w.anyView(s.TableExprs); !some || err != nil {
			return nil, err
		}
		return w.update(s)
	case *sqlparser.Delete:
		if some, err := w.anyView(s.TableExprs); !some || err != nil {
			return nil, err
		}
		return w.delete(s)
	}
	return nil, nil
}

// A rewriter rewrites one statement.
type rewriter struct {
	src  Source
	db   string
	with *sqlparser.With
	used map[string]bool // aliases of the statement
	// conds are conditions on joined rows.
	conds []sqlparser.Expr
	out   Change
}

func (w *rewriter) nameOf(n sqlparser.TableName) Name { return (&flattener{db: w.db}).nameOf(n) }

// isView reports whether a name is a view's.
func (w *rewriter) isView(n sqlparser.TableName) (bool, error) {
	name := w.nameOf(n)
	if w.src.Temporary(name) != nil {
		return false, nil
	}
	if t, err := w.src.Table(name); t != nil || err != nil {
		return false, err
	}
	_, is, err := w.src.View(name)
	return is, err
}

func (w *rewriter) anyView(list sqlparser.TableExprs) (found bool, err error) {
	eachTable(list, func(e *sqlparser.AliasedTableExpr, n sqlparser.TableName) {
		is, verr := w.isView(n)
		if err == nil {
			err = verr
		}
		found = found || is
	})
	return found, err
}

// eachTable calls f for each table of a FROM clause, not those of its subqueries.
func eachTable(list sqlparser.TableExprs, f func(*sqlparser.AliasedTableExpr, sqlparser.TableName)) {
	for _, e := range list {
		switch e := e.(type) {
		case *sqlparser.AliasedTableExpr:
			if name, is := e.Expr.(sqlparser.TableName); is {
				f(e, name)
			}
		case *sqlparser.ParenTableExpr:
			eachTable(e.Exprs, f)
		case *sqlparser.JoinTableExpr:
			eachTable(sqlparser.TableExprs{e.LeftExpr, e.RightExpr}, f)
		}
	}
}

// flattener of the statement's own FROM clause; flat says which views give way.
func (w *rewriter) flattener(flat func(string) bool) *flattener {
	f := &flattener{src: w.src, db: w.db, used: map[string]bool{}, flat: flat}
	for alias := range w.used {
		f.used[alias] = true
	}
	f.ctes = f.with(w.with)
	return f
}

// reserve notes the aliases of the whole statement.
func (w *rewriter) reserve(s sqlparser.Statement, list sqlparser.TableExprs) {
	w.used = map[string]bool{}
	reserve(w.used, s)
	eachTable(list, func(e *sqlparser.AliasedTableExpr, n sqlparser.TableName) {
		w.used[e.As.String()], w.used[n.Name.String()] = true, true
	})
}

// through notes the way from a view to a table that is changed.
func (w *rewriter) through(b *base) {
	if w.out.Passes = append(w.out.Passes, b.path...); w.out.View == (Name{}) && len(b.path) > 0 {
		w.out.View = Name{b.path[0].DB, b.path[0].View.Name}
	}
	for _, t := range w.out.Tables {
		if t == tableName(b.name) {
			return
		}
	}
	w.out.Tables = append(w.out.Tables, tableName(b.name))
}

// target is the table that a column of a view is one of.
func (w *rewriter) target(s *scope, c *column, statement string) (*base, string, error) {
	b, name := s.base(c.expr)
	switch {
	case b == nil:
		return nil, "", mysqlerr.New(mysqlerr.NonUpdatableColumn, c.name)
	case b.table == nil:
		return nil, "", mysqlerr.New(mysqlerr.NonUpdatableTable, c.of.alias, statement)
	}
	return b, name, nil
}

// onRow is a condition of a view on the row of one of its tables; others are what
// columns of its other tables are, nil if they may not be asked for.
func (w *rewriter) onRow(sh *shape, cond sqlparser.Expr, b *base, others sqlparser.Expr) (*Check, error) {
	if cond == nil {
		return nil, nil
	}
	s := &scope{}
	for _, other := range sh.bases {
		r := &relation{alias: other.alias}
		s.relations = append(s.relations, r)
		for i := 0; other.table != nil && i < len(other.table.Columns); i++ {
			name := other.table.Columns[i].Name
			s.columns = append(s.columns, column{name: name, of: r})
		}
	}
	f := w.flattener(nil)
	f.inner = true
	r := f.resolver("check option")
	for i := range s.columns {
		s.columns[i].expr = columnOf(b.name.Table, s.columns[i].name)
		s.columns[i].name = sqlparser.NewColIdent(s.columns[i].name).Lowered()
	}
	r.put = func(c *column) sqlparser.Expr {
		if c.of.alias == b.alias {
			return c.expr
		}
		if others == nil {
			r.fail(unsupported("CHECK OPTION that reads other tables than the one that is changed"))
			return &sqlparser.NullVal{}
		}
		return others
	}
	e, err := r.expr(cond, s)
	if err != nil {
		return nil, err
	}
	return &Check{b.name, sqlparser.String(e), sh.name}, nil
}
