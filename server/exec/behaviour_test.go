package exec

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/xid"
)

var bg = context.Background()

// watched is a transaction that tells of locks asked for and of what is
// logged.
type watched struct {
	Txn
	beforeLock func()
	rows       []binlog.RowChange
	kinds      []binlog.RowsKind
	queries    []string
}

func (w *watched) GetForUpdate(ctx context.Context, s catalog.Space, key []byte, m catalog.Mode) ([]byte, bool, error) {
	if f := w.beforeLock; f != nil && s.ID >= 16 {
		w.beforeLock = nil
		f()
	}
	return w.Txn.GetForUpdate(ctx, s, key, m)
}

func (w *watched) LogRows(t *binlog.Table, kind binlog.RowsKind, rows []binlog.RowChange) error {
	w.kinds, w.rows = append(w.kinds, kind), append(w.rows, rows...)
	return w.Txn.LogRows(t, kind, rows)
}

func (w *watched) LogQuery(db, sql string) error {
	w.queries = append(w.queries, db+": "+sql)
	return w.Txn.LogQuery(db, sql)
}

// in runs one statement in w.
func (c *session) in(w *watched, sql string, args ...binlog.Value) *Result {
	c.s.t.Helper()
	stmt, err := c.s.exec.Parse(sql)
	if err != nil {
		c.s.t.Fatal(err)
	}
	env := c.env
	env.Txn = w
	r, err := c.s.exec.Execute(bg, env, stmt, args)
	if err != nil {
		c.s.t.Fatalf("%s: %v", sql, err)
	}
	return r
}

func bank(t *testing.T) (*server, *session) {
	s := newServer(t)
	c := s.session("a")
	c.must("create database d")
	c.must("create table t (id int primary key, v int)")
	c.must("insert into t values (1, 10), (2, 20), (3, 30)")
	return s, c
}

// TestE2_AskedAgain: rows change between the search and the lock. What has
// stopped matching stays as it is; what still matches is changed as it is now.
func TestE2_AskedAgain(t *testing.T) {
	s, c := bank(t)
	c.env.Ranges = false // as under READ COMMITTED: with the range locked, nothing changes
	w := &watched{Txn: Over(s.log.BeginWith(mysqlReads))}
	w.beforeLock = func() {
		other := s.session("b")
		other.must("update t set v = 0 where id = 1")
		other.must("update t set v = v + 5 where id = 2")
		other.must("delete from t where id = 3")
	}
	r := c.in(w, "update t set v = v + 100 where v >= 10")
	if r.AffectedRows != 1 || len(w.rows) != 1 {
		t.Fatalf("%d rows changed, %d logged", r.AffectedRows, len(w.rows))
	}
	if got := w.rows[0]; got.Before[1] != int64(25) || got.After[1] != int64(125) {
		t.Errorf("changed %v to %v", got.Before, got.After)
	}
}

func TestRowsAreLoggedOncePerStatement(t *testing.T) {
	s, c := bank(t)
	w := &watched{Txn: Over(s.log.BeginWith(mysqlReads))}
	c.in(w, "insert into t values (4, 40), (5, null)")
	c.in(w, "update t set v = 41 where id >= 4")
	c.in(w, "update t set v = 41 where id = 4")
	c.in(w, "update t set id = 6 where id = 5")
	c.in(w, "delete from t where id in (1, 6)")
	c.in(w, "delete from t where id = 99")
	want := []binlog.RowsKind{binlog.WriteRows, binlog.UpdateRows, binlog.UpdateRows, binlog.DeleteRows}
	if !reflect.DeepEqual(w.kinds, want) {
		t.Errorf("logged %v, want %v", w.kinds, want)
	}
	rows := []binlog.RowChange{
		{After: []binlog.Value{int64(4), int64(40)}}, {After: []binlog.Value{int64(5), nil}},
		{Before: []binlog.Value{int64(4), int64(40)}, After: []binlog.Value{int64(4), int64(41)}},
		{Before: []binlog.Value{int64(5), nil}, After: []binlog.Value{int64(5), int64(41)}},
		{Before: []binlog.Value{int64(5), int64(41)}, After: []binlog.Value{int64(6), int64(41)}},
		{Before: []binlog.Value{int64(1), int64(10)}}, {Before: []binlog.Value{int64(6), int64(41)}},
	}
	if !reflect.DeepEqual(w.rows, rows) {
		t.Errorf("logged %v\nwant %v", w.rows, rows)
	}
}

