package sql

import (
	"slices"
	"strings"
	"unicode/utf8"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/reword"
	"github.com/xadb/xadb/server/types"
	"github.com/xadb/xadb/server/updatable"
)

var _ gms.ViewDatabase = (*database)(nil)

// CreateView implements gms.ViewDatabase.
func (d *database) CreateView(ctx *gms.Context, name, query, create string) error {
	if err := d.lock(); err != nil {
		return err
	}
	if d.def.Name != d.c.env.DB && d.c.env.DB != "" && namesHere(d.c.stmt.tree.Needs) {
		return unsupported("CREATE VIEW in a database that is not the current one, of tables without their database")
	}
	if err := d.c.refuseTemporaries(); err != nil {
		return err
	}
	if !utf8.ValidString(create) {
		return unsupported("bytes in the text of a view") // which the catalog could not keep
	}
	v := catalog.View{Name: name, Query: catalog.WithoutCheck(exec.ClientWords(query)), Create: exec.ClientWords(create), SQLMode: d.c.env.SQLMode, Written: d.c.written()}
	if err := d.c.definer(&v); err != nil {
		return err
	}
	if err := d.c.withoutItself(d.def.Name, v); err != nil {
		return err
	}
	look, err := updatable.At(viewSource{d.c}, d.def.Name, v)
	if look.CannotMerge {
		ctx.Session.Warn(&gms.Warning{Level: "Warning", Code: mysqlerr.WarnViewMerge, Message: mysqlerr.New(mysqlerr.WarnViewMerge).Message})
	}
	if err == nil && look.Twice != "" {
		err = mysqlerr.New(mysqlerr.DupFieldName, look.Twice)
	}
	if err == nil && look.Check != "NONE" && !look.Updatable {
		err = mysqlerr.New(mysqlerr.ViewNonUpdatableCheck, d.def.Name, name)
	}
	if err != nil {
		return err
	}
	created, err := d.c.catalog().CreateView(ctx, d.c.env.Txn, d.def.Name, v)
	if err != nil {
		return err
	}
	if !created {
		return mysqlerr.New(mysqlerr.TableExists, name)
	}
	d.c.define(tableID{d.def.Name, name})
	return nil
}

// DropView implements gms.ViewDatabase.
func (d *database) DropView(ctx *gms.Context, name string) error {
	dropped, err := d.c.catalog().DropView(ctx, d.c.env.Txn, d.def.Name, name)
	if err != nil {
		return err
	}
	if !dropped {
		return gms.ErrViewDoesNotExist.New(d.def.Name, name)
	}
	d.c.defined = true
	return nil
}

// GetViewDefinition implements gms.ViewDatabase.
func (d *database) GetViewDefinition(_ *gms.Context, name string) (gms.ViewDefinition, bool, error) {
	name, marked := strings.CutPrefix(name, lasting)
	if !marked && !d.c.listing && d.c.hidesView(d.def.Name, name) {
		return gms.ViewDefinition{}, false, nil
	}
	v, ok, err := d.c.catalog().View(d.c.env.Txn, d.def.Name, name)
	if err == nil && ok {
		err = d.c.ends(d.def.Name, v, nil)
	}
	if err == nil && ok && d.c.looksThrough() {
		d.c.enter(d.def.Name)
		err = d.c.expand(d.def.Name, v)
	}
	if err == nil && ok {
		v, err = d.c.revealView(v, d.def.Name)
	}
	return viewDefinition(v), ok, err
}

// hidesView reports whether a name means one of the session's temporary tables, though
// there is a view of that name.
func (c *call) hidesView(db, name string) bool {
	if _, hidden := c.env.Temporaries.Find(db, name); !hidden {
		return false
	}
	_, ddl := c.stmt.tree.Statement.(*sqlparser.DDL)
	return !ddl // which is about the view
}

// enter gives a client that has no current database that of a view or a trigger, until
// the statement is analyzed: the library binds neither without one. A statement that names
// a table without its database is left to fail.
func (c *call) enter(db string) {
	if c.env.DB != "" || c.s.GetCurrentDatabase() != "" {
		return
	}
	if !namesHere(c.stmt.tree.Needs) {
		c.s.SetCurrentDatabase(db)
	}
}

// namesHere reports whether a statement names tables of the current database.
func namesHere(n auth.Needs) bool {
	return slices.ContainsFunc(n.List(), func(need auth.Need) bool { return need.Level == auth.AtTable && need.DB == "" })
}

// AllViews implements gms.ViewDatabase: it lists those that the client may see
// and look through.
func (d *database) AllViews(*gms.Context) ([]gms.ViewDefinition, error) {
	list, err := d.c.catalog().Views(d.c.env.Txn, d.def.Name)
	if err != nil {
		return nil, err
	}
	out := make([]gms.ViewDefinition, 0, len(list))
	for _, v := range list {
		if d.c.env.Rights.SeesTable(d.def.Name, v.Name) && d.c.expand(d.def.Name, v) == nil {
			out = append(out, viewDefinition(v))
		}
	}
	return out, nil
}

func viewDefinition(v catalog.View) gms.ViewDefinition {
	query, create := exec.PlainWords(v.Query), withoutLocal(exec.PlainWords(v.Create))
	if set := v.Written.Literals(); set != "" {
		query, create = introduced(query, set), introduced(create, set)
	}
	return gms.ViewDefinition{Name: v.Name, TextDefinition: query, CreateViewStatement: create, SqlMode: v.SQLMode}
}

// introduced is a kept text whose literals say of which character set they are.
func introduced(text string, set types.Charset) string {
	out := reword.Introduced(text, set, false)
	if out == text {
		return text
	}
	if _, err := exec.ReadSQL(out); err != nil { // a literal stands where none with a character set may
		return text
	}
	return out
}

// written is how the statement's text is.
func (c *call) written() (w catalog.Written) {
	w.Client, _ = c.s.client.Variable("character_set_client")
	w.Connection, _ = c.s.client.Variable("collation_connection")
	return w
}

// withoutLocal is a CREATE VIEW whose CHECK OPTION is none that the library refuses.
func withoutLocal(create string) string {
	l, at := lex.New(create), lex.Token{}
	for t := l.Next(); t.Kind != lex.EOF && t.Kind != lex.Bad; t = l.Next() {
		if t.Is("LOCAL") {
			at = t
		} else if at.End > 0 && t.Is("CHECK") && strings.TrimSpace(create[at.End:t.Pos]) == "" {
			return create[:at.Pos] + "CASCADED" + create[at.End:]
		}
	}
	return create
}

// lock keeps others from dropping the database.
func (d *database) lock() error {
	_, ok, err := d.c.catalog().LockDatabase(d.c.ctx, d.c.env.Txn, d.def.Name, catalog.Shared)
	if err == nil && !ok {
		err = mysqlerr.New(mysqlerr.BadDB, d.def.Name)
	}
	return err
}

// define notes that a definition has changed, and lets the rest of the
// statement see it and the rows that were written. A statement of DDL that
// fails takes its transaction with it, so parts of it need no undoing.
func (c *call) define(id tableID) {
	c.defined = true
	delete(c.tables, id)
	c.env.Txn.EndStatement()
	c.env.Txn.BeginStatement()
}
