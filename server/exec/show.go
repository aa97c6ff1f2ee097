package exec

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/types"
)

// showNameMax is the length that result columns of SHOW declare.
const showNameMax = 64

// listing is a result set of strings. NULL is nil.
func listing(names ...string) *Result {
	r := &Result{Columns: []Column{}, Rows: [][]binlog.Value{}}
	t := types.Type{Kind: types.VarChar, Length: showNameMax, Collation: types.CollationGeneralCI}
	for _, n := range names {
		w := t.Wire()
		r.Columns = append(r.Columns, Column{
			Name: n, Type: w.Type, Charset: w.Charset, Length: w.Length, Flags: w.Flags,
		})
	}
	return r
}

func (r *Result) line(values ...binlog.Value) {
	for i, v := range values {
		if s, ok := v.(string); ok {
			values[i] = []byte(s)
		}
	}
	r.Rows = append(r.Rows, values)
}

// Databases is SHOW DATABASES: the names in order.
func (e *Executor) Databases(txn Txn) ([]string, error) {
	list, err := e.catalog.Databases(txn)
	var out []string
	for _, d := range list {
		out = append(out, d.Name)
	}
	return out, err
}

// HasDatabase reports whether there is a database of this name.
func (e *Executor) HasDatabase(txn Txn, db string) (bool, error) {
	_, ok, err := e.catalog.Database(txn, db)
	return ok, err
}

// A TableName names what a number in the engine stands for: a table's rows, or
// the entries of one of its indexes.
type TableName struct{ DB, Table, Index string }

// TableNames is what the numbers mean that the engine has for tables.
func (e *Executor) TableNames(txn Txn) (map[uint32]TableName, error) {
	out := map[uint32]TableName{}
	databases, err := e.Databases(txn)
	if err != nil {
		return nil, err
	}
	for _, db := range databases {
		tables, err := e.catalog.Tables(txn, db)
		if err != nil {
			return nil, err
		}
		for _, name := range tables {
			t, ok, err := e.catalog.Find(txn, db, name)
			if err != nil {
				return nil, err
			}
			if !ok {
				continue // dropped in between
			}
			out[t.ID] = TableName{DB: db, Table: name}
			for i := range t.Indexes {
				out[t.Indexes[i].ID] = TableName{db, name, t.Indexes[i].Name}
			}
		}
	}
	return out, nil
}

// Tables is SHOW TABLES: the names in order. An unknown database is 1049.
func (e *Executor) Tables(txn Txn, db string) ([]string, error) {
	ok, err := e.HasDatabase(txn, db)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, mysqlerr.New(mysqlerr.BadDB, db)
	}
	return e.catalog.Tables(txn, db)
}

// Table is a table's definition, for other views of the catalog.
func (e *Executor) Table(txn Txn, db, table string) (*catalog.Table, error) {
	t, ok, err := e.catalog.Find(txn, db, table)
	if err == nil && !ok {
		c := &call{Executor: e, env: Env{Txn: txn}}
		err = c.missing(db, table)
	}
	return t, err
}

// showColumns is DESCRIBE's result: Field, Type, Null, Key, Default, Extra; full
// is that of SHOW FULL COLUMNS.
func (c *call) showColumns(db, table string, full bool) (*Result, error) {
	t, err := c.shown(db, table)
	if err != nil {
		return nil, err
	}
	r := listing("Field", "Type", "Null", "Key", "Default", "Extra")
	if full {
		r = listing("Field", "Type", "Collation", "Null", "Key", "Default", "Extra", "Privileges", "Comment")
	}
	for i := range t.Columns {
		rights := "select,insert,update,references"
		if !t.Temporary {
			rights = c.env.Rights.ShownOnColumn(db, table, t.Columns[i].Name)
		}
		c := &t.Columns[i]
		if c.Hidden || rights == "" {
			continue
		}
		extra := shownExtra(t, c)
		null, key := "NO", ColumnKey(t, i)
		if c.Nullable {
			null = "YES"
		}
		value, err := ShownDefault(c)
		if err != nil {
			return nil, err
		}
		if !full {
			r.line(c.Name, c.Type.SQL(), null, key, value, extra)
			continue
		}
		var coll binlog.Value
		if hasCharset(c.Type) {
			coll = c.Type.Collation.Name()
		}
		r.line(c.Name, c.Type.SQL(), coll, null, key, value, extra, rights, c.Comment)
	}
	return r, nil
}

