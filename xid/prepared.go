package xid

// A TableName names one table.
type TableName struct {
	DB   string // database
	Name string // table in it
}

// String is db.name, unquoted.
func (t TableName) String() string { return t.DB + "." + t.Name }

// A Prepared is one prepared branch: its name, and the tables it changes, on
// which no DDL may run before the branch is finished.
type Prepared struct {
	XID    XID
	Tables []TableName
}
