package exec

import (
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/rows"
	"github.com/xadb/xadb/server/types"
)

// logged makes the transaction this statement's QUERY event, and returns its
// result. A statement that found nothing to do is not logged.
func (c *call) logged(db string, r *Result) (*Result, error) {
	if err := c.env.Txn.LogQuery(db, c.stmt.SQL); err != nil {
		return nil, err
	}
	return r, nil
}

func (c *call) databaseDDL(s *sqlparser.DBDDL) (*Result, error) {
	if s.DBName == "" {
		return nil, mysqlerr.New(mysqlerr.WrongDBName, "")
	}
	made := strings.EqualFold(s.DBName, "mysql") || auth.IsMadeUp(s.DBName) // they are of package sql
	switch {
	case made && s.Action == sqlparser.DropStr:
		return nil, mysqlerr.New(mysqlerr.NoSystemSchemaAccess, s.DBName)
	case made && s.IfNotExists:
		return noted(&Result{AffectedRows: 1}, mysqlerr.DBCreateExists, s.DBName), nil
	case made:
		return nil, mysqlerr.New(mysqlerr.DBCreateExists, s.DBName)
	case s.Action == sqlparser.DropStr:
		return c.dropDatabase(s)
	}
	d := catalog.Database{Name: s.DBName, Collation: types.CollationGeneralCI}
	for _, o := range s.CharsetCollate {
		var err error
		if d.Collation, err = collationOption(o.Type, o.Value, d.Collation); err != nil {
			return nil, err
		}
	}
	created, err := c.catalog.CreateDatabase(c.ctx, c.env.Txn, d)
	switch {
	case err != nil:
		return nil, err
	case created:
		return c.logged(s.DBName, &Result{AffectedRows: 1})
	case s.IfNotExists:
		return noted(&Result{AffectedRows: 1}, mysqlerr.DBCreateExists, s.DBName), nil
	}
	return nil, mysqlerr.New(mysqlerr.DBCreateExists, s.DBName)
}

// dropDatabase drops the tables too; its answer counts them.
func (c *call) dropDatabase(s *sqlparser.DBDDL) (*Result, error) {
	_, ok, err := c.catalog.LockDatabase(c.ctx, c.env.Txn, s.DBName, catalog.Exclusive)
	switch {
	case err != nil:
		return nil, err
	case !ok && s.IfExists:
		return noted(&Result{}, mysqlerr.DBDropExists, s.DBName), nil
	case !ok:
		return nil, mysqlerr.New(mysqlerr.DBDropExists, s.DBName)
	}
	names, err := c.catalog.Tables(c.env.Txn, s.DBName)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if _, err := c.dropTable(s.DBName, name); err != nil {
			return nil, err
		}
	}
	views, err := c.catalog.Views(c.env.Txn, s.DBName)
	if err != nil {
		return nil, err
	}
	for _, v := range views {
		if _, err := c.catalog.DropView(c.ctx, c.env.Txn, s.DBName, v.Name); err != nil {
			return nil, err
		}
	}
	if err := c.catalog.DropDatabase(c.ctx, c.env.Txn, s.DBName); err != nil {
		return nil, err
	}
	return c.logged(s.DBName, &Result{AffectedRows: uint64(len(names) + len(views))})
}

func (c *call) tableDDL(s *sqlparser.DDL) (*Result, error) {
	switch s.Action {
	case sqlparser.CreateStr:
		return c.createTable(s)
	case sqlparser.TruncateStr:
		return c.truncate(s)
	}
	return c.dropTables(s)
}

