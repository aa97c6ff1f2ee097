package auth

import (
	"slices"
	"strings"
)

// A Privilege is a set of privileges.
type Privilege uint64

// The privileges. Those up to Trigger can be granted on a database or a
// table, too (MySQL manual, Privileges Provided by MySQL).
const (
	Select Privilege = 1 << iota
	Insert
	Update
	Delete
	Create
	Drop
	References
	Index
	Alter
	CreateView
	ShowView
	Trigger
	CreateTemporary
	LockTables
	Execute
	CreateRoutine
	AlterRoutine
	Event
	GrantOption
	Reload
	Shutdown
	Process
	File
	ShowDatabases
	Super
	ReplicationSlave
	ReplicationClient
	CreateUser
	BackupAdmin
	ConnectionAdmin
	SystemVariablesAdmin
	XARecoverAdmin
)

const (
	// OnTable is what can be granted on a table.
	OnTable = Select | Insert | Update | Delete | Create | Drop | References | Index | Alter | CreateView | ShowView | Trigger
	// OnDatabase is what can be granted on a database.
	OnDatabase = OnTable | CreateTemporary | LockTables | Execute | CreateRoutine | AlterRoutine | Event
	// All is what ALL PRIVILEGES means at *.*.
	All = (XARecoverAdmin<<1 - 1) &^ GrantOption
)

// privileges are the names, in the order in which MySQL shows them.
var privileges = []struct {
	bit  Privilege
	name string
}{
	{Select, "SELECT"}, {Insert, "INSERT"}, {Update, "UPDATE"}, {Delete, "DELETE"}, {Create, "CREATE"}, {Drop, "DROP"},
	{Reload, "RELOAD"}, {Shutdown, "SHUTDOWN"}, {Process, "PROCESS"}, {File, "FILE"}, {References, "REFERENCES"},
	{Index, "INDEX"}, {Alter, "ALTER"}, {ShowDatabases, "SHOW DATABASES"}, {Super, "SUPER"},
	{CreateTemporary, "CREATE TEMPORARY TABLES"}, {LockTables, "LOCK TABLES"}, {Execute, "EXECUTE"},
	{ReplicationSlave, "REPLICATION SLAVE"}, {ReplicationClient, "REPLICATION CLIENT"}, {CreateView, "CREATE VIEW"},
	{ShowView, "SHOW VIEW"}, {CreateRoutine, "CREATE ROUTINE"}, {AlterRoutine, "ALTER ROUTINE"},
	{CreateUser, "CREATE USER"}, {Event, "EVENT"}, {Trigger, "TRIGGER"},
	{BackupAdmin, "BACKUP_ADMIN"}, {ConnectionAdmin, "CONNECTION_ADMIN"},
	{SystemVariablesAdmin, "SYSTEM_VARIABLES_ADMIN"}, {XARecoverAdmin, "XA_RECOVER_ADMIN"},
}

// Names lists the privileges of a set, without the GRANT OPTION.
func (p Privilege) Names() []string {
	var out []string
	for _, d := range privileges {
		if p&d.bit != 0 {
			out = append(out, d.name)
		}
	}
	return out
}

// has reports whether p has all of want.
func (p Privilege) has(want Privilege) bool { return p&want == want }

// Grants says what an account may do: everywhere, in databases whose names
// match a pattern, in tables ("database\x00table").
type Grants struct {
	Global    Privilege            `json:"global,omitempty"`
	Databases map[string]Privilege `json:"databases,omitempty"`
	Tables    map[string]Privilege `json:"tables,omitempty"`
}

// InDatabase is what may be done in all of a database.
func (g *Grants) InDatabase(db string) Privilege {
	p := g.Global
	for pattern, more := range g.Databases {
		if pattern == db || like(pattern, db) {
			p |= more
		}
	}
	return p
}

// OnTable is what may be done with a table.
func (g *Grants) OnTable(db, table string) Privilege {
	return g.InDatabase(db) | g.Tables[tableKey(db, table)]
}

// SeesDatabase reports whether there is a privilege anywhere in a database, as
// USE asks for.
func (g *Grants) SeesDatabase(db string) bool {
	if g.InDatabase(db)&^(GrantOption|^(OnDatabase|ShowDatabases)) != 0 {
		return true
	}
	for key := range g.Tables {
		if name, _, _ := strings.Cut(key, "\x00"); name == db {
			return true
		}
	}
	return false
}

func tableKey(db, table string) string { return db + "\x00" + table }

// statements is what SHOW GRANTS lists.
func (g *Grants) statements(account string) []string {
	line := func(p, all Privilege, level string) string {
		list := "USAGE"
		switch static := p &^ GrantOption; {
		case all != 0 && static.has(all):
			list = "ALL PRIVILEGES"
		case static != 0:
			list = strings.Join(static.Names(), ", ")
		}
		out := "GRANT " + list + " ON " + level + " TO " + account
		if p&GrantOption != 0 {
			out += " WITH GRANT OPTION"
		}
		return out
	}
	out := []string{line(g.Global, All, "*.*")}
	for _, db := range sortedKeys(g.Databases) {
		out = append(out, line(g.Databases[db], OnDatabase, quoteName(db)+".*"))
	}
	for _, key := range sortedKeys(g.Tables) {
		db, table, _ := strings.Cut(key, "\x00")
		out = append(out, line(g.Tables[key], OnTable, quoteName(db)+"."+quoteName(table)))
	}
	return out
}

func sortedKeys(m map[string]Privilege) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func quoteName(s string) string { return "`" + strings.ReplaceAll(s, "`", "``") + "`" }
