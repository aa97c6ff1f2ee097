package server

import (
	"net"
	"os/exec"
	"regexp"
	"strconv"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

var (
	sysbenchQueries = regexp.MustCompile(`(?m)^\s+queries:\s+(\d+) `)
	sysbenchIgnored = regexp.MustCompile(`(?m)^\s+ignored errors:\s+(\d+) `)
)

// sysbench's own tables and statements with its default options, with prepared
// statements of libmariadb and as text.
func TestSysbench(t *testing.T) {
	program := peer(t, "sysbench")
	if program == "" {
		return
	}
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	mustExec(t, dial(t, srv, ""), "CREATE DATABASE sbtest")
	host, port, err := net.SplitHostPort(srv.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	run := func(t *testing.T, args ...string) string {
		base := []string{
			"--db-driver=mysql", "--mysql-host=" + host, "--mysql-port=" + port, "--mysql-user=root", "--mysql-db=sbtest",
			"--tables=1", "--table-size=1000", "--threads=2", "--time=1",
		}
		out, err := exec.Command(program, append(base, args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return string(out)
	}
	run(t, "oltp_read_write", "prepare")
	if n := one[int](t, dial(t, srv, "sbtest"), "SELECT COUNT(*) FROM sbtest1"); n != 1000 {
		t.Fatalf("sysbench prepare left %d rows", n)
	}
	t.Run("modes", func(t *testing.T) {
		for _, workload := range []string{"oltp_point_select", "oltp_read_write", "oltp_insert"} {
			for _, mode := range []string{"auto", "disable"} { // auto: prepared statements
				t.Run(workload+"/"+mode, func(t *testing.T) {
					t.Parallel()
					out := run(t, workload, "--db-ps-mode="+mode, "run")
					if n, ok := reported(sysbenchQueries, out); !ok || n == 0 {
						t.Errorf("no queries:\n%s", out)
					}
					// Transactions of several changes may deadlock.
					if n, ok := reported(sysbenchIgnored, out); !ok || n != 0 && workload != "oltp_read_write" {
						t.Errorf("errors:\n%s", out)
					}
				})
			}
		}
	})
	run(t, "oltp_read_write", "cleanup")
}

// reported is a number of sysbench's report.
func reported(pattern *regexp.Regexp, out string) (int, bool) {
	m := pattern.FindStringSubmatch(out)
	if m == nil {
		return 0, false
	}
	n, err := strconv.Atoi(m[1])
	return n, err == nil
}
