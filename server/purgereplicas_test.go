package server

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-mysql-org/go-mysql/replication"
)

// What a connected replica has not been sent yet stays, whoever purges; the replica
// is sent all of it, and then it may go.
func TestPurgeUnderReplicas(t *testing.T) {
	const rows = 24 // of a MiB each: more than sockets hold
	srv := source(t)
	root := dialAs(t, srv, "root", "")
	mustExec(t, root, "CREATE TABLE d.big (id INT PRIMARY KEY, v LONGTEXT)")
	for i := range rows {
		mustExec(t, root, fmt.Sprintf("INSERT INTO d.big VALUES (%d, REPEAT('x', 1 << 20))", i))
	}
	mustExec(t, root, "FLUSH BINARY LOGS", fmt.Sprintf("INSERT INTO d.t VALUES (%d, 'next file')", rows), "FLUSH BINARY LOGS")
	reads := func(c *replication.BinlogSyncerConfig) { c.EventCacheCount = 1 }
	none := func() mysql.GTIDSet { return &mysql.MysqlGTIDSet{} }
	byPlace, err := syncer(t, srv, 21, reads).StartSync(mysql.Position{Name: "binlog.000001", Pos: 4})
	must(t, err)
	byGTID, err := syncer(t, srv, 22, reads).StartSyncGTID(none())
	must(t, err)
	for _, st := range []*replication.BinlogStreamer{byPlace, byGTID} {
		rowsOf(t, st, 1)
	}

	mustExec(t, root, "PURGE BINARY LOGS TO 'binlog.000003'")
	want := "Warning|1867|file binlog.000001 was not purged because it was being read by 2 thread(s), purged only 0 out of 2 files."
	if got := warnings(t, root); got != want {
		t.Errorf("warnings %q", got)
	}
	mustExec(t, root, "SET GLOBAL max_binlog_total_size = 1", "FLUSH BINARY LOGS") // as much as size can ask for
	time.Sleep(50 * time.Millisecond)
	if got := lines(t, root, "SHOW BINARY LOGS"); len(got) != 4 {
		t.Errorf("purged by size: %q", got)
	}
	for _, st := range []*replication.BinlogStreamer{byPlace, byGTID} {
		if got := rowsOf(t, st, rows); got[0] != 1 || got[rows-1] != rows {
			t.Errorf("the rows are %v", got)
		}
	}

	for waited := time.Now(); len(lines(t, root, "SHOW BINARY LOGS")) > 1; time.Sleep(time.Millisecond) {
		if time.Since(waited) > 10*time.Second {
			t.Fatalf("nobody needs them, and there are %q", lines(t, root, "SHOW BINARY LOGS"))
		}
		mustExec(t, root, "PURGE BINARY LOGS TO 'binlog.000004'") // by size it would wait for a checkpoint
	}
	mustExec(t, root, "SET GLOBAL max_binlog_total_size = 0", "INSERT INTO d.t VALUES (100, 'on')")
	for _, st := range []*replication.BinlogStreamer{byPlace, byGTID} {
		if got := rowsOf(t, st, 1); got[0] != 100 {
			t.Errorf("behind the purge: %v", got)
		}
	}
	gone, err := syncer(t, srv, 23, nil).StartSync(mysql.Position{Name: "binlog.000001", Pos: 4})
	must(t, err)
	lacks, err := syncer(t, srv, 24, nil).StartSyncGTID(none())
	must(t, err)
	for want, st := range map[string]*replication.BinlogStreamer{"Could not find first log file": gone, "source purged required binary logs": lacks} {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		for err = nil; err == nil; {
			_, err = st.GetEvent(ctx)
		}
		cancel()
		if !strings.Contains(err.Error(), "1236") || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want 1236: %s", err, want)
		}
	}
}
