package peers

import (
	"database/sql"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// logEverything has a server write all that its binary log knows: columns of every
// type, each kind of change, row images, compressed transactions, branches with each
// outcome, DDL, accounts, several files.
func logEverything(t *testing.T, db *sql.DB) {
	t.Helper()
	mustExec(t, db, "CREATE DATABASE d", `CREATE TABLE d.t (id INT PRIMARY KEY, ti TINYINT, si SMALLINT UNSIGNED, mi MEDIUMINT, bi BIGINT UNSIGNED,
			de DECIMAL(30,10), f FLOAT, db DOUBLE, bt BIT(13), da DATE, ti2 TIME(3), dt DATETIME(6), ts TIMESTAMP(2) NULL, y YEAR, c CHAR(10), vc VARCHAR(300),
			bin BINARY(5), vb VARBINARY(20), tb TINYBLOB, b BLOB, tx TEXT CHARACTER SET latin1, lt LONGTEXT, e ENUM('a','b'), s SET('x','y','z'), j JSON)`,
		"CREATE TABLE d.nokey (v VARCHAR(20))")
	row := `(%d, -1, 65535, -8388608, 18446744073709551615, -123456789.0123456789, 1.5, -2.5e100, b'1010101', '2024-02-29', '-838:59:58.999',
		'9999-12-31 23:59:59.999999', '2024-01-02 03:04:05.67', 2155, 'ünï', 'it''s', x'00ff', x'0102', x'00', x'ff00', 'latin é', REPEAT('long', 500), 'b', 'x,z',
		'{"k": [1, 2.5, "é", null, true]}')`
	for i, mode := range []string{"", "SET SESSION binlog_row_image = MINIMAL", "SET SESSION binlog_row_image = NOBLOB",
		"SET SESSION binlog_row_image = FULL", "SET SESSION binlog_transaction_compression = ON"} {
		if mode != "" {
			mustExec(t, db, mode)
		}
		mustExec(t, db, fmt.Sprintf("INSERT INTO d.t VALUES "+row, i), fmt.Sprintf("INSERT INTO d.t (id) VALUES (%d)", 100+i), "INSERT INTO d.nokey VALUES ('x')",
			fmt.Sprintf("UPDATE d.t SET lt = 'short', ti = 3, j = JSON_ARRAY(1) WHERE id = %d", i), "UPDATE d.nokey SET v = 'y'",
			fmt.Sprintf("DELETE FROM d.t WHERE id = %d", 100+i), "DELETE FROM d.nokey")
		for n, outcome := range []string{"XA COMMIT 'x','b',7", "XA ROLLBACK 'x','b',7"} {
			mustExec(t, db, "XA START 'x','b',7", fmt.Sprintf("INSERT INTO d.t (id) VALUES (%d)", 200+50*n+i), "XA END 'x','b',7", "XA PREPARE 'x','b',7", outcome)
		}
		mustExec(t, db, "XA START 'one'", fmt.Sprintf("INSERT INTO d.t (id) VALUES (%d)", 300+i), "XA END 'one'", "XA COMMIT 'one' ONE PHASE",
			"CREATE TABLE d.gone (a INT PRIMARY KEY)", "ALTER TABLE d.gone ADD COLUMN b INT, ADD INDEX (b)", "DROP TABLE d.gone", "FLUSH BINARY LOGS")
	}
	mustExec(t, db, "CREATE USER u IDENTIFIED BY 'secret'", "GRANT SELECT ON d.* TO u", "CREATE VIEW d.v AS SELECT id FROM d.t")
}

// changesSeen are what a dump shows of logEverything: of each round 6 rows that come
// (a branch that is rolled back was logged, too), 2 that change and 2 that go.
var changesSeen = map[string]int{"### INSERT INTO": 5 * 6, "### UPDATE": 5 * 2, "### DELETE FROM": 5 * 2, "DROP TABLE": 5, "ONE PHASE": 0}

func checkDump(t *testing.T, what, out string, err error) {
	t.Helper()
	if err != nil || regexp.MustCompile(`(?i)\berror\b|corrupt|warning: the range`).MatchString(out) {
		t.Errorf("%s: %v\n%.3000s", what, err, out)
		return
	}
	for text, want := range changesSeen {
		if n := strings.Count(out, text); n != want {
			t.Errorf("%s shows %q %d times, want %d", what, text, n, want)
		}
	}
}

// The dump tools of MariaDB and, if it is asked for, of a MySQL 9 read everything,
// from the files and from the server, for MariaDB's where that is a MariaDB: it asks
// no other.
func TestBinlogTools(t *testing.T) {
	if !need(t, "mariadb-binlog") {
		return
	}
	dir, maria := filepath.Join(t.TempDir(), "data"), fmt.Sprintf("127.0.0.1:%d", freePort(t))
	p := serveDir(t, dir, "--listen-mariadb", maria)
	logEverything(t, dial(t, p.Addr, ""))
	files, err := filepath.Glob(filepath.Join(dir, "binlog", "binlog.0*"))
	if err != nil || len(files) < 6 {
		t.Fatalf("%q, %v", files, err)
	}
	remote := func(addr string) []string {
		host, port, err := net.SplitHostPort(addr)
		if err != nil {
			t.Fatal(err)
		}
		return []string{"--read-from-remote-server", "--host=" + host, "--port=" + port, "--user=root", "--to-last-log", "binlog.000001"}
	}
	run := func(what, name string, args ...string) {
		out, err := runFor(t, time.Minute, name, args...)
		checkDump(t, what, out, err)
	}
	show := []string{"-v", "--base64-output=DECODE-ROWS", "--verify-binlog-checksum"}
	base := append([]string{"--no-defaults", "--protocol=tcp"}, show...)
	run("mariadb-binlog from the server as a MariaDB", "mariadb-binlog", append(base, remote(maria)...)...)
	mysql := os.Getenv(dumpPeer) == "mysql"
	if mysql {
		if out, err := runFor(t, 5*time.Minute, mysql9, "install"); err != nil {
			t.Fatalf("%s: %v\n%s", mysql9, err, out)
		}
		run("mysqlbinlog from the server", mysql9, append(append([]string{"client", "mysqlbinlog"}, show...), remote(p.Addr)...)...)
	} else {
		t.Logf("not asked: %s=mysql asks a MySQL 9's mysqlbinlog", dumpPeer)
	}
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	if mysql {
		run("mysqlbinlog from files", mysql9, append(append([]string{"client", "mysqlbinlog"}, show...), files...)...)
	}
	// MariaDB's knows neither compressed transactions nor the values of MySQL's JSON.
	out, err := runFor(t, time.Minute, "mariadb-binlog", append([]string{"--no-defaults", "--base64-output=DECODE-ROWS", "--verify-binlog-checksum"}, files[:4]...)...)
	if n := strings.Count(out, "\tWrite_rows: table id"); err != nil || n != 4*6 {
		t.Errorf("mariadb-binlog from files shows %d new rows, want %d: %v\n%.3000s", n, 4*6, err, out)
	}
}
