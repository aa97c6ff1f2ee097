package server

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/internal/clock"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/tclog"
)

// lines is what a query answers, a line for each row, with | between the values.
func lines(t testing.TB, db interface {
	Query(string, ...any) (*sql.Rows, error)
}, query string, args ...any,
) []string {
	t.Helper()
	rows, err := db.Query(query, args...)
	must(t, err)
	defer rows.Close()
	columns, err := rows.Columns()
	must(t, err)
	var out []string
	for rows.Next() {
		values := make([]any, len(columns))
		texts := make([]sql.NullString, len(columns))
		for i := range values {
			values[i] = &texts[i]
		}
		must(t, rows.Scan(values...))
		line := make([]string, len(columns))
		for i, v := range texts {
			if line[i] = v.String; !v.Valid {
				line[i] = "NULL"
			}
		}
		out = append(out, strings.Join(line, "|"))
	}
	must(t, rows.Err())
	return out
}

// warnings is SHOW WARNINGS.
func warnings(t testing.TB, db *sql.DB) string {
	t.Helper()
	return strings.Join(lines(t, db, "SHOW WARNINGS"), "; ")
}

// PURGE BINARY LOGS removes what nobody needs, and gtid_purged tells.
func TestPurgeBinaryLogs(t *testing.T) {
	srv := source(t)
	root := dialAs(t, srv, "root", "")
	uuid := srv.store.UUID().String()
	mustExec(t, root, "CREATE USER ann IDENTIFIED BY ''", "CREATE USER bob IDENTIFIED BY ''", "GRANT BINLOG_ADMIN, REPLICATION CLIENT ON *.* TO bob")
	mustExec(t, root, "INSERT INTO d.t VALUES (1, 'one')", "FLUSH BINARY LOGS", "INSERT INTO d.t VALUES (2, 'two')", "FLUSH BINARY LOGS",
		"INSERT INTO d.t VALUES (3, 'three')", "FLUSH BINARY LOGS")
	if got := one[string](t, root, "SELECT @@GLOBAL.gtid_purged"); got != "" {
		t.Errorf("nothing was purged: %q", got)
	}
	for stmt, want := range map[string]uint16{
		"PURGE BINARY LOGS TO 'binlog.000009'":                   mysqlerr.UnknownTargetBinlog,
		"PURGE MASTER LOGS TO 'x'":                               mysqlerr.UnknownTargetBinlog,
		"PURGE BINARY LOGS TO":                                   mysqlerr.ParseError,
		"PURGE BINARY LOGS":                                      mysqlerr.ParseError,
		"PURGE BINARY LOGS TO 'binlog.000002' x":                 mysqlerr.ParseError,
		"PURGE BINARY LOGS BEFORE NULL":                          mysqlerr.WrongArguments,
		"PURGE BINARY LOGS BEFORE":                               mysqlerr.SyntaxError,
		"RESET MASTER TO 5":                                      mysqlerr.NotSupportedYet,
		"RESET BINARY LOGS":                                      mysqlerr.NotSupportedYet,
		"RESET BINARY LOGS AND GTIDS x":                          mysqlerr.ParseError,
		"RESET QUERY CACHE":                                      mysqlerr.NotSupportedYet,
		"RESET REPLICA,":                                         mysqlerr.ParseError,
		"RESET REPLICA x":                                        mysqlerr.ParseError,
		"RESET REPLICA ALL":                                      0,
		"RESET REPLICA, SLAVE ALL":                               0,
		"SHOW BINLOG EVENTS IN 'x'":                              mysqlerr.ErrorWhenExecuting,
		"SHOW BINLOG EVENTS IN 'binlog.000001' FROM 5":           mysqlerr.ErrorWhenExecuting,
		"SHOW BINLOG EVENTS IN 'binlog.000001' FROM 99999999999": mysqlerr.ErrorWhenExecuting,
		"SHOW BINLOG EVENTS LIMIT x":                             mysqlerr.ParseError,
	} {
		if _, err := root.Exec(stmt); code(err) != want {
			t.Errorf("%s: %v", stmt, err)
		}
	}
	ann := dialAs(t, srv, "ann", "")
	for stmt, want := range map[string]uint16{
		"PURGE BINARY LOGS TO 'binlog.000002'": mysqlerr.SpecificAccessDenied, "RESET MASTER": mysqlerr.SpecificAccessDenied,
		"SHOW BINLOG EVENTS": mysqlerr.SpecificAccessDenied, "SHOW BINARY LOGS": mysqlerr.SpecificAccessDenied,
	} {
		if _, err := ann.Exec(stmt); code(err) != want {
			t.Errorf("ann: %s: %v", stmt, err)
		}
	}
	mustExec(t, dialAs(t, srv, "bob", ""), "PURGE BINARY LOGS TO 'binlog.000002'")
	if got := one[string](t, root, "SELECT @@GLOBAL.gtid_purged"); got != uuid+":1-6" {
		t.Errorf("purged %q", got)
	}

	reader, err := srv.store.Binlog().Stream(binlog.Pos{File: 3})
	must(t, err)
	mustExec(t, root, "PURGE BINARY LOGS TO 'binlog.000004'")
	want := "Warning|1867|file binlog.000003 was not purged because it was being read by 1 thread(s), purged only 1 out of 2 files."
	if got := warnings(t, root); got != want {
		t.Errorf("warnings %q", got)
	}
	must(t, reader.Close())
	if got := lines(t, root, "SHOW BINARY LOGS"); !strings.HasPrefix(got[0], "binlog.000003|") || len(got) != 2 {
		t.Errorf("logs %q", got)
	}
	mustExec(t, root, "PURGE BINARY LOGS TO 'binlog.000004'")
	if got := warnings(t, root); got != "" {
		t.Errorf("warnings %q", got)
	}
	mustExec(t, root, "PURGE BINARY LOGS BEFORE '2001-01-01 00:00:00'")
	mustExec(t, root, "XA START 'x'", "INSERT INTO d.t VALUES (4, 'four')", "XA END 'x'", "XA PREPARE 'x'", "FLUSH BINARY LOGS")
	mustExec(t, root, "PURGE BINARY LOGS BEFORE NOW() + INTERVAL 1 DAY")
	if got := warnings(t, root); !strings.Contains(got, "Warning|1105|file binlog.000004 was not purged because it has the rows of a prepared branch") {
		t.Errorf("warnings %q", got)
	}
	mustExec(t, root, "XA COMMIT 'x'", "FLUSH BINARY LOGS", "PURGE BINARY LOGS TO 'binlog.000006'")
	if got := lines(t, root, "SHOW BINARY LOGS"); len(got) != 1 || !strings.HasPrefix(got[0], "binlog.000006|") {
		t.Errorf("logs %q", got)
	}
	status := lines(t, root, "SHOW BINARY LOG STATUS")
	if pos := srv.store.Binlog().DurablePos(); len(status) != 1 || status[0] != fmt.Sprintf("binlog.000006|%d|||%s:1-10", pos.Offset, uuid) {
		t.Errorf("status %q", status)
	}
	if got := one[string](t, root, "SELECT @@GLOBAL.gtid_executed"); got != uuid+":1-10" || one[string](t, root, "SELECT @@GLOBAL.gtid_purged") != got {
		t.Errorf("executed %q", got)
	}
}

