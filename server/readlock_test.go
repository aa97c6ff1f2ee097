package server

import (
	"context"
	"database/sql"
	"fmt"
	"testing"
	"time"

	"github.com/xadb/xadb/server/mysqlerr"
)

// What waits for a global read lock, and what does not.
func TestReadLock(t *testing.T) {
	srv, a, b := lockers(t)
	c := dialAs(t, srv, "root", "d")
	mustExec(t, c, "SET lock_wait_timeout = 1", "BEGIN", "UPDATE u SET v = 2")
	mustExec(t, b, "SET lock_wait_timeout = 1", "CREATE TEMPORARY TABLE own (id INT)", "XA START 'b'", "INSERT INTO t (v) VALUES (7)", "XA END 'b'", "XA PREPARE 'b'",
		"XA START 'c'", "INSERT INTO t (v) VALUES (6)", "XA END 'c'", "XA PREPARE 'c'", "XA START 'e'", "INSERT INTO t (v) VALUES (8)", "XA END 'e'")
	mustExec(t, a, "FLUSH TABLES", "FLUSH TABLES t, d.u", "FLUSH LOCAL TABLES WITH READ LOCK", "FLUSH TABLES WITH READ LOCK")

	changes := []string{"INSERT INTO t (v) VALUES (9)", "UPDATE t SET v = 3 WHERE id = 1", "DELETE FROM t", "TRUNCATE TABLE t", "CREATE TABLE z (id INT)",
		"ALTER TABLE t ADD COLUMN x INT", "DROP TABLE t", "CREATE DATABASE e", "CREATE USER x@localhost", "SELECT * FROM t WHERE id = 1 FOR UPDATE", "LOCK TABLES t WRITE"}
	wantCode(t, a, mysqlerr.CantUpdateWithReadLock, changes...)
	wantCode(t, a, 0, "XA ROLLBACK 'c'")
	wantCode(t, a, 0, "SELECT * FROM t", "INSERT INTO mine VALUES (1)", "START TRANSACTION WITH CONSISTENT SNAPSHOT", "COMMIT", "SHOW MASTER STATUS")
	wantCode(t, b, mysqlerr.LockWaitTimeout, "XA PREPARE 'e'")
	wantCode(t, b, 0, "XA ROLLBACK 'e'") // it was left as it was
	wantCode(t, b, mysqlerr.LockWaitTimeout, changes...)
	wantCode(t, b, mysqlerr.LockWaitTimeout, "XA COMMIT 'b'", "XA ROLLBACK 'b'")
	wantCode(t, b, 0, "SELECT * FROM t", "SHOW TABLES", "BEGIN", "SELECT * FROM t", "COMMIT", "INSERT INTO own VALUES (1)")
	wantCode(t, c, mysqlerr.LockWaitTimeout, "COMMIT")

	mustExec(t, a, "UNLOCK TABLES")
	wantCode(t, b, 0, "XA COMMIT 'b'", "INSERT INTO t (v) VALUES (9)", "CREATE USER x@localhost")
	if got := listed(t, c, "SELECT COUNT(*), (SELECT MAX(v) FROM u) FROM t"); got != "4,1" {
		t.Error(got) // the COMMIT that gave up has rolled back
	}
	wantCode(t, a, mysqlerr.ParseError, "FLUSH TABLES WITH READ", "FLUSH TABLES FOR EXPORT", "FLUSH TABLES t,", "FLUSH TABLES WITH READ LOCK, LOGS")
	wantCode(t, a, 0, "LOCK TABLES t WRITE")
	wantCode(t, a, mysqlerr.LockOrActiveTransaction, "FLUSH TABLES WITH READ LOCK", "FLUSH TABLES t WITH READ LOCK")
}

