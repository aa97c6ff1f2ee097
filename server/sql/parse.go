package sql

import (
	"cmp"
	"slices"
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/reword"
	"github.com/xadb/xadb/server/sql/spell"
)

const (
	readKind    = exec.Read
	lockingKind = exec.LockingRead
	writeKind   = exec.Write
	ddlKind     = exec.DDL
	showKind    = exec.Show
)

// A Stmt is a statement for the library. It may be used by one goroutine at a
// time, any number of times.
type Stmt struct {
	Kind      exec.Kind
	NumParams int
	// Temporary: it makes or drops temporary tables, and ends no transaction.
	Temporary bool

	tree  *exec.Tree
	named bool  // see nameAll
	query *Stmt // of CREATE TABLE ... SELECT
	// shown is the view whose columns the statement is to show, all of them.
	shown string
	// targets are the tables that the statement changes, or locks at its top:
	// by name, or alias.
	targets []sqlparser.TableName
	lock    catalog.Mode // of the targets' rows
	// locked are the tables that the query of an INSERT locks by its text.
	locked []lockedTable
}

// A lockedTable is a table whose rows a query locks, and how.
type lockedTable struct {
	sqlparser.TableName
	mode catalog.Mode
}

func unsupported(what string) error { return mysqlerr.New(mysqlerr.NotSupportedYet, what) }

// Take makes a statement of a tree. Its error is 1235 for what neither the
// library nor this package runs.
func (e *Engine) Take(t *exec.Tree) (*Stmt, error) {
	if err := refuse(t.Statement); err != nil {
		return nil, err
	}
	t.Of = spell.TellTables(t.Statement, t.Of...)
	spell.NameCollections(t.Statement)
	if err := misplaced(t); err != nil {
		return nil, err
	}
	if err := spell.Aggregates(t.Statement); err != nil {
		return nil, err
	}
	s := &Stmt{NumParams: t.NumParams, Temporary: t.Temporary(), tree: t, lock: catalog.Exclusive, named: spell.HasNames(t.Statement)}
	if !s.named { // else when its names are known, because it would not read the same then
		if err := spell.Out(t.Statement); err != nil {
			return nil, err
		}
	}
	switch n := t.Statement.(type) {
	case sqlparser.SelectStatement:
		s.Kind = readKind
		if err := s.takeLocks(n); err != nil {
			return nil, err
		}
	case *sqlparser.Insert:
		s.Kind, s.targets = writeKind, []sqlparser.TableName{n.Table}
		s.takeQueryLocks(n.Rows)
	case *sqlparser.Update:
		s.Kind = writeKind
		s.addSet(n)
	case *sqlparser.Delete:
		s.Kind = writeKind
		s.addDeleted(n)
	case *sqlparser.DDL:
		if n.Action == sqlparser.TruncateStr {
			return nil, unsupported("TRUNCATE of this") // the library truncates views
		}
		s.Kind = ddlKind
		s.addDDL(n)
	case *sqlparser.DBDDL:
		s.Kind = ddlKind
	case *sqlparser.AlterTable:
		s.Kind, s.targets = ddlKind, []sqlparser.TableName{n.Table}
	case *sqlparser.Show:
		s.Kind = showKind
		if opt := n.ShowTablesOpt; opt != nil && opt.DbName != "" && strings.EqualFold(n.Type, "triggers") {
			n.Table.DbQualifier = sqlparser.NewTableIdent(opt.DbName) // else it is the current one's triggers
		}
	default:
		return nil, unsupported(strings.ToUpper(lex.New(t.SQL).Next().Text) + " statement")
	}
	return s, nil
}

// onlyReads reports whether the statement is a query.
func (s *Stmt) onlyReads() bool {
	_, is := s.tree.Statement.(sqlparser.SelectStatement)
	return is
}

