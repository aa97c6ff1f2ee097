package server

import (
	"context"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-mysql-org/go-mysql/replication"

	"github.com/xadb/xadb/tclog"
)

// With gtid_mode=OFF transactions are anonymous and have both stamps; replicas
// follow by place, and not by GTIDs.
func TestGTIDModeOff(t *testing.T) {
	o := logOptions(vfs.NewMem())
	o.AnonymousGTID = true
	l, err := tclog.Open(context.Background(), "store", o)
	must(t, err)
	t.Cleanup(l.Abandon)
	srv := start(t, func(o *Options) { o.Store, o.Executor = NewStore(l), NewExecutor(l) })
	root := dialAs(t, srv, "root", "")
	mustExec(t, root, "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY, v VARCHAR(20))",
		"INSERT INTO d.t VALUES (1, 'one')", "XA START 'x'", "INSERT INTO d.t VALUES (2, 'two')", "XA END 'x'", "XA PREPARE 'x'", "XA COMMIT 'x'",
		"FLUSH BINARY LOGS", "INSERT INTO d.t VALUES (3, 'three')")
	if got := listed(t, root, "SELECT @@GLOBAL.gtid_mode, @@GLOBAL.enforce_gtid_consistency, @@GLOBAL.gtid_executed"); got != "OFF,OFF," {
		t.Errorf("variables: %s", got)
	}
	st, err := syncer(t, srv, 41, nil).StartSync(mysql.Position{Name: "binlog.000001", Pos: 4})
	must(t, err)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	seq, groups, rows := int64(0), 0, 0
	for rows < 3 {
		ev, err := st.GetEvent(ctx)
		must(t, err)
		switch e := ev.Event.(type) {
		case *replication.PreviousGTIDsEvent:
			seq = 0
		case *replication.GTIDEvent:
			if groups++; ev.Header.EventType != replication.ANONYMOUS_GTID_EVENT || e.GNO != 0 || e.SequenceNumber != seq+1 || e.LastCommitted >= e.SequenceNumber {
				t.Errorf("%v %+v behind %d", ev.Header.EventType, e, seq)
			}
			seq = e.SequenceNumber
		case *replication.RowsEvent:
			rows += len(e.Rows)
		}
	}
	if groups != 6 {
		t.Errorf("%d groups", groups)
	}
	set, err := mysql.ParseMysqlGTIDSet("")
	must(t, err)
	byGTID, err := syncer(t, srv, 42, nil).StartSyncGTID(set)
	must(t, err)
	if _, err := byGTID.GetEvent(ctx); err == nil || ctx.Err() != nil {
		t.Errorf("by GTIDs: %v", err)
	}
}