func (c *call) createTable(s *sqlparser.DDL) (*Result, error) {
	switch {
	case s.Temporary:
		return nil, unsupported("TEMPORARY table")
	case s.OptLike != nil:
		return nil, unsupported("CREATE TABLE ... LIKE")
	case s.OptSelect != nil:
		return nil, unsupported("CREATE TABLE ... SELECT")
	}
	db, err := c.database(s.Table)
	if err != nil {
		return nil, err
	}
	d, ok, err := c.catalog.LockDatabase(c.ctx, c.env.Txn, db, catalog.Shared)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, mysqlerr.New(mysqlerr.BadDB, db)
	}
	b := &builder{zone: c.env.Location, table: &catalog.Table{DB: db, Name: s.Table.Name.String(), Collation: d.Collation}}
	if err := b.build(s.TableSpec); err != nil {
		return nil, err
	}
	created, err := c.catalog.CreateTable(c.ctx, c.env.Txn, b.table)
	switch {
	case err != nil:
		return nil, err
	case !created && s.IfNotExists:
		return noted(&Result{}, mysqlerr.TableExists, b.table.Name), nil
	case !created:
		return nil, mysqlerr.New(mysqlerr.TableExists, b.table.Name)
	}
	if _, ok := b.table.AutoIncrement(); ok && b.first > 1 {
		if _, _, err := c.catalog.Take(c.ctx, c.env.Txn, b.table, catalog.AutoInc, b.first, 0); err != nil {
			return nil, err
		}
	}
	return c.logged(c.env.DB, &Result{})
}

// dropTables drops all of the tables named, or none.
func (c *call) dropTables(s *sqlparser.DDL) (*Result, error) {
	var unknown []string
	dropped := 0
	for _, name := range s.FromTables {
		db, err := c.database(name)
		if err != nil {
			return nil, err
		}
		ok, err := c.dropTable(db, name.Name.String())
		if err != nil {
			return nil, err
		}
		if ok {
			dropped++
			continue
		}
		unknown = append(unknown, db+"."+name.Name.String())
	}
	if len(unknown) > 0 && !s.IfExists {
		return nil, mysqlerr.New(mysqlerr.BadTable, strings.Join(unknown, ","))
	}
	r := &Result{}
	for _, name := range unknown {
		noted(r, mysqlerr.BadTable, name)
	}
	if dropped == 0 {
		return r, nil
	}
	return c.logged(c.env.DB, r)
}

// dropTable waits for everyone who uses the table, then removes its rows and
// its definition; ok is false if there is none.
func (c *call) dropTable(db, name string) (ok bool, err error) {
	t, ok, err := c.catalog.Open(c.ctx, c.env.Txn, db, name, catalog.Exclusive)
	if err != nil || !ok {
		return false, err
	}
	if err := c.discard(t); err != nil {
		return false, err
	}
	return true, c.catalog.DropTable(c.ctx, c.env.Txn, t)
}

// openExclusive locks a table that a statement changes the definition of.
func (c *call) openExclusive(name sqlparser.TableName) (*catalog.Table, error) {
	db, err := c.database(name)
	if err != nil {
		return nil, err
	}
	t, ok, err := c.catalog.Open(c.ctx, c.env.Txn, db, name.Name.String(), catalog.Exclusive)
	if err == nil && !ok {
		err = c.missing(db, name.Name.String())
	}
	if err != nil {
		return nil, err
	}
	return t, nil
}

// truncate gives the table new IDs and drops what is under the old ones.
func (c *call) truncate(s *sqlparser.DDL) (*Result, error) {
	t, err := c.openExclusive(s.Table)
	if err != nil {
		return nil, err
	}
	if err := c.discard(t); err != nil {
		return nil, err
	}
	if _, err := c.catalog.Renew(c.ctx, c.env.Txn, t); err != nil {
		return nil, err
	}
	return c.logged(c.env.DB, &Result{})
}

// discard drops the rows of a table and its indexes.
func (c *call) discard(t *catalog.Table) error {
	for _, id := range t.IDs() {
		if err := c.discardSpace(catalog.Space{ID: id, DB: t.DB, Name: t.Name}); err != nil {
			return err
		}
	}
	return nil
}

func (c *call) discardSpace(s catalog.Space) error {
	abandoned, err := rows.Discard(c.ctx, c.catalog, c.env.Txn, s, c.opts.BatchMax)
	c.leftover = c.leftover || abandoned
	return err
}
