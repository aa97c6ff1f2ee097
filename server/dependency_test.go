package server

import (
	"context"
	"fmt"
	"io"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/tclog"
)

// A stamper is a server whose stamps are looked at.
type stamper struct {
	t   testing.TB
	fs  vfs.FS
	log *tclog.Log
	srv *Server
	s   *session
}

func newStamper(t testing.TB, statements ...string) *stamper {
	t.Helper()
	w := &stamper{t: t, fs: vfs.NewMem()}
	w.open()
	w.run("CREATE DATABASE d")
	w.s.db = "d"
	w.run(statements...)
	return w
}

func (w *stamper) open() {
	w.t.Helper()
	w.log = openLog(w.t, w.fs)
	w.srv = startSQL(w.t, w.log)
	w.s = w.session(1)
}

func (w *stamper) session(id uint32) *session {
	s := rootSession(w.srv, id)
	s.db = "d"
	return s
}

func (w *stamper) run(statements ...string) {
	w.t.Helper()
	for _, sql := range statements {
		if _, err := w.s.run(context.Background(), statement{sql: sql}); err != nil {
			w.t.Fatalf("%s: %v", sql, err)
		}
	}
}

// all is what the log has, from its beginning.
func (w *stamper) all() []*binlog.Transaction {
	w.t.Helper()
	f, err := w.log.Binlog().Follow(binlog.FollowOptions{ToEnd: true})
	must(w.t, err)
	defer f.Close()
	var out []*binlog.Transaction
	for {
		tr, err := f.Next(context.Background())
		if err == io.EOF {
			return out
		}
		must(w.t, err)
		out = append(out, tr)
	}
}

// last runs statements and returns the transaction that the last of them logged.
func (w *stamper) last(statements ...string) *binlog.Transaction {
	w.t.Helper()
	n := len(w.all())
	w.run(statements...)
	all := w.all()
	if len(all) == n {
		w.t.Fatalf("%s: nothing logged", statements[len(statements)-1])
	}
	return all[len(all)-1]
}

// on runs statements and holds that their transaction depends on another one, or,
// nil, on none of those that its caller cares for: not on the one just before.
func (w *stamper) on(want *binlog.Transaction, statements ...string) *binlog.Transaction {
	w.t.Helper()
	got := w.last(statements...)
	switch {
	case want == nil && got.LastCommitted >= got.SequenceNumber-1:
		w.t.Errorf("%s: number %d depends on the one before", statements[0], got.SequenceNumber)
	case want != nil && got.LastCommitted != want.SequenceNumber:
		w.t.Errorf("%s: number %d depends on %d, want %d", statements[0], got.SequenceNumber, got.LastCommitted, want.SequenceNumber)
	}
	return got
}