// What waits for the lock says so in PROCESSLIST; whoever has it may reset the logs,
// as mysqladmin refresh does.
func TestReadLockStates(t *testing.T) {
	srv, a, b := lockers(t)
	c := dialAs(t, srv, "root", "d")
	mustExec(t, c, "BEGIN", "UPDATE u SET v = 2")
	mustExec(t, a, "FLUSH PRIVILEGES, STATUS", "FLUSH TABLES WITH READ LOCK")
	ended := make(chan error, 2)
	for waits, by := range map[string]struct {
		db   *sql.DB
		text string
	}{
		"Waiting for global read lock": {b, "INSERT INTO t (v) VALUES (9)"},
		"Waiting for commit lock":      {c, "COMMIT"},
	} {
		go func() {
			_, err := by.db.Exec(by.text)
			ended <- err
		}()
		query := "SELECT COUNT(*) FROM information_schema.processlist WHERE state = '" + waits + "' AND info LIKE '" + by.text[:6] + "%'"
		for end := time.Now().Add(10 * time.Second); listed(t, a, query) != "1"; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal(waits, listed(t, a, "SHOW PROCESSLIST"))
			}
		}
	}
	wantCode(t, a, 0, "RESET REPLICA, BINARY LOGS AND GTIDS", "UNLOCK TABLES")
	for range 2 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	if got := listed(t, a, "SELECT COUNT(*) FROM information_schema.processlist WHERE state LIKE 'Waiting%'"); got != "0" {
		t.Error(got)
	}
}

// FLUSH TABLES t WITH READ LOCK locks those tables alone.
func TestFlushTablesOfAList(t *testing.T) {
	_, a, b := lockers(t)
	for _, s := range []string{"FLUSH TABLES t WITH READ LOCK", "FLUSH TABLES t FOR EXPORT"} {
		mustExec(t, a, s)
		wantCode(t, b, mysqlerr.LockWaitTimeout, "INSERT INTO t (v) VALUES (9)")
		wantCode(t, b, 0, "SELECT * FROM t", "UPDATE u SET v = v + 1")
		wantCode(t, a, mysqlerr.TableNotLocked, "SELECT * FROM u")
		mustExec(t, a, "UNLOCK TABLES")
		wantCode(t, b, 0, "INSERT INTO t (v) VALUES (9)")
	}
	wantCode(t, a, mysqlerr.NoSuchTable, "FLUSH TABLES nothing WITH READ LOCK")
}

// What ends the wait of those who want to change something: the holder's end, a
// KILL and the server's end. The lock itself waits for statements that have begun,
// and gives up without a trace.
func TestReadLockEnds(t *testing.T) {
	srv, a, b := lockers(t)
	ctx := context.Background()
	holder, err := dialAs(t, srv, "root", "d").Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	exec := func(s string) <-chan error {
		done := make(chan error, 1)
		go func() { _, err := b.Exec(s); done <- err }()
		return done
	}
	if _, err := holder.ExecContext(ctx, "FLUSH TABLES WITH READ LOCK"); err != nil {
		t.Fatal(err)
	}
	var id int
	if err := b.QueryRow("SELECT CONNECTION_ID()").Scan(&id); err != nil {
		t.Fatal(err)
	}
	wait := exec("UPDATE u SET v = v + 1")
	untilWaits(t, srv)
	mustExec(t, a, fmt.Sprintf("KILL QUERY %d", id))
	if err := <-wait; code(err) != mysqlerr.QueryInterrupted {
		t.Error(err)
	}
	wait = exec("UPDATE u SET v = v + 1")
	untilWaits(t, srv)
	_ = holder.Raw(func(c any) error { return c.(interface{ Close() error }).Close() })
	if err := <-wait; err != nil {
		t.Error(err)
	}

	mustExec(t, b, "LOCK TABLES u WRITE")
	wantCode(t, a, mysqlerr.LockWaitTimeout, "FLUSH TABLES WITH READ LOCK")
	mustExec(t, b, "UPDATE u SET v = v + 1", "UNLOCK TABLES", "UPDATE u SET v = v + 1")

	mustExec(t, a, "FLUSH TABLES WITH READ LOCK")
	wait = exec("UPDATE u SET v = v + 1")
	untilWaits(t, srv)
	ended, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if err := srv.Shutdown(ended); err != nil {
		t.Error(err)
	}
	<-wait
}

// untilWaits returns when somebody waits at the door of statements.
func untilWaits(t *testing.T, srv *Server) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); {
		d := &srv.readLock.statements
		d.mu.Lock()
		waits := d.changed != nil
		d.mu.Unlock()
		if waits {
			return
		}
	}
	t.Fatal("nobody waits")
}
