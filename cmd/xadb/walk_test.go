package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestWalk goes the way of a new user with Debian's mariadb client: tables, XA
// branches, kill -9, restart, recovery. After each step mariadb-binlog must
// decode every binlog file.
func TestWalk(t *testing.T) {
	if !havePeers(t, "mariadb", "mariadb-binlog") {
		return
	}
	w := newWalk(t)
	w.start()
	w.sql("CREATE DATABASE bank")
	w.sql("CREATE TABLE bank.t (id INT PRIMARY KEY, v VARCHAR(20), n DECIMAL(10,2))")
	w.sql("INSERT INTO bank.t VALUES (1,'one',1.50),(2,'two',2.00),(3,'three',3.00)")
	w.checkBinlogs()

	for _, outcome := range []string{"COMMIT", "ROLLBACK"} {
		w.sql("XA START 'a','b',7; UPDATE bank.t SET v='" + outcome + "', n=n+1 WHERE id=1; XA END 'a','b',7; XA PREPARE 'a','b',7")
		before := w.sql("SELECT v, n FROM bank.t WHERE id=1")
		w.refused("1205", "SET innodb_lock_wait_timeout=1; DROP TABLE bank.t")
		w.kill()
		w.checkBinlogs()
		w.start()
		w.want("XA RECOVER", "7\t1\t1\tab")
		w.want("XA RECOVER CONVERT XID", "7\t1\t1\t0x6162")
		w.want("SELECT v, n FROM bank.t WHERE id=1", before)
		w.refused("1205", "SET innodb_lock_wait_timeout=1; UPDATE bank.t SET v='x' WHERE id=1")
		w.refused("1205", "SET innodb_lock_wait_timeout=1; DROP TABLE bank.t")
		w.sql("UPDATE bank.t SET v='TWO' WHERE id=2") // another row is free
		w.refused("1440", "XA START 'a','b',7")
		w.sql("XA " + outcome + " 'a','b',7")
		w.want("XA RECOVER", "")
		w.refused("1397", "XA "+outcome+" 'a','b',7")
		w.kill()
		w.start()
		after := before
		if outcome == "COMMIT" {
			after = "COMMIT\t2.50"
		}
		w.want("SELECT v, n FROM bank.t WHERE id=1", after)
		w.checkBinlogs()
	}

	// A read-only and an empty branch survive two kills.
	w.sql("XA START 'reads'; SELECT * FROM bank.t; XA END 'reads'; XA PREPARE 'reads'")
	w.sql("XA START 'empty'; XA END 'empty'; XA PREPARE 'empty'")
	for range 2 {
		w.kill()
		w.start()
		w.want("XA RECOVER", "1\t5\t0\treads\n1\t5\t0\tempty")
	}
	w.sql("XA COMMIT 'reads'; XA ROLLBACK 'empty'")
	w.kill()
	w.start()
	w.want("XA RECOVER", "")
	w.want("SELECT COUNT(*), SUM(n) FROM bank.t", "3\t7.50")
	w.sql("DROP TABLE bank.t")
	w.checkBinlogs()
	w.stop()
	w.checkBinlogs()
}

// A walk is one store, its server when it runs, and the client beside it.
type walk struct {
	t         *testing.T
	bin, data string
	addr      string
	server    *exec.Cmd
	log       bytes.Buffer
}

// havePeers reports whether the programs are installed. Where they must be,
// their absence fails the test.
func havePeers(t *testing.T, names ...string) bool {
	t.Helper()
	for _, name := range names {
		if _, err := exec.LookPath(name); err == nil {
			continue
		}
		if os.Getenv("XADB_REQUIRE_PEERS") == "1" {
			t.Fatalf("%s is not installed; make peers installs it", name)
		}
		t.Logf("%s is not installed: nothing was tested; make peers installs it", name)
		return false
	}
	return true
}

func newWalk(t *testing.T) *walk {
	t.Helper()
	w := &walk{t: t, bin: filepath.Join(t.TempDir(), "xadb"), data: filepath.Join(t.TempDir(), "data")}
	if out, err := exec.Command("go", "build", "-o", w.bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	t.Cleanup(w.kill)
	return w
}

func (w *walk) start() {
	w.t.Helper()
	w.server = exec.Command(w.bin, "serve", "--listen", "127.0.0.1:0", "--data", w.data)
	stderr, err := w.server.StderrPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.server.Start(); err != nil {
		w.t.Fatal(err)
	}
	ready := make(chan string, 1)
	go func() {
		defer close(ready)
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			if addr, ok := strings.CutPrefix(lines.Text(), "xadb: ready on "); ok {
				ready <- addr
				_, _ = io.Copy(io.Discard, stderr)
				return
			}
			w.log.WriteString(lines.Text() + "\n")
		}
	}()
	select {
	case addr, ok := <-ready:
		if !ok {
			w.t.Fatalf("the server ended:\n%s", w.log.String())
		}
		w.addr = addr
	case <-time.After(30 * time.Second):
		w.t.Fatal("the server is not ready after 30 s")
	}
}

func (w *walk) kill() {
	if w.server != nil {
		_ = w.server.Process.Kill()
		_ = w.server.Wait() // it was killed
		w.server = nil
	}
}

// stop ends the server as a service manager would.
func (w *walk) stop() {
	w.t.Helper()
	if err := w.server.Process.Signal(os.Interrupt); err != nil {
		w.t.Fatal(err)
	}
	if err := w.server.Wait(); err != nil {
		w.t.Errorf("a clean stop: %v", err)
	}
	w.server = nil
}

func (w *walk) run(sql string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	host, port, _ := strings.Cut(w.addr, ":")
	cmd := exec.CommandContext(ctx, "mariadb", "--no-defaults", "-h", host, "-P", port, "-u", "root", "-N", "-B", "-e", sql)
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

func (w *walk) sql(sql string) string {
	w.t.Helper()
	out, err := w.run(sql)
	if err != nil {
		w.t.Fatalf("%s: %v\n%s", sql, err, out)
	}
	return out
}

func (w *walk) want(sql, want string) {
	w.t.Helper()
	if got := w.sql(sql); got != want {
		w.t.Errorf("%s:\ngot  %q\nwant %q", sql, got, want)
	}
}

func (w *walk) refused(number, sql string) {
	w.t.Helper()
	out, err := w.run(sql)
	if err == nil || !strings.Contains(out, fmt.Sprintf("ERROR %s ", number)) {
		w.t.Errorf("%s: want error %s, got %v\n%s", sql, number, err, out)
	}
}

func (w *walk) checkBinlogs() {
	w.t.Helper()
	files, err := filepath.Glob(filepath.Join(w.data, "binlog", "binlog.0*"))
	if err != nil || len(files) == 0 {
		w.t.Fatalf("binlog files: %v %v", files, err)
	}
	for _, f := range files {
		if out, err := exec.Command("mariadb-binlog", "--no-defaults", "--verify-binlog-checksum", f).CombinedOutput(); err != nil {
			w.t.Errorf("mariadb-binlog %s: %v\n%s", filepath.Base(f), err, out)
		}
	}
}
