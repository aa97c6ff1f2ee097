package xadb

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/internal/clock"
	"github.com/xadb/xadb/xid"
)

var bg = context.Background()

func openTest(t *testing.T, o Options) *DB {
	t.Helper()
	if o.FS == nil {
		o.FS = vfs.NewMem()
	}
	db, err := Open(bg, "store", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close(bg) })
	return db
}

func tableOf(t *testing.T, db *DB, name string) *Table {
	t.Helper()
	tbl, err := db.Table(bg, name)
	if err != nil {
		t.Fatal(err)
	}
	return tbl
}

func begin(t *testing.T, db *DB, o TxOptions) *Tx {
	t.Helper()
	tx, err := db.Begin(bg, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tx.Rollback() })
	return tx
}

// put writes rows "k=v" in one transaction.
func put(t *testing.T, db *DB, tbl *Table, rows ...string) {
	t.Helper()
	err := db.Update(bg, func(tx *Tx) error {
		for _, row := range rows {
			k, v, _ := strings.Cut(row, "=")
			if err := tx.Put(tbl, []byte(k), []byte(v)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// list is the rows of a range, as "k=v k=v".
func list(t *testing.T, r Reader, tbl *Table, in Range) string {
	t.Helper()
	var got []string
	for row, err := range r.Scan(tbl, in) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%s=%s", row.Key, row.Value))
	}
	return strings.Join(got, " ")
}

// listAll is the rows of a table.
func listAll(t *testing.T, db *DB, tbl *Table) (rows string) {
	t.Helper()
	if err := db.View(bg, func(s *Snap) error { rows = list(t, s, tbl, Range{}); return nil }); err != nil {
		t.Fatal(err)
	}
	return rows
}

func branch(t *testing.T, gtrid string) xid.XID {
	t.Helper()
	x, err := xid.New(1, []byte(gtrid), []byte("b"))
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func recovered(t *testing.T, db *DB) (list []Prepared) {
	t.Helper()
	for p, err := range db.Recover(bg) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
	return list
}

func TestTables(t *testing.T) {
	for _, on := range []bool{false, true} {
		fs := vfs.NewMem()
		db := openTest(t, Options{FS: fs, Binlog: on})
		a, b := tableOf(t, db, "a"), tableOf(t, db, "b")
		for _, bad := range []string{"", strings.Repeat("x", NameMax+1), "a`b"} {
			if _, err := db.Table(bg, bad); !errors.Is(err, ErrTableName) {
				t.Errorf("table %q: %v", bad, err)
			}
		}
		err := db.Update(bg, func(tx *Tx) error {
			for _, key := range []string{"0", "1", "2"} {
				k := []byte(key)
				if err := errors.Join(tx.Put(a, k, []byte("a")), tx.Put(a, k, []byte("aa")), tx.Put(b, k, []byte("b"))); err != nil {
					return err
				}
			}
			return tx.Delete(a, []byte("1"))
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Close(bg); err != nil {
			t.Fatal(err)
		}
		db = openTest(t, Options{FS: fs, Binlog: on})
		if s := listAll(t, db, tableOf(t, db, "a")); s != "0=aa 2=aa" {
			t.Errorf("binlog=%v: %s", on, s)
		}
		if on {
			checkBinlog(t, fs)
		}
	}
}

// checkBinlog: two tables were made, each behind its database, and one
// transaction was committed.
func checkBinlog(t *testing.T, fs vfs.FS) {
	t.Helper()
	var kinds []string
	_, err := binlog.Scan(fs.PathJoin("store", "binlog"), binlog.Options{FS: fs, ServerUUID: binlog.UUID{1}}, binlog.Pos{},
		func(g binlog.Group) error {
			kinds = append(kinds, g.Kind.String())
			return nil
		})
	if err != nil {
		t.Fatal(err)
	}
	if s := strings.Join(kinds, " "); s != "ddl ddl ddl ddl dml" {
		t.Errorf("the binlog says %q", s)
	}
}

func TestTxEnds(t *testing.T) {
	db := openTest(t, Options{})
	tbl := tableOf(t, db, "t")
	tx := begin(t, db, TxOptions{})
	if err := tx.Put(tbl, []byte("k"), []byte("v")); err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(bg); err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(bg); !errors.Is(err, ErrTxDone) {
		t.Errorf("second commit: %v", err)
	}
	if err := tx.Rollback(); err != nil {
		t.Errorf("rollback behind a commit: %v", err)
	}
	if s := listAll(t, db, tbl); s != "k=v" {
		t.Error(s)
	}
}

func TestReadOnlyTx(t *testing.T) {
	for _, on := range []bool{false, true} {
		readOnlyTx(t, openTest(t, Options{Binlog: on}))
	}
}

func readOnlyTx(t *testing.T, db *DB) {
	tbl := tableOf(t, db, "t")
	put(t, db, tbl, "k=v")
	tx := begin(t, db, TxOptions{ReadOnly: true})
	k := []byte("k")
	_, rangeErr := tx.DeleteRange(tbl, Range{})
	for _, err := range []error{tx.Put(tbl, k, nil), tx.Delete(tbl, k), tx.Delete(tbl, []byte("x")), rangeErr} {
		if !errors.Is(err, ErrReadOnly) {
			t.Error(err)
		}
	}
	if v, ok, err := tx.Get(tbl, k); string(v) != "v" || !ok || err != nil {
		t.Errorf("%q %v %v", v, ok, err)
	}
	if err := tx.Commit(bg); err != nil {
		t.Error(err)
	}
}

// Keys that cannot be written cannot be locked either: a lock is logged when its
// transaction is prepared.
func TestLockedKeys(t *testing.T) {
	db := openTest(t, Options{})
	tbl, long := tableOf(t, db, "t"), make([]byte, KeyMax+1)
	tx := begin(t, db, TxOptions{Isolation: Serializable})
	_, _, get := tx.Get(tbl, long)
	_, _, forUpdate := tx.GetForUpdate(tbl, long)
	_, try := tx.TryLock(tbl, long, Exclusive)
	for what, err := range map[string]error{
		"Get": get, "GetForUpdate": forUpdate, "TryLock": try,
		"LockRange": tx.LockRange(tbl, Range{Start: []byte("a"), End: long}, Shared),
	} {
		if !errors.Is(err, ErrKey) {
			t.Errorf("%s of a key of %d bytes: %v", what, len(long), err)
		}
	}
}

func TestScan(t *testing.T) {
	db := openTest(t, Options{})
	tbl := tableOf(t, db, "t")
	put(t, db, tbl, "a=1", "ab=2", "b=3", "\xff=4", "\xff\xff=5")
	tx := begin(t, db, TxOptions{})
	for _, c := range []struct {
		in   Range
		want string
	}{
		{Range{}, "a=1 ab=2 b=3 \xff=4 \xff\xff=5"},
		{Range{Start: []byte("ab")}, "ab=2 b=3 \xff=4 \xff\xff=5"},
		{Range{End: []byte("b")}, "a=1 ab=2"},
		{Range{End: []byte{}}, ""},
		{Range{Start: []byte("a"), End: []byte("b")}, "a=1 ab=2"},
		{Prefix([]byte("a")), "a=1 ab=2"},
		{Prefix(nil), "a=1 ab=2 b=3 \xff=4 \xff\xff=5"},
		{Prefix([]byte("\xff")), "\xff=4 \xff\xff=5"},
	} {
		if got := list(t, tx, tbl, c.in); got != c.want {
			t.Errorf("%v: %q, want %q", c.in, got, c.want)
		}
	}
	for _, c := range []struct {
		in   Range
		want string
	}{
		{Range{}, "\xff\xff=5 \xff=4 b=3 ab=2 a=1"},
		{Range{End: []byte("b")}, "ab=2 a=1"},
		{Prefix([]byte("\xff")), "\xff\xff=5 \xff=4"},
	} {
		if got := list(t, tx, tbl, c.in.Backward()); got != c.want {
			t.Errorf("backward, %v: %q, want %q", c.in, got, c.want)
		}
	}
	for range tx.Scan(tbl, Range{}) {
		break // closes
	}
}

// DeleteRange deletes what a Scan shows, own writes among it, or nothing; the
// binlog has each row.
func TestDeleteRange(t *testing.T) {
	for _, on := range []bool{false, true} {
		for _, level := range []Isolation{RepeatableRead, ReadCommitted, Serializable} {
			t.Run(fmt.Sprintf("%v binlog=%v", level, on), func(t *testing.T) { deleteRange(t, on, level) })
		}
	}
}

func deleteRange(t *testing.T, on bool, level Isolation) {
	db := openTest(t, Options{Binlog: on, LockTimeout: 100 * time.Millisecond})
	tbl := tableOf(t, db, "t")
	put(t, db, tbl, "a=1", "b=2", "c=3")
	holder := begin(t, db, TxOptions{})
	if _, _, err := holder.GetForUpdate(tbl, []byte("c")); err != nil {
		t.Fatal(err)
	}
	tx := begin(t, db, TxOptions{Isolation: level})
	if err := tx.Put(tbl, []byte("bb"), []byte("4")); err != nil {
		t.Fatal(err)
	}
	if n, err := tx.DeleteRange(tbl, Range{}); n != 0 || !errors.Is(err, ErrLockTimeout) {
		t.Errorf("%d rows, %v", n, err)
	}
	if got := list(t, tx, tbl, Range{End: []byte("c")}); got != "a=1 b=2 bb=4" && level != Serializable {
		t.Errorf("an error has deleted something: %s", got)
	}
	if err := holder.Rollback(); err != nil {
		t.Fatal(err)
	}
	if n, err := tx.DeleteRange(tbl, Range{Start: []byte("b")}); n != 3 || err != nil {
		t.Errorf("%d rows, %v", n, err)
	}
	if err := tx.Commit(bg); err != nil {
		t.Fatal(err)
	}
	if got := listAll(t, db, tbl); got != "a=1" {
		t.Error(got)
	}
	if !on {
		return
	}
	got, _, err := replayed(db)
	if err != nil || fmt.Sprint(got.rows) != "map[t/a:1]" {
		t.Errorf("the feed has %v, %v", got, err)
	}
}

// A deferred Rollback must not undo what Prepare made durable.
func TestPrepared(t *testing.T) {
	db := openTest(t, Options{})
	tbl := tableOf(t, db, "t")
	prepare := func(name string) *PreparedTx {
		tx := begin(t, db, TxOptions{})
		if err := tx.Put(tbl, []byte(name), []byte("v")); err != nil {
			t.Fatal(err)
		}
		p, err := tx.Prepare(bg, branch(t, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
		return p
	}
	a, b, c := prepare("a"), prepare("b"), prepare("c")
	if n := len(recovered(t, db)); n != 3 {
		t.Fatalf("%d branches are prepared", n)
	}
	for _, step := range []struct {
		what string
		err  error
		want error
	}{
		{"commit a", a.Commit(bg), nil},
		{"commit a again", a.Commit(bg), nil},
		{"roll a back", a.Rollback(bg), ErrDecided},
		{"a by XID", db.RollbackXID(bg, a.XID()), ErrUnknownXID},
		{"roll b back", b.Rollback(bg), nil},
		{"roll b back again", b.Rollback(bg), nil},
		{"commit b", b.Commit(bg), ErrDecided},
		{"c by XID", db.CommitXID(bg, c.XID()), nil},
		{"commit c", c.Commit(bg), ErrUnknownXID},
	} {
		if !errors.Is(step.err, step.want) {
			t.Errorf("%s: %v", step.what, step.err)
		}
	}
	if s := listAll(t, db, tbl); s != "a=v c=v" {
		t.Error(s)
	}
}

func TestRecoverEndsWithItsContext(t *testing.T) {
	db := openTest(t, Options{})
	tbl := tableOf(t, db, "t")
	for _, name := range []string{"a", "b"} {
		tx := begin(t, db, TxOptions{})
		if err := tx.Put(tbl, []byte(name), nil); err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Prepare(bg, branch(t, name)); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(bg)
	defer cancel()
	var last error
	n := 0
	for _, err := range db.Recover(ctx) {
		last = err
		n++
		cancel()
	}
	if n != 2 || !errors.Is(last, context.Canceled) {
		t.Errorf("%d times, then %v", n, last)
	}
	for range db.Recover(bg) {
		break
	}
}

// The limits, each with its error; nothing is lost behind one.
func TestLimits(t *testing.T) {
	db := openTest(t, Options{WriteSetMax: ValueMax, PreparedMax: 1})
	tbl := tableOf(t, db, "t")
	tx := begin(t, db, TxOptions{})
	for what, c := range map[string]struct{ err, want error }{
		"longest key":   {tx.Put(tbl, make([]byte, KeyMax), nil), nil},
		"longer key":    {tx.Put(tbl, make([]byte, KeyMax+1), nil), ErrKey},
		"longer value":  {tx.Put(tbl, []byte("k"), make([]byte, ValueMax+1)), ErrKey},
		"more together": {tx.Put(tbl, []byte("k"), make([]byte, ValueMax)), ErrTooLarge},
	} {
		if !errors.Is(c.err, c.want) {
			t.Errorf("%s: %v", what, c.err)
		}
	}
	before := time.Now().Add(-2 * time.Second)
	p, err := tx.Prepare(bg, branch(t, "a"))
	if err != nil {
		t.Fatal(err)
	}
	second := begin(t, db, TxOptions{})
	if err := second.Put(tbl, []byte("k"), nil); err != nil {
		t.Fatal(err)
	}
	if _, err := second.Prepare(bg, branch(t, "b")); !errors.Is(err, ErrTooManyPrepared) {
		t.Error(err)
	}
	if err := second.Commit(bg); !errors.Is(err, ErrTxDone) {
		t.Error(err)
	}
	list := recovered(t, db)
	if len(list) != 1 || list[0].Keys != 1 || list[0].PreparedAt.Before(before) || list[0].PreparedAt.After(time.Now()) ||
		len(list[0].Tables) != 1 || list[0].Tables[0].Name != "t" {
		t.Errorf("%+v", list)
	}
	for range 2 { // the place of a branch that is decided is free
		if err := p.Commit(bg); err != nil {
			t.Fatal(err)
		}
		tx := begin(t, db, TxOptions{})
		if err := tx.Put(tbl, []byte("k"), nil); err != nil {
			t.Fatal(err)
		}
		if p, err = tx.Prepare(bg, branch(t, "c")); err != nil {
			t.Fatal(err)
		}
	}
}

// Metrics count, and Events tell of a branch that has been prepared for long.
func TestMetricsAndEvents(t *testing.T) {
	c := clock.NewManual(time.Unix(1_000_000, 0))
	old := make(chan PreparedOldInfo, 1)
	db := openTest(t, Options{Clock: c, PreparedAgeMax: time.Minute, Events: EventListener{
		PreparedOld: func(i PreparedOldInfo) {
			select {
			case old <- i:
			default: // of more minutes than are looked at; Close waits for the listener
			}
		},
	}})
	tbl := tableOf(t, db, "t")
	tx := begin(t, db, TxOptions{})
	if err := tx.Put(tbl, []byte("k"), nil); err != nil {
		t.Fatal(err)
	}
	x := branch(t, "a")
	if _, err := tx.Prepare(bg, x); err != nil {
		t.Fatal(err)
	}
	var told PreparedOldInfo
	for told.XID.IsNull() {
		select {
		case told = <-old:
		default:
			c.Advance(time.Second)
		}
	}
	if told.XID != x || told.Age < time.Minute {
		t.Errorf("%+v", told)
	}
	m, err := db.Metrics()
	if err != nil || m.Engine.Prepared.Clients != 1 || m.Engine.Prepared.Oldest < time.Minute || m.Engine.Commits == 0 {
		t.Errorf("%+v, %v", m.Engine, err)
	}
}
