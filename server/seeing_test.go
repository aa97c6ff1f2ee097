package server

import (
	"bytes"
	"context"
	"database/sql"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// A blocked server is one with a prepared branch, and a client that waits for
// what it has locked.
func blocked(t *testing.T) (db *sql.DB, goOn func()) {
	t.Helper()
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	db = dial(t, srv, "")
	ctx := context.Background()
	c, err := db.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	mustExec(t, c, "CREATE DATABASE d", "CREATE TABLE d.t (k INT PRIMARY KEY, v INT)", "INSERT INTO d.t VALUES (1, 1)",
		"XA START 'gt', 'bq', 7", "UPDATE d.t SET v = 2 WHERE k = 1", "XA END 'gt', 'bq', 7", "XA PREPARE 'gt', 'bq', 7")
	waiter, err := db.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := waiter.ExecContext(ctx, "UPDATE d.t SET v = 3 WHERE k = 1")
		done <- err
	}()
	for {
		if _, waits := srv.store.Locks(); len(waits) > 0 {
			break
		}
		runtime.Gosched() // until the other connection waits
	}
	return db, func() {
		mustExec(t, c, "XA COMMIT 'gt', 'bq', 7")
		if err := <-done; err != nil {
			t.Error(err)
		}
		_ = waiter.Close()
		_ = c.Close()
	}
}

// shown is a statement's rows, their fields joined by |.
func shown(t *testing.T, db *sql.DB, statement string) string {
	t.Helper()
	rows, err := db.Query(statement)
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for rows.Next() {
		fields, to := make([]sql.NullString, len(columns)), make([]any, len(columns))
		for i := range fields {
			to[i] = &fields[i]
		}
		if err := rows.Scan(to...); err != nil {
			t.Fatal(err)
		}
		for _, f := range fields {
			b.WriteString(f.String + "|")
		}
		b.WriteString("\n")
	}
	return b.String()
}

// Who looks into a server where somebody waits sees who, for what and for whom.
func TestListings(t *testing.T) {
	db, goOn := blocked(t)
	for statement, wants := range map[string][]string{
		"SHOW XA TRANSACTIONS":       {"|7|gt|bq|PREPARED|", "|d.t|1|YES|"},
		"SHOW LOCKS":                 {"|ROW|", "|TABLE|", "|X|YES|"},
		"SHOW LOCK WAITS":            {"row ", "|X|"},
		"SHOW WAL SEGMENTS":          {"|1|"},
		"SHOW GROUP COMMIT":          {"FLUSH|", "SYNC|", "COMMIT|"},
		"SHOW FULL PROCESSLIST":      {"|Query|0|Waiting for lock|UPDATE d.t SET v = 3 WHERE k = 1|", "|Query|0|executing|SHOW FULL PROCESSLIST|"},
		"SHOW ENGINE XADB STATUS":    {"XADB||", "1 prepared", "1 waits now", "waits for X on row", "LATEST DETECTED DEADLOCK\n------------------------\nnone"},
		"SHOW ENGINE INNODB STATUS":  {"InnoDB||"},
		"SHOW STATUS LIKE 'Com_xa%'": {"Com_xa_prepare|1|", "Com_xa_commit|0|"},
		"SHOW GLOBAL STATUS":         {"Innodb_row_lock_current_waits|1|", "Prepared_xa_transactions|1|", "Xadb_prepares|", "Uptime|", "Threads_running|2|"},
	} {
		got := shown(t, db, statement)
		for _, want := range wants {
			if !strings.Contains(got, want) {
				t.Errorf("%s: no %q in\n%s", statement, want, got)
			}
		}
	}
	goOn()
	if got := shown(t, db, "SHOW XA TRANSACTIONS") + shown(t, db, "SHOW LOCK WAITS") + shown(t, db, "SHOW LOCKS"); got != "" {
		t.Errorf("left behind:\n%s", got)
	}
	if _, err := db.Exec("SHOW ENGINE MYISAM STATUS"); err == nil {
		t.Error("an engine that is not there has a status")
	}
}

// The slow log has what took long_query_time, without values, and not more
// lines in a second than it may.
func TestSlowLog(t *testing.T) {
	var out bytes.Buffer
	srv := start(t, func(o *Options) { o.SlowLog = slog.New(slog.NewJSONHandler(&out, nil)) })
	db := dial(t, srv, "")
	c, err := db.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	mustExec(t, c, "SELECT 'fast'", "SET long_query_time = 0.000001", "SET GLOBAL slow_query_log = OFF", "SELECT 'fast'", "SET GLOBAL slow_query_log = ON")
	for range 3 * slowPerSecond {
		mustExec(t, c, "SELECT 'secret', 0x7365, 42")
	}
	for _, bad := range []string{"'1'", "NULL"} {
		if _, err := c.ExecContext(context.Background(), "SET long_query_time = "+bad); err == nil {
			t.Errorf("long_query_time took %s", bad)
		}
	}
	st := srv.Stats()
	_ = c.Close()
	lines := uint64(strings.Count(out.String(), "\n"))
	if lines == 0 || lines != st.SlowLogged || st.SlowLogged > st.Slow || st.Slow < 3*slowPerSecond {
		t.Errorf("%d lines, %d logged, %d slow", lines, st.SlowLogged, st.Slow)
	}
	if text := out.String(); strings.Contains(text, "secret") || strings.Contains(text, "fast") || strings.Contains(text, "0x") ||
		!strings.Contains(text, `"statement":"SELECT ? , ? , ?"`) {
		t.Errorf("%s", text[:min(len(text), 500)])
	}
}

func TestSlowLogBound(t *testing.T) {
	var l slowLog
	at := time.Unix(100, 0)
	for i := range 2 * slowPerSecond {
		if _, ok := l.admit(at); ok != (i < slowPerSecond) {
			t.Fatalf("line %d: %t", i, ok)
		}
	}
	if dropped, ok := l.admit(at.Add(time.Second)); !ok || dropped != slowPerSecond {
		t.Errorf("%d, %t", dropped, ok)
	}
}