// Two rows that cannot be in a table at once have a hash in common, and others have
// not: whatever an index holds for equal.
func TestStampsByEquality(t *testing.T) {
	for _, c := range []struct {
		name, column, index string
		a, same, other      string
	}{
		{"number", "INT", "", "1", "1", "2"},
		{"general_ci", "VARCHAR(20) COLLATE utf8mb4_general_ci", "", "'Straße'", "'STRAßE'", "'Strasse'"},
		{"accent", "VARCHAR(20) COLLATE utf8mb4_general_ci", "", "'café'", "'CAFE'", "'cafes'"},
		{"unicode_ci", "VARCHAR(20) COLLATE utf8mb4_unicode_ci", "", "'Ångström'", "'angstrom'", "'angstro'"},
		{"0900_ai_ci", "VARCHAR(20) COLLATE utf8mb4_0900_ai_ci", "", "'Ñandú'", "'nandu'", "'nandu '"},
		{"pad space", "VARCHAR(20) COLLATE utf8mb4_general_ci", "", "'a'", "'A   '", "'a b'"},
		{"char", "CHAR(20) COLLATE utf8mb4_unicode_ci", "", "'a'", "'A '", "'b'"},
		{"bin", "VARCHAR(20) COLLATE utf8mb4_bin", "", "'a'", "'a '", "'A'"},
		{"bytes", "VARBINARY(20)", "", "'a'", "'a'", "'a '"},
		{"prefix", "VARCHAR(50) COLLATE utf8mb4_general_ci", "(3)", "'abcdef'", "'ABCxyz'", "'abdcef'"},
		{"prefix of text", "TEXT COLLATE utf8mb4_general_ci", "(2)", "'éeX'", "'EÉY'", "'efX'"},
		{"prefix of bytes", "BLOB", "(2)", "'abc'", "'abd'", "'aBc'"},
		{"negative zero", "DOUBLE", "", "0e0", "-0e0", "1e0"},
		{"float", "FLOAT", "", "0.1", "0.1", "0.2"},
		{"decimal", "DECIMAL(10,2)", "", "1.5", "1.50", "1.51"},
		{"decimal rounded", "DECIMAL(10,2)", "", "1.5", "1.499", "-1.5"},
		{"descending", "INT", " DESC", "7", "7", "8"},
		{"enum", "ENUM('x','y')", "", "'x'", "1", "'y'"},
		{"date", "DATETIME(3)", "", "'2024-01-01'", "'2024-01-01 00:00:00.000'", "'2024-01-01 00:00:00.001'"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newStamper(t, fmt.Sprintf("CREATE TABLE t (id INT PRIMARY KEY, u %s, UNIQUE KEY (u%s))", c.column, c.index),
				"CREATE TABLE far (id INT PRIMARY KEY)", "INSERT INTO t VALUES (1, "+c.a+")")
			gone := w.last("DELETE FROM t WHERE id = 1")
			w.run("INSERT INTO far VALUES (1)")
			back := w.on(gone, "INSERT INTO t VALUES (2, "+c.same+")")
			w.on(nil, "INSERT INTO t VALUES (3, "+c.other+")")
			if _, err := w.s.run(context.Background(), statement{sql: "INSERT INTO t VALUES (4, " + c.a + ")"}); err == nil {
				t.Errorf("%s and %s are no duplicates", c.a, c.same)
			}
			// Both images of an update count.
			w.run("DELETE FROM t WHERE id = 3", "INSERT INTO far VALUES (2)")
			w.on(back, "UPDATE t SET u = NULL WHERE id = 2")
			w.on(nil, "INSERT INTO t VALUES (5, NULL)")
		})
	}
}

// The key is of columns that are computed, of several columns, or of none.
func TestStampsByKeys(t *testing.T) {
	w := newStamper(t,
		"CREATE TABLE g (id INT PRIMARY KEY, v INT, sum INT AS (v + 1) VIRTUAL, UNIQUE KEY (sum))",
		"CREATE TABLE two (a INT, b VARCHAR(9) COLLATE utf8mb4_general_ci, v INT, PRIMARY KEY (a, b))",
		"CREATE TABLE pair (id INT PRIMARY KEY, a INT, b INT, UNIQUE KEY (a, b))",
		"CREATE TABLE nokey (v INT, w INT, UNIQUE KEY (w))", "CREATE TABLE unkey (u INT NOT NULL UNIQUE)", "CREATE TABLE far (id INT PRIMARY KEY)")
	g := w.last("INSERT INTO g (id, v) VALUES (1, 1)")
	two := w.on(nil, "INSERT INTO two VALUES (1, 'x', 0)")
	w.on(nil, "INSERT INTO two VALUES (2, 'x', 0)")
	g = w.on(g, "UPDATE g SET v = 5")
	w.on(nil, "INSERT INTO far VALUES (1)")
	w.on(g, "INSERT INTO g (id, v) VALUES (2, 1)") // the sum that went
	two = w.on(two, "UPDATE two SET v = v + 1 WHERE b = 'X' AND a = 1")
	w.on(nil, "INSERT INTO far VALUES (2)")
	w.on(two, "UPDATE two JOIN far ON two.a = far.id SET two.v = 9 WHERE far.id = 1")
	pair := w.on(nil, "INSERT INTO pair VALUES (1, 1, NULL)")
	w.on(nil, "INSERT INTO pair VALUES (2, 1, NULL)")
	w.on(pair, "DELETE FROM pair WHERE id = 1")

	w.on(nil, "INSERT INTO far VALUES (3)")
	before := w.on(nil, "INSERT INTO far VALUES (4)")
	bare := w.on(before, "INSERT INTO nokey VALUES (1, 1)")
	w.on(bare, "INSERT INTO nokey VALUES (2, 2)")
	w.on(nil, "INSERT INTO far VALUES (5)") // and nothing was forgotten
	unkey := w.on(nil, "INSERT INTO unkey VALUES (1)")
	w.on(nil, "INSERT INTO unkey VALUES (2)")
	w.on(unkey, "UPDATE unkey SET u = 3 WHERE u = 1")
	w.run("CREATE TEMPORARY TABLE tmp (id INT PRIMARY KEY)", "INSERT INTO tmp VALUES (1)")
	w.on(nil, "INSERT INTO far VALUES (6)")
}