// takeLocks finds what a locking read locks, itself or by its subqueries. The clause of
// each is about the tables of the query it stands in, not about those of the queries in
// that (MySQL manual, Locking Reads). Where some lock for writing, all do. The last clause
// may name tables.
func (s *Stmt) takeLocks(n sqlparser.SelectStatement) error {
	all := exec.LockingQueries(n)
	if len(all) == 0 {
		return nil
	}
	top, one := n.(*sqlparser.Select)
	unknown := slices.Clone(s.tree.Of)
	s.Kind, s.lock = lockingKind, catalog.Shared
	for _, q := range all {
		if q.Lock != sqlparser.ShareModeStr {
			s.lock = catalog.Exclusive
		}
		if len(s.tree.Of) == 0 || one && q != top {
			s.addTables(spell.RowsOfQuery(q))
			continue
		}
		unknown = slices.DeleteFunc(unknown, func(of string) bool { return s.addNamed(spell.RowsOfQuery(q), of) })
	}
	if len(unknown) > 0 {
		return mysqlerr.New(mysqlerr.UnresolvedTableLock, unknown[0])
	}
	return nil
}

// takeQueryLocks finds what the query of an INSERT locks, which it does at every level
// of isolation.
func (s *Stmt) takeQueryLocks(rows sqlparser.InsertRows) {
	query, is := rows.(sqlparser.SelectStatement)
	if !is {
		return
	}
	for _, q := range exec.LockingQueries(query) {
		mode := catalog.Exclusive
		if q.Lock == sqlparser.ShareModeStr {
			mode = catalog.Shared
		}
		eachTable(spell.RowsOfQuery(q), func(name sqlparser.TableName, _ string) {
			s.locked = append(s.locked, lockedTable{name, mode})
		})
	}
}

// addTables adds the tables of a FROM clause, not those of its subqueries.
func (s *Stmt) addTables(list sqlparser.TableExprs) {
	eachTable(list, func(name sqlparser.TableName, _ string) { s.targets = append(s.targets, name) })
}

// addSet adds the tables that an UPDATE sets; any may be, by a column without its table.
func (s *Stmt) addSet(u *sqlparser.Update) {
	for _, set := range u.Exprs {
		if of := set.Name.Qualifier; of.IsEmpty() || !s.addNamed(u.TableExprs, of.Name.String()) {
			s.addTables(u.TableExprs)
			return
		}
	}
}

// addDeleted adds the tables that a DELETE takes rows from.
func (s *Stmt) addDeleted(d *sqlparser.Delete) {
	for _, of := range d.Targets {
		if !s.addNamed(d.TableExprs, of.Name.String()) {
			s.targets = append(s.targets, of)
		}
	}
	if len(d.Targets) == 0 {
		s.addTables(d.TableExprs)
	}
}

// addNamed adds one of them by its name; found is false if it is none of a FROM clause's.
func (s *Stmt) addNamed(list sqlparser.TableExprs, want string) (found bool) {
	eachTable(list, func(name sqlparser.TableName, alias string) {
		if alias == want || alias == "" && name.Name.String() == want {
			s.targets, found = append(s.targets, name), true
		}
	})
	return found || isDerived(list, want)
}

// isDerived reports whether a name is that of a subquery in a FROM clause, which has no
// rows of its own to lock.
func isDerived(list sqlparser.TableExprs, want string) (is bool) {
	for _, e := range list {
		switch e := e.(type) {
		case *sqlparser.AliasedTableExpr:
			is = is || e.As.String() == want
		case *sqlparser.ParenTableExpr:
			is = is || isDerived(e.Exprs, want)
		case *sqlparser.JoinTableExpr:
			is = is || isDerived(sqlparser.TableExprs{e.LeftExpr, e.RightExpr}, want)
		}
	}
	return is
}

func eachTable(list sqlparser.TableExprs, f func(name sqlparser.TableName, alias string)) {
	for _, e := range list {
		switch e := e.(type) {
		case *sqlparser.AliasedTableExpr:
			if name, ok := e.Expr.(sqlparser.TableName); ok {
				f(name, e.As.String())
			}
		case *sqlparser.ParenTableExpr:
			eachTable(e.Exprs, f)
		case *sqlparser.JoinTableExpr:
			eachTable(sqlparser.TableExprs{e.LeftExpr, e.RightExpr}, f)
		}
	}
}

