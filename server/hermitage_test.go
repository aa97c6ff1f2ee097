package server

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/internal/hermitage"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/tclog"
)

// hermitageStore runs the cases in sessions of a server.
type hermitageStore struct {
	db    *sql.DB
	log   *tclog.Log
	setup []string // how a session sets its level
}

func (s hermitageStore) Begin() (hermitage.Session, error) {
	conn, err := s.db.Conn(context.Background())
	if err != nil {
		return nil, err
	}
	c := hermitageConn{conn}
	for _, sql := range append(s.setup, "SET innodb_lock_wait_timeout = 1000", "BEGIN") {
		if err := c.exec(sql); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (s hermitageStore) Waits() int {
	_, waits := s.log.Engine().Locks().Dump()
	return len(waits)
}

func (s hermitageStore) Reason(err error) string {
	switch code(err) {
	case mysqlerr.CheckRead:
		return "1020"
	case mysqlerr.LockDeadlock:
		return "1213"
	}
	return ""
}

type hermitageConn struct{ c *sql.Conn }

func (c hermitageConn) exec(sql string, args ...any) error {
	_, err := c.c.ExecContext(context.Background(), sql, args...)
	return err
}

func (c hermitageConn) Get(key int) (val int, ok bool, err error) {
	err = c.c.QueryRowContext(context.Background(), "SELECT v FROM d.t WHERE id = ?", key).Scan(&val)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	return val, err == nil, err
}

func (c hermitageConn) Scan() (map[int]int, error) {
	rows, err := c.c.QueryContext(context.Background(), "SELECT id, v FROM d.t")
	if err != nil {
		return nil, err
	}
	out := map[int]int{}
	for rows.Next() {
		var id, v int
		if err := rows.Scan(&id, &v); err != nil {
			return nil, err
		}
		out[id] = v
	}
	return out, errors.Join(rows.Err(), rows.Close())
}

func (c hermitageConn) Put(key, val int) error {
	if key > 2 {
		return c.exec("INSERT INTO d.t VALUES (?, ?)", key, val)
	}
	return c.exec("UPDATE d.t SET v = ? WHERE id = ?", val, key)
}

func (c hermitageConn) Commit() error { return errors.Join(c.exec("COMMIT"), c.c.Close()) }
func (c hermitageConn) Abort() error  { return errors.Join(c.exec("ROLLBACK"), c.c.Close()) }

// TestHermitage: docs/isolation.md says of SQL sessions what happens.
func TestHermitage(t *testing.T) {
	level := func(name string) []string {
		return []string{"SET xadb_snapshot_isolation = OFF", "SET SESSION TRANSACTION ISOLATION LEVEL " + name}
	}
	const snapshot = "REPEATABLE READ, xadb_snapshot_isolation"
	setups := map[string][]string{
		snapshot: {"SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ", "SET xadb_snapshot_isolation = ON"},
	}
	levels := []string{"READ UNCOMMITTED", "READ COMMITTED", "REPEATABLE READ", snapshot, "SERIALIZABLE"}
	log := openLog(t, vfs.NewMem())
	db := dial(t, startSQL(t, log), "?interpolateParams=true")
	mustExec(t, db, "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY, v INT)")
	got := hermitage.Table(levels, func(name string, c hermitage.Case) string {
		mustExec(t, db, "DELETE FROM d.t", "INSERT INTO d.t VALUES (1, 10), (2, 20)")
		setup := setups[name]
		if setup == nil {
			setup = level(name)
		}
		outcome, err := hermitage.Run(hermitageStore{db, log, setup}, c)
		if err != nil {
			t.Fatal(name, err)
		}
		return outcome
	})
	doc, err := os.ReadFile("../docs/isolation.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(doc), got) {
		t.Errorf("docs/isolation.md does not have this table:\n%s", got)
	}
}
