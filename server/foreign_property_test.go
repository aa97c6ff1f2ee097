package server

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"pgregory.net/rapid"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/tclog"
)

// orphans counts the children that have no parent.
var orphans = []string{
	"SELECT COUNT(*) FROM c LEFT JOIN p ON c.pid = p.id WHERE c.pid IS NOT NULL AND p.id IS NULL",
	"SELECT COUNT(*) FROM g LEFT JOIN p ON g.pid = p.id WHERE g.pid IS NOT NULL AND p.id IS NULL",
	"SELECT COUNT(*) FROM n LEFT JOIN p ON n.pu = p.u WHERE n.pu IS NOT NULL AND p.u IS NULL",
	"SELECT COUNT(*) FROM gg LEFT JOIN g ON gg.gid = g.id WHERE gg.gid IS NOT NULL AND g.id IS NULL",
}

// expected are the errors that any interleaving may bring.
var expected = []uint16{
	mysqlerr.LockWaitTimeout, mysqlerr.LockDeadlock, mysqlerr.DupEntry, mysqlerr.NoReferencedRow, mysqlerr.RowIsReferenced,
	mysqlerr.SPDoesNotExist, mysqlerr.XAerRMFail, mysqlerr.XAerOutside, mysqlerr.XAerNota, mysqlerr.XAerDupID, mysqlerr.XAerInval,
	mysqlerr.XARBDeadlock, mysqlerr.XARBRollback, mysqlerr.XARBTimeout,
}

// A family is a store with parents and children, and sessions that change them.
type family struct {
	t        *rapid.T
	fs       *vfs.MemFS
	log      *tclog.Log
	srv      *Server
	sessions []*session
	xids     int
	prepared []string
}

func (f *family) open(t *testing.T) {
	f.log = openLog(t, f.fs)
	var err error
	if f.srv, err = New(Options{Store: NewStore(f.log), Executor: NewExecutor(f.log), Listen: "127.0.0.1:0"}); err != nil {
		f.t.Fatal(err)
	}
	f.sessions = nil
	for i := range 3 {
		s := rootSession(f.srv, uint32(i+1))
		s.db, s.settings.lockTimeout = "d", time.Millisecond
		f.sessions = append(f.sessions, s)
	}
}

func (f *family) run(s *session, sql string) (*Result, error) {
	res, err := s.run(context.Background(), statement{sql: sql})
	var known *mysqlerr.Error
	if err != nil && !(errors.As(err, &known) && slices.Contains(expected, known.Code)) {
		f.t.Fatalf("%s: %v", sql, err)
	}
	return res, err
}

// check holds that no child is without its parent, for whoever looks now.
func (f *family) check(when string) {
	s := rootSession(f.srv, 99)
	defer s.close()
	s.db = "d"
	for _, q := range orphans {
		res, err := f.run(s, q)
		if err != nil || res.Rows[0][0] != int64(0) {
			f.t.Fatalf("%s: %s: %v, %v", when, q, res, err)
		}
	}
}

// change is a statement about a few keys, so that they meet.
func (f *family) change() string {
	n := rapid.IntRange(1, 5)
	id, other := n.Draw(f.t, "id"), n.Draw(f.t, "other")
	list := []string{
		fmt.Sprintf("INSERT INTO p VALUES (%d, 'u%d')", id, id),
		fmt.Sprintf("DELETE FROM p WHERE id = %d", id),
		fmt.Sprintf("UPDATE p SET id = %d WHERE id = %d", other, id),
		fmt.Sprintf("UPDATE p SET u = 'u%d' WHERE u = 'u%d'", other, id),
		fmt.Sprintf("REPLACE INTO p VALUES (%d, 'u%d')", id, other),
	}
	for _, table := range []string{"c", "g", "n", "gg"} {
		parent := fmt.Sprint(other)
		column := map[string]string{"c": "pid", "g": "pid", "n": "pu", "gg": "gid"}[table]
		if table == "n" {
			parent = fmt.Sprintf("'U%d'", other)
		}
		list = append(list,
			fmt.Sprintf("INSERT INTO %s VALUES (%d, %s)", table, id, parent),
			fmt.Sprintf("UPDATE %s SET %s = %s WHERE id = %d", table, column, parent, id),
			fmt.Sprintf("DELETE FROM %s WHERE id = %d", table, id),
			fmt.Sprintf("REPLACE INTO %s VALUES (%d, %s)", table, id, parent))
	}
	return rapid.SampledFrom(list).Draw(f.t, "change")
}