// ShownDefault is a default as DESCRIBE shows it; nil for none.
func ShownDefault(c *catalog.Column) (binlog.Value, error) {
	switch {
	case c.Default == nil:
		return nil, nil
	case c.Default.Now:
		return currentTimestamp(c.Type), nil
	case c.Default.Expr != "":
		return ToldExpr(c.Default.Expr), nil
	}
	v, err := defaultText(c, nil)
	if c.Type.IsString() && !c.Type.IsText() && v != "" {
		v, _, _ = strings.Cut(v, "\x00") // as MySQL does
		v = fmt.Sprintf("0x%X", v)
	}
	return v, err
}

func currentTimestamp(t types.Type) string {
	if t.FSP > 0 {
		return fmt.Sprintf("CURRENT_TIMESTAMP(%d)", t.FSP)
	}
	return "CURRENT_TIMESTAMP"
}

// shownExtra is Extra, of which MySQL tells less for temporary tables, and then NULL.
func shownExtra(t *catalog.Table, c *catalog.Column) binlog.Value {
	extra := Extra(c)
	if !t.Temporary {
		return extra
	}
	if extra = strings.TrimSpace(strings.TrimPrefix(extra, "DEFAULT_GENERATED")); extra == "" {
		return nil
	}
	return extra
}

// Extra is what DESCRIBE says of a column beside its type, key and default.
func Extra(c *catalog.Column) string {
	var parts []string
	if c.AutoIncrement {
		parts = append(parts, "auto_increment")
	}
	if c.Default != nil && (c.Default.Now || c.Default.Expr != "") {
		parts = append(parts, "DEFAULT_GENERATED")
	}
	if c.Generated != "" {
		kind := "VIRTUAL GENERATED"
		if c.Stored {
			kind = "STORED GENERATED"
		}
		parts = append(parts, kind)
	}
	if c.OnUpdateNow {
		parts = append(parts, "on update "+currentTimestamp(c.Type))
	}
	if c.Invisible {
		parts = append(parts, "INVISIBLE")
	}
	return strings.Join(parts, " ")
}

// shown is a table's definition, or that of the session's temporary one.
func (c *call) shown(db, table string) (*catalog.Table, error) {
	if t, ok := c.env.Temporaries.Find(db, table); ok {
		return t, nil
	}
	return c.Table(c.env.Txn, db, table)
}

// showCreate is SHOW CREATE TABLE's result: Table, Create Table.
func (c *call) showCreate(db, table string) (*Result, error) {
	t, err := c.shown(db, table)
	if err != nil {
		return nil, err
	}
	next := uint64(0)
	if _, ok := t.AutoIncrement(); ok {
		if next, err = c.counters.Next(c.env.Txn, t, catalog.AutoInc); err != nil {
			return nil, err
		}
	}
	text, err := CreateText(t, next, c.env.Location)
	if err != nil {
		return nil, err
	}
	r := listing("Table", "Create Table")
	r.line(t.Name, text)
	return r, nil
}

// Columns is a table's columns as SELECT * describes them.
func (e *Executor) Columns(txn Txn, db, table string) ([]Column, error) {
	t, err := e.Table(txn, db, table)
	if err != nil {
		return nil, err
	}
	p := &projection{call: &call{Executor: e, env: Env{Location: time.UTC}}, table: t, alias: table}
	err = p.star(&sqlparser.StarExpr{}, 0)
	return p.columns, err
}

