package sql

import (
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/mysqlerr"
)

// checked are the tables that a statement was allowed to use, and for what. A
// table that the library opens and that is not there is one that the walk over
// the statement has missed: it is refused (S10).
type checked map[tableID]auth.Privilege

// checkRights decides about the statement, by its text. c.checked stays nil for
// who may do everything with tables.
func (c *call) checkRights() error {
	if err := c.stmt.tree.Needs.CheckIn(c.env.Rights, c.env.DB, c.tableNames()); err != nil {
		return err
	}
	if !c.env.Rights.Has(auth.OnTable) {
		c.checked = checked{}
		c.note(c.stmt.tree.Needs, c.env.DB)
	}
	return nil
}

// tableNames are the tables that the client's statements name.
func (c *call) tableNames() exec.TableNames {
	return exec.TableNames{Catalog: c.catalog(), Env: c.env, View: c.viewNames}
}

// viewedNames are the tables that views name: never a temporary one, which would spare
// the rights to the table that it hides.
func (c *call) viewedNames() exec.TableNames {
	names := c.tableNames()
	names.Env.Temporaries = nil
	return names
}

// viewNames are the columns of a view, whoever asks: the client learns no more of them
// than whether it may use them.
func (c *call) viewNames(db, view string) (names []string, err error) {
	t := c.viewColumns(db, view)
	if t == nil {
		return nil, nil // not valid
	}
	for i := range t.Columns {
		names = append(names, t.Columns[i].Name)
	}
	return names, nil
}

// note remembers what was checked; db is for names that name none.
func (c *call) note(n auth.Needs, db string) {
	for _, need := range n.List() {
		if need.DB == "" {
			need.DB = db
		}
		if need.Level == auth.AtTable {
			c.checked[tableID{need.DB, need.Table}] |= need.All | need.Any
		}
	}
}

// mayOpen refuses a table that nobody has checked. What SHOW and EXPLAIN look at
// is a definition.
func (c *call) mayOpen(id tableID) error {
	if c.checked == nil {
		return nil
	}
	if _, ok := c.checked[id]; ok || c.stmt.Kind == showKind && c.env.Rights.SeesTable(id.db, id.name) ||
		c.aboutTriggers() && c.env.Rights.OnTable(id.db, id.name)&auth.Trigger != 0 {
		return nil
	}
	return c.denied("SELECT", id)
}

// aboutTriggers: DROP TRIGGER looks for the table, which it does not name.
func (c *call) aboutTriggers() bool {
	d, ok := c.stmt.tree.Statement.(*sqlparser.DDL)
	return ok && d.TriggerSpec != nil
}

// mayEdit notes a change that nobody has checked, which fails the statement.
func (t *table) mayEdit(p auth.Privilege) {
	id := tableID{t.def.DB, t.def.Name}
	if c := t.c; c.checked != nil && c.checked[id]&p != p && c.failed == nil {
		c.failed = c.denied(p.Names()[0], id)
	}
}

func (c *call) denied(command string, id tableID) error {
	a := c.env.Rights.Account
	if a == nil {
		a = &auth.Account{}
	}
	return mysqlerr.New(mysqlerr.TableAccessDenied, command, a.User, c.env.Rights.Host, id.name)
}

// related lets the library open what a table's foreign keys lead to: keys are
// enforced whatever the client may do there.
func (c *call) related(def *catalog.Table) {
	if c.checked == nil {
		return
	}
	for _, fk := range def.ForeignKeys {
		c.checked[tableID{fk.RefDB, fk.RefTable}] |= auth.OnTable
	}
	for _, ref := range def.ReferencedBy {
		c.checked[tableID{ref.DB, ref.Table}] |= auth.OnTable
	}
}

// expand decides whether the client may look through a view that it may
// select from: by the rights that the view's definer has now, or with SQL
// SECURITY INVOKER by its own. A view without a definer is of the second kind.
// Who may do everything with tables is not asked.
func (c *call) expand(db string, v catalog.View) error {
	if c.checked == nil {
		return nil
	}
	return c.lookThrough(db, v)
}

// lookThrough is expand for everybody.
func (c *call) lookThrough(db string, v catalog.View) error {
	tree, err := exec.ParseTree(v.Query)
	if err != nil {
		return err
	}
	rights, err := c.rightsOf(v)
	if err != nil {
		return err
	}
	if err := tree.Needs.CheckIn(rights, db, c.viewedNames()); err != nil {
		return mysqlerr.Wrap(err, mysqlerr.ViewInvalid, db, v.Name)
	}
	if c.checked != nil {
		c.note(tree.Needs, db)
	}
	return nil
}

// rightsOf are those that a view runs with.
func (c *call) rightsOf(v catalog.View) (auth.Rights, error) {
	if v.Definer == (catalog.Definer{}) || v.Invoker {
		return c.env.Rights, nil
	}
	name := auth.Name(v.Definer)
	rights, ok := c.s.client.Rights(name)
	if !ok {
		return rights, mysqlerr.New(mysqlerr.NoSuchUser, name.User, name.Host)
	}
	return rights, nil
}

// looksThrough: this statement runs the views that it names.
func (c *call) looksThrough() bool {
	d, ok := c.stmt.tree.Statement.(*sqlparser.DDL)
	return !ok || len(d.FromViews) == 0
}

// definer is who a new view runs as. Another than the client itself takes SUPER.
func (c *call) definer(v *catalog.View) error {
	a := c.env.Rights.Account
	if a == nil {
		return c.env.Rights.Require(auth.Super)
	}
	v.Definer = catalog.Definer(a.Name)
	d, ok := c.stmt.tree.Statement.(*sqlparser.DDL)
	if !ok || d.ViewSpec == nil {
		return nil
	}
	v.Invoker = strings.EqualFold(d.ViewSpec.Security, "invoker")
	if d.ViewSpec.Definer == "" {
		return nil
	}
	name, err := auth.ParseName(d.ViewSpec.Definer, a.Name)
	if err != nil {
		return err
	}
	v.Definer = catalog.Definer(name)
	if name != a.Name {
		return c.env.Rights.Require(auth.Super)
	}
	return nil
}
