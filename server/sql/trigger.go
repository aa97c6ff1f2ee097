package sql

import (
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
)

// Triggers run in the library, inside the statement that fires them. A scan of
// such a statement meets all that was written before it begins, because what a
// trigger reads must be as the rows before have left it.

var _ gms.TriggerDatabase = (*database)(nil)

// GetTriggers implements gms.TriggerDatabase. Of a change they are those of the
// tables that it has come to so far: more cannot fire.
func (d *database) GetTriggers(*gms.Context) ([]gms.TriggerDefinition, error) {
	d.c.enter(d.def.Name)
	var out []gms.TriggerDefinition
	if d.c.stmt.Kind == writeKind {
		for id, t := range d.c.tables {
			if id.db == d.def.Name {
				out = append(out, triggersOf(t.def)...)
			}
		}
		if len(out) > 0 { // in which the library binds them, right after this
			d.c.s.SetCurrentDatabase(d.def.Name)
		}
		return out, nil
	}
	err := d.eachTable(func(t *catalog.Table) error {
		out = append(out, triggersOf(t)...)
		return nil
	})
	return out, err
}

func triggersOf(t *catalog.Table) (out []gms.TriggerDefinition) {
	for _, g := range t.Triggers {
		out = append(out, gms.TriggerDefinition{
			Name: g.Name, CreateStatement: g.Create, CreatedAt: g.Created, SqlMode: g.SQLMode,
		})
	}
	return out
}

func (d *database) eachTable(f func(*catalog.Table) error) error {
	names, err := d.c.catalog().Tables(d.c.env.Txn, d.def.Name)
	for _, name := range names {
		t, ok, ferr := d.c.catalog().Find(d.c.env.Txn, d.def.Name, name)
		if err == nil {
			err = ferr
		}
		if err == nil && ok {
			err = f(t)
		}
		if err != nil {
			return err
		}
	}
	return err
}

// trigger finds a trigger's table, nil if there is no trigger of this name.
func (d *database) trigger(name string) (table *catalog.Table, at int, err error) {
	err = d.eachTable(func(t *catalog.Table) error {
		for i := range t.Triggers {
			if strings.EqualFold(t.Triggers[i].Name, name) {
				table, at = t, i
			}
		}
		return nil
	})
	return table, at, err
}

// CreateTrigger implements gms.TriggerDatabase.
func (d *database) CreateTrigger(_ *gms.Context, def gms.TriggerDefinition) error {
	tree, err := triggerTree(def.CreateStatement)
	if err != nil {
		return err
	}
	if !catalog.ValidName(def.Name) {
		return mysqlerr.New(mysqlerr.WrongSpec, def.Name)
	}
	other, _, err := d.trigger(def.Name)
	if err != nil {
		return err
	}
	if other != nil {
		return mysqlerr.New(mysqlerr.TriggerExists)
	}
	return d.changeTriggers(tree.Table.Name.String(), func(t *catalog.Table) {
		t.Triggers = append(t.Triggers, catalog.Trigger{
			Name: def.Name, Create: plainText(def.CreateStatement), SQLMode: d.c.env.SQLMode, Created: d.c.env.Now.UTC(),
		})
	})
}

// plainText is a statement without the marks of version comments, in which dumps
// wrap it.
func plainText(text string) string {
	var out strings.Builder
	l, last := lex.New(text), 0
	for t := l.Next(); t.Kind != lex.EOF && t.Kind != lex.Bad; t = l.Next() {
		gap := text[last:t.Pos]
		if strings.Contains(gap, "/*!") || strings.Contains(gap, "*/") {
			gap = " "
		}
		if last > 0 {
			out.WriteString(gap)
		}
		out.WriteString(text[t.Pos:t.End])
		last = t.End
	}
	return out.String()
}

// DropTrigger implements gms.TriggerDatabase.
func (d *database) DropTrigger(_ *gms.Context, name string) error {
	t, at, err := d.trigger(name)
	if err != nil {
		return err
	}
	if t == nil {
		return gms.ErrTriggerDoesNotExist.New(name)
	}
	return d.changeTriggers(t.Name, func(t *catalog.Table) {
		t.Triggers = append(t.Triggers[:at:at], t.Triggers[at+1:]...)
	})
}

func (d *database) changeTriggers(table string, change func(*catalog.Table)) error {
	t, ok, err := d.c.catalog().Open(d.c.ctx, d.c.env.Txn, d.def.Name, table, catalog.Exclusive)
	if err != nil {
		return err
	}
	if !ok {
		return d.c.absent(tableID{d.def.Name, table})
	}
	t = t.Copy()
	change(t)
	if err := d.c.catalog().Alter(d.c.ctx, d.c.env.Txn, t); err != nil {
		return err
	}
	d.c.define(tableID{t.DB, t.Name})
	return nil
}

func triggerTree(create string) (*sqlparser.DDL, error) {
	tree, err := exec.ReadSQL(create)
	if err != nil {
		return nil, err
	}
	d, ok := tree.(*sqlparser.DDL)
	if !ok || d.TriggerSpec == nil {
		return nil, gms.ErrTriggerCreateStatementInvalid.New(create)
	}
	return d, nil
}

