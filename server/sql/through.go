package sql

import (
	"errors"
	"slices"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/spell"
	"github.com/xadb/xadb/server/types"
	"github.com/xadb/xadb/server/updatable"
)

// Changes of views are changes of their tables: the statement is written anew before
// it is bound, for each call, because views come and go (package updatable).

// A viewSource finds tables and views for package updatable.
type viewSource struct{ c *call }

// Table implements updatable.Source.
func (s viewSource) Table(n updatable.Name) (*catalog.Table, error) {
	t, ok, err := s.c.catalog().Find(s.c.env.Txn, n.DB, n.Table)
	if err != nil || !ok {
		return nil, err
	}
	return t, nil
}

// Temporary implements updatable.Source.
func (s viewSource) Temporary(n updatable.Name) *catalog.Table {
	t, _ := s.c.env.Temporaries.Find(n.DB, n.Table)
	return t
}

// Made implements updatable.Source.
func (s viewSource) Made(n updatable.Name) (columns []string) {
	db := strings.ToLower(n.DB)
	if _, is := s.c.made[db]; !is && db != gms.InformationSchemaDatabaseName {
		return nil
	}
	t, _, err := s.c.lib.Analyzer.Catalog.Table(s.c.context(), db, n.Table)
	if err != nil {
		return nil // the library complains
	}
	for _, col := range t.Schema() {
		columns = append(columns, col.Name)
	}
	return columns
}

// Parse implements updatable.Source.
func (s viewSource) Parse(text string) (sqlparser.Statement, error) {
	view, err := exec.ReadKept(text)
	if err != nil {
		return nil, err
	}
	spell.TellTables(view)
	return s.c.keptText(view), nil
}

// View implements updatable.Source.
func (s viewSource) View(n updatable.Name) (catalog.View, bool, error) {
	return s.c.catalog().View(s.c.env.Txn, n.DB, n.Table)
}

// throughViews makes the statement one on the tables of the views that it changes or
// locks.
func (c *call) throughViews() error {
	switch c.stmt.Kind {
	case writeKind, showKind:
		return c.changeThrough()
	case lockingKind:
		s, is := c.stmt.tree.Statement.(sqlparser.SelectStatement)
		if !is || len(c.stmt.tree.Of) > 0 {
			return nil
		}
		for _, q := range exec.LockingQueries(s) {
			below, err := updatable.Below(viewSource{c}, c.env.DB, q.From)
			if err != nil {
				return err
			}
			if len(below) > 0 {
				out := *c.stmt
				out.targets = append(slices.Clone(out.targets), below...)
				c.stmt = &out
			}
		}
	}
	return nil
}

func (c *call) changeThrough() error {
	whole := c.stmt.tree.Statement
	explain, explains := whole.(*sqlparser.Explain)
	if explains {
		whole = explain.Statement
	}
	change, err := updatable.Rewrite(viewSource{c}, c.env.DB, whole)
	if err != nil || change == nil {
		return err
	}
	if err := c.pass(change); err != nil {
		return err
	}
	if err := spell.Out(change.Statement); err != nil {
		return err
	}
	tree, out := *c.stmt.tree, *c.stmt
	tree.Statement, out.tree = change.Statement, &tree
	out.targets = nil
	switch s := change.Statement.(type) {
	case *sqlparser.Insert:
		out.targets = change.Tables
	case *sqlparser.Update:
		out.addSet(s)
	case *sqlparser.Delete:
		out.addDeleted(s)
	}
	if explains {
		said := *explain
		said.Statement = change.Statement
		tree.Statement = &said
	}
	c.stmt, c.change = &out, change
	return nil
}

// pass decides whether the definers of views may do with what is below what the
// statement does with the views (S10).
func (c *call) pass(change *updatable.Change) error {
	p := privilegeOf(change.Statement)
	for _, step := range change.Passes {
		if _, hidden := c.env.Temporaries.Find(step.Onto.DB, step.Onto.Table); hidden {
			return unsupported("a change of a view of a table whose name a temporary table has")
		}
		rights, err := c.rightsOf(step.View)
		if err != nil {
			return err
		}
		if err = c.lookThrough(step.DB, step.View); mysqlerr.Is(err, mysqlerr.ViewInvalid) || !c.mayChange(rights, step.Onto, p, change.Statement) {
			err = mysqlerr.New(mysqlerr.ViewInvalid, change.View.DB, change.View.Table)
		}
		if err != nil {
			return err
		}
		if c.checked != nil {
			c.checked[tableID{step.Onto.DB, step.Onto.Table}] |= p
		}
	}
	return nil
}

