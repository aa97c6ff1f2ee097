package server

import (
	"context"
	"database/sql"
	"fmt"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/server/mysqlerr"
)

// lockers is a server with tables, and two sessions that soon give up.
func lockers(t *testing.T) (srv *Server, a, b *sql.DB) {
	t.Helper()
	srv = startSQL(t, openLog(t, vfs.NewMem()))
	a, b = dialAs(t, srv, "root", ""), dialAs(t, srv, "root", "")
	mustExec(t, a, "CREATE DATABASE d", "USE d", "CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, v INT, KEY (v))",
		"CREATE TABLE u (id INT PRIMARY KEY, v INT)", "INSERT INTO t (v) VALUES (1), (2)", "INSERT INTO u VALUES (1, 1)",
		"CREATE VIEW w AS SELECT * FROM t", "CREATE TEMPORARY TABLE mine (id INT)")
	mustExec(t, b, "USE d", "SET innodb_lock_wait_timeout = 1", "SELECT * FROM t WHERE id = 1", "SELECT * FROM t WHERE id = 1")
	mustExec(t, a, "SET lock_wait_timeout = 1")
	return srv, a, b
}

func wantCode(t *testing.T, db *sql.DB, want uint16, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := db.Exec(s); code(err) != want {
			t.Errorf("%s: %v, want %d", s, err, want)
		}
	}
}

// What others can do with a table that is locked, and who has locked it.
func TestLockTables(t *testing.T) {
	_, a, b := lockers(t)
	reads := []string{"SELECT * FROM t WHERE id = 1", "SELECT COUNT(*) FROM t", "SELECT x.id FROM t x JOIN u y ON x.id = y.id GROUP BY x.id", "SELECT * FROM w"}
	writes := []string{"INSERT INTO t (v) VALUES (9)", "UPDATE t SET v = 3 WHERE id = 1", "DELETE FROM t WHERE v = 77", "TRUNCATE TABLE t", "ALTER TABLE t ADD COLUMN x INT", "DROP TABLE t"}

	mustExec(t, a, "LOCK TABLES t WRITE, u AS x READ LOCAL, w READ")
	wantCode(t, b, mysqlerr.LockWaitTimeout, reads...)
	wantCode(t, b, mysqlerr.LockWaitTimeout, writes...)
	wantCode(t, b, mysqlerr.LockWaitTimeout, "UPDATE u SET v = 5", "INSERT INTO u VALUES (7, 7)")
	wantCode(t, b, 0, "SELECT * FROM u", "SHOW TABLES", "SHOW CREATE TABLE t")
	wantCode(t, a, 0, reads...)
	wantCode(t, a, 0, "INSERT INTO t (v) VALUES (9)", "UPDATE t SET v = 3 WHERE id = 1", "DELETE FROM t WHERE v = 77", "INSERT INTO mine VALUES (1)",
		"SELECT * FROM t WHERE id = 1 FOR UPDATE", "SHOW TABLES", "SELECT * FROM information_schema.tables LIMIT 1")
	wantCode(t, a, mysqlerr.TableNotLockedForWrite, "UPDATE u SET v = 5", "INSERT INTO u VALUES (7, 7)", "DELETE FROM u", "SELECT * FROM u FOR UPDATE")
	mustExec(t, a, "UNLOCK TABLES", "CREATE TABLE z (id INT)", "LOCK TABLES t READ")
	wantCode(t, a, mysqlerr.TableNotLocked, "SELECT * FROM u", "INSERT INTO z VALUES (1)", "SELECT * FROM t JOIN u ON t.id = u.id", "CREATE TABLE y (id INT)", "DROP TABLE z")
	wantCode(t, a, mysqlerr.LockOrActiveTransaction, "CREATE DATABASE e", "DROP DATABASE d")
	wantCode(t, a, mysqlerr.XAerOutside, "XA START 'x'")
	wantCode(t, b, 0, reads...)
	wantCode(t, b, mysqlerr.LockWaitTimeout, "INSERT INTO t (v) VALUES (9)", "UPDATE t SET v = 3 WHERE id = 1", "ALTER TABLE t ADD COLUMN x INT")
	wantCode(t, a, mysqlerr.TableNotLockedForWrite, writes...)

	mustExec(t, a, "LOCK TABLES t READ, u READ") // the next takes the place of the last
	wantCode(t, b, mysqlerr.LockWaitTimeout, "UPDATE u SET v = 5")
	mustExec(t, a, "LOCK TABLES u READ")
	wantCode(t, b, 0, "UPDATE t SET v = 4 WHERE id = 1")
	wantCode(t, a, mysqlerr.NoSuchTable, "LOCK TABLES nothing READ") // and what fails leaves none
	wantCode(t, b, 0, "UPDATE u SET v = 6")
	wantCode(t, a, mysqlerr.ParseError, "LOCK TABLES t", "LOCK TABLES t READ LOCAL WRITE", "LOCK t READ", "UNLOCK", "LOCK TABLES t READ, WRITE")
	wantCode(t, a, 0, "SELECT * FROM t")
}

