package exec

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/tclog"
	"github.com/xadb/xadb/xid"
)

// verify compares the indexes of every table with its rows.
func (s *server) verify(t interface{ Fatal(...any) }) {
	txn := s.log.BeginWith(mysqlReads)
	defer func() { _ = s.log.Rollback(txn) }()
	if _, err := s.exec.Verify(bg, Over(txn)); err != nil {
		t.Fatal(err)
	}
}

// spoil changes one index entry behind everybody's back.
func (s *server) spoil(t *testing.T, change func(txn Txn, space catalog.Space, key, val []byte) error) {
	err := s.autonomous(bg, func(txn Txn) error {
		def, err := s.exec.Table(txn, "d", "t")
		if err != nil {
			return err
		}
		space := def.IndexSpace(&def.Indexes[0])
		it := txn.ScanLatest(space, nil, nil)
		defer func() { _ = it.Close() }()
		if !it.Next() {
			return errors.New("no entry")
		}
		return change(txn, space, slices.Clone(it.Key()), slices.Clone(it.Value()))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestVerifyFindsDamage: an entry too few, too many, or of another row.
func TestVerifyFindsDamage(t *testing.T) {
	for name, c := range map[string]struct {
		change func(txn Txn, space catalog.Space, key, val []byte) error
		says   string
	}{
		"lost":  {func(txn Txn, s catalog.Space, key, _ []byte) error { return txn.Delete(bg, s, key) }, "lacks the entry"},
		"added": {func(txn Txn, s catalog.Space, key, val []byte) error { return txn.Put(bg, s, append(key, 0), val) }, "4 entries for 3 rows"},
		"moved": {func(txn Txn, s catalog.Space, key, _ []byte) error { return txn.Put(bg, s, key, []byte{1, 7}) }, "another row's entry"},
	} {
		t.Run(name, func(t *testing.T) {
			s, c0 := bank(t)
			c0.must("create unique index v on t (v)")
			s.verify(t)
			s.spoil(t, c.change)
			txn := s.log.BeginWith(mysqlReads)
			defer func() { _ = s.log.Rollback(txn) }()
			if _, err := s.exec.Verify(bg, Over(txn)); !errors.Is(err, catalog.ErrCorrupt) || !strings.Contains(err.Error(), c.says) {
				t.Error(err)
			}
		})
	}
}

// A prepared branch keeps the values it was given: after a crash nobody else
// gets them (C20), whatever becomes of the branch.
func TestC20_AutoIncrementAcrossACrash(t *testing.T) {
	for _, commit := range []bool{true, false} {
		s := newServer(t)
		c := s.session("a")
		c.must("create database d")
		c.must("create table t (id int auto_increment primary key, v int)")
		c.must("insert into t (v) values (1), (2)")
		txn := s.log.BeginWith(mysqlReads)
		c.open = txn
		for range 40 { // several leases
			c.must("insert into t (v) values (3), (4), (5)")
		}
		c.must("insert into t values (500, 6)")
		last := c.must("insert into t (v) values (7)").InsertID
		if last != 501 {
			t.Fatalf("%d behind 500", last)
		}
		c.open = nil
		x, err := xid.New(1, []byte("g"), []byte("b"))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.log.Prepare(bg, txn, x); err != nil {
			t.Fatal(err)
		}
		s.crash()
		if id := c.must("insert into t (v) values (8)").InsertID; id <= last {
			t.Errorf("%d is given out again, the branch has up to %d", id, last)
		}
		end := s.log.RollbackXID
		if commit {
			end = s.log.CommitXID
		}
		if err := end(bg, x); err != nil {
			t.Fatal(err)
		}
		if _, err := c.run("insert into t (v) values (9)"); err != nil {
			t.Error(err)
		}
		s.verify(t)
	}
}

// TestAutoIncrementOfManySessions: no value is given out twice.
func TestAutoIncrementOfManySessions(t *testing.T) {
	s, c := bank(t)
	c.must("create table seq (id bigint unsigned auto_increment primary key, w int)")
	done := make(chan error)
	const sessions, each = 4, 60
	for w := range sessions {
		mine := s.session(fmt.Sprint("w", w))
		go func() {
			for range each {
				if _, err := mine.run(fmt.Sprintf("insert into seq (w) values (%d), (%d)", w, w)); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for range sessions {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if got := table(c.must("select count(*) from seq")); got != fmt.Sprintf("count(*)\n%d\n", 2*sessions*each) {
		t.Error(got)
	}
}

// TestG5_LargeDDL: what DDL cannot do in one transaction is done in several,
// and nothing is left of it.
func TestG5_LargeDDL(t *testing.T) {
	s := newServer(t)
	small := func() { s.exec = New(Options{Autonomous: s.autonomous, BatchMax: 500}) }
	small()
	c := s.session("a")
	c.must("create database d")
	c.must("create table t (id int auto_increment primary key, v int, w int)")
	for i := range 50 {
		c.must(fmt.Sprintf("insert into t (v, w) values (%d, 1), (%d, %d)", i, i+1000, i))
	}
	c.must("create index v on t (v)")
	if _, err := c.run("create unique index w on t (w)"); !mysqlerr.Is(err, mysqlerr.DupEntry) {
		t.Error(err)
	}
	s.verify(t)
	if r := c.must("select id from t where v = 1007"); len(r.Rows) != 1 || r.RowsRead != 1 {
		t.Errorf("%d rows, %d read", len(r.Rows), r.RowsRead)
	}
	c.must("drop index v on t")
	c.must("create index v on t (v desc)")
	c.must("truncate table t")
	c.must("insert into t (v) values (5)")
	s.verify(t)
	s.crash()
	small()
	if n := s.orphans(t); len(n) != 4 { // the failed index, the dropped one, the old table and its index
		t.Errorf("abandoned: %d", n)
	}
	ids := s.orphans(t)
	if err := s.exec.Purge(bg); err != nil {
		t.Fatal(err)
	}
	if left := s.orphans(t); len(left) != 0 {
		t.Errorf("still abandoned: %d", left)
	}
	txn := s.log.BeginWith(mysqlReads)
	defer func() { _ = s.log.Rollback(txn) }()
	for _, id := range ids {
		it := Over(txn).ScanLatest(catalog.Space{ID: id}, nil, nil)
		if it.Next() {
			t.Errorf("rows left under %d", id)
		}
		_ = it.Close()
	}
	s.tidy = true
	for i := range 50 {
		c.must(fmt.Sprintf("insert into t (v) values (%d)", 100+i))
	}
	c.must("create index w on t (w, v)")
	c.must("drop index w on t")
	c.must("create table u (id int auto_increment primary key)")
	c.must("insert into u values " + strings.TrimSuffix(strings.Repeat("(null),", 40), ","))
	c.must("drop table u")
	if left := s.orphans(t); len(left) != 0 {
		t.Errorf("still abandoned after the commit: %d", left)
	}
	s.verify(t)
	if got := table(c.must("select id, v from t where v = 5")); got != "id | v\n1 | 5\n" {
		t.Error(got)
	}
}

func (s *server) orphans(t *testing.T) []uint32 {
	txn := s.log.BeginWith(mysqlReads)
	defer func() { _ = s.log.Rollback(txn) }()
	ids, err := s.exec.Catalog().Orphans(Over(txn))
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

// TestG4_IndexYoungerThanTheSnapshot: a snapshot does not use an index whose
// entries it has not.
func TestG4_IndexYoungerThanTheSnapshot(t *testing.T) {
	s, c := bank(t)
	old := s.session("old")
	old.open = s.log.BeginWith(mysqlReads)
	if err := old.open.TakeSnapshot(); err != nil {
		t.Fatal(err)
	}
	c.must("create index v on t (v)")
	c.must("update t set v = 11 where id = 1")
	if got := table(old.must("select id from t where v = 10")); got != "id\n1\n" {
		t.Errorf("in the old snapshot: %s", got)
	}
	if got := table(c.must("select id from t where v = 11")); got != "id\n1\n" {
		t.Error(got)
	}
	if err := s.log.Rollback(old.open); err != nil {
		t.Fatal(err)
	}
	old.open = nil
}

var indexedTables = []string{
	"create table t%d (id int auto_increment primary key, a int, b varchar(4), key a (a), unique key b (b), key ab (a, b desc))",
	"create table t%d (id int auto_increment, a int, b varchar(4), key (id), unique key ba (b(2), a))",
	"create table t%d (id int not null default 4, a int not null default 3, b varchar(4) not null default 'x', primary key (id, a), unique key b (b), key a (a desc, b(1)))",
}

func anyStatement(t *rapid.T, tables int) string {
	draw := func(label string, list ...string) string { return rapid.SampledFrom(list).Draw(t, label) }
	table := fmt.Sprintf("t%d", rapid.IntRange(0, tables-1).Draw(t, "table"))
	n := func() string { return draw("n", "1", "2", "3", "4", "5") }
	b := func() string { return draw("b", "'a'", "'A'", "'ab'", "'abc'", "'abd'", "'b '", "''") }
	where := func() string {
		return draw("where", "id = "+n(), "a = "+n(), "b = "+b(), "a in ("+n()+", "+n()+")", "a > "+n()+" and b < "+b(),
			"b is null", "a between 2 and 4", "id > 3", "a = "+n()+" order by b limit 1")
	}
	switch rapid.IntRange(0, 9).Draw(t, "kind") {
	case 0, 1, 2:
		return fmt.Sprintf("insert into %s (a, b) values (%s, %s), (%s, %s)", table, n(), b(), n(), b())
	case 3:
		return fmt.Sprintf("insert into %s (id, a, b) values (%s, %s, %s)", table, n(), n(), b())
	case 4:
		return fmt.Sprintf("insert into %s (id, a, b) values (%s, %s, null)", table, n(), n())
	case 5, 6:
		return fmt.Sprintf("update %s set %s where %s", table, draw("set", "a = a + 1", "b = "+b(), "id = id + 1", "b = null, a = "+n()), where())
	case 7:
		return fmt.Sprintf("delete from %s where %s", table, where())
	}
	return fmt.Sprintf("select * from %s where %s%s", table, where(), draw("lock", "", " for update"))
}

// TestW1_IndexesAreAsTheRows: whatever sessions do, undo and leave behind in a
// crash, each index is what a rebuild from the rows would give.
func TestW1_IndexesAreAsTheRows(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := newServer(t)
		s.reads.LockTimeout = time.Millisecond
		defer func() { s.log.Abandon() }()
		c := s.session("x")
		c.must("create database d")
		for i, ddl := range indexedTables {
			c.must(fmt.Sprintf(ddl, i))
		}
		marks := make(map[string]tclog.Savepoint)
		for range rapid.IntRange(10, 40).Draw(rt, "steps") {
			c := s.session(rapid.SampledFrom([]string{"x", "y", "z"}).Draw(rt, "session"))
			s.step(rt, c, marks)
		}
		for _, c := range s.sessions {
			s.end(rt, c, false)
		}
		s.verify(rt)
		s.crash()
		s.verify(rt)
	})
}

// step does one thing in a session.
func (s *server) step(t *rapid.T, c *session, marks map[string]tclog.Savepoint) {
	switch do := rapid.IntRange(0, 19).Draw(t, "step"); {
	case do == 0 && c.open == nil:
		c.open = s.log.BeginWith(s.reads)
	case do <= 1 && c.open != nil:
		s.end(t, c, do == 0)
		clear(marks)
	case do == 2 && c.open != nil:
		marks[fmt.Sprintf("%p", c)] = c.open.Savepoint()
	case do == 3 && c.open != nil:
		if m, ok := marks[fmt.Sprintf("%p", c)]; ok {
			if err := c.open.RollbackTo(m); err != nil {
				t.Fatal(err)
			}
		}
	case do == 4 && !s.busy():
		s.verify(t)
		s.crash()
		clear(marks)
		s.verify(t)
	case do == 5 && !s.busy():
		sql := rapid.SampledFrom([]string{
			"create index n on t0 (b, a)", "drop index n on t0", "truncate table t1", "alter table t2 add unique u (a, b(1))", "drop index u on t2",
		}).Draw(t, "ddl")
		if _, err := c.run(sql); err != nil && !mysqlerr.Is(err, mysqlerr.DupEntry) &&
			!mysqlerr.Is(err, mysqlerr.DupKeyName) && !mysqlerr.Is(err, mysqlerr.CantDropFieldOrKey) {
			t.Fatalf("%s: %v", sql, err)
		}
	default:
		s.statement(t, c)
	}
}

func (s *server) busy() bool {
	for _, c := range s.sessions {
		if c.open != nil {
			return true
		}
	}
	return false
}

// statement runs one, and a SELECT also without any index.
func (s *server) statement(t *rapid.T, c *session) {
	sql := anyStatement(t, len(indexedTables))
	r, err := c.run(sql)
	if c.open != nil && errors.Is(err, engine.ErrDeadlock) {
		s.end(t, c, false)
	}
	if err != nil {
		if !mysqlerr.Is(err, mysqlerr.DupEntry) && !mysqlerr.Is(err, mysqlerr.BadNull) &&
			!errors.Is(err, engine.ErrLockTimeout) && !errors.Is(err, engine.ErrDeadlock) {
			t.Fatalf("%s: %v", sql, err)
		}
		return
	}
	head, where, _ := strings.Cut(sql, " where ")
	if !strings.HasPrefix(sql, "select") || strings.Contains(sql, "limit") || strings.Contains(sql, "update") {
		return
	}
	all, err := c.run(fmt.Sprintf("%s where (%s) or 0", head, where))
	if err != nil {
		t.Fatal(err)
	}
	if a, b := sortedLines(table(r)), sortedLines(table(all)); a != b {
		t.Fatalf("%s:\n%s\nwithout indexes:\n%s", sql, a, b)
	}
}

func (s *server) end(t *rapid.T, c *session, commit bool) {
	txn := c.open
	c.open = nil
	if txn == nil {
		return
	}
	var err error
	if commit {
		err = s.log.Commit(context.Background(), txn)
	} else {
		err = s.log.Rollback(txn)
	}
	if err != nil {
		t.Fatal(err)
	}
}
