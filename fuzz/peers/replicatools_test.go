package peers

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"os/exec"
	"slices"
	"strconv"
	"testing"
	"time"
)

// replicaTools are sysbench and TPC-C, which change the source, too.
type replicaTools map[string][]string

// prepareTools makes their tables.
func prepareTools(t *testing.T, source *sourceServer, db *sql.DB) replicaTools {
	t.Helper()
	host, port, err := net.SplitHostPort(source.addr())
	if err != nil {
		t.Fatal(err)
	}
	mustExec(t, db, "CREATE DATABASE sbtest", "CREATE DATABASE tpcc")
	sysbench := []string{"sysbench", "oltp_read_write", "--db-driver=mysql", "--mysql-host=" + host, "--mysql-port=" + port, "--mysql-user=root",
		"--mysql-db=sbtest", "--threads=2", "--time=4", "--table-size=2000", "--tables=2"}
	tpcc := []string{installTPCC(t), "tpcc", "-H", host, "-P", port, "-U", "root", "-D", "tpcc", "-T", "2", "--warehouses", "1"}
	for _, prepare := range [][]string{append(slices.Clone(sysbench), "prepare"), append(slices.Clone(tpcc), "prepare", "--no-check")} {
		if out, err := runFor(t, 5*time.Minute, prepare[0], prepare[1:]...); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	return replicaTools{"sysbench": append(sysbench, "run"), "go-tpc": append(tpcc, "run", "--time", "4s")}
}

// run runs them until ctx ends, again and again: a kill of the source ends them. The
// function it returns waits for that, and says how often each has ended well.
func (tools replicaTools) run(ctx context.Context) (wait func() map[string]int) {
	type ended struct {
		name string
		well int
	}
	all := make(chan ended)
	for name, args := range tools {
		go func() {
			e := ended{name: name}
			for ctx.Err() == nil {
				if exec.CommandContext(ctx, args[0], args[1:]...).Run() == nil {
					e.well++
				}
				pause(ctx, 100*time.Millisecond)
			}
			all <- e
		}()
	}
	return func() map[string]int {
		well := map[string]int{}
		for range tools {
			e := <-all
			well[e.name] = e.well
		}
		return well
	}
}

// A tally counts the transactions that each of a MySQL's workers has applied. The
// server forgets them when it is started again.
type tally struct{ counts []int }

// add notes what they have done since the server was started.
func (w *tally) add(db *sql.DB) error {
	rows, err := db.Query(`SELECT count_star FROM performance_schema.events_transactions_summary_by_thread_by_event_name
		JOIN performance_schema.threads USING (thread_id) WHERE threads.name = 'thread/sql/replica_worker' ORDER BY thread_id`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for i := 0; rows.Next(); i++ {
		var n int
		if err := rows.Scan(&n); err != nil {
			return err
		}
		if i == len(w.counts) {
			w.counts = append(w.counts, 0)
		}
		w.counts[i] += n
	}
	return rows.Err()
}

// String is the share of each.
func (w *tally) String() string {
	text := ""
	for _, n := range w.counts {
		text += strconv.Itoa(n) + " "
	}
	return fmt.Sprintf("%sof %d", text, w.total())
}

func (w *tally) total() (n int) {
	for _, c := range w.counts {
		n += c
	}
	return n
}

// busy is how many have applied at least a fifth.
func (w *tally) busy() (n int) {
	for _, c := range w.counts {
		if c > 0 && 5*c >= w.total() {
			n++
		}
	}
	return n
}