// SHOW BINLOG EVENTS says what MySQL says of each event, and where it is.
func TestShowBinlogEvents(t *testing.T) {
	srv := source(t)
	root := dialAs(t, srv, "root", "")
	mustExec(t, root, "FLUSH BINARY LOGS", "INSERT INTO d.t VALUES (1, 'one')", "USE d", "CREATE TABLE u (id INT PRIMARY KEY)",
		"XA START 'x'", "UPDATE d.t SET v = 'two'", "XA END 'x'", "XA PREPARE 'x'", "XA COMMIT 'x'", "FLUSH BINARY LOGS")
	uuid := srv.store.UUID().String()
	all := lines(t, root, "SHOW BINLOG EVENTS IN 'binlog.000002'")
	var got []string
	next := int64(4)
	for _, line := range all {
		f := strings.SplitN(line, "|", 6)
		var pos, end int64
		if _, err := fmt.Sscan(f[1]+" "+f[4], &pos, &end); err != nil || f[0] != "binlog.000002" || pos != next || f[3] != "1" {
			t.Errorf("at %d: %s", next, line)
		}
		next = end
		got = append(got, f[2]+": "+f[5])
	}
	want := []string{
		"Format_desc: Server ver: 8.0.36-xadb, Binlog ver: 4",
		"Previous_gtids: " + uuid + ":1-2",
		"Gtid: SET @@SESSION.GTID_NEXT= '" + uuid + ":3'", "Query: BEGIN", "Table_map: table_id: N (d.t)", "Write_rows: table_id: N flags: STMT_END_F", "Xid: COMMIT /* xid=N */",
		"Gtid: SET @@SESSION.GTID_NEXT= '" + uuid + ":4'", "Query: use `d`; CREATE TABLE u (id INT PRIMARY KEY) /* xid=N */",
		"Gtid: SET @@SESSION.GTID_NEXT= '" + uuid + ":5'", "Query: XA START X'78',X'',1", "Table_map: table_id: N (d.t)", "Update_rows: table_id: N flags: STMT_END_F",
		"Query: XA END X'78',X'',1", "XA_prepare: XA PREPARE X'78',X'',1",
		"Gtid: SET @@SESSION.GTID_NEXT= '" + uuid + ":6'", "Query: XA COMMIT X'78',X'',1",
		"Rotate: binlog.000003;pos=4",
	}
	for i := range got {
		if i >= len(want) || varying.ReplaceAllString(got[i], "${1}N") != want[i] {
			t.Fatalf("event %d: %q, want %q", i, got[i], want[min(i, len(want)-1)])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d events, want %d", len(got), len(want))
	}
	pos := strings.Split(all[2], "|")[1]
	for query, want := range map[string][]string{
		"SHOW BINLOG EVENTS IN 'binlog.000002' FROM " + pos:                    all[2:],
		"SHOW BINLOG EVENTS IN 'binlog.000002' FROM " + pos + " LIMIT 2":       all[2:4],
		"SHOW BINLOG EVENTS IN 'binlog.000002' FROM " + pos + " LIMIT 1, 2":    all[3:5],
		"SHOW BINLOG EVENTS IN 'binlog.000002' LIMIT 2 OFFSET 1":               all[1:3],
		"SHOW BINLOG EVENTS IN 'binlog.000002' FROM 0 LIMIT 0":                 nil,
		"SHOW BINLOG EVENTS IN 'binlog.000002' LIMIT 18, 18446744073709551615": nil,
	} {
		if got := lines(t, root, query); !slices.Equal(got, want) {
			t.Errorf("%s: %q", query, got)
		}
	}
	if got := lines(t, root, "SHOW BINLOG EVENTS LIMIT 1"); len(got) != 1 || !strings.HasPrefix(got[0], "binlog.000001|4|Format_desc|1|126|") {
		t.Errorf("the oldest: %q", got)
	}
	if got := lines(t, root, "SHOW BINLOG EVENTS IN 'binlog.000003'"); len(got) != 2 {
		t.Errorf("the current: %q", got)
	}
	prepared, err := root.Prepare("SHOW BINLOG EVENTS IN 'binlog.000002'")
	must(t, err)
	defer prepared.Close()
	rows, err := prepared.Query()
	must(t, err)
	defer rows.Close()
	n := 0
	for ; rows.Next(); n++ {
	}
	if must(t, rows.Err()); n != len(want) {
		t.Errorf("prepared: %d events", n)
	}
}

// varying are numbers in a text of SHOW BINLOG EVENTS.
var varying = regexp.MustCompile(`(table_id: |xid=)\d+`)

// A busy server's place and set belong together, and the events of a large log
// are not held in memory.
func TestBinlogStatusBusy(t *testing.T) {
	srv := source(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range 300 {
			if _, err := dialAs(t, srv, "root", "").Exec("INSERT INTO d.t VALUES (?, 'x')", i); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	log := srv.store.Binlog()
	for busy := true; busy; {
		select {
		case <-done:
			busy = false
		default:
		}
		pos, set := log.Executed()
		st, err := log.StreamBehind(set)
		must(t, err)
		last := int64(0)
		for st.Pos() != pos {
			ev, err := st.Next(t.Context())
			must(t, err)
			if ev.Type == binlog.EventGTID {
				g, err := binlog.DecodeGTID(ev.Body())
				must(t, err)
				last = g.GTID.GNO
			}
		}
		must(t, st.Close())
		if last != set.Count() {
			t.Fatalf("at %v: %v, the log has %d", pos, set, last)
		}
	}
}

// The functions on GTIDs, in all the places that functions have.
func TestGTIDFunctions(t *testing.T) {
	srv := source(t)
	root := dialAs(t, srv, "root", "")
	mustExec(t, root, "INSERT INTO d.t VALUES (1, 'one')")
	const a, b = "3e11fa47-71ca-11e1-9e33-c80aa9429562", "4e11fa47-71ca-11e1-9e33-c80aa9429562"
	for expr, want := range map[string]string{
		"GTID_SUBSET('" + a + ":3', '" + a + ":1-5')":                   "1",
		"gtid_subset('" + a + ":3-6', '" + a + ":1-5')":                 "0",
		"GTID_SUBSET('', '" + a + ":1-5')":                              "1",
		"GTID_SUBSET(NULL, '" + a + ":1-5')":                            "NULL",
		"GTID_SUBSET('" + a + ":1', NULL)":                              "NULL",
		"GTID_SUBTRACT('" + a + ":1-5:7," + b + ":1', '" + a + ":2-3')": a + ":1:4-5:7,\n" + b + ":1",
		"GTID_SUBTRACT('" + a + ":1-5', '" + a + ":1-9')":               "",
		"GTID_SUBTRACT('" + a + ":1-5', NULL)":                          "NULL",
		"WAIT_FOR_EXECUTED_GTID_SET(@@GLOBAL.gtid_executed)":            "0",
		"WAIT_FOR_EXECUTED_GTID_SET('', 1)":                             "0",
		"WAIT_FOR_EXECUTED_GTID_SET('" + a + ":1', 0.01)":               "1",
		"GTID_SUBSET(@@GLOBAL.gtid_purged, @@GLOBAL.gtid_executed)":     "1",
	} {
		for _, query := range []string{"SELECT " + expr, "SELECT " + expr + " FROM d.t WHERE id = 1", "SELECT " + expr + " AS x FROM d.t LIMIT 1"} {
			if got := lines(t, root, query); len(got) != 1 || got[0] != want {
				t.Errorf("%s: %q, want %q", query, got, want)
			}
		}
		mustExec(t, root, "DO "+expr, "SET @x = "+expr)
		if got := lines(t, root, "SELECT @x"); got[0] != want {
			t.Errorf("SET @x = %s: %q", expr, got)
		}
	}
	for expr, want := range map[string]uint16{
		"GTID_SUBSET('x', '')": mysqlerr.MalformedGTIDSet, "GTID_SUBTRACT('', 'x:y')": mysqlerr.MalformedGTIDSet,
		"WAIT_FOR_EXECUTED_GTID_SET('x')": mysqlerr.MalformedGTIDSet, "WAIT_FOR_EXECUTED_GTID_SET(NULL)": mysqlerr.MalformedGTIDSet,
		"WAIT_FOR_EXECUTED_GTID_SET('', -1)": mysqlerr.WrongArguments, "GTID_SUBSET('')": mysqlerr.WrongParamCount,
		"WAIT_FOR_EXECUTED_GTID_SET()": mysqlerr.WrongParamCount,
	} {
		if _, err := root.Exec("SELECT " + expr); code(err) != want {
			t.Errorf("%s: %v, want %d", expr, err, want)
		}
	}
}

// WAIT_FOR_EXECUTED_GTID_SET waits for what is committed meanwhile, and ends by
// KILL.
func TestWaitForGTIDs(t *testing.T) {
	srv := source(t)
	root, other := dialAs(t, srv, "root", ""), dialAs(t, srv, "root", "")
	next := srv.store.Binlog().ExecutedGTIDs().Count() + 1
	wait := fmt.Sprintf("SELECT WAIT_FOR_EXECUTED_GTID_SET('%v:%d')", srv.store.UUID(), next)
	id := one[int](t, root, "SELECT CONNECTION_ID()")
	waited := make(chan error, 1)
	begin := func() {
		go func() {
			var n int
			err := root.QueryRow(wait).Scan(&n)
			if err == nil && n != 0 {
				err = fmt.Errorf("it says %d", n)
			}
			waited <- err
		}()
		for deadline := 0; !strings.Contains(strings.Join(lines(t, other, "SHOW PROCESSLIST"), "\n"), "SELECT WAIT"); deadline++ {
			if time.Sleep(time.Millisecond); deadline > 5000 {
				t.Fatalf("it does not wait: %q", lines(t, other, "SHOW PROCESSLIST"))
			}
		}
	}
	begin()
	select {
	case err := <-waited:
		t.Fatal("it has not waited", err)
	case <-time.After(20 * time.Millisecond):
	}
	mustExec(t, other, fmt.Sprintf("KILL QUERY %d", id))
	if err := <-waited; code(err) != mysqlerr.QueryInterrupted {
		t.Errorf("killed: %v", err)
	}
	begin()
	mustExec(t, other, "INSERT INTO d.t VALUES (9, 'nine')")
	must(t, <-waited)
	none := start(t, func(o *Options) {
		l, err := tclog.Open(context.Background(), "store", withoutBinlog())
		must(t, err)
		t.Cleanup(l.Abandon)
		o.Store, o.Executor = NewStore(l), NewExecutor(l)
	})
	db := dialAs(t, none, "root", "")
	if _, err := db.Exec(wait); code(err) != mysqlerr.GTIDModeOff {
		t.Errorf("without a binary log: %v", err)
	}
	mustExec(t, db, "PURGE BINARY LOGS TO 'binlog.000001'", "SET sql_log_bin = 0", "SET GLOBAL max_binlog_size = 8192")
	if got := lines(t, db, "SHOW BINLOG EVENTS"); len(got) != 0 {
		t.Errorf("events %q", got)
	}
	if _, err := db.Exec("RESET MASTER"); code(err) != mysqlerr.BinlogClosed {
		t.Error(err)
	}
}

func withoutBinlog() tclog.Options {
	return tclog.Options{Engine: engine.Options{
		FS: vfs.NewMem(), Clock: clock.Real, Rand: seeded{rand.New(rand.NewPCG(1, 2))},
		Logger: slog.New(slog.DiscardHandler), SegmentSize: 64 << 10, MemTableSize: 1 << 20, CacheSize: 1 << 20,
	}}
}

// The limits of the binary log are variables, which take effect at once.
func TestBinlogVariables(t *testing.T) {
	srv := source(t)
	root := dialAs(t, srv, "root", "")
	mustExec(t, root, "SET GLOBAL max_binlog_size = 4096", "SET GLOBAL binlog_expire_logs_seconds = 60")
	if got := lines(t, root, "SELECT @@GLOBAL.max_binlog_size, @@binlog_expire_logs_seconds, @@max_binlog_total_size"); got[0] != "4096|60|0" {
		t.Errorf("%q", got)
	}
	for i := range 20 {
		mustExec(t, root, fmt.Sprintf("REPLACE INTO d.t VALUES (%d, 'xxxxxxxxxxxxxxxxxxxx')", i))
	}
	if n := len(lines(t, root, "SHOW BINARY LOGS")); n < 2 {
		t.Errorf("%d files of 4096 bytes", n)
	}
	mustExec(t, root, "SET GLOBAL max_binlog_total_size = 5000")
	for deadline := 0; len(lines(t, root, "SHOW BINARY LOGS")) > 2; deadline++ {
		if deadline > 1000 {
			t.Fatal("all files are there")
		}
		mustExec(t, root, "REPLACE INTO d.t VALUES (1, 'xxxxxxxxxxxxxxxxxxxx')")
		time.Sleep(time.Millisecond)
	}
	for stmt, want := range map[string]uint16{
		"SET max_binlog_size = 4096": mysqlerr.GlobalVariable, "SET GLOBAL binlog_expire_logs_seconds = 'x'": mysqlerr.WrongTypeForVar,
		"SET SESSION gtid_purged = ''": mysqlerr.GlobalVariable,
	} {
		if _, err := root.Exec(stmt); code(err) != want {
			t.Errorf("%s: %v", stmt, err)
		}
	}
	mustExec(t, root, "SET GLOBAL max_binlog_size = 1", "SET GLOBAL binlog_expire_logs_seconds = DEFAULT")
	if got := lines(t, root, "SELECT @@GLOBAL.max_binlog_size, @@binlog_expire_logs_seconds"); got[0] != "4096|2592000" {
		t.Errorf("%q", got)
	}
}

// A dump of a MySQL with GTIDs loads, and says what of it has no effect.
func TestLoadDumpWithGTIDs(t *testing.T) {
	srv := source(t)
	root := dialAs(t, srv, "root", "")
	const foreign = "3e11fa47-71ca-11e1-9e33-c80aa9429562:1-77"
	mustExec(t, root, "SET sql_log_bin = ON", "SET @MYSQLDUMP_TEMP_LOG_BIN = @@SESSION.SQL_LOG_BIN", "SET @@SESSION.SQL_LOG_BIN= 0")
	if got := warnings(t, root); !strings.Contains(got, "Warning|1235|") || !strings.Contains(got, "binary log all the same") {
		t.Errorf("sql_log_bin: %q", got)
	}
	mustExec(t, root, "SET @@GLOBAL.GTID_PURGED=/*!80000 '+'*/ '"+foreign+"'")
	if got := warnings(t, root); !strings.Contains(got, "Warning|1235|") || !strings.Contains(got, "gtid_purged") {
		t.Errorf("gtid_purged: %q", got)
	}
	before := srv.store.Binlog().ExecutedGTIDs().Count()
	mustExec(t, root, "INSERT INTO d.t VALUES (1, 'loaded')", "SET @@SESSION.SQL_LOG_BIN = @MYSQLDUMP_TEMP_LOG_BIN")
	if got := lines(t, root, "SELECT @@sql_log_bin, @@GLOBAL.gtid_purged"); got[0] != "1|" || srv.store.Binlog().ExecutedGTIDs().Count() != before+1 {
		t.Errorf("%q", got)
	}
	mustExec(t, root, "SET GLOBAL gtid_purged = @@GLOBAL.gtid_executed")
	if got := warnings(t, root); got != "" {
		t.Errorf("what is executed: %q", got)
	}
	for stmt, want := range map[string]uint16{
		fmt.Sprintf("SET GLOBAL gtid_purged = '%v:1-1000'", srv.store.UUID()): mysqlerr.WrongValueForVar,
		"SET GLOBAL gtid_purged = 'x'":                                        mysqlerr.MalformedGTIDSet,
		"SET GLOBAL gtid_purged = NULL":                                       mysqlerr.WrongValueForVar,
		"SET GLOBAL sql_log_bin = 0":                                          mysqlerr.LocalVariable,
	} {
		if _, err := root.Exec(stmt); code(err) != want {
			t.Errorf("%s: %v", stmt, err)
		}
	}
	mustExec(t, root, "CREATE USER ann IDENTIFIED BY ''")
	if _, err := dialAs(t, srv, "ann", "").Exec("SET GLOBAL gtid_purged = ''"); code(err) != mysqlerr.SpecificAccessDenied {
		t.Error(err)
	}
}