func (s *Stmt) addDDL(d *sqlparser.DDL) {
	s.takeCopy(d)
	s.targets = append(append(append(s.targets, d.FromTables...), d.ToTables...), d.Table)
}

// A tableID is a table's name in full.
type tableID struct{ db, name string }

// modeOf is how a statement reads a table's rows, and whether the table is one
// that it changes, or locks by its text (S2).
func (c *call) modeOf(id tableID) (m catalog.Mode, target bool) {
	switch c.stmt.Kind {
	case readKind, showKind:
		if c.env.Serializable && c.stmt.Kind == readKind {
			return catalog.Shared, false
		}
		return 0, false
	}
	if c.stmt.Kind == lockingKind {
		id.name = strings.TrimPrefix(id.name, lasting)
	}
	for _, name := range c.stmt.targets {
		if c.isTable(name, id) {
			return c.stmt.lock, true
		}
	}
	if c.env.Ranges && (c.env.Serializable || c.stmt.Kind != lockingKind) {
		m = catalog.Shared
	}
	for _, t := range c.stmt.locked {
		if c.isTable(t.TableName, id) {
			m = max(m, t.mode)
		}
	}
	return m, false
}

// isTable reports whether a statement's name is that table's.
func (c *call) isTable(name sqlparser.TableName, id tableID) bool {
	return name.Name.String() == id.name && cmp.Or(name.DbQualifier.String(), c.env.DB) == id.db
}

// refuse keeps statements away from the machine's files (S6), and from parts
// of the library that the server has instead.
func refuse(n sqlparser.SQLNode) error {
	if _, load := n.(*sqlparser.Load); load {
		return unsupported("LOAD DATA")
	}
	return exec.Walk(func(n sqlparser.SQLNode) (bool, error) {
		switch n := n.(type) {
		case sqlparser.SelectStatement: // the walk does not come to INTO itself
			if into := n.GetInto(); into != nil && (into.Outfile != "" || into.Dumpfile != "") {
				return false, mysqlerr.New(mysqlerr.OptionPrevents, "--secure-file-priv")
			}
		case *sqlparser.Default:
			if n.ColName != "" {
				return false, unsupported("DEFAULT() of a column")
			}
		case *sqlparser.FuncExpr:
			if n.Name.Lowered() == "load_file" {
				return false, unsupported("LOAD_FILE")
			}
		case *sqlparser.Subquery:
			if asksValues(n) {
				return false, unsupported("VALUES() in a subquery")
			}
		case *sqlparser.DDL:
			if n.ViewSpec != nil {
				if err := refuseVariables(n.ViewSpec.ViewExpr); err != nil {
					return false, err
				}
			}
			switch {
			case n.ProcedureSpec != nil:
				return false, unsupported("PROCEDURE")
			case n.EventSpec != nil:
				return false, unsupported("EVENT")
			}
		}
		return true, nil
	}, n)
}

// refuseVariables keeps user variables out of views.
func refuseVariables(query sqlparser.SQLNode) error {
	return exec.Walk(func(n sqlparser.SQLNode) (bool, error) {
		switch n := n.(type) {
		case *sqlparser.FuncExpr:
			if n.Name.Lowered() == reword.Assign {
				return false, mysqlerr.New(mysqlerr.ViewVariable)
			}
		case *sqlparser.ColName:
			if strings.HasPrefix(n.Name.String(), "@") {
				return false, mysqlerr.New(mysqlerr.ViewVariable)
			}
		}
		return true, nil
	}, query)
}

// asksValues reports whether VALUES(column) is below a node.
func asksValues(n sqlparser.SQLNode) bool { return spell.HasNode[*sqlparser.ValuesFuncExpr](n) }
