package server

import (
	"context"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/go-mysql-org/go-mysql/mysql"

	"github.com/xadb/xadb/server/mysqlerr"
)

// What dumps of other servers ask for and cannot have is accepted with a warning.
func TestDumpsAreWarned(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	mustExec(t, dial(t, srv, ""), "CREATE DATABASE d")
	db := dialAs(t, srv, "root", "d")
	for _, c := range []struct{ statement, warning string }{
		{"SET @@SESSION.SQL_LOG_BIN = 0", "Warning,1235,This version of xadb doesn't yet support 'sql_log_bin=0"},
		{"SET @@SESSION.SQL_LOG_BIN = 1", ""},
		{"SET @@GLOBAL.GTID_PURGED = /*!80000 '+'*/ '14996404-eb6f-11f1-b615-02fc00000001:1-60'", "Warning,1235,This version of xadb doesn't yet support 'gtid_purged"},
		{"CREATE TABLE parts (id INT PRIMARY KEY) /*!50100 PARTITION BY HASH (id) PARTITIONS 4 */", "Warning,1235,This version of xadb doesn't yet support 'PARTITION BY"},
		{"CREATE TABLE hidden (id INT PRIMARY KEY, a INT /*!80023 INVISIBLE */, KEY (a) /*!80000 INVISIBLE */)", ""},
		{"CREATE TABLE shown (id INT PRIMARY KEY, a INT, KEY (a) INVISIBLE)", ""},
		{"SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO'", ""},
		{"CREATE TABLE old (id INT PRIMARY KEY) ENGINE=MyISAM", "Warning,1286,Unknown storage engine 'MyISAM' Warning,1266,Using storage engine InnoDB for table 'old'"},
		{"CREATE TABLE texts (id INT PRIMARY KEY, v TEXT DEFAULT 'it''s')", ""},
	} {
		mustExec(t, db, c.statement)
		got := listed(t, db, "SHOW WARNINGS")
		if !strings.HasPrefix(got, c.warning) || (c.warning == "") != (got == "") {
			t.Errorf("%s: %q, want %q", c.statement, got, c.warning)
		}
	}
	mustExec(t, db, "INSERT INTO texts (id) VALUES (1)")
	if got := listed(t, db, "SELECT v, @@sql_log_bin, @@gtid_purged FROM texts"); got != "it's,1," {
		t.Error(got)
	}
	mustExec(t, db, "SET sql_mode = DEFAULT")
	for statement, want := range map[string]uint16{
		"SET GLOBAL gtid_purged = 'nonsense'":                          mysqlerr.MalformedGTIDSet,
		"CREATE DATABASE e ENCRYPTION 'Y'":                             mysqlerr.NoMasterKey,
		"CREATE DATABASE e ENCRYPTION 'maybe'":                         mysqlerr.WrongEncryption,
		"CREATE TABLE y (y YEAR(3))":                                   mysqlerr.InvalidYearLength,
		"CREATE TABLE `view` (a INT) ENGINE=MyISAM":                    0,
		"CREATE TABLE other (id INT PRIMARY KEY) ENGINE=ROCKSDB":       mysqlerr.UnknownStorageEngine,
		"CREATE DATABASE /*!32312 IF NOT EXISTS*/ d ENCRYPTION='N'":    0,
		"SELECT 1 INTO OUTFILE '/tmp/x'":                               mysqlerr.OptionPrevents,
		"LOAD DATA INFILE '/tmp/x' INTO TABLE old":                     mysqlerr.OptionPrevents,
		"FLUSH LOGS, STATUS, nothing":                                  mysqlerr.ParseError,
		"CREATE VIEW nowhere.v AS SELECT id FROM old":                  mysqlerr.BadDB,
		"FLUSH NO_WRITE_TO_BINLOG BINARY LOGS, HOSTS, OPTIMIZER_COSTS": 0,
	} {
		if _, err := db.Exec(statement); code(err) != want {
			t.Errorf("%s: %v, want %d", statement, err, want)
		}
	}
	mustExec(t, db, "BEGIN", "INSERT INTO old VALUES (1)")
	if _, err := db.Exec("SET sql_log_bin = 0"); code(err) != mysqlerr.InTransactionSQLLogBin {
		t.Error(err)
	}
	mustExec(t, db, "ROLLBACK", "CREATE USER u@localhost")
	if _, err := dialAs(t, srv, "u", "").Exec("SET sql_log_bin = 0"); code(err) != mysqlerr.SpecificAccessDenied {
		t.Error(err)
	}
}