func TestDDLIsLogged(t *testing.T) {
	s, c := bank(t)
	w := &watched{}
	for _, sql := range []string{
		"create table if not exists t (a int)", "drop table if exists nope", "create database if not exists d",
		"create table u (a int)", "truncate table u", "drop table if exists u, nope", "create database e",
	} {
		txn := s.log.BeginWith(mysqlReads)
		w.Txn = Over(txn)
		c.in(w, sql)
		if err := s.log.Commit(bg, txn); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"d: create table u (a int)", "d: truncate table u", "d: drop table if exists u, nope", "e: create database e"}
	if !reflect.DeepEqual(w.queries, want) {
		t.Errorf("logged %q, want %q", w.queries, want)
	}
}

func TestParameters(t *testing.T) {
	_, c := bank(t)
	c.must("insert into t values (?, ?)", int64(7), []byte("70"))
	if got := table(c.must("select id, v + ?, ? from t where id = ? and v in (?, ?) limit ?",
		int64(1), []byte("x"), []byte("7"), uint64(70), nil, int64(5))); got != "id | v + ? | ?\n7 | 71 | x\n" {
		t.Error(got)
	}
	if r := c.must("select v from t where id = ?", []byte("7")); r.RowsRead != 1 {
		t.Errorf("%d rows read by a key sent as a string", r.RowsRead)
	}
	c.must("update t set v = ? where id = ?", binlog.Decimal("70.5"), 7.0)
	if got := table(c.must("select v from t where id = ?", uint64(7))); got != "v\n71\n" {
		t.Error(got)
	}
	stmt, err := c.s.exec.Parse("select ?, ?")
	if err != nil || stmt.NumParams != 2 {
		t.Fatalf("%+v, %v", stmt, err)
	}
	if _, err := c.run("select ?, ?", int64(1)); !mysqlerr.Is(err, mysqlerr.WrongArguments) {
		t.Errorf("too few arguments: %v", err)
	}
}

// TestPreparedBranchHoldsTable: DROP TABLE waits for a prepared branch that
// changed the table, before and after a crash.
func TestPreparedBranchHoldsTable(t *testing.T) {
	s, c := bank(t)
	x, err := xid.New(1, []byte("g"), []byte("b"))
	if err != nil {
		t.Fatal(err)
	}
	txn := s.log.BeginWith(mysqlReads)
	c.in(&watched{Txn: Over(txn)}, "update t set v = 11 where id = 1")
	if err := s.log.Prepare(bg, txn, x); err != nil {
		t.Fatal(err)
	}
	for _, when := range []string{"at once", "after a crash"} {
		for _, sql := range []string{"drop table t", "truncate table t", "drop database d", "update t set v = 0 where id = 1"} {
			if _, err := c.run(sql); !errors.Is(err, engine.ErrLockTimeout) {
				t.Errorf("%s, %s: %v", when, sql, err)
			}
		}
		if got := table(c.must("select v from t where id = 1")); got != "v\n10\n" {
			t.Errorf("%s: %s", when, got)
		}
		c.must("update t set v = v + 1 where id = 2")
		s.crash()
	}
	if err := s.log.CommitXID(bg, x); err != nil {
		t.Fatal(err)
	}
	if got := table(c.must("select v from t")); got != "v\n11\n22\n30\n" {
		t.Error(got)
	}
	c.must("drop table t")
}

// crash goes on with what was durable.
func (s *server) crash() {
	fs := s.fs.(*vfs.MemFS).CrashClone(vfs.CrashCloneCfg{})
	s.log.Abandon()
	s.fs = fs
	s.start()
}

// TestDDLIsAtomic: DDL is there after a crash if it was committed, and not at
// all if it was not; IDs are not given out twice.
func TestDDLIsAtomic(t *testing.T) {
	s, c := bank(t)
	c.must("create table hidden (a int)")
	c.must("insert into hidden values (1), (2)")
	c.in(&watched{Txn: Over(s.log.BeginWith(mysqlReads))}, "create table lost (a int)")
	c.in(&watched{Txn: Over(s.log.BeginWith(mysqlReads))}, "drop table t")
	s.crash()
	if got := table(c.must("show tables")); got != "Tables_in_d\nhidden\nt\n" {
		t.Error(got)
	}
	if got := table(c.must("select count(*) from t")); got != "count(*)\n3\n" {
		t.Error(got)
	}
	before := definition(t, s, "t").ID
	c.must("drop table t")
	c.must("create table t (id int primary key)")
	s.crash()
	if got := table(c.must("select count(*) from t")); got != "count(*)\n0\n" {
		t.Error(got)
	}
	if after := definition(t, s, "t").ID; after <= before {
		t.Errorf("table ID %d after %d", after, before)
	}
	c.must("insert into hidden values (3)") // G3: a fresh lease
	if got := table(c.must("select * from hidden")); got != "a\n1\n2\n3\n" {
		t.Error(got)
	}
}

