package peers

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/xadb/xadb/fuzz/kill"
)

// The words of mariadb-admin, and a part of what each prints.
func TestMariaDBAdmin(t *testing.T) {
	if !need(t, "mariadb-admin") {
		return
	}
	p := serve(t)
	host, port, err := net.SplitHostPort(p.Addr)
	if err != nil {
		t.Fatal(err)
	}
	admin := func(password string, words ...string) (string, error) {
		base := []string{"--no-defaults", "--protocol=tcp", "-h", host, "-P", port, "-u", "root", "--password=" + password}
		return runFor(t, 20*time.Second, "mariadb-admin", append(base, words...)...)
	}
	victim, err := dial(t, p.Addr, "").Conn(t.Context()) // of which nothing is tried again
	if err != nil {
		t.Fatal(err)
	}
	var id int
	if err := victim.QueryRowContext(t.Context(), "SELECT CONNECTION_ID()").Scan(&id); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ words, shows string }{
		{"ping", "is alive"},
		{"status", "Threads: "},
		{"extended-status", "Threads_connected"},
		{"variables", "innodb_lock_wait_timeout"},
		{"processlist", "SHOW PROCESSLIST"},
		{"flush-logs", ""},
		{"flush-tables", ""},
		{"flush-privileges", ""},
		{"flush-hosts", ""},
		{"flush-status", ""},
		{"flush-threads", ""},
		{"flush-user-resources", ""},
		{"reload", ""},
		{"refresh", ""},
		{"version", "8.0.36-xadb"},
		{"create made", ""},
		{"--force drop made", "dropped"},
		{"kill " + strconv.Itoa(id), ""},
		{"password new", ""},
	} {
		out, err := admin("", strings.Fields(c.words)...)
		if err != nil || !strings.Contains(strings.ToLower(out), strings.ToLower(c.shows)) {
			t.Errorf("%s: %v\n%s", c.words, err, out)
		}
	}
	if out, err := admin("new", "ping"); err != nil || strings.Contains(out, "denied") {
		t.Errorf("with the new password: %v\n%s", err, out)
	}
	if out, err := admin("", "status"); err == nil || !strings.Contains(out, "Access denied") {
		t.Errorf("without it: %v\n%s", err, out)
	}
	if err := victim.QueryRowContext(t.Context(), "SELECT 1").Scan(&id); err == nil {
		t.Error("the connection outlives kill")
	}
	if out, err := admin("", "kill", "4000000000"); err == nil || !strings.Contains(out, "denied") {
		t.Errorf("kill without the password: %v\n%s", err, out)
	}
	if out, err := admin("new", "kill", "4000000000"); err == nil || !strings.Contains(out, "Unknown thread id") {
		t.Errorf("kill of nobody: %v\n%s", err, out)
	}
	if out, err := admin("new", "shutdown"); err != nil {
		t.Fatalf("shutdown: %v\n%s", err, out)
	}
	endsBy(t, p)
}

// endsBy waits for a server to end by itself.
func endsBy(t *testing.T, p *kill.Process) {
	t.Helper()
	select {
	case <-p.Gone():
	case <-time.After(time.Minute):
		t.Errorf("shutdown does not end the server\n%s", p.Stderr())
	}
}

// The words of the mysqladmin of scripts/mysql9.sh, where that is to be asked.
func TestMySQLAdmin(t *testing.T) {
	if os.Getenv(dumpPeer) != "mysql" {
		t.Logf("not asked: %s=mysql asks a MySQL 9's mysqladmin", dumpPeer)
		return
	}
	if out, err := runFor(t, 5*time.Minute, mysql9, "install"); err != nil {
		t.Fatalf("%s: %v\n%s", mysql9, err, out)
	}
	p := serve(t)
	host, port, err := net.SplitHostPort(p.Addr)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ words, shows string }{
		{"ping", "is alive"}, {"status", "Threads: "}, {"version", "8.0.36-xadb"}, {"extended-status", "Threads_connected"},
		{"variables", "innodb_lock_wait_timeout"}, {"processlist", "SHOW PROCESSLIST"}, {"flush-logs", ""}, {"flush-status", ""},
		{"flush-tables", ""}, {"flush-privileges", ""}, {"reload", ""}, {"create made", ""}, {"--force drop made", "dropped"},
		{"password new", ""}, {"--password=new shutdown", ""},
	} {
		base := []string{"client", "mysqladmin", "-h", host, "-P", port, "-u", "root"}
		out, err := runFor(t, time.Minute, mysql9, append(base, strings.Fields(c.words)...)...)
		if err != nil || !strings.Contains(strings.ToLower(out), strings.ToLower(c.shows)) {
			t.Errorf("%s: %v\n%s", c.words, err, out)
		}
	}
	endsBy(t, p)
}

// Files of the client are refused unless the server's local_infile allows them.
func TestLocalInfileIsOff(t *testing.T) {
	file := filepath.Join(t.TempDir(), "rows")
	if err := os.WriteFile(file, []byte("1\n2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	db := dial(t, serve(t).Addr, "?allowAllFiles=true")
	mustExec(t, db, "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY)")
	load := "LOAD DATA LOCAL INFILE '" + file + "' INTO TABLE d.t"
	var refused *mysql.MySQLError
	if _, err := db.Exec(load); !errors.As(err, &refused) || refused.Number != 3948 {
		t.Errorf("%v, want 3948", err)
	}
	mustExec(t, db, "SET GLOBAL local_infile = 1", load)
	if n := number(t, db, "SELECT COUNT(*) FROM d.t"); n != 2 {
		t.Errorf("%d rows", n)
	}
}