// Views and triggers find their tables in their own database, whatever the
// client's is, and if it has none.
func TestOutsideOfTheCurrentDatabase(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	mustExec(t, dial(t, srv, ""), "CREATE DATABASE d", "CREATE DATABASE other")
	in := dial(t, srv, "d")
	mustExec(t, in, "CREATE TABLE t (id INT PRIMARY KEY, e ENUM('x','y'))", "CREATE TABLE log (what VARCHAR(20))", "INSERT INTO t VALUES (1, 'y')",
		"CREATE VIEW v AS SELECT id FROM t", "CREATE VIEW w (n, `m m`) AS SELECT id, id + 1 FROM v",
		"CREATE TRIGGER tr AFTER INSERT ON t FOR EACH ROW INSERT INTO log VALUES (CONCAT(NEW.id, NEW.e))")
	mustExec(t, dial(t, srv, "other"), "CREATE TABLE t (id INT PRIMARY KEY)", "CREATE TABLE log (what VARCHAR(20))", "INSERT INTO t VALUES (7)")
	for i, db := range []string{"", "other"} {
		c := dial(t, srv, db)
		if got := listed(t, c, "SELECT * FROM d.w LIMIT 1"); got != "1,2" {
			t.Errorf("in %q: %s", db, got)
		}
		if got := listed(t, c, "SELECT IFNULL(DATABASE(), 'none'), COUNT(*) > 0 FROM d.v"); got != map[string]string{"": "none,1", "other": "other,1"}[db] {
			t.Errorf("in %q: %s", db, got)
		}
		if got := listed(t, c, "SHOW CREATE VIEW d.w"); got != "w,CREATE ALGORITHM=UNDEFINED DEFINER=`root`@`localhost` SQL SECURITY DEFINER VIEW `d`.`w` (`n`,`m m`) AS SELECT id, id + 1 FROM v,utf8mb4,utf8mb4_general_ci" {
			t.Errorf("in %q: %s", db, got)
		}
		if _, err := c.Exec("INSERT INTO d.t VALUES (?, 'x')", 10+i); err != nil {
			t.Errorf("in %q: %v", db, err)
		}
	}
	if got := listed(t, in, "SELECT what FROM log ORDER BY 1"); got != "10x 11x" {
		t.Error(got)
	}
	if _, err := dial(t, srv, "").Exec("SELECT * FROM d.v, t"); code(err) != mysqlerr.NoDB {
		t.Error(err)
	}
	if _, err := dial(t, srv, "other").Exec("CREATE VIEW d.x AS SELECT * FROM t"); code(err) != mysqlerr.NotSupportedYet {
		t.Error(err)
	}
	mustExec(t, dial(t, srv, "other"), "CREATE VIEW d.x AS SELECT * FROM other.t")
	if got := listed(t, in, "SELECT * FROM x"); got != "7" {
		t.Error(got)
	}
}

// An ENUM is its name wherever it becomes text: in generated columns, triggers and
// what is inserted from a query.
func TestEnumsByName(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	mustExec(t, dial(t, srv, ""), "CREATE DATABASE d")
	db := dial(t, srv, "d")
	mustExec(t, db, "CREATE TABLE t (id INT PRIMARY KEY, e ENUM('x','y'), s SET('p','q'), g VARCHAR(20) AS (CONCAT(e, '-', s)), n INT AS (e + 0) STORED)",
		"CREATE TABLE log (what VARCHAR(30))", "INSERT INTO t (id, e, s) VALUES (1, 'y', 'p,q'), (2, 'x', '')",
		"CREATE TRIGGER tr AFTER UPDATE ON t FOR EACH ROW INSERT INTO log VALUES (CONCAT(OLD.e, '>', NEW.e))",
		"UPDATE t SET e = 'x' WHERE id = 1", "INSERT INTO log SELECT CONCAT('is ', e, s) FROM t WHERE id = 1")
	if got := listed(t, db, "SELECT g, n FROM t ORDER BY id"); got != "x-p,q,1 x-,1" {
		t.Error(got)
	}
	if got := listed(t, db, "SELECT what FROM log ORDER BY what"); got != "is xp,q y>x" {
		t.Error(got)
	}
}

