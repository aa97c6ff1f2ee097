package server

import (
	"strings"

	"github.com/xadb/xadb/binlog"
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
	columns []wire.Column
	rows    func(*session) ([][]binlog.Value, error)
}

// Databases that the server makes up.
const (
	informationSchema = "information_schema"
	performanceSchema = "performance_schema"
)

// isMadeUp reports whether a database is one of the server's own.
func isMadeUp(db string) bool {
	return strings.EqualFold(db, informationSchema) || strings.EqualFold(db, performanceSchema)
}

var listings = []listing{
	{[]string{"XA", "TRANSACTIONS"}, informationSchema, "XADB_XA_TRANSACTIONS", branchColumns, (*session).listBranches},
	{[]string{"LOCKS"}, informationSchema, "XADB_LOCKS", lockColumns, (*session).listLocks},
	{[]string{"LOCK", "WAITS"}, informationSchema, "XADB_LOCK_WAITS", lockWaitColumns, (*session).listLockWaits},
	{[]string{"WAL", "SEGMENTS"}, informationSchema, "XADB_WAL_SEGMENTS", segmentColumns, (*session).listSegments},
	{[]string{"GROUP", "COMMIT"}, informationSchema, "XADB_GROUP_COMMIT", stageColumns, (*session).listStages},
	{[]string{"READ", "VIEWS"}, informationSchema, "XADB_READ_VIEWS", readViewColumns, (*session).listReadViews},
	{nil, informationSchema, "PROCESSLIST", processColumns, (*session).listProcesses},
	{nil, informationSchema, "INNODB_TRX", trxColumns, (*session).listTrx},
	{nil, performanceSchema, "processlist", processColumns, (*session).listProcesses},
	{nil, performanceSchema, "data_locks", dataLockColumns, (*session).listDataLocks},
	{nil, performanceSchema, "data_lock_waits", dataLockWaitColumns, (*session).listDataLockWaits},
	{nil, performanceSchema, "session_connect_attrs", attributeColumns, (*session).listAttributes},
	{nil, performanceSchema, "session_account_connect_attrs", attributeColumns, (*session).listOwnAttributes},
	{nil, performanceSchema, "global_variables", variableColumns, (*session).listGlobalVariables},
	{nil, performanceSchema, "session_variables", variableColumns, (*session).listSessionVariables},
	{nil, performanceSchema, "global_status", variableColumns, (*session).listStatus},
	{nil, performanceSchema, "session_status", variableColumns, (*session).listStatus},
}

// list answers a SHOW with the listing.
func (l *listing) list(s *session) (*Result, error) {
	rows, err := l.rows(s)
	return &Result{Columns: l.columns, Rows: rows}, err
}

// madeTables are the listings as tables for package sql.
func madeTables() []sql.Made {
	out := make([]sql.Made, len(listings))
	for i := range listings {
		l := &listings[i]
		out[i] = sql.Made{DB: l.db, Name: l.table, Rows: func(c sql.Client) ([][]binlog.Value, error) {
			return l.rows(c.(sqlClient).s)
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
