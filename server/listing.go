package server

import (
	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/sql"
	"github.com/xadb/xadb/server/wire"
)

// A listing is the inside of the server as rows, as of one moment: a table
// that statements can read, and what SHOW followed by its words answers with.
type listing struct {
	words   []string // nil: there is no SHOW of it
	db      string
	table   string
	needs   auth.Needs
	columns []wire.Column
	rows    func(*session) ([][]binlog.Value, error)
}

// Databases that the server makes up.
const (
	informationSchema = "information_schema"
	performanceSchema = "performance_schema"
)

var listings = []listing{
	{[]string{"XA", "TRANSACTIONS"}, informationSchema, "XADB_XA_TRANSACTIONS", recoverers, branchColumns, (*session).listBranches},
	{[]string{"LOCKS"}, informationSchema, "XADB_LOCKS", monitors, lockColumns, (*session).listLocks},
	{[]string{"LOCK", "WAITS"}, informationSchema, "XADB_LOCK_WAITS", monitors, lockWaitColumns, (*session).listLockWaits},
	{[]string{"WAL", "SEGMENTS"}, informationSchema, "XADB_WAL_SEGMENTS", monitors, segmentColumns, (*session).listSegments},
	{[]string{"GROUP", "COMMIT"}, informationSchema, "XADB_GROUP_COMMIT", monitors, stageColumns, (*session).listStages},
	{[]string{"READ", "VIEWS"}, informationSchema, "XADB_READ_VIEWS", monitors, readViewColumns, (*session).listReadViews},
	{nil, informationSchema, "PROCESSLIST", anyone, processColumns, (*session).listProcesses},
	{nil, informationSchema, "INNODB_TRX", monitors, trxColumns, (*session).listTrx},
	{nil, performanceSchema, "processlist", anyone, schemaProcessColumns, (*session).listSchemaProcesses},
	{nil, performanceSchema, "threads", anyone, threadColumns, (*session).listThreads},
	{nil, performanceSchema, "data_locks", monitors, dataLockColumns, (*session).listDataLocks},
	{nil, performanceSchema, "data_lock_waits", monitors, dataLockWaitColumns, (*session).listDataLockWaits},
	{nil, performanceSchema, "session_connect_attrs", monitors, attributeColumns, (*session).listAttributes},
	{nil, performanceSchema, "session_account_connect_attrs", anyone, attributeColumns, (*session).listOwnAttributes},
	{nil, performanceSchema, "global_variables", anyone, schemaVariableColumns, (*session).listGlobalVariables},
	{nil, performanceSchema, "session_variables", anyone, schemaVariableColumns, (*session).listSessionVariables},
	{nil, performanceSchema, "global_status", anyone, schemaVariableColumns, (*session).listStatus},
	{nil, performanceSchema, "session_status", anyone, schemaVariableColumns, (*session).listStatus},
}

// list answers a SHOW with the listing.
func (l *listing) list(s *session) (*Result, error) {
	rows, err := l.read(s)
	return &Result{Columns: l.columns, Rows: rows}, err
}

// read is the rows, if the session may see them: databases that are made up take
// no privilege of their own.
func (l *listing) read(s *session) ([][]binlog.Value, error) {
	if err := l.needs.Check(s.rights(), s.db); err != nil {
		return nil, err
	}
	return l.rows(s)
}

// madeTables are the listings as tables for package sql.
func madeTables() []sql.Made {
	out := make([]sql.Made, len(listings))
	for i := range listings {
		l := &listings[i]
		out[i] = sql.Made{DB: l.db, Name: l.table, Rows: func(c sql.Client) ([][]binlog.Value, error) {
			return l.read(c.(sqlClient).s)
		}}
		for _, c := range l.columns {
			out[i].Columns = append(out[i].Columns, exec.Column(c))
		}
	}
	return out
}

func yes(b bool) binlog.Value {
	if b {
		return []byte("YES")
	}
	return []byte("NO")
}