// checkTrigger holds that the rows and columns that a new trigger names are there.
func (c *call) checkTrigger(d *sqlparser.DDL) error {
	if d.TriggerSpec == nil || d.Action != sqlparser.CreateStr {
		return nil
	}
	id := tableID{d.Table.DbQualifier.String(), d.Table.Name.String()}
	if id.db == "" {
		id.db = c.env.DB
	}
	t, ok, err := c.catalog().Find(c.env.Txn, id.db, id.name)
	if err != nil || !ok {
		if _, isView, verr := c.catalog().View(c.env.Txn, id.db, id.name); verr == nil && isView {
			return mysqlerr.New(mysqlerr.TriggerOnViewOrTemp, id.name)
		}
		return err // the library says that it is not there
	}
	event := d.TriggerSpec.Event
	return sqlparser.Walk(func(n sqlparser.SQLNode) (bool, error) {
		if ins, is := n.(*sqlparser.Insert); is && subqueryIn(ins.Rows) {
			return false, unsupported("subquery in VALUES of a trigger's INSERT") // the library fails on it
		}
		col, is := n.(*sqlparser.ColName)
		if !is {
			return true, nil
		}
		row := strings.ToUpper(col.Qualifier.Name.String())
		if row != "NEW" && row != "OLD" {
			return true, nil
		}
		if row == "NEW" && event == sqlparser.DeleteStr || row == "OLD" && event == sqlparser.InsertStr {
			return false, mysqlerr.New(mysqlerr.NoSuchRowInTrigger, row, strings.ToUpper(event))
		}
		if _, ok := t.Column(col.Name.String()); !ok {
			return false, mysqlerr.New(mysqlerr.BadField, col.Name.String(), row)
		}
		return true, nil
	}, d.TriggerSpec.Body)
}

// subqueryIn reports whether lists of values have a subquery.
func subqueryIn(list sqlparser.InsertRows) (found bool) {
	if _, is := list.(*sqlparser.AliasedValues); !is {
		return false
	}
	_ = sqlparser.Walk(func(n sqlparser.SQLNode) (bool, error) { // the visitor has no errors
		_, is := n.(*sqlparser.Subquery)
		found = found || is
		return !found, nil
	}, list)
	return found
}

// renameTriggers: their texts name the table.
func renameTriggers(t *catalog.Table) error {
	for i := range t.Triggers {
		text := t.Triggers[i].Create
		l, event := lex.New(text), false
		for w := l.Next(); ; w = l.Next() {
			if w.Kind == lex.EOF || w.Kind == lex.Bad {
				return gms.ErrTriggerCreateStatementInvalid.New(text)
			}
			if event && w.Is("ON") {
				break
			}
			event = w.Is("INSERT") || w.Is("UPDATE") || w.Is("DELETE")
		}
		first := l.Next()
		last := first
		if rest := lex.New(text[first.End:]); rest.Next().Is(".") {
			l.Next()
			last = l.Next()
		}
		t.Triggers[i].Create = text[:first.Pos] + name(t.Name) + text[last.End:]
	}
	return nil
}

// fires notes what triggers of a table that the statement changes will change in
// their turn, and refuses statements whose triggers the library would pass over.
func (c *call) fires(t *catalog.Table) error {
	if c.stmt.Kind != writeKind || len(t.Triggers) == 0 {
		return nil
	}
	c.triggered = true
	for _, g := range t.Triggers {
		tree, err := triggerTree(g.Create)
		if err != nil {
			return err
		}
		if err := c.mayFire(tree.TriggerSpec.Event); err != nil {
			return err
		}
		err = sqlparser.Walk(func(n sqlparser.SQLNode) (bool, error) {
			switch n := n.(type) {
			case *sqlparser.Insert:
				c.addTarget(n.Table, t.DB)
			case *sqlparser.Update:
				eachTable(n.TableExprs, func(name sqlparser.TableName, _ string) { c.addTarget(name, t.DB) })
			case *sqlparser.Delete:
				eachTable(n.TableExprs, func(name sqlparser.TableName, _ string) { c.addTarget(name, t.DB) })
			case sqlparser.TableName:
				c.allow(n, t.DB)
			}
			return true, nil
		}, tree.TriggerSpec.Body)
		if err != nil {
			return err
		}
	}
	return nil
}

// mayFire: of an INSERT that may replace or update rows the library runs the
// triggers of INSERT only, and of a DELETE that names its tables, or changes a
// join, none.
func (c *call) mayFire(event string) error {
	switch s := c.stmt.tree.Statement.(type) {
	case *sqlparser.Insert:
		if s.Action == sqlparser.ReplaceStr && event == sqlparser.DeleteStr {
			return unsupported("REPLACE on a table with triggers of DELETE")
		}
		if len(s.OnDup) > 0 && event == sqlparser.UpdateStr {
			return unsupported("ON DUPLICATE KEY UPDATE on a table with triggers of UPDATE")
		}
	case *sqlparser.Delete:
		if len(s.Targets) > 0 && event == sqlparser.DeleteStr {
			return unsupported("DELETE from several tables with triggers")
		}
	case *sqlparser.Update:
		n := 0
		eachTable(s.TableExprs, func(sqlparser.TableName, string) { n++ })
		if n > 1 && event == sqlparser.UpdateStr {
			return unsupported("UPDATE of several tables with triggers")
		}
	}
	return nil
}

func (c *call) addTarget(name sqlparser.TableName, db string) {
	if q := name.DbQualifier.String(); q != "" {
		db = q
	}
	if c.byTrigger == nil {
		c.byTrigger = make(map[tableID]bool)
	}
	c.byTrigger[tableID{db, name.Name.String()}] = true
}
