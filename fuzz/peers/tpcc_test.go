package peers

import (
	"database/sql"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/xadb/xadb/fuzz/kill"
)

const goTPC = "github.com/pingcap/go-tpc/cmd/go-tpc@v1.0.7"

var newOrders = regexp.MustCompile(`(?m)^\[Summary\] NEW_ORDER - .*Count: (\d+)`)

// TPC-C by go-tpc, with a warehouse that is consistent after a run and after
// one that a kill of the server ends.
func TestTPCC(t *testing.T) {
	program := installTPCC(t)
	dir := filepath.Join(t.TempDir(), "data")
	p := serveDir(t, dir)
	mustExec(t, dial(t, p.Addr, ""), "CREATE DATABASE tpcc")
	if out, err := tpcc(t, program, p, "prepare", "--no-check"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	out, err := tpcc(t, program, p, "run", "--time", "3s")
	if n := reported(t, newOrders, out); err != nil || n < 5 {
		t.Errorf("%d orders (%v):\n%s", n, err, out)
	}
	consistent(t, program, p)

	before := orders(t, p)
	kills := time.AfterFunc(2*time.Second, p.Kill)
	defer kills.Stop()
	out, _ = tpcc(t, program, p, "run", "--time", "5s") // it may end well all the same
	if !strings.Contains(out, "invalid connection") {
		t.Errorf("no client met the kill:\n%s", out)
	}
	<-p.Gone()
	p = serveDir(t, dir)
	if n := orders(t, p) - before; n < 2 {
		t.Errorf("%d orders survive", n)
	}
	consistent(t, program, p)
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	if out, err := runFor(t, time.Minute, binary, "check", "--data", dir); err != nil {
		t.Errorf("xadb check: %v\n%s", err, out)
	}
}

// installTPCC builds go-tpc apart from this module, whose own needs it must not
// change.
func installTPCC(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	install := exec.CommandContext(t.Context(), "go", "install", goTPC)
	install.Dir = dir
	install.Env = append(os.Environ(), "GOBIN="+dir, "GOFLAGS=")
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", goTPC, err, out)
	}
	return filepath.Join(dir, "go-tpc")
}

func tpcc(t *testing.T, program string, p *kill.Process, args ...string) (string, error) {
	t.Helper()
	host, port, err := net.SplitHostPort(p.Addr)
	if err != nil {
		t.Fatal(err)
	}
	base := []string{"tpcc", "-H", host, "-P", port, "-U", "root", "-D", "tpcc", "-T", "4", "--warehouses", "1"}
	return runFor(t, 5*time.Minute, program, append(base, args...)...)
}

// consistent asks the conditions of TPC-C, clause 3.3.2.
func consistent(t *testing.T, program string, p *kill.Process) {
	t.Helper()
	out, err := tpcc(t, program, p, "check")
	if n := strings.Count(out, "begin to check"); err != nil || n < 11 {
		t.Errorf("%d conditions (%v):\n%s", n, err, out)
	}
}

func orders(t *testing.T, p *kill.Process) int {
	t.Helper()
	return number(t, dial(t, p.Addr, "tpcc"), "SELECT COUNT(*) FROM orders")
}

func number(t *testing.T, db *sql.DB, query string) (n int) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), query).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}