// A child depends on who has written its parent, and everything behind a change of
// a parent on that.
func TestStampsByForeignKeys(t *testing.T) {
	w := newStamper(t,
		"CREATE TABLE p (id INT PRIMARY KEY, u VARCHAR(9) COLLATE utf8mb4_general_ci UNIQUE)",
		"CREATE TABLE c (id INT PRIMARY KEY, pid INT, pu VARCHAR(9) COLLATE utf8mb4_general_ci, FOREIGN KEY (pid) REFERENCES p (id) ON DELETE CASCADE, "+
			"FOREIGN KEY (pu) REFERENCES p (u) ON UPDATE CASCADE)",
		"CREATE TABLE far (id INT PRIMARY KEY)", "INSERT INTO far VALUES (1)")
	p := w.last("INSERT INTO p VALUES (1, 'a'), (2, 'b')")
	if p.LastCommitted != p.SequenceNumber-1 {
		t.Errorf("a parent, number %d, depends on %d", p.SequenceNumber, p.LastCommitted)
	}
	w.on(p, "INSERT INTO far VALUES (2)")
	w.on(p, "INSERT INTO far VALUES (3)")
	w.on(p, "INSERT INTO far VALUES (4)")
	c := w.on(p, "INSERT INTO c VALUES (1, 1, NULL)")
	w.on(p, "INSERT INTO c VALUES (2, 2, NULL)")
	w.on(p, "INSERT INTO far VALUES (5)")
	c = w.on(c, "INSERT INTO c VALUES (3, 1, 'B')") // as MySQL has it: children of one parent
	last := w.on(nil, "INSERT INTO far VALUES (6)")
	gone := w.on(last, "DELETE FROM p WHERE id = 1")
	w.on(gone, "INSERT INTO far VALUES (7)")
	w.on(gone, "INSERT INTO c VALUES (4, NULL, NULL)")
	w.on(gone, "INSERT INTO c VALUES (1, NULL, NULL)") // what the cascade removed
	moved := w.last("UPDATE p SET u = 'z' WHERE id = 2")
	w.on(moved, "INSERT INTO c VALUES (5, NULL, 'Z')")
	w.on(moved, "INSERT INTO far VALUES (8)")
	if c.LastCommitted == 0 {
		t.Error("a child depends on nothing")
	}
}

