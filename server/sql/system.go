package sql

import (
	"slices"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/information_schema"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/auth"
)

// A systemTable is one that is made up when it is read.
type systemTable struct {
	columns []gms.Column
	rows    func(c *call) []gms.Row
}

// systemDB is MySQL's database of accounts. Its tables can be read by name, and
// are in no listing: a dump of all databases must not try to load them. A
// database of that name that a client has made is another.
const systemDB = "mysql"

var systemTables = withEmpty(map[string]systemTable{
	"user":             {userColumns(), userRows},
	"db":               {dbColumns(), dbRows},
	"tables_priv":      {textColumns("Host", "Db", "User", "Table_name", "Grantor", "Timestamp", "Table_priv", "Column_priv"), tableRows},
	"columns_priv":     {textColumns("Host", "Db", "User", "Table_name", "Column_name", "Timestamp", "Column_priv"), columnRows},
	"password_history": {textColumns("Host", "User", "Password_timestamp", "Password"), passwordRows},
	"global_grants":    {textColumns("USER", "HOST", "PRIV", "WITH_GRANT_OPTION"), dynamicRows},
	"role_edges":       {textColumns("FROM_HOST", "FROM_USER", "TO_HOST", "TO_USER", "WITH_ADMIN_OPTION"), roleEdges},
	"default_roles":    {textColumns("HOST", "USER", "DEFAULT_ROLE_HOST", "DEFAULT_ROLE_USER"), defaultRoles},
})

// privilegeTables are those of information_schema that the library would ask its
// own accounts for.
var privilegeTables = map[string]systemTable{
	"user_privileges":   {textColumns("GRANTEE", "TABLE_CATALOG", "PRIVILEGE_TYPE", "IS_GRANTABLE"), userPrivileges},
	"schema_privileges": {textColumns("GRANTEE", "TABLE_CATALOG", "TABLE_SCHEMA", "PRIVILEGE_TYPE", "IS_GRANTABLE"), schemaPrivileges},
	"user_attributes":   {textColumns("USER", "HOST", "ATTRIBUTE"), userAttributes},
	"enabled_roles":     {textColumns("ROLE_NAME", "ROLE_HOST", "IS_DEFAULT", "IS_MANDATORY"), enabledRoles},
	"applicable_roles": {
		textColumns("USER", "HOST", "GRANTEE", "GRANTEE_HOST", "ROLE_NAME", "ROLE_HOST", "IS_GRANTABLE", "IS_DEFAULT", "IS_MANDATORY"),
		applicableRoles,
	},
	"column_privileges": {
		textColumns("GRANTEE", "TABLE_CATALOG", "TABLE_SCHEMA", "TABLE_NAME", "COLUMN_NAME", "PRIVILEGE_TYPE", "IS_GRANTABLE"), columnPrivileges,
	},
	"table_privileges": {
		textColumns("GRANTEE", "TABLE_CATALOG", "TABLE_SCHEMA", "TABLE_NAME", "PRIVILEGE_TYPE", "IS_GRANTABLE"), tablePrivileges,
	},
}

// IsSystemTable reports whether a name is that of a table that can be read, but
// is not in the catalog.
func IsSystemTable(db, table string) bool {
	_, ok := systemTables[table]
	return ok && IsSystemDatabase(db)
}

// IsSystemDatabase is the same of a database.
func IsSystemDatabase(db string) bool { return db == systemDB || auth.IsMadeUp(db) }

func textColumns(names ...string) []gms.Column {
	out := make([]gms.Column, len(names))
	for i, n := range names {
		out[i] = gms.Column{Name: n, Type: gtypes.LongText, Nullable: true}
	}
	return out
}

func (t systemTable) table(db, name string) gms.Table {
	var schema gms.Schema
	for _, c := range t.columns {
		c.Source, c.DatabaseSource = name, db
		schema = append(schema, &c)
	}
	return &information_schema.InformationSchemaTable{
		TableName: name, TableSchema: schema,
		Reader: func(ctx *gms.Context, _ gms.Catalog) (gms.RowIter, error) {
			return gms.RowsToRowIter(t.rows(callOf(ctx))...), nil
		},
	}
}

// A systemDatabase has the system's tables.
type systemDatabase struct{ c *call }

// Name implements gms.Database.
func (systemDatabase) Name() string { return systemDB }

// GetTableInsensitive implements gms.Database.
func (d systemDatabase) GetTableInsensitive(_ *gms.Context, name string) (gms.Table, bool, error) {
	t, ok := systemTables[name]
	if !ok {
		d.c.missing = tableID{systemDB, name}
		return nil, false, nil
	}
	if err := d.c.mayOpen(tableID{systemDB, name}); err != nil {
		return nil, false, err
	}
	return t.table(systemDB, name), true, nil
}

// GetTableNames implements gms.Database.
func (d systemDatabase) GetTableNames(*gms.Context) ([]string, error) {
	var names []string
	for name := range systemTables {
		if d.c.env.Rights.SeesTable(systemDB, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// infoSchema is the library's information_schema, with accounts.
type infoSchema struct{ gms.Database }

// GetTableInsensitive implements gms.Database.
func (d infoSchema) GetTableInsensitive(ctx *gms.Context, name string) (gms.Table, bool, error) {
	if t, ok := privilegeTables[strings.ToLower(name)]; ok {
		return t.table(d.Name(), strings.ToLower(name)), true, nil
	}
	return d.Database.GetTableInsensitive(ctx, name)
}

// accounts are those that the client may know of: with SELECT on the system's
// accounts all of them, else its own.
func (c *call) accounts() []*auth.Account {
	all := c.s.client.Accounts()
	if c.env.Rights.OnTable(systemDB, "user")&auth.Select != 0 {
		return all
	}
	return slices.DeleteFunc(all, func(a *auth.Account) bool { return a.Name != c.env.Rights.Account.Name })
}