// mayChange reports whether these rights are enough for what a statement does with a table:
// on the table, or on each column that it names.
func (c *call) mayChange(r auth.Rights, onto updatable.Name, p auth.Privilege, s sqlparser.Statement) bool {
	if r.OnTable(onto.DB, onto.Table)&p == p {
		return true
	}
	if (r.OnTable(onto.DB, onto.Table)|r.OnSome(onto.DB, onto.Table)&auth.OnColumn)&p != p {
		return false
	}
	uses, err := exec.UsesIn(s, c.env.DB, c.viewedNames())
	named := false
	for _, u := range uses {
		if u.DB == onto.DB && u.Table == onto.Table {
			named = named || u.All&p != 0
			if u.Check(r, c.viewedNames()) != nil {
				return false
			}
		}
	}
	return err == nil && named // a view on the way is not named
}

// privilegeOf is what a change takes.
func privilegeOf(s sqlparser.Statement) auth.Privilege {
	switch s := s.(type) {
	case *sqlparser.Update:
		return auth.Update
	case *sqlparser.Insert:
		p := auth.Insert
		if strings.EqualFold(s.Action, sqlparser.ReplaceStr) {
			p |= auth.Delete
		}
		if len(s.OnDup) > 0 {
			p |= auth.Update
		}
		return p
	}
	return auth.Delete
}

// viewCheck is the name of the check that a view is, for the library.
const viewCheck = "WITH CHECK OPTION"

// A rowChecks is what a view asks of rows of a table, made once a statement.
type rowChecks struct{ check, within gms.Expression }

// checksOf makes them.
func (t *table) checksOf(ctx *gms.Context) (rowChecks, error) {
	change := t.c.change
	if change == nil || t.asked != nil {
		if t.asked == nil {
			return rowChecks{}, nil
		}
		return *t.asked, nil
	}
	t.asked = &rowChecks{}
	for _, one := range []struct {
		check *updatable.Check
		into  *gms.Expression
	}{{change.Check, &t.asked.check}, {change.Within, &t.asked.within}} {
		if one.check == nil || one.check.Table != (updatable.Name{DB: t.def.DB, Table: t.def.Name}) {
			continue
		}
		list, err := t.c.expressions(ctx, t, []string{one.check.Expr})
		if err != nil {
			return rowChecks{}, err
		}
		*one.into = list[0]
	}
	return *t.asked, nil
}

// checkWritten refuses a row that a view WITH CHECK OPTION would not have.
func (t *table) checkWritten(ctx *gms.Context, row gms.Row) error {
	asked, err := t.checksOf(ctx)
	if err != nil || asked.check == nil {
		return err
	}
	if ok, err := holds(ctx, asked.check, row); err != nil || ok {
		return err
	}
	return gms.ErrCheckConstraintViolated.New(viewCheck)
}

// checkRemoved refuses to REPLACE a row that the view does not have.
func (t *table) checkRemoved(ctx *gms.Context, row gms.Row) error {
	asked, err := t.checksOf(ctx)
	if err != nil || asked.within == nil {
		return err
	}
	ok, err := holds(ctx, asked.within, row)
	if err == nil && !ok {
		err = mysqlerr.New(mysqlerr.RowNotInView)
	}
	return err
}

func holds(ctx *gms.Context, e gms.Expression, row gms.Row) (bool, error) {
	v, err := gms.EvaluateCondition(ctx, e, row)
	return gms.IsTrue(v), err
}

// ofView is an error of a table as one of the view that the statement changes.
func (c *call) ofView(err error) error {
	var known *mysqlerr.Error
	if errors.As(err, &known) {
		if out := c.viewError(known.Code, known.Message); out != nil {
			return out
		}
	}
	return err
}

// viewError is that error, nil if it stays as it is.
func (c *call) viewError(code uint16, message string) *mysqlerr.Error {
	if c.change == nil {
		return nil
	}
	switch {
	case code == mysqlerr.CheckViolated && c.change.Joined > 0 && strings.Contains(message, viewCheck):
		return mysqlerr.New(mysqlerr.ViewCheckFailed, c.change.JoinedView.DB, c.change.JoinedView.Table)
	case code == mysqlerr.CheckViolated && c.change.Check != nil && strings.Contains(message, viewCheck):
		return mysqlerr.New(mysqlerr.ViewCheckFailed, c.change.Check.View.DB, c.change.Check.View.Table)
	case code == mysqlerr.NoDefaultForField:
		return mysqlerr.New(mysqlerr.NoDefaultForViewField, c.change.View.DB, c.change.View.Table)
	}
	return nil
}

// keptText is what a definition keeps as part of a statement whose literals are no text: its own
// are.
func (c *call) keptText(s sqlparser.Statement) sqlparser.Statement {
	if c.env.Literals != types.CharsetBinary {
		return s
	}
	return updatable.Introduce(s, sqlparser.Utf8mb4Str, func(text []byte) bool { return !types.CharsetASCII.Holds(text) })
}