// A branch's outcome depends on its PREPARE alone, what comes behind on the outcome;
// also over a restart, which costs one barrier (mts.md 7.5).
func TestStampsOfBranches(t *testing.T) {
	w := newStamper(t, "CREATE TABLE t (id INT PRIMARY KEY, v INT)", "CREATE TABLE far (id INT PRIMARY KEY)", "INSERT INTO t VALUES (1, 1), (2, 2)")
	insert := w.last("INSERT INTO far VALUES (0)")
	branch := func(x string, sql ...string) []string {
		return append(append([]string{"XA START '" + x + "'"}, sql...), "XA END '"+x+"'", "XA PREPARE '"+x+"'")
	}
	first := w.last("UPDATE t SET v = 0")
	prepare := w.on(first, branch("x", "UPDATE t SET v = 9 WHERE id = 1")...)
	w.on(nil, "INSERT INTO far VALUES (1)")
	w.on(nil, "INSERT INTO far VALUES (2)")
	outcome := w.on(prepare, "XA COMMIT 'x'")
	w.on(nil, "INSERT INTO far VALUES (3)")
	w.on(first, "UPDATE t SET v = 3 WHERE id = 2")
	w.on(outcome, "UPDATE t SET v = 3 WHERE id = 1")
	w.on(nil, "INSERT INTO far VALUES (4)")
	again := w.on(outcome, branch("x", "INSERT INTO t VALUES (7, 7)")...) // the XID
	w.on(nil, "INSERT INTO far VALUES (5)")
	back := w.on(again, "XA ROLLBACK 'x'")
	w.on(nil, "INSERT INTO far VALUES (6)")
	w.on(back, "INSERT INTO t VALUES (7, 7)")
	if insert.LastCommitted >= insert.SequenceNumber-1 {
		t.Error("independent rows depend on each other")
	}

	w.run(branch("y", "UPDATE t SET v = 1 WHERE id = 2")...)
	must(t, w.srv.Shutdown(context.Background()))
	must(t, w.log.Close(context.Background()))
	w.open()
	w.run("INSERT INTO far VALUES (10)")
	before := w.last("INSERT INTO far VALUES (11)")
	late := w.on(before, "XA COMMIT 'y'")
	w.on(late, "INSERT INTO far VALUES (12)")
	w.on(late, "INSERT INTO far VALUES (13)")
	w.on(late, "UPDATE t SET v = 5 WHERE id = 2")
}

// What a branch without changes does is not logged, and of one phase is a transaction.
func TestBranchesInTheBinlog(t *testing.T) {
	w := newStamper(t, "CREATE TABLE t (id INT PRIMARY KEY)")
	n := len(w.all())
	w.run("XA START 'e'", "SELECT * FROM t", "XA END 'e'", "XA PREPARE 'e'", "XA COMMIT 'e'",
		"XA START 'e'", "XA END 'e'", "XA PREPARE 'e'", "XA ROLLBACK 'e'",
		"XA START 'e'", "XA END 'e'", "XA COMMIT 'e' ONE PHASE",
		"XA START 'e'", "INSERT INTO t VALUES (1)", "XA END 'e'", "XA ROLLBACK 'e'",
		"XA START 'e'", "INSERT INTO t VALUES (1)", "DELETE FROM t WHERE id = 99", "XA END 'e'", "XA ROLLBACK 'e'")
	if all := w.all(); len(all) != n {
		t.Errorf("logged: %+v", all[n:])
	}
	one := w.last("XA START 'o'", "INSERT INTO t VALUES (2)", "XA END 'o'", "XA COMMIT 'o' ONE PHASE")
	if one.Kind != binlog.DML || len(one.Changes) != 1 || one.InternalXID == 0 || !one.Branch.IsNull() {
		t.Errorf("one phase: %+v", one)
	}
	w.run("XA START 'p'", "INSERT INTO t VALUES (3)", "XA END 'p'", "XA PREPARE 'p'", "XA COMMIT 'p'")
	all := w.all()
	for i, kind := range []binlog.Kind{binlog.XAPrepare, binlog.XACommit} {
		if got := all[len(all)-2+i]; got.Kind != kind || string(got.Branch.Gtrid()) != "p" {
			t.Errorf("two phases: %v %v, want %v", got.Kind, got.Branch, kind)
		}
	}
}

