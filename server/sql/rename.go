package sql

import (
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/mysqlerr"
)

// named is a table's name in full; one without a database is in the current one.
func (c *call) named(name sqlparser.TableName) (tableID, error) {
	id := tableID{name.DbQualifier.String(), name.Name.String()}
	if id.db == "" {
		id.db = c.env.DB
	}
	if id.db == "" {
		return id, mysqlerr.New(mysqlerr.NoDB)
	}
	return id, nil
}

// renameTables is RENAME TABLE, one name after the other. It does not see temporary
// tables.
func (c *call) renameTables(s *sqlparser.DDL) error {
	for i := range s.FromTables {
		from, err := c.named(s.FromTables[i])
		if err != nil {
			return err
		}
		to, err := c.named(s.ToTables[i])
		if err != nil {
			return err
		}
		if err := c.rename(from, to); err != nil {
			return err
		}
	}
	return nil
}

// rename gives a table or a view another name, a table maybe in another database.
func (c *call) rename(from, to tableID) error {
	old, ok, err := c.catalog().Open(c.ctx, c.env.Txn, from.db, from.name, catalog.Exclusive)
	if err != nil {
		return err
	}
	if !ok {
		return c.renameView(from, to)
	}
	if err := c.free(to); err != nil {
		return err
	}
	if from.db != to.db && len(old.Triggers) > 0 {
		return mysqlerr.New(mysqlerr.TriggerInWrongSchema)
	}
	t := old.Copy()
	t.DB, t.Name = to.db, to.name
	renameConstraints(t, from.name)
	if err := renameTriggers(t); err != nil {
		return err
	}
	if err := c.catalog().RenameIn(c.ctx, c.env.Txn, old, t); err != nil {
		return err
	}
	if err := c.catalog().Replace(c.ctx, c.env.Txn, old, t); err != nil {
		return err
	}
	c.define(from)
	c.define(to)
	return nil
}

// free refuses a name that a table or a view has, or that none can have.
func (c *call) free(id tableID) error {
	_, ok, err := c.catalog().LockDatabase(c.ctx, c.env.Txn, id.db, catalog.Shared)
	switch {
	case err != nil:
		return err
	case !ok:
		return mysqlerr.New(mysqlerr.BadDB, id.db)
	case !catalog.ValidName(id.name):
		return mysqlerr.New(mysqlerr.WrongTableName, id.name)
	}
	taken, err := c.catalog().Taken(c.ctx, c.env.Txn, id.db, id.name)
	if err == nil && taken {
		err = mysqlerr.New(mysqlerr.TableExists, id.name)
	}
	return err
}

func (c *call) renameView(from, to tableID) error {
	v, ok, err := c.catalog().View(c.env.Txn, from.db, from.name)
	switch {
	case err != nil:
		return err
	case !ok:
		return mysqlerr.New(mysqlerr.NoSuchTable, from.db, from.name)
	}
	if err := c.free(to); err != nil {
		return err
	}
	if from.db != to.db {
		return mysqlerr.New(mysqlerr.ForbidSchemaChange, from.db, to.db)
	}
	if _, err := c.catalog().DropView(c.ctx, c.env.Txn, from.db, from.name); err != nil {
		return err
	}
	v.Name = to.name
	if _, err := c.catalog().CreateView(c.ctx, c.env.Txn, to.db, v); err != nil {
		return err
	}
	c.define(from)
	c.define(to)
	return nil
}

// renameConstraints: a name that was made of the table's follows it.
func renameConstraints(t *catalog.Table, from string) {
	for i := range t.Checks {
		if n, made := strings.CutPrefix(t.Checks[i].Name, from+"_chk_"); made {
			t.Checks[i].Name = t.Name + "_chk_" + n
		}
	}
	for i := range t.ForeignKeys {
		if n, made := strings.CutPrefix(t.ForeignKeys[i].Name, from+"_ibfk_"); made {
			t.ForeignKeys[i].Name = t.Name + "_ibfk_" + n
		}
	}
}