func definition(t *testing.T, s *server, name string) *catalog.Table {
	t.Helper()
	txn := s.log.BeginWith(mysqlReads)
	defer func() { _ = s.log.Rollback(txn) }()
	def, err := s.exec.Table(Over(txn), "d", name)
	if err != nil {
		t.Fatal(err)
	}
	if again := def.Binlog(); def.Binlog() != again || def.Binlog().ID != uint64(def.ID) || len(def.Binlog().Columns) != len(def.Columns) {
		t.Errorf("binlog table %+v", def.Binlog())
	}
	return def
}

func TestHiddenRowIDsWithoutLeases(t *testing.T) {
	s, c := bank(t)
	s.exec = New(Options{})
	c.must("create table h (a int)")
	c.must("insert into h values (1), (2)")
	c.open = s.log.BeginWith(mysqlReads)
	c.must("insert into h values (3)")
	if err := s.log.Rollback(c.open); err != nil {
		t.Fatal(err)
	}
	c.open = nil
	c.must("insert into h values (4)")
	if got := table(c.must("select a from h")); got != "a\n1\n2\n4\n" {
		t.Error(got)
	}
}

func TestFoundRows(t *testing.T) {
	_, c := bank(t)
	c.env.FoundRows = true
	if r := c.must("update t set v = 10 where id < 3"); r.AffectedRows != 2 || !strings.HasPrefix(r.Info, "Rows matched: 2  Changed: 1") {
		t.Errorf("%+v", r)
	}
}

func TestSerializableReadsLock(t *testing.T) {
	s, c := bank(t)
	c.env.Serializable = true
	c.open = s.log.BeginWith(mysqlReads)
	c.must("select v from t where id = 1")
	if _, err := s.session("b").run("update t set v = 0 where id = 1"); !errors.Is(err, engine.ErrLockTimeout) {
		t.Errorf("a row read under SERIALIZABLE was changed: %v", err)
	}
	if err := s.log.Rollback(c.open); err != nil {
		t.Fatal(err)
	}
}

