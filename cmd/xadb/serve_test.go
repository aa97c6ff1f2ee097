package main

import (
	"context"
	"database/sql"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xadb/xadb/binlog/writeset"
	"github.com/xadb/xadb/fuzz/kill"
)

// startServe runs "xadb serve" as a child. The caller ends it.
func startServe(t *testing.T, dir string, args ...string) *kill.Process {
	t.Helper()
	p, err := kill.Start(t.Context(), kill.Command{Binary: self(t), Dir: dir, Args: args})
	must(t, err)
	return p
}

// self is this test binary, which runs as the command from now on.
func self(t *testing.T) string {
	t.Helper()
	t.Setenv(asCommand, "1")
	binary, err := os.Executable()
	must(t, err)
	return binary
}

// A server stops well on SIGTERM; what was acknowledged is there, prepared
// branches stay, and all files belong to the owner alone.
func TestServe(t *testing.T) {
	ctx := context.Background()
	dir := filepath.Join(t.TempDir(), "new")
	p := startServe(t, dir)
	b, err := openDemoBank(p.Addr)
	must(t, err)
	must(t, b.create(ctx))
	text := park(t, b)
	b.close()
	command("xa", "list", "--addr", p.Addr).wants(t, 0, text, "prepared branches in the server on "+p.Addr+": 1")
	must(t, p.Stop())
	must(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	}))
	command("check", "--data", dir).wants(t, 0, "prepared 1 branches", "ok\n")

	p = startServe(t, dir, "--log-level", "debug")
	defer p.Kill()
	command("xa", "commit", text, "--addr", p.Addr).wants(t, 1, "--yes")
	command("xa", "commit", text, "--addr", p.Addr, "--yes").wants(t, 0, text+": committed")
	command("xa", "commit", text, "--addr", p.Addr, "--yes").wants(t, 1, "no prepared branch "+text, "xadb xa list --addr "+p.Addr)
	if b, err = openDemoBank(p.Addr); err != nil {
		t.Fatal(err)
	}
	defer b.close()
	if total, err := b.total(ctx); err != nil || total != demoTotal {
		t.Errorf("total %d, %v", total, err)
	}
}

// park prepares a branch that moves money, and leaves it.
func park(t *testing.T, b *demoBank) (text string) {
	t.Helper()
	conn, err := b.db.Conn(t.Context())
	must(t, err)
	defer conn.Close()
	text = "'demo','left-alone'"
	const update = "UPDATE demo.accounts SET balance = balance "
	must(t, runAll(t.Context(), conn, "XA START "+text, update+"- 10 WHERE id = 0", update+"+ 10 WHERE id = 1",
		"XA END "+text, "XA PREPARE "+text))
	return text
}

// A statement that waits for a lock when the signal comes does not keep the
// server from ending.
func TestStopWithOpenTransactions(t *testing.T) {
	ctx := context.Background()
	p := startServe(t, t.TempDir())
	b, err := openDemoBank(p.Addr)
	must(t, err)
	defer b.close()
	must(t, b.create(ctx))
	conn, err := b.db.Conn(ctx)
	must(t, err)
	must(t, runAll(ctx, conn, "START TRANSACTION", "UPDATE demo.accounts SET balance = 0 WHERE id = 1"))
	must(t, p.Stop())
	if _, err := conn.ExecContext(ctx, "COMMIT"); err == nil {
		t.Error("a stopped server has committed")
	}
}

func TestServeErrors(t *testing.T) {
	dir := t.TempDir()
	command("serve", "--data", dir, "--listen", "0.0.0.0:0").wants(t, 1, "0.0.0.0:0")
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer taken.Close()
	command("serve", "--data", dir, "--listen", taken.Addr().String()).wants(t, 1, "cannot listen", "--listen")
	file := filepath.Join(dir, "file")
	used, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer used.Close()
	none := filepath.Join(t.TempDir(), "none")
	command("serve", "--data", none, "--listen", used.Addr().String()).wants(t, 1, used.Addr().String(), "in use", "another server", "--listen")
	if _, err := os.Stat(none); err == nil {
		t.Error("a store was made for a server that could not listen")
	}
	must(t, os.WriteFile(file, nil, 0o600))
	command("serve", "--data", file, "--listen", "127.0.0.1:0").wants(t, 1, "cannot open the store in "+file)
	t.Setenv("XADB_FAILPOINTS", "no.such_point=kill")
	command("serve", "--data", dir).wants(t, 1, "XADB_FAILPOINTS", `"no.such_point"`)
}

// Failpoints reach the server through the environment.
func TestFailpoint(t *testing.T) {
	binary := self(t)
	cmd := exec.Command(binary, "serve", "--data", t.TempDir(), "--listen", "127.0.0.1:0")
	cmd.Env = append(os.Environ(), "XADB_FAILPOINTS=rec.before_open_for_traffic=error")
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "injected") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestDemo(t *testing.T) {
	self(t)
	r := command("demo")
	r.wants(t, 0, "total 2000", "kill -9", "XA RECOVER on south lists", "'mid-commit','south'", ": committed", "no money was made or lost")
	if strings.Contains(r.out, "\x1b") || strings.Contains(r.out, "\r") {
		t.Errorf("no plain lines: %q", r.out)
	}
}