// show runs the SHOW statements that are about the catalog.
func (c *call) show(s *sqlparser.Show) (*Result, error) {
	kind := strings.ToLower(s.Type)
	db := c.env.DB
	if s.Database != "" {
		db = s.Database
	}
	if s.ShowTablesOpt != nil && s.ShowTablesOpt.DbName != "" {
		db = s.ShowTablesOpt.DbName
	}
	if q := s.Table.DbQualifier.String(); q != "" {
		db = q
	}
	if kind != "databases" && kind != "schemas" && !strings.HasPrefix(kind, "create d") && !strings.HasPrefix(kind, "create s") && db == "" {
		return nil, mysqlerr.New(mysqlerr.NoDB)
	}
	switch kind {
	case "databases", "schemas":
		names, err := c.Databases(c.env.Txn)
		names = append(names, auth.MadeUp[:]...) // of package sql
		names = slices.DeleteFunc(names, func(n string) bool { return !c.env.Rights.ListsDatabase(n) })
		slices.Sort(names)
		return named("Database", names, s.Filter, err)
	case "tables":
		return c.showTables(s, db)
	case "columns", "fields":
		r, err := c.showColumns(db, s.Table.Name.String(), s.Full)
		if f := s.ShowTablesOpt; err == nil && f != nil && f.Filter != nil {
			err = like(r, f.Filter)
		}
		return r, err
	case "index":
		return c.showIndexes(db, s.Table.Name.String())
	case "create table", "create view":
		v, ok, err := c.catalog.View(c.env.Txn, db, s.Table.Name.String())
		if _, hides := c.env.Temporaries.Find(db, s.Table.Name.String()); hides && kind == "create table" {
			ok = false
		}
		switch {
		case err != nil:
			return nil, err
		case ok:
			return c.showCreateView(db, v)
		case kind == "create view":
			if _, err := c.shown(db, s.Table.Name.String()); err != nil {
				return nil, err
			}
			return nil, mysqlerr.New(mysqlerr.WrongObject, db+"."+s.Table.Name.String(), "VIEW")
		}
		return c.showCreate(db, s.Table.Name.String())
	case "create database", "create schema":
		return c.showCreateDatabase(s.Database, s.IfNotExists)
	}
	return nil, unsupported("SHOW " + strings.ToUpper(s.Type))
}

func (c *call) showCreateDatabase(name string, ifNotExists bool) (*Result, error) {
	d, ok, err := c.catalog.Database(c.env.Txn, name)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, mysqlerr.New(mysqlerr.BadDB, name)
	}
	r := listing("Database", "Create Database")
	create := "CREATE DATABASE "
	if ifNotExists {
		create += "/*!32312 IF NOT EXISTS*/ "
	}
	collate := ""
	if cs := d.Collation.Charset(); !d.Collation.IsDefault() || cs == types.CharsetUTF8MB4 {
		collate = " COLLATE " + d.Collation.Name()
	}
	r.line(name, fmt.Sprintf("%s%s /*!40100 DEFAULT CHARACTER SET %s%s */ /*!80016 DEFAULT ENCRYPTION='N' */",
		create, quoteName(name), d.Collation.Charset(), collate))
	return r, nil
}

func (c *call) showTables(s *sqlparser.Show, db string) (*Result, error) {
	names, err := c.Tables(c.env.Txn, db)
	if err != nil {
		return nil, err
	}
	views, err := c.catalog.Views(c.env.Txn, db)
	kinds := make(map[string]string, len(views))
	for _, v := range views {
		names = append(names, v.Name)
		kinds[v.Name] = "VIEW"
	}
	names = slices.DeleteFunc(names, func(n string) bool { return !c.env.Rights.SeesTable(db, n) })
	slices.Sort(names)
	var filter *sqlparser.ShowFilter
	if s.ShowTablesOpt != nil {
		filter = s.ShowTablesOpt.Filter
	}
	r, err := named("Tables_in_"+db, names, filter, err)
	if err != nil || !s.Full {
		return r, err
	}
	full := listing(r.Columns[0].Name, "Table_type")
	for _, row := range r.Rows {
		kind := "BASE TABLE"
		if k, ok := kinds[string(row[0].([]byte))]; ok {
			kind = k
		}
		full.line(row[0], kind)
	}
	return full, nil
}

// like leaves the rows whose first column a LIKE leaves.
func like(r *Result, f *sqlparser.ShowFilter) error {
	if f.Filter != nil {
		return unsupported("SHOW with WHERE")
	}
	if f.Like != "" {
		r.Rows = slices.DeleteFunc(r.Rows, func(row []binlog.Value) bool {
			return !types.CollationGeneralCI.Like(row[0].([]byte), []byte(f.Like), '\\')
		})
	}
	return nil
}

// named lists names, those that a LIKE leaves.
func named(column string, names []string, f *sqlparser.ShowFilter, err error) (*Result, error) {
	if err != nil {
		return nil, err
	}
	if f != nil && f.Filter != nil {
		return nil, unsupported("SHOW with WHERE")
	}
	if f != nil && f.Like != "" {
		column += " (" + f.Like + ")"
	}
	r := listing(column)
	for _, n := range names {
		if f == nil || f.Like == "" || types.CollationGeneralCI.Like([]byte(n), []byte(f.Like), '\\') {
			r.line(n)
		}
	}
	return r, nil
}
