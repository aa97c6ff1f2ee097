package auth

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
	BinlogAdmin
	CreateRole
	DropRole
	RoleAdmin
	ReplicationApplier
)

const (
	// OnTable is what can be granted on a table.
	OnTable = Select | Insert | Update | Delete | Create | Drop | References | Index | Alter | CreateView | ShowView | Trigger
	// OnDatabase is what can be granted on a database.
	OnDatabase = OnTable | CreateTemporary | LockTables | Execute | CreateRoutine | AlterRoutine | Event
	// All is what ALL PRIVILEGES means at *.*.
	All = (ReplicationApplier<<1 - 1) &^ GrantOption
	// allBefore is what All was before there were roles.
	allBefore = (BinlogAdmin<<1 - 1) &^ GrantOption
	// Dynamic are MySQL's dynamic privileges, which are granted at *.* alone.
	Dynamic = BackupAdmin | ConnectionAdmin | SystemVariablesAdmin | XARecoverAdmin | BinlogAdmin | RoleAdmin | ReplicationApplier
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
	{CreateUser, "CREATE USER"}, {Event, "EVENT"}, {Trigger, "TRIGGER"}, {CreateRole, "CREATE ROLE"}, {DropRole, "DROP ROLE"},
	{BackupAdmin, "BACKUP_ADMIN"}, {BinlogAdmin, "BINLOG_ADMIN"}, {ConnectionAdmin, "CONNECTION_ADMIN"},
	{ReplicationApplier, "REPLICATION_APPLIER"}, {RoleAdmin, "ROLE_ADMIN"}, {SystemVariablesAdmin, "SYSTEM_VARIABLES_ADMIN"}, {XARecoverAdmin, "XA_RECOVER_ADMIN"},
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