// ZEROFILL fills decimals, too, in both protocols.
func TestZerofill(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	mustExec(t, dial(t, srv, ""), "CREATE DATABASE d")
	db := dial(t, srv, "d")
	mustExec(t, db, "CREATE TABLE z (d DECIMAL(8,3) ZEROFILL, s DECIMAL(3,3) UNSIGNED ZEROFILL, n DECIMAL(4) ZEROFILL, f FLOAT(7,3) ZEROFILL, g DOUBLE ZEROFILL)",
		"INSERT INTO z VALUES (1.5, 0.25, 7, 1.5, 2.5)")
	for query, args := range map[string][]any{"SELECT d, s, n FROM z": nil, "SELECT d, s, n FROM z WHERE d > ?": {1}} {
		if got := listed(t, db, query, args...); got != "00001.500,0.250,0007" {
			t.Errorf("%s: %s", query, got)
		}
	}
	if _, err := db.Exec("INSERT INTO z (d) VALUES (-1)"); code(err) != mysqlerr.OutOfRange {
		t.Error(err)
	}
	want := "CREATE TABLE `z` (\n  `d` decimal(8,3) unsigned zerofill DEFAULT NULL,\n  `s` decimal(3,3) unsigned zerofill DEFAULT NULL,\n" +
		"  `n` decimal(4,0) unsigned zerofill DEFAULT NULL,\n  `f` float(7,3) unsigned zerofill DEFAULT NULL,\n  `g` double unsigned zerofill DEFAULT NULL\n"
	if got := listed(t, db, "SHOW CREATE TABLE z"); !strings.HasPrefix(got, "z,"+want) {
		t.Error(got)
	}
}

// CHECK, ANALYZE, OPTIMIZE and REPAIR TABLE answer for each table.
func TestMaintenance(t *testing.T) {
	srv, root := office(t)
	mustExec(t, root, "CREATE VIEW d.seen AS SELECT 1 AS one")
	for statement, want := range map[string]string{
		"CHECK TABLE d.t, d.seen FOR UPGRADE":     "d.t,check,status,OK d.seen,check,status,OK",
		"CHECK TABLE d.nope":                      "d.nope,check,Error,Table 'd.nope' doesn't exist d.nope,check,status,Operation failed",
		"ANALYZE NO_WRITE_TO_BINLOG TABLE d.t":    "d.t,analyze,status,OK",
		"ANALYZE TABLE d.t UPDATE HISTOGRAM ON v": "d.t,histogram,note,Histograms are not kept",
		"OPTIMIZE LOCAL TABLE d.t":                "d.t,optimize,note,Table does not support optimize, doing recreate + analyze instead d.t,optimize,status,OK",
		"REPAIR TABLE d.t QUICK":                  "d.t,repair,note,The storage engine for the table doesn't support repair",
	} {
		if got := listed(t, root, statement); got != want {
			t.Errorf("%s: %s, want %s", statement, got, want)
		}
	}
	ann := dialAs(t, srv, "ann:a", "")
	for statement, want := range map[string]uint16{
		"CHECK TABLE d.t": mysqlerr.TableAccessDenied, "ANALYZE TABLE d.t": mysqlerr.TableAccessDenied,
		"CHECK d.t": mysqlerr.ParseError, "CHECK TABLE t": mysqlerr.NoDB,
	} {
		if _, err := ann.Exec(statement); code(err) != want {
			t.Errorf("%s: %v, want %d", statement, err, want)
		}
	}
}

// SHUTDOWN and COM_SHUTDOWN are for whom they are granted, and for servers that
// somebody runs; COM_REFRESH is FLUSH.
func TestShutdownAndRefresh(t *testing.T) {
	asked := make(chan struct{}, 2)
	srv := start(t, func(o *Options) { o.OnShutdown = func() { asked <- struct{}{} } })
	nc := loggedIn(t, srv)
	for _, command := range []byte{mysql.COM_SHUTDOWN, mysql.COM_QUERY} {
		if got := ask(t, nc, command, "SHUTDOWN"); got[0] != mysql.OK_HEADER {
			t.Fatalf("%q", got)
		}
		select {
		case <-asked:
		default:
			t.Error("nobody was told")
		}
	}
	files := len(srv.store.Binlog().Files())
	if got := ask(t, nc, mysql.COM_REFRESH, "\x02"); got[0] != mysql.OK_HEADER || len(srv.store.Binlog().Files()) != files+1 {
		t.Errorf("%q, %d files", got, len(srv.store.Binlog().Files()))
	}
	for data, want := range map[string]uint16{"": mysqlerr.MalformedPacket, "\x80": mysqlerr.NotSupportedYet, "\x04": 0} {
		if got := ask(t, nc, mysql.COM_REFRESH, data); errorCode(got) != want {
			t.Errorf("%q: %q", data, got)
		}
	}
	if got := ask(t, loggedIn(t, start(t, nil)), mysql.COM_SHUTDOWN, ""); errorCode(got) != mysqlerr.NotSupportedYet {
		t.Errorf("%q", got)
	}
	other, _ := office(t)
	ann := dialAs(t, other, "ann:a", "")
	for _, statement := range []string{"SHUTDOWN", "FLUSH LOGS"} {
		if _, err := ann.ExecContext(context.Background(), statement); code(err) != mysqlerr.SpecificAccessDenied {
			t.Errorf("%s: %v", statement, err)
		}
	}
}