// The status pages are there on their own address; a taken one that was asked
// for is refused, and the default one is done without.
func TestServeStatus(t *testing.T) {
	dir := t.TempDir()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	addr := free.Addr().String()
	command("serve", "--data", dir, "--listen", "127.0.0.1:0", "--status", addr).wants(t, 1, addr, "--status")
	command("serve", "--data", dir, "--listen", "127.0.0.1:0", "--status", "0.0.0.0:0").wants(t, 1, "no password")
	must(t, free.Close())
	slow := filepath.Join(dir, "slow.json")
	p := startServe(t, filepath.Join(dir, "store"), "--status", addr, "--slow-log", slow)
	r, err := http.Get("http://" + addr + "/readyz")
	must(t, err)
	r.Body.Close()
	if r.StatusCode != http.StatusOK {
		t.Error(r.Status)
	}
	b, err := openDemoBank(p.Addr)
	must(t, err)
	defer b.close()
	conn, err := b.db.Conn(context.Background())
	must(t, err)
	must(t, runAll(context.Background(), conn, "SET long_query_time = 0", "SELECT 'secret'"))
	must(t, conn.Close())
	must(t, p.Stop())
	text, err := os.ReadFile(slow)
	must(t, err)
	if !strings.Contains(string(text), `"statement":"SELECT ?"`) || strings.Contains(string(text), "secret") {
		t.Errorf("%s", text)
	}
	log := slog.New(slog.DiscardHandler)
	taken := seeingFlags{status: addr, statusGiven: func() bool { return false }}
	first, err := taken.startStatus(log)
	must(t, err)
	defer first.Close()
	if second, err := taken.startStatus(log); second != nil || err != nil {
		t.Errorf("%v, %v", second, err)
	}
}

func TestTrackingFlags(t *testing.T) {
	command("serve", "--data", t.TempDir(), "--binlog-transaction-dependency-tracking", "LOGICAL").wants(t, exitUsage, "LOGICAL", "WRITESET_SESSION")
	command("serve", "--data", t.TempDir(), "--binlog-transaction-dependency-history-size", "0").wants(t, exitUsage, "1 to 1000000")
	o := serveFlags{tracking: "commit_order", history: 7}
	opts, err := o.options(slog.New(slog.DiscardHandler))
	must(t, err)
	if opts.Tracking != writeset.CommitOrder || opts.HistoryMax != 7 {
		t.Errorf("%v with a history of %d", opts.Tracking, opts.HistoryMax)
	}
}

// A transaction may write as much as the server is told.
func TestTransactionSize(t *testing.T) {
	dir := t.TempDir()
	command("serve", "--data", dir, "--transaction-size", "0").wants(t, 2, "--transaction-size")
	command("serve", "--data", dir, "--listen", "127.0.0.1:0", "--transaction-size", "300000000").wants(t, 2, "--transaction-size must be 1 to 268435456")
	for size, want := range map[string]bool{"20000000": false, "": true, "200000000": true} {
		args := []string{"--transaction-size", size}
		if size == "" { // 64 MiB
			args = nil
		}
		p := startServe(t, dir, args...)
		db, err := sql.Open("mysql", "root@tcp("+p.Addr+")/")
		must(t, err)
		for _, statement := range []string{
			"CREATE DATABASE IF NOT EXISTS d", "DROP TABLE IF EXISTS d.t", "CREATE TABLE d.t (id INT AUTO_INCREMENT PRIMARY KEY, v LONGBLOB)",
			"INSERT INTO d.t (v) VALUES (REPEAT('x', 10000000))",
		} {
			_, err = db.Exec(statement)
			must(t, err)
		}
		_, err = db.Exec("INSERT INTO d.t (v) SELECT a.v FROM d.t a JOIN (SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4) b")
		if (err == nil) != want {
			t.Errorf("%q bytes: %v", size, err)
		}
		must(t, db.Close())
		must(t, p.Stop())
	}
	command("check", "--data", dir).wants(t, 0, "ok")
}

// Global system variables can be given at the start; what is none, or cannot be set,
// is refused.
func TestSetFlag(t *testing.T) {
	dir := t.TempDir()
	p := startServe(t, dir, "--set", "binlog_row_image=MINIMAL; wait_timeout=77", "--set", "sql_mode=NO_ENGINE_SUBSTITUTION,STRICT_TRANS_TABLES")
	db, err := sql.Open("mysql", "root@tcp("+p.Addr+")/")
	must(t, err)
	defer db.Close()
	var image, mode string
	var wait int
	must(t, db.QueryRow("SELECT @@binlog_row_image, @@sql_mode, @@wait_timeout").Scan(&image, &mode, &wait))
	if image != "MINIMAL" || mode != "STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION" || wait != 77 {
		t.Errorf("%s, %s, %d", image, mode, wait)
	}
	must(t, p.Stop())
	command("serve", "--data", dir, "--listen", "127.0.0.1:0", "--set", "no_such=1").wants(t, 1, "no_such", "Unknown system variable")
	command("serve", "--data", dir, "--listen", "127.0.0.1:0", "--set", "version=9").wants(t, 1, "version", "read only")
	command("serve", "--data", dir, "--set", "wait_timeout").wants(t, 2, "not name=value")
}