func (f *family) step(t *testing.T) {
	s := rapid.SampledFrom(f.sessions).Draw(f.t, "session")
	kind := rapid.IntRange(0, 19).Draw(f.t, "kind")
	switch {
	case kind < 11:
		_, _ = f.run(s, f.change())
	case kind == 11:
		_, _ = f.run(s, "BEGIN")
	case kind == 12:
		_, _ = f.run(s, "COMMIT")
	case kind == 13:
		_, _ = f.run(s, "ROLLBACK")
	case kind == 14:
		_, _ = f.run(s, "SAVEPOINT a")
	case kind == 15:
		_, _ = f.run(s, "ROLLBACK TO a")
	case kind <= 17:
		f.branch(s)
	case kind == 18 && len(f.prepared) > 0:
		x := f.prepared[0]
		if _, err := f.run(s, rapid.SampledFrom([]string{"XA COMMIT '", "XA ROLLBACK '"}).Draw(f.t, "outcome")+x+"'"); err == nil {
			f.prepared = f.prepared[1:]
		}
	case kind == 19:
		f.log.Abandon()
		f.open(t)
	}
	f.check("after a step")
}

// branch leaves one in doubt, if nothing comes in between.
func (f *family) branch(s *session) {
	f.xids++
	x := fmt.Sprintf("x%d", f.xids)
	if _, err := f.run(s, "XA START '"+x+"'"); err != nil {
		return
	}
	for range rapid.IntRange(1, 3).Draw(f.t, "changes") {
		_, _ = f.run(s, f.change())
	}
	_, err := f.run(s, "XA END '"+x+"'")
	if err == nil {
		_, err = f.run(s, "XA PREPARE '"+x+"'")
	}
	if err == nil {
		f.prepared = append(f.prepared, x)
	} else {
		_, _ = f.run(s, "XA ROLLBACK '"+x+"'")
	}
}

// No child is ever without its parent: with sessions side by side, savepoints,
// branches in doubt and crashes, whatever the foreign keys do.
func TestForeignKeysHold(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f := &family{t: rt, fs: vfs.NewMem()}
		f.open(t)
		for _, sql := range []string{
			"CREATE DATABASE d",
			"CREATE TABLE p (id INT PRIMARY KEY, u VARCHAR(5), UNIQUE KEY (u))",
			"CREATE TABLE c (id INT PRIMARY KEY, pid INT, FOREIGN KEY (pid) REFERENCES p (id))",
			"CREATE TABLE g (id INT PRIMARY KEY, pid INT, FOREIGN KEY (pid) REFERENCES p (id) ON DELETE CASCADE ON UPDATE CASCADE)",
			"CREATE TABLE n (id INT PRIMARY KEY, pu VARCHAR(5), FOREIGN KEY (pu) REFERENCES p (u) ON DELETE SET NULL ON UPDATE SET NULL)",
			"CREATE TABLE gg (id INT PRIMARY KEY, gid INT, FOREIGN KEY (gid) REFERENCES g (id) ON DELETE CASCADE)",
			"INSERT INTO p VALUES (1, 'u1'), (2, 'u2'), (3, 'u3')",
		} {
			if _, err := f.run(f.sessions[0], sql); err != nil {
				rt.Fatal(err)
			}
		}
		for range rapid.IntRange(10, 40).Draw(rt, "steps") {
			f.step(t)
		}
		for _, s := range f.sessions {
			s.close()
		}
		s := rootSession(f.srv, 50)
		s.db = "d"
		for _, x := range f.prepared {
			if _, err := f.run(s, "XA COMMIT '"+x+"'"); err != nil {
				rt.Fatalf("XA COMMIT '%s': %v", x, err)
			}
			f.check("after XA COMMIT")
		}
		s.close()
		if _, err := CheckTables(context.Background(), f.log); err != nil {
			rt.Fatal(err)
		}
		f.log.Abandon()
	})
}
