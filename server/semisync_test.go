package server

import (
	"fmt"
	"testing"
	"time"

	"github.com/go-mysql-org/go-mysql/client"
	"github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-mysql-org/go-mysql/replication"
)

// With semi-synchronous replication a commit is answered when a replica has it,
// or when none has said so in time.
func TestSemiSync(t *testing.T) {
	srv := source(t)
	root := dialAs(t, srv, "root", "")
	status := func(name string) (value string) {
		t.Helper()
		must(t, root.QueryRow("SHOW STATUS LIKE 'Rpl_semi_sync_source_"+name+"'").Scan(&name, &value))
		return value
	}
	mustExec(t, root, "SET GLOBAL rpl_semi_sync_source_timeout = 50", "SET GLOBAL rpl_semi_sync_master_enabled = 1")
	began := time.Now()
	mustExec(t, root, "INSERT INTO d.t VALUES (1, 'alone')")
	if took := time.Since(began); took < 50*time.Millisecond || status("status") != "0" || status("no_tx") != "1" {
		t.Fatalf("nobody was waited for: %v, status %s, %s groups", took, status("status"), status("no_tx"))
	}
	mustExec(t, root, "SET GLOBAL rpl_semi_sync_source_timeout = 60000")
	st, err := syncer(t, srv, 31, func(c *replication.BinlogSyncerConfig) { c.SemiSyncEnabled = true }).
		StartSync(mysql.Position{Name: "binlog.000001", Pos: 4})
	must(t, err)
	if got := rowsOf(t, st, 1); got[0] != 1 {
		t.Fatal(got)
	}
	for began := time.Now(); status("status") != "1"; time.Sleep(time.Millisecond) {
		if time.Since(began) > 10*time.Second {
			t.Fatal("a replica that has caught up is not waited for")
		}
	}
	mustExec(t, root, "INSERT INTO d.t VALUES (2, 'two')",
		"XA START 'x'", "INSERT INTO d.t VALUES (3, 'three')", "XA END 'x'", "XA PREPARE 'x'", "XA COMMIT 'x'")
	if got := rowsOf(t, st, 2); fmt.Sprint(got) != "[2 3]" {
		t.Errorf("%v", got)
	}
	if yes, no := status("yes_tx"), status("no_tx"); yes != "3" || no != "1" || status("clients") != "1" {
		t.Errorf("%s groups were acknowledged, %s were not waited for, %s replicas", yes, no, status("clients"))
	}
}

// What a replica has not said it has is not to be read yet (AFTER_SYNC). One that
// has it, and comes back, has nothing that the source lacks.
func TestSemiSyncHoldsBack(t *testing.T) {
	srv := source(t)
	root, other := dialAs(t, srv, "root", ""), dialAs(t, srv, "root", "")
	mustExec(t, other, "SET GLOBAL rpl_semi_sync_source_timeout = 60000", "SET GLOBAL rpl_semi_sync_source_enabled = 1")
	log := srv.store.Binlog()
	before, end := log.ExecutedGTIDs(), log.DurablePos()
	committed := make(chan error, 1)
	go func() {
		_, err := root.Exec("INSERT INTO d.t VALUES (1, 'one')")
		committed <- err
	}()
	_, err := log.WaitDurable(t.Context(), end)
	must(t, err)
	var n int
	must(t, other.QueryRow("SELECT COUNT(*) FROM d.t").Scan(&n))
	if n != 0 || !log.ExecutedGTIDs().Equal(before) {
		t.Errorf("%d rows can be read", n)
	}
	has, err := mysql.ParseMysqlGTIDSet(fmt.Sprintf("%v:1-%d", srv.store.UUID(), before.Count()+1))
	must(t, err)
	st, err := syncer(t, srv, 41, nil).StartSyncGTID(has)
	must(t, err)
	for began := time.Now(); len(srv.replicas.list()) == 0; time.Sleep(time.Millisecond) {
		if time.Since(began) > 10*time.Second {
			t.Fatal("the replica does not come")
		}
	}
	time.Sleep(50 * time.Millisecond) // it asks for the log right behind its registration
	select {
	case err := <-committed:
		t.Fatalf("it is committed: %v", err)
	default:
	}
	mustExec(t, other, "SET GLOBAL rpl_semi_sync_source_enabled = 0")
	must(t, <-committed)
	mustExec(t, other, "INSERT INTO d.t VALUES (2, 'two')")
	if got := rowsOf(t, st, 1); got[0] != 2 {
		t.Errorf("the replica that came back is sent %v", got)
	}
}

// A replica that would acknowledge reads each event behind the question whether it
// shall, be semi-synchronous replication on or not; it is asked once that is on.
func TestSemiSyncLater(t *testing.T) {
	srv := source(t)
	root := dialAs(t, srv, "root", "")
	mustExec(t, root, "SET GLOBAL rpl_semi_sync_source_enabled = 0", "SET GLOBAL rpl_semi_sync_source_timeout = 60000")
	c, err := client.Connect(srv.Addr().String(), "root", "", "")
	must(t, err)
	defer c.Close()
	for _, stmt := range []string{"SET @master_binlog_checksum='NONE'", "SET @rpl_semi_sync_slave=1"} {
		_, err := c.Execute(stmt)
		must(t, err)
	}
	c.ResetSequence()
	dump := append([]byte{0, 0, 0, 0, mysql.COM_BINLOG_DUMP, 4, 0, 0, 0, 0, 0, 77, 0, 0, 0}, "binlog.000001"...)
	must(t, c.WritePacket(dump))
	must(t, c.SetReadDeadline(time.Now().Add(10*time.Second)))
	next := func() []byte {
		t.Helper()
		p, err := c.ReadPacket()
		must(t, err)
		if len(p) < 3 || p[0] != 0 || p[1] != 0xef {
			t.Fatalf("% x has no head", p[:min(len(p), 8)])
		}
		return p
	}
	for _, enabled := range []byte{0, 1} {
		mustExec(t, root, fmt.Sprintf("SET GLOBAL rpl_semi_sync_source_enabled = %d", enabled))
		go func() { _, _ = root.Exec("INSERT INTO d.t VALUES (?, 'x')", enabled) }()
		for done := false; !done; {
			p := next()
			if replication.EventType(p[3+4]) == replication.XID_EVENT {
				if done = true; p[2] != enabled {
					t.Errorf("enabled %d: asked %d", enabled, p[2])
				}
			} else if p[2] != 0 {
				t.Errorf("asked for event %d", p[3+4])
			}
		}
	}
	mustExec(t, root, "SET GLOBAL rpl_semi_sync_source_enabled = 0")
}
