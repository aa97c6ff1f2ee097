package xid

import "time"

// A TableName names one table.
type TableName struct {
	DB   string // database
	Name string // table in it
}

// String is db.name, unquoted.
func (t TableName) String() string { return t.DB + "." + t.Name }

// A Prepared is one prepared branch: its name, the tables it changes, on which
// no DDL may run before the branch is finished, and what recovery must know.
type Prepared struct {
	XID        XID
	Tables     []TableName
	PreparedAt time.Time // in UTC, to the second
	Keys       int       // how many rows it changes
	// Binlogged says that the branch's outcome is in the binlog. If not, the
	// engine's own log decides alone.
	Binlogged bool
	// InTC says that the branch is known to be prepared in the binlog too.
	InTC bool
}