// What ends the locks: UNLOCK TABLES, which commits, BEGIN, the end of the session
// and its being reset.
func TestUnlockTables(t *testing.T) {
	srv, a, b := lockers(t)
	for _, end := range []string{"UNLOCK TABLES", "BEGIN", "START TRANSACTION", "LOCK TABLES u READ"} {
		mustExec(t, a, "LOCK TABLES t WRITE", "SET autocommit = 0", "INSERT INTO t (v) VALUES (50)")
		wantCode(t, b, mysqlerr.LockWaitTimeout, "SELECT COUNT(*) FROM t")
		mustExec(t, a, end)
		wantCode(t, b, 0, "SELECT COUNT(*) FROM t", "UPDATE t SET v = v + 1 WHERE v >= 50")
		mustExec(t, a, "ROLLBACK", "SET autocommit = 1", "UNLOCK TABLES")
	}
	var n int
	if err := b.QueryRow("SELECT COUNT(*) FROM t WHERE v > 50").Scan(&n); err != nil || n != 4 {
		t.Errorf("%d rows are committed, %v", n, err)
	}
	for _, end := range []string{"COMMIT", "ROLLBACK", "SET autocommit = 1", "SELECT 1"} { // these leave them
		mustExec(t, a, "LOCK TABLES t WRITE", end)
		wantCode(t, b, mysqlerr.LockWaitTimeout, "SELECT COUNT(*) FROM t")
	}
	mustExec(t, a, "UNLOCK TABLES")
	conn, err := dialAs(t, srv, "root", "d").Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.ExecContext(context.Background(), "LOCK TABLES t WRITE"); err != nil {
		t.Fatal(err)
	}
	_ = conn.Raw(func(c any) error { return c.(interface{ Close() error }).Close() })
	mustExec(t, b, "SET innodb_lock_wait_timeout = 20")
	wantCode(t, b, 0, "SELECT COUNT(*) FROM t")
	if n := srv.tablesLocked.Load(); n != 0 {
		t.Errorf("%d sessions still hold tables", n)
	}
}

// LOCK TABLES waits for those who have written, branches too, and for nobody else;
// two who lock each other's tables wait in the same order.
func TestLockTablesWaits(t *testing.T) {
	srv, a, b := lockers(t)
	mustExec(t, b, "XA START 'b'", "UPDATE t SET v = 8 WHERE id = 1", "XA END 'b'", "XA PREPARE 'b'")
	wantCode(t, a, mysqlerr.LockWaitTimeout, "LOCK TABLES t WRITE", "LOCK TABLES t READ")
	mustExec(t, a, "LOCK TABLES u WRITE", "UNLOCK TABLES")
	mustExec(t, b, "XA COMMIT 'b'", "BEGIN", "UPDATE t SET v = 9 WHERE id = 1")
	mustExec(t, a, "SET lock_wait_timeout = 20")
	locked := make(chan error, 1)
	go func() {
		_, err := a.Exec("LOCK TABLES t WRITE")
		locked <- err
	}()
	for end := time.Now().Add(10 * time.Second); ; {
		if _, waits := srv.store.Locks(); len(waits) > 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatal("nobody waits")
		}
	}
	mustExec(t, b, "UPDATE t SET v = 10 WHERE id = 1", "COMMIT") // who was first goes on
	if err := <-locked; err != nil {
		t.Error(err)
	}
	mustExec(t, a, "UNLOCK TABLES")
	done := make(chan error, 2)
	for i, list := range []string{"t WRITE, u WRITE", "u WRITE, t WRITE"} {
		db := []*sql.DB{a, b}[i]
		mustExec(t, db, "SET lock_wait_timeout = 20, innodb_lock_wait_timeout = 20")
		go func() {
			for range 50 {
				for _, s := range []string{"LOCK TABLES " + list, "UPDATE u SET v = v + 1", "UPDATE t SET v = v + 1 WHERE id = 2", "UNLOCK TABLES"} {
					if _, err := db.Exec(s); err != nil {
						done <- fmt.Errorf("%s: %w", s, err)
						return
					}
				}
			}
			done <- nil
		}()
	}
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	var n int
	if err := a.QueryRow("SELECT v FROM u").Scan(&n); err != nil || n != 101 {
		t.Errorf("v is %d, %v", n, err)
	}
}

// A dump's text: what it does to its table between LOCK and UNLOCK.
func TestLockTablesAndDDL(t *testing.T) {
	_, a, b := lockers(t)
	mustExec(t, a, "LOCK TABLES `t` WRITE", "/*!40000 ALTER TABLE `t` DISABLE KEYS */", "INSERT INTO `t` VALUES (10,1),(11,2)",
		"/*!40000 ALTER TABLE `t` ENABLE KEYS */", "ALTER TABLE t ADD COLUMN x INT DEFAULT 5", "INSERT INTO t (v) VALUES (3)", "TRUNCATE TABLE t", "INSERT INTO t (v, x) VALUES (3, 4)")
	wantCode(t, b, mysqlerr.LockWaitTimeout, "SELECT COUNT(*) FROM t", "INSERT INTO t (v) VALUES (1)")
	mustExec(t, a, "UNLOCK TABLES")
	wantCode(t, b, 0, "SELECT x FROM t", "INSERT INTO t (v) VALUES (1)")
	mustExec(t, a, "LOCK TABLES t WRITE", "DROP TABLE t", "UNLOCK TABLES")
	wantCode(t, b, mysqlerr.NoSuchTable, "SELECT * FROM t")
}
