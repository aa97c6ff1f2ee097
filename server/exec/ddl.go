package exec

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/reword"
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
	if s.Action == sqlparser.AlterStr {
		return c.alterDatabase(s)
	}
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
	d := catalog.Database{Name: s.DBName, Collation: cmp.Or(c.env.Collation, types.CollationGeneralCI)}
	if err := databaseOptions(&d, s.CharsetCollate); err != nil {
		return nil, err
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

// databaseOptions sets what the options of CREATE and ALTER DATABASE say.
func databaseOptions(d *catalog.Database, list []*sqlparser.CharsetAndCollate) error {
	var charsets charsetOptions
	for _, o := range list {
		var err error
		if strings.Contains(strings.ToLower(o.Type), "encryption") {
			err = checkEncryption(o.Value)
		} else {
			d.Collation, err = charsets.option(o.Type, o.Value, d.Collation)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// alterDatabase changes what new tables have for a collation; those there are keep theirs.
func (c *call) alterDatabase(s *sqlparser.DBDDL) (*Result, error) {
	name := s.DBName
	if name == "" {
		name = c.env.DB
	}
	switch {
	case name == "":
		return nil, mysqlerr.New(mysqlerr.NoDB)
	case strings.EqualFold(name, "mysql") || auth.IsMadeUp(name):
		return nil, mysqlerr.New(mysqlerr.NoSystemSchemaAccess, name)
	}
	d, ok, err := c.catalog.LockDatabase(c.ctx, c.env.Txn, name, catalog.Exclusive)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, mysqlerr.New(mysqlerr.NoSuchDB, name)
	}
	if err := databaseOptions(&d, s.CharsetCollate); err != nil {
		return nil, err
	}
	if err := c.catalog.AlterDatabase(c.ctx, c.env.Txn, d); err != nil {
		return nil, err
	}
	return c.logged(name, &Result{AffectedRows: 1})
}

// checkEncryption is the option ENCRYPTION of a database: there is no keyring.
func checkEncryption(value string) error {
	switch strings.ToUpper(value) {
	case "N":
		return nil
	case "Y":
		return mysqlerr.New(mysqlerr.NoMasterKey)
	}
	return mysqlerr.New(mysqlerr.WrongEncryption)
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
	together := func(db, _ string) bool { return db == s.DBName }
	for _, name := range names {
		if _, err := c.dropTable(s.DBName, name, together); err != nil {
			return nil, err
		}
	}
	c.env.Temporaries.DropIn(s.DBName)
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
	if len(s.FromViews) > 0 {
		return c.dropViews(s)
	}
	return c.dropTables(s)
}

func (c *call) createTable(s *sqlparser.DDL) (*Result, error) {
	switch {
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
	b := &builder{late: !s.Temporary, env: &c.env, call: c, zone: c.env.Location, table: &catalog.Table{DB: db, Name: s.Table.Name.String(), Collation: d.Collation}}
	_, inline := reword.References(c.stmt.from.SQL) // which other servers pass over
	spelled := c.stmt.from.Filled || inline
	if s.OptLike != nil {
		spelled, err = c.like(b.table, s.OptLike.LikeTables)
	} else if err = b.build(s.TableSpec); err == nil {
		err = Hide(b.table, c.stmt.from)
	}
	if err != nil {
		return nil, err
	}
	b.table.Created = c.env.Now.Unix()
	if s.Temporary {
		return c.createTemporary(s, b)
	}
	created, err := c.catalog.CreateTable(c.ctx, c.env.Txn, b.table, c.env.NoForeignKeys)
	switch {
	case err != nil:
		return nil, err
	case !created && s.IfNotExists:
		return noted(&Result{}, mysqlerr.TableExists, b.table.Name), nil
	case !created:
		return nil, mysqlerr.New(mysqlerr.TableExists, b.table.Name)
	case b.refused != nil:
		return nil, b.refused
	}
	if _, ok := b.table.AutoIncrement(); ok && b.first > 1 {
		if _, _, err := c.catalog.Take(c.ctx, c.env.Txn, b.table, catalog.AutoInc, b.first, 0); err != nil {
			return nil, err
		}
	}
	if spelled {
		text, err := CreateText(b.table, b.first, c.env.Location)
		if err != nil {
			return nil, err
		}
		return b.result(), c.env.Txn.LogQuery(db, text)
	}
	return c.logged(c.env.DB, b.result())
}

func (b *builder) result() *Result {
	return &Result{Diagnostics: b.remarks, Warnings: uint16(len(b.remarks))}
}

func (c *call) createTemporary(s *sqlparser.DDL, b *builder) (*Result, error) {
	if err := c.AddTemporary(c.ctx, c.env, b.table); err != nil {
		if s.IfNotExists && mysqlerr.Is(err, mysqlerr.TableExists) {
			return noted(&Result{}, mysqlerr.TableExists, b.table.Name), nil
		}
		return nil, err
	}
	if _, ok := b.table.AutoIncrement(); ok && b.first > 1 {
		return b.result(), c.counters.Raise(c.ctx, c.env.Txn, b.table, catalog.AutoInc, b.first-1)
	}
	return b.result(), nil
}

// like gives a table the definition of another, without its foreign keys and
// triggers; its checks have names of their own.
func (c *call) like(t *catalog.Table, of sqlparser.TableNames) (ofTemporary bool, err error) {
	if len(of) != 1 {
		return false, unsupported("CREATE TABLE ... LIKE several tables")
	}
	from, err := c.open(of[0], false)
	if err != nil {
		return false, err
	}
	if !catalog.ValidName(t.Name) {
		return false, mysqlerr.New(mysqlerr.WrongTableName, t.Name)
	}
	db, name := t.DB, t.Name
	*t = *from.Copy()
	ofTemporary, t.Temporary = t.Temporary, false
	t.DB, t.Name = db, name
	t.ForeignKeys, t.ReferencedBy, t.Triggers = nil, nil, nil
	checks := t.Checks
	t.Checks = nil
	for _, ch := range checks {
		ch.Name = freeCheckName(t)
		t.Checks = append(t.Checks, ch)
	}
	return ofTemporary, nil
}

// dropTables drops all of the tables named, or none.
func (c *call) dropTables(s *sqlparser.DDL) (*Result, error) {
	var unknown []string
	if err := c.eachOnce(s.FromTables); err != nil {
		return nil, err
	}
	left, err := c.dropTemporaries(s.FromTables)
	if err != nil {
		return nil, err
	}
	if c.stmt.from.Temporary() {
		return c.notTemporary(s, left)
	}
	if len(left) == 0 {
		return &Result{}, nil
	}
	dropped := 0
	together := func(db, table string) bool {
		return slices.ContainsFunc(s.FromTables, func(n sqlparser.TableName) bool {
			in, err := c.database(n)
			return err == nil && in == db && n.Name.String() == table
		})
	}
	for _, name := range left {
		db, err := c.database(name)
		if err != nil {
			return nil, err
		}
		ok, err := c.dropTable(db, name.Name.String(), together)
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
	switch {
	case dropped == 0:
		return r, nil
	case len(left) < len(s.FromTables): // replicas have no temporary ones
		return r, c.env.Txn.LogQuery(c.env.DB, dropText(s, left))
	}
	return c.logged(c.env.DB, r)
}

// eachOnce refuses a table that is named twice.
func (c *call) eachOnce(list sqlparser.TableNames) error {
	seen := make(map[sqlparser.TableName]bool, len(list))
	for _, name := range list {
		db, err := c.database(name)
		if err != nil {
			return err
		}
		name.DbQualifier = sqlparser.NewTableIdent(db)
		if seen[name] {
			return mysqlerr.New(mysqlerr.NonUniqTable, name.Name.String())
		}
		seen[name] = true
	}
	return nil
}

// dropText is DROP TABLE of some of a statement's tables.
func dropText(s *sqlparser.DDL, tables sqlparser.TableNames) string {
	d := *s
	d.FromTables = tables
	return sqlparser.String(&d)
}

// notTemporary is DROP TEMPORARY TABLE's answer about tables that are none.
func (c *call) notTemporary(s *sqlparser.DDL, left sqlparser.TableNames) (*Result, error) {
	if len(left) == 0 || s.IfExists {
		return &Result{Warnings: uint16(len(left))}, nil
	}
	db, err := c.database(left[0])
	if err != nil {
		return nil, err
	}
	return nil, mysqlerr.New(mysqlerr.BadTable, db+"."+left[0].Name.String())
}

// dropTable waits for everyone who uses the table, then removes its rows and
// its definition; ok is false if there is none. A parent goes only together with
// its children.
func (c *call) dropTable(db, name string, together func(db, name string) bool) (ok bool, err error) {
	t, ok, err := c.catalog.Open(c.ctx, c.env.Txn, db, name, catalog.Exclusive)
	if err != nil || !ok {
		return false, err
	}
	if r, is := t.Referrer(together); is && !c.env.NoForeignKeys {
		return false, mysqlerr.New(mysqlerr.FKCannotDropParent, name, r.ForeignKey, r.Table)
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
	t, ok, err := c.env.Temporary(db, name.Name.String())
	if ok || err != nil {
		return t, err
	}
	t, ok, err = c.catalog.Open(c.ctx, c.env.Txn, db, name.Name.String(), catalog.Exclusive)
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
	if db, err := c.database(s.Table); err == nil && auth.IsMadeUp(db) {
		return c.truncateMadeUp(db, strings.ToLower(s.Table.Name.String()))
	}
	t, err := c.openExclusive(s.Table)
	if err != nil {
		return nil, err
	}
	if t.Temporary {
		return &Result{}, c.renewTemporary(t)
	}
	if err := c.mayTruncate(t); err != nil {
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

// truncateMadeUp empties the statistics of performance_schema, which are none: mysqladmin
// empties host_cache to flush the hosts.
func (c *call) truncateMadeUp(db, table string) (*Result, error) {
	a := c.env.Rights.Account
	if a == nil {
		a = &auth.Account{}
	}
	switch {
	case !strings.EqualFold(db, "performance_schema"):
		return nil, mysqlerr.New(mysqlerr.DBAccessDenied, a.User, c.env.Rights.Host, db)
	case table == "host_cache", strings.HasPrefix(table, "events_"), strings.Contains(table, "_summary"):
		return &Result{}, nil
	}
	return nil, mysqlerr.New(mysqlerr.TableAccessDenied, "DROP", a.User, c.env.Rights.Host, table)
}

// mayTruncate refuses to empty a parent of another table.
func (c *call) mayTruncate(t *catalog.Table) error {
	r, is := t.Referrer(func(string, string) bool { return false })
	if !is || c.env.NoForeignKeys {
		return nil
	}
	child, i, err := c.catalog.Referring(c.ctx, c.env.Txn, r, catalog.Shared)
	if err == nil {
		err = mysqlerr.New(mysqlerr.TruncateIllegalFK,
			fmt.Sprintf("%s.%s, CONSTRAINT %s", quoteName(child.DB), quoteName(child.Name), quoteName(child.ForeignKeys[i].Name)))
	}
	return err
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
