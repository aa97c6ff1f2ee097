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

// consistency are conditions of TPC-C, clause 3.3.2, each as a query for how
// many rows break it. "go-tpc tpcc check" asks joins of whole tables besides,
// which the server does not finish in minutes.
var consistency = map[string]string{
	"1": `SELECT COUNT(*) FROM warehouse w JOIN (SELECT d_w_id, SUM(d_ytd) s FROM district GROUP BY d_w_id) d ON d_w_id = w_id WHERE s <> w_ytd`,
	"2, orders": `SELECT COUNT(*) FROM district JOIN (SELECT o_d_id, MAX(o_id) m FROM orders GROUP BY o_d_id) o ON o_d_id = d_id
		WHERE m <> d_next_o_id - 1`,
	"2, new orders": `SELECT COUNT(*) FROM district JOIN (SELECT no_d_id, MAX(no_o_id) m FROM new_order GROUP BY no_d_id) n ON no_d_id = d_id
		WHERE m <> d_next_o_id - 1`,
	"3": `SELECT COUNT(*) FROM (SELECT no_d_id, MAX(no_o_id) - MIN(no_o_id) + 1 - COUNT(*) d FROM new_order GROUP BY no_d_id) n WHERE d <> 0`,
	"4": `SELECT COUNT(*) FROM (SELECT o_d_id, SUM(o_ol_cnt) s FROM orders GROUP BY o_d_id) o
		JOIN (SELECT ol_d_id, COUNT(*) n FROM order_line GROUP BY ol_d_id) l ON ol_d_id = o_d_id WHERE s <> n`,
	"5": `SELECT ABS((SELECT COUNT(*) FROM orders WHERE o_carrier_id IS NULL) - (SELECT COUNT(*) FROM new_order))`,
	"8": `SELECT COUNT(*) FROM warehouse JOIN (SELECT h_w_id, SUM(h_amount) s FROM history GROUP BY h_w_id) h ON h_w_id = w_id WHERE s <> w_ytd`,
	"9": `SELECT COUNT(*) FROM district JOIN (SELECT h_d_id, SUM(h_amount) s FROM history GROUP BY h_d_id) h ON h_d_id = d_id WHERE s <> d_ytd`,
}

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
	consistent(t, p)

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
	consistent(t, p)
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
	return runFor(t, 2*time.Minute, program, append(base, args...)...)
}

func consistent(t *testing.T, p *kill.Process) {
	t.Helper()
	db := dial(t, p.Addr, "tpcc")
	for condition, query := range consistency {
		if n := number(t, db, query); n != 0 {
			t.Errorf("%d rows break condition %s", n, condition)
		}
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