func TestCancelledAndBounded(t *testing.T) {
	s, c := bank(t)
	ctx, cancel := context.WithCancel(bg)
	cancel()
	stmt, err := s.exec.Parse("select * from t")
	if err != nil {
		t.Fatal(err)
	}
	txn := s.log.BeginWith(mysqlReads)
	defer func() { _ = s.log.Rollback(txn) }()
	env := c.env
	env.Txn = Over(txn)
	if _, err := s.exec.Execute(ctx, env, stmt, nil); !mysqlerr.Is(err, mysqlerr.QueryInterrupted) {
		t.Errorf("cancelled: %v", err)
	}
	s.exec = New(Options{ResultBytesMax: 50})
	for _, sql := range []string{"select * from t", "select id from t order by v", "update t set v = 1 order by v"} {
		if _, err := c.run(sql); !mysqlerr.Is(err, mysqlerr.OutOfSortMemory) {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

// A sink counts rows and keeps one column's sum.
type sumSink struct {
	columns   []Column
	rows, sum int64
	fail      error
}

func (s *sumSink) Columns(columns []Column) error {
	s.columns = columns
	return nil
}

func (s *sumSink) Row(row []binlog.Value) error {
	s.rows++
	s.sum += row[0].(int64)
	return s.fail
}

// What a sink takes is not held in memory.
func TestSink(t *testing.T) {
	s, c := bank(t)
	s.exec = New(Options{ResultBytesMax: 50})
	c.must("insert into t values (4,4),(5,5),(6,6),(7,7),(8,8),(9,9),(10,10)")
	sink := &sumSink{}
	c.env.Sink = sink
	res, err := c.run("select id from t")
	if err != nil || len(res.Rows) != 0 || len(res.Columns) != 1 || sink.rows != 10 || sink.sum != 55 || len(sink.columns) != 1 {
		t.Errorf("%+v, %+v, %v", res, sink, err)
	}
	sink.fail = errors.New("the client is gone")
	if _, err := c.run("select id from t"); !errors.Is(err, sink.fail) || sink.rows != 11 {
		t.Errorf("%d rows, %v", sink.rows, err)
	}
}

func TestDepth(t *testing.T) {
	_, c := bank(t)
	for _, sql := range []string{
		"select " + strings.Repeat("(", 1<<20) + "1",
		"select 1" + strings.Repeat("+1", 1<<20),
		"select " + strings.Repeat("-", 1<<20) + "1",
		"select " + strings.Repeat("not ", 1<<20) + "1",
		"select " + strings.Repeat("(1,", 1<<20),
		"select 1 /* " + strings.Repeat("(", 1<<20) + " */ " + strings.Repeat("+1", 1<<18),
	} {
		if _, err := c.s.exec.Parse(sql); !mysqlerr.Is(err, mysqlerr.ParseError) {
			t.Errorf("%.20s...: %v", sql, err)
		}
	}
	values := strings.Repeat("(1, 'a(((((((((''((', -1), ", 20_000)
	if _, err := c.s.exec.Parse("insert into t values " + values + "(1, 2, 3)"); err != nil {
		t.Errorf("a long list: %v", err)
	}
	if r := c.must("select 1" + strings.Repeat(" or 1", 5000)); len(r.Rows) != 1 {
		t.Error("a long chain")
	}
}

// TestTransfers: sessions move money at once, with the same parsed statements;
// every snapshot, and the end, has all of it.
func TestTransfers(t *testing.T) {
	s, c := bank(t)
	parse := func(sql string) *Stmt {
		stmt, err := s.exec.Parse(sql)
		if err != nil {
			t.Fatal(err)
		}
		return stmt
	}
	move, sum := parse("update t set v = v + ? where id = ?"), parse("select sum(v), count(*) from t")
	env := c.env
	one := func(seed int64) error {
		txn := s.log.BeginWith(mysqlReads)
		env := env
		env.Txn = Over(txn)
		from := 1 + seed%3
		_, err := s.exec.Execute(bg, env, move, []binlog.Value{int64(-1), from})
		if err == nil {
			_, err = s.exec.Execute(bg, env, move, []binlog.Value{int64(1), 1 + (from+seed/3)%3})
		}
		if err == nil {
			err = s.log.Commit(bg, txn)
		}
		if err != nil {
			return errors.Join(err, s.log.Rollback(txn))
		}
		return nil
	}
	total := func() string {
		txn := s.log.BeginWith(mysqlReads)
		defer func() { _ = s.log.Rollback(txn) }()
		env := env
		env.Txn = Over(txn)
		r, err := s.exec.Execute(bg, env, sum, nil)
		if err != nil {
			return err.Error()
		}
		return table(r)
	}
	const want = "sum(v) | count(*)\n60 | 3\n"
	var wg sync.WaitGroup
	for worker := range int64(4) {
		wg.Go(func() {
			for i := range int64(40) {
				err := one(worker*7 + i)
				if err != nil && !errors.Is(err, engine.ErrLockTimeout) && !errors.Is(err, engine.ErrDeadlock) {
					t.Error(err)
				}
				if got := total(); got != want {
					t.Error(got)
				}
			}
		})
	}
	wg.Wait()
	if got := total(); got != want {
		t.Error(got)
	}
}

func TestZeroDates(t *testing.T) {
	_, c := bank(t)
	c.must("create table z (id int primary key, d date, at datetime)")
	insert := func() error {
		_, err := c.run("insert into z values (1, '0000-00-00', '2024-00-10 00:00:00')")
		return err
	}
	if err := insert(); !mysqlerr.Is(err, mysqlerr.TruncatedWrongValue) {
		t.Errorf("in the default mode: %v", err)
	}
	c.env.SQLMode = "STRICT_TRANS_TABLES"
	if err := insert(); err != nil {
		t.Error(err)
	}
	if got := table(c.must("select d, at from z where d = '0000-00-00'")); got != "d | at\n0000-00-00 | 2024-00-10 00:00:00\n" {
		t.Error(got)
	}
}

// TestTemporalParameters: dates and times come as such from prepared
// statements, and find keys as text does.
func TestTemporalParameters(t *testing.T) {
	_, c := bank(t)
	c.must("create table w (at datetime(6) primary key, d date, tm time(3))")
	at := binlog.DateTime{Year: 2024, Month: 2, Day: 29, Hour: 1, Micro: 5}
	c.must("insert into w values (?, ?, ?)", at, at, binlog.Duration{Negative: true, Hour: 100, Micro: 250_000})
	r := c.must("select d, tm from w where at = ?", at)
	if got := table(r); got != "d | tm\n2024-02-29 | -100:00:00.250\n" || r.RowsRead != 1 {
		t.Error(got, r.RowsRead)
	}
	if r := c.must("select d from w where tm < ? and d <= ?", binlog.Duration{}, at); len(r.Rows) != 1 {
		t.Error("no row")
	}
}
