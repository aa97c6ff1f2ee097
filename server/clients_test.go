package server

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/server/mysqlerr"
)

func dial(t testing.TB, srv *Server, params string) *sql.DB {
	t.Helper()
	db, err := sql.Open("mysql", "root@tcp("+srv.Addr().String()+")/"+params)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func code(err error) uint16 {
	var e *mysql.MySQLError
	if errors.As(err, &e) {
		return e.Number
	}
	return 0
}

func one[T any](t testing.TB, db interface {
	QueryRow(string, ...any) *sql.Row
}, query string, args ...any,
) T {
	t.Helper()
	var v T
	if err := db.QueryRow(query, args...).Scan(&v); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return v
}

func TestDriver(t *testing.T) {
	srv := start(t, nil)
	db := dial(t, srv, "d?maxAllowedPacket=0")
	if got := one[string](t, db, "SELECT DATABASE()"); got != "d" {
		t.Error(got)
	}
	res, err := db.Exec("PUT k v")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := res.RowsAffected(); n != 1 || err != nil {
		t.Error(n, err)
	}
	if got := one[string](t, db, "GET k"); got != "v" {
		t.Error(got)
	}
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec("PUT k w"); err != nil {
		t.Fatal(err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if got := one[string](t, db, "GET k"); got != "v" {
		t.Error(got)
	}
	if _, err := db.Exec("FAIL k x"); code(err) != mysqlerr.DupEntry {
		t.Error(err)
	}
}

func TestDriverParameters(t *testing.T) {
	db := dial(t, start(t, nil), "d")
	st, err := db.Prepare("ECHO ? ? ? ? ? ?")
	if err != nil {
		t.Fatal(err)
	}
	when := time.Date(2024, 2, 29, 23, 59, 58, 999999000, time.UTC)
	for i := range 3 { // the second execution must not lose its values
		var n int64
		var f float64
		var s string
		var b []byte
		var at string
		var null sql.NullString
		err := st.QueryRow(int64(-i), 1.5, "text", []byte{0, 255}, when, nil).Scan(&n, &f, &s, &b, &at, &null)
		if err != nil {
			t.Fatal(err)
		}
		if n != int64(-i) || f != 1.5 || s != "text" || string(b) != "\x00\xff" || at != "2024-02-29 23:59:58.999999" || null.Valid {
			t.Errorf("execution %d: %v %v %q %v %v %v", i, n, f, s, b, at, null)
		}
	}
	if got := one[string](t, db, "SELECT ?", "routed"); got != "routed" {
		t.Error(got)
	}
	if got := one[string](t, db, "ECHO ?", strings.Repeat("x", 20<<20)); len(got) != 20<<20 {
		t.Error(len(got)) // long data, 16 MiB chunks
	}
}

func TestMultiStatements(t *testing.T) {
	srv := start(t, nil)
	rows, err := dial(t, srv, "?multiStatements=true").Query("SELECT 1; PUT k ';'; SELECT 'a;b'; FAIL k v; SELECT 3")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var got []string
	for {
		for rows.Next() {
			var s string
			if err := rows.Scan(&s); err != nil {
				t.Fatal(err)
			}
			got = append(got, s)
		}
		if !rows.NextResultSet() {
			break
		}
	}
	if fmt.Sprint(got) != "[1 a;b]" || code(rows.Err()) != mysqlerr.DupEntry {
		t.Error(got, rows.Err())
	}
	if _, err := dial(t, srv, "").Exec("SELECT 1; SELECT 2"); code(err) == 0 && err == nil {
		t.Error("several statements from a client that asked for none")
	}
}

func TestLogins(t *testing.T) {
	srv := start(t, nil)
	addr := srv.Addr().String()
	tests := []struct {
		dsn  string
		want uint16
	}{
		{"root@tcp(" + addr + ")/", 0},
		{"root@tcp(" + addr + ")/nowhere", mysqlerr.BadDB},
		{"root:secret@tcp(" + addr + ")/", mysqlerr.AccessDenied},
		{"nobody@tcp(" + addr + ")/", mysqlerr.AccessDenied},
		{"nobody:secret@tcp(" + addr + ")/", mysqlerr.AccessDenied},
	}
	for _, tt := range tests {
		db, err := sql.Open("mysql", tt.dsn)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Ping(); code(err) != tt.want || (err == nil) != (tt.want == 0) {
			t.Errorf("%s: %v", tt.dsn, err)
		}
		_ = db.Close()
	}
}

func TestKill(t *testing.T) {
	srv := start(t, nil)
	admin, db := dial(t, srv, ""), dial(t, srv, "")
	ctx := context.Background()
	holder, err := admin.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = holder.Rollback() }()
	if _, err := holder.Exec("PUT k 1"); err != nil {
		t.Fatal(err)
	}
	victim, err := db.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var id int64
	if err := victim.QueryRowContext(ctx, "SELECT CONNECTION_ID()").Scan(&id); err != nil {
		t.Fatal(err)
	}
	waited := make(chan error, 1)
	go func() {
		_, err := victim.ExecContext(ctx, "PUT k 2")
		waited <- err
	}()
	for running := false; !running; {
		rows, err := admin.Query("SHOW FULL PROCESSLIST")
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var p struct {
				id, time                   int64
				user, host, command, state string
				db, info                   sql.NullString
			}
			if err := rows.Scan(&p.id, &p.user, &p.host, &p.db, &p.command, &p.time, &p.state, &p.info); err != nil {
				t.Fatal(err)
			}
			running = running || p.id == id && p.info.String == "PUT k 2"
		}
		_ = rows.Close()
	}
	if _, err := admin.Exec(fmt.Sprintf("KILL QUERY %d", id)); err != nil {
		t.Fatal(err)
	}
	if err := <-waited; code(err) != mysqlerr.QueryInterrupted {
		t.Fatal(err)
	}
	if err := victim.PingContext(ctx); err != nil {
		t.Fatal("KILL QUERY ended the connection: ", err)
	}
	if _, err := admin.Exec(fmt.Sprintf("KILL %d", id)); err != nil {
		t.Fatal(err)
	}
	if err := victim.PingContext(ctx); err == nil {
		t.Error("KILL left the connection alive")
	}
}

// A statement of a connection that is killed has no answer: what SLEEP gives then could be
// taken for one.
func TestKilledConnection(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	admin := dial(t, srv, "")
	for _, sql := range []string{"SELECT SLEEP(60)", "DO SLEEP(60)", "SELECT 1 UNION SELECT SLEEP(60)"} {
		nc := loggedIn(t, srv)
		id := firstRow(t, nc, "SELECT CONNECTION_ID()")
		write(t, nc, framed(0, []byte("\x03"+sql)))
		for running := false; !running; {
			err := admin.QueryRow("SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE '%(60)' AND id = " + id[1:]).Scan(&running)
			if err != nil {
				t.Fatal(err)
			}
		}
		mustExec(t, admin, "KILL "+id[1:])
		if got, err := io.ReadAll(nc); err != nil || len(got) > 0 {
			t.Errorf("%s: %q, %v", sql, got, err)
		}
	}
}

func TestConnectionLimit(t *testing.T) {
	srv := start(t, func(o *Options) { o.MaxConnections = 1 })
	first := dial(t, srv, "")
	if err := first.Ping(); err != nil {
		t.Fatal(err)
	}
	admins := dial(t, srv, "") // there is one more for them
	if err := admins.Ping(); err != nil {
		t.Fatal(err)
	}
	if err := dial(t, srv, "").Ping(); code(err) != mysqlerr.ConCount {
		t.Error(err)
	}
}

// A panic in one connection ends that one only, and its transaction, whosever it is.
func TestPanicEndsOneConnection(t *testing.T) {
	srv := start(t, nil)
	for _, begin := range []bool{false, true} {
		c, err := dial(t, srv, "").Conn(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if begin {
			if _, err := c.ExecContext(context.Background(), "BEGIN"); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := c.ExecContext(context.Background(), "PANIC k 1"); err == nil {
			t.Error("no error")
		}
		if _, err := dial(t, srv, "").Exec("PUT k 2"); err != nil {
			t.Error(err)
		}
	}
}

// Shutdown ends idle connections at once, rolls back, and gives a statement
// that waits the time that its context has.
func TestShutdown(t *testing.T) {
	srv := start(t, nil)
	ctx := context.Background()
	idle, err := dial(t, srv, "").Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	holder, err := dial(t, srv, "").Begin()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := holder.Exec("PUT k 1"); err != nil {
		t.Fatal(err)
	}
	waited := make(chan error, 1)
	waiter := dial(t, srv, "")
	go func() {
		_, err := waiter.Exec("PUT k 2")
		waited <- err
	}()
	for len(srv.processes()) < 3 || !strings.Contains(fmt.Sprint(srv.processes()), "PUT k 2") {
		if err := ctx.Err(); err != nil {
			t.Fatal(err)
		}
	}
	limit, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := srv.Shutdown(limit); err != nil {
		t.Fatal(err)
	}
	if err := <-waited; err != nil {
		t.Error("the waiting statement was granted the lock of the one rolled back, but: ", err)
	}
	if err := idle.PingContext(ctx); err == nil {
		t.Error("an idle connection outlived the server")
	}
	if _, err := net.Dial("tcp", srv.Addr().String()); err == nil {
		t.Error("still listening")
	}
}

// peer finds a client program. Where peers are required their absence is a
// failure.
func peer(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if os.Getenv("XADB_REQUIRE_PEERS") == "1" {
		t.Fatalf("%s is required: %v", name, err)
	}
	t.Logf("%s is not installed; its part of the test is left out", name)
	return ""
}

func TestMariaDBClient(t *testing.T) {
	client := peer(t, "mariadb")
	if client == "" {
		return
	}
	srv := start(t, nil)
	host, port, err := net.SplitHostPort(srv.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) (string, error) {
		base := []string{"--no-defaults", "-h", host, "-P", port, "-u", "root", "--batch"}
		out, err := exec.Command(client, append(base, args...)...).CombinedOutput()
		return string(out), err
	}
	for _, plugin := range []string{"mysql_native_password", "caching_sha2_password"} {
		out, err := run("--default-auth="+plugin, "-e", "XA START 'c'; PUT k 1; XA END 'c'; XA PREPARE 'c'; XA RECOVER; XA COMMIT 'c'; GET k")
		if err != nil || !strings.Contains(out, "1\t1\t0\tc") || !strings.HasSuffix(out, "1\n") {
			t.Errorf("%s: %v\n%s", plugin, err, out)
		}
	}
	if out, err := run("d", "-e", "\\s"); err != nil || !strings.Contains(out, "8.0.36-xadb-dev") {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err := run("-e", "XA START 'd'; XA PREPARE 'd'"); err == nil || !strings.Contains(out, "ERROR 1399 (XAE07)") {
		t.Errorf("%v\n%s", err, out)
	}
	if admin := peer(t, "mariadb-admin"); admin != "" {
		for _, cmd := range []string{"status", "ping", "processlist", "version"} {
			out, err := exec.Command(admin, "--no-defaults", "-h", host, "-P", port, "-u", "root", cmd).CombinedOutput()
			if err != nil {
				t.Errorf("%s: %v\n%s", cmd, err, out)
			}
		}
	}
}
