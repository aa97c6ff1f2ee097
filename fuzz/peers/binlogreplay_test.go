package peers

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// replayed pipes what one program writes into a client of the server at addr.
func replayed(t *testing.T, addr string, tool ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	text, err := exec.CommandContext(ctx, tool[0], tool[1:]...).Output()
	if err != nil {
		t.Fatalf("%q: %v", tool, err)
	}
	client := exec.CommandContext(ctx, "mariadb", "--no-defaults", "--default-character-set=utf8mb4", "-h", host, "-P", port, "-u", "root")
	client.Stdin = strings.NewReader(string(text))
	if out, err := client.CombinedOutput(); err != nil {
		t.Fatalf("%q into a client: %v\n%.3000s", tool, err, out)
	}
}

func remoteLog(t *testing.T, addr string) []string {
	t.Helper()
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	return []string{"--read-from-remote-server", "--host=" + host, "--port=" + port, "--user=root", "--to-last-log", "binlog.000001"}
}

// sameLogged compares the tables of logEverything on two servers.
func sameLogged(t *testing.T, what string, a, b *sql.DB) {
	t.Helper()
	for _, query := range []string{"SELECT * FROM d.t ORDER BY id", "SELECT * FROM d.nokey", "SHOW CREATE TABLE d.t"} {
		if n, sum := hashed(t, a, query); n == 0 && !strings.Contains(query, "nokey") {
			t.Errorf("%s: no rows", query)
		} else if m, other := hashed(t, b, query); m != n || other != sum {
			t.Errorf("%s: %s differs: %d rows, %d on the other server", what, query, n, m)
		}
	}
}

// What the tools write of a log is run by a second server, whose rows and, of MySQL's tool, GTIDs are
// the first one's then; that of a MySQL 9, if it is asked for, by ours, and ours by it.
func TestBinlogReplayed(t *testing.T) {
	if !need(t, "mariadb-binlog", "mariadb") {
		return
	}
	maria := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	dir := filepath.Join(t.TempDir(), "data")
	first := serveDir(t, dir, "--listen-mariadb", maria)
	db := dial(t, first.Addr, "")
	logEverything(t, db)
	toMaria := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	second := serve(t, "--listen-mariadb", toMaria)
	replayed(t, toMaria, append([]string{"mariadb-binlog", "--no-defaults", "--protocol=tcp"}, remoteLog(t, maria)...)...)
	sameLogged(t, "mariadb-binlog", db, dial(t, second.Addr, ""))
	if os.Getenv(dumpPeer) != "mysql" {
		t.Logf("not asked: %s=mysql asks a MySQL 9's mysqlbinlog", dumpPeer)
		return
	}
	third := serve(t)
	for range 2 { // the second time there is nothing to do
		replayed(t, third.Addr, append([]string{mysql9, "client", "mysqlbinlog"}, remoteLog(t, first.Addr)...)...)
	}
	thirdDB := dial(t, third.Addr, "")
	sameLogged(t, "mysqlbinlog", db, thirdDB)
	_, want := firstRow(t, db, "SELECT @@GLOBAL.gtid_executed")
	if _, got := firstRow(t, thirdDB, "SELECT @@GLOBAL.gtid_executed"); got[0] != want[0] {
		t.Errorf("executed: %v, want %v", got, want)
	}
}
