package peers

import (
	"net"
	"regexp"
	"strconv"
	"testing"
	"time"
)

var (
	sysbenchEvents  = regexp.MustCompile(`(?m)^\s+total number of events:\s+(\d+)`)
	sysbenchIgnored = regexp.MustCompile(`(?m)^\s+ignored errors:\s+(\d+) `)
)

// sysbenchScripts are all that come with sysbench, but for bulk_insert; true where transactions of several changes may deadlock.
var sysbenchScripts = map[string]bool{
	"oltp_read_only": false, "oltp_read_write": true, "oltp_write_only": true, "oltp_point_select": false, "oltp_insert": false,
	"oltp_delete": false, "oltp_update_index": false, "oltp_update_non_index": false,
	"select_random_points": false, "select_random_ranges": false,
}

// Every script of sysbench, with prepared statements of libmariadb and as text.
func TestSysbench(t *testing.T) {
	if !need(t, "sysbench") {
		return
	}
	p := serve(t)
	mustExec(t, dial(t, p.Addr, ""), "CREATE DATABASE sbtest")
	host, port, err := net.SplitHostPort(p.Addr)
	if err != nil {
		t.Fatal(err)
	}
	run := func(t *testing.T, args ...string) string {
		t.Helper()
		base := []string{
			"--db-driver=mysql", "--mysql-host=" + host, "--mysql-port=" + port, "--mysql-user=root", "--mysql-db=sbtest",
			"--threads=2", "--time=1",
		}
		out, err := runFor(t, time.Minute, "sysbench", append(base, args...)...)
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return out
	}
	ran := func(t *testing.T, out string, mayDeadlock bool) {
		t.Helper()
		if reported(t, sysbenchEvents, out) == 0 || !mayDeadlock && reported(t, sysbenchIgnored, out) > 0 {
			t.Errorf("nothing was done, or with errors:\n%s", out)
		}
	}
	run(t, "oltp_read_write", "--table-size=1000", "prepare")
	for _, mode := range []string{"auto", "disable"} { // auto: prepared statements
		for script, mayDeadlock := range sysbenchScripts {
			t.Run(script+"/"+mode, func(t *testing.T) {
				ran(t, run(t, script, "--table-size=1000", "--db-ps-mode="+mode, "run"), mayDeadlock)
			})
		}
	}
	run(t, "oltp_read_write", "cleanup")
	for _, mode := range []string{"auto", "disable"} { // its tables have the others' names
		t.Run("bulk_insert/"+mode, func(t *testing.T) {
			run(t, "bulk_insert", "prepare")
			ran(t, run(t, "bulk_insert", "--db-ps-mode="+mode, "run"), false)
			run(t, "bulk_insert", "cleanup")
		})
	}
}

// reported is a number of sysbench's report; one that is not there is none.
func reported(t *testing.T, pattern *regexp.Regexp, out string) int {
	t.Helper()
	m := pattern.FindStringSubmatch(out)
	if m == nil {
		return 0
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		t.Fatal(err)
	}
	return n
}