// Modes and sizes are the log's; SET GLOBAL changes them between two transactions.
func TestTrackingVariables(t *testing.T) {
	w := newStamper(t, "CREATE TABLE t (id INT PRIMARY KEY)")
	value := func(name string) string {
		r, err := w.s.run(context.Background(), statement{sql: "SELECT @@global." + name})
		must(t, err)
		return valueText(r.Rows[0][0])
	}
	for name, want := range map[string]string{
		trackingMode: "WRITESET", trackingSize: "25000", "transaction_write_set_extraction": "XXHASH64",
	} {
		if got := value(name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	w.run("INSERT INTO t VALUES (1)")
	w.on(nil, "INSERT INTO t VALUES (2)")
	w.on(nil, "INSERT INTO t VALUES (3)")
	next := 3
	insert := func() string { next++; return fmt.Sprintf("INSERT INTO t VALUES (%d)", next) }
	before := w.last(insert())
	w.run("SET GLOBAL binlog_transaction_dependency_tracking = commit_order")
	before = w.on(before, insert())
	before = w.on(before, insert())
	w.run("SET GLOBAL binlog_transaction_dependency_tracking = 'WRITESET_SESSION'")
	before = w.on(before, insert())
	before = w.on(before, insert())
	other := w.s
	w.s = w.session(2)
	w.on(nil, insert())
	w.s = other
	w.on(before, insert())
	w.run("SET GLOBAL binlog_transaction_dependency_tracking = DEFAULT", "SET GLOBAL binlog_transaction_dependency_history_size = 0")
	if m, n := value(trackingMode), value(trackingSize); m != "WRITESET" || n != "1" {
		t.Errorf("%s with a history of %s", m, n)
	}
	first := w.last(insert())
	full := w.on(nil, insert())
	if full.LastCommitted >= first.SequenceNumber {
		t.Errorf("%d behind %d", full.SequenceNumber, full.LastCommitted)
	}
	w.on(full, insert()) // there was no room for it
	w.run("SET GLOBAL binlog_transaction_dependency_history_size = 2000000")
	if n := value(trackingSize); n != "1000000" {
		t.Errorf("a history of %s", n)
	}
	for sql, want := range map[string]uint16{
		"SET binlog_transaction_dependency_tracking = WRITESET":         mysqlerr.GlobalVariable,
		"SET GLOBAL binlog_transaction_dependency_tracking = LOGICAL":   mysqlerr.WrongValueForVar,
		"SET GLOBAL binlog_transaction_dependency_history_size = 'big'": mysqlerr.WrongTypeForVar,
		"SET GLOBAL transaction_write_set_extraction = OFF":             mysqlerr.IncorrectGlobalLocal,
	} {
		_, err := w.s.run(context.Background(), statement{sql: sql})
		if !mysqlerr.Is(err, want) {
			t.Errorf("%s: %v, want %d", sql, err, want)
		}
	}
}

// A new file knows nothing of the one before.
func TestStampsOverFiles(t *testing.T) {
	w := newStamper(t, "CREATE TABLE t (id INT PRIMARY KEY, v INT)", "INSERT INTO t VALUES (1, 1), (2, 2)")
	w.run("FLUSH BINARY LOGS")
	for i, want := range []struct {
		id, lc int64
	}{{1, 0}, {2, 1}, {1, 1}, {2, 2}} {
		got := w.last(fmt.Sprintf("UPDATE t SET v = v + 1 WHERE id = %d", want.id))
		if got.SequenceNumber != int64(i+1) || got.LastCommitted != want.lc {
			t.Errorf("row %d: number %d depends on %d, want %d on %d", want.id, got.SequenceNumber, got.LastCommitted, i+1, want.lc)
		}
	}
}
