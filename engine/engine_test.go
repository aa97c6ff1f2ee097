package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/engine/lock"
	"github.com/xadb/xadb/internal/clock"
	"github.com/xadb/xadb/xid"
)

var (
	bg       = context.Background()
	accounts = Table{ID: 16, DB: "bank", Name: "accounts"}
	history  = Table{ID: 17, DB: "bank", Name: "history"}
)

type randReader struct{ r *rand.Rand }

func (r randReader) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(r.r.Uint32())
	}
	return len(b), nil
}

func testOptions(fs vfs.FS) Options {
	return Options{
		FS: fs, Clock: clock.Real, Rand: randReader{rand.New(rand.NewPCG(1, 2))},
		Logger:      slog.New(slog.NewTextHandler(io.Discard, nil)),
		LockTimeout: 30 * time.Millisecond, SegmentSize: 64 << 10,
		MemTableSize: 1 << 20, CacheSize: 1 << 20,
	}
}

func open(t *testing.T, fs vfs.FS) *Engine {
	t.Helper()
	e, err := Open(bg, "store", testOptions(fs))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Abandon() })
	return e
}

// crash drops the engine and everything that was not synced.
func crash(t *testing.T, e *Engine, fs *vfs.MemFS) (*Engine, *vfs.MemFS) {
	t.Helper()
	image := fs.CrashClone(vfs.CrashCloneCfg{})
	e.Abandon()
	return open(t, image), image
}

func put(t *testing.T, txn *Txn, tbl Table, key, val string) {
	t.Helper()
	if err := txn.Put(bg, tbl, []byte(key), []byte(val)); err != nil {
		t.Fatalf("put %s: %v", key, err)
	}
}

func get(t *testing.T, e *Engine, tbl Table, key string) string {
	t.Helper()
	txn := e.Begin()
	defer e.Rollback(txn, true)
	val, ok, err := txn.Get(tbl, []byte(key))
	if err != nil {
		t.Fatal(err)
	}
	if !ok {
		return "<none>"
	}
	return string(val)
}

func prepare(t *testing.T, e *Engine, txn *Txn, x xid.XID) {
	t.Helper()
	txn.SetXID(x, true, false)
	if err := errors.Join(e.Prepare(txn, true), e.FlushLogs(false), e.PublishPrepared(txn, TCPos{})); err != nil {
		t.Fatal(err)
	}
}

func commit(t *testing.T, e *Engine, txn *Txn) {
	t.Helper()
	if err := e.Commit(txn, true); err != nil {
		t.Fatal(err)
	}
}

func TestReadsAndOwnWrites(t *testing.T) {
	e := open(t, vfs.NewMem())
	txn := e.Begin()
	put(t, txn, accounts, "a", "1")
	put(t, txn, accounts, "c", "3")
	put(t, txn, history, "b", "other table")
	commit(t, e, txn)

	reader := e.Begin()
	if v, _, _ := reader.Get(accounts, []byte("a")); string(v) != "1" {
		t.Fatalf("a = %q", v)
	}
	writer := e.Begin()
	put(t, writer, accounts, "a", "2")
	put(t, writer, accounts, "b", "new")
	if err := writer.Delete(bg, accounts, []byte("c")); err != nil {
		t.Fatal(err)
	}
	if got := scan(t, writer.Scan(accounts, nil, nil)); got != "a=2 b=new" {
		t.Errorf("own writes: %s", got)
	}
	if got := scan(t, writer.Scan(accounts, []byte("b"), []byte("c"))); got != "b=new" {
		t.Errorf("range: %s", got)
	}
	commit(t, e, writer)
	if got := scan(t, reader.Scan(accounts, nil, nil)); got != "a=1 c=3" {
		t.Errorf("the snapshot moved: %s", got)
	}
	if got := scan(t, reader.ScanLatest(accounts, nil, nil)); got != "a=2 b=new" {
		t.Errorf("latest: %s", got)
	}
	if err := e.Rollback(reader, true); err != nil {
		t.Fatal(err)
	}
	if _, _, err := reader.Get(accounts, []byte("a")); !errors.Is(err, ErrTxnDone) {
		t.Errorf("a finished transaction reads: %v", err)
	}
}

func scan(t *testing.T, it *Iterator) string {
	t.Helper()
	var rows []string
	for it.Next() {
		rows = append(rows, fmt.Sprintf("%s=%s", it.Key(), it.Value()))
	}
	if err := it.Close(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(rows, " ")
}

func TestStatementRollback(t *testing.T) {
	e := open(t, vfs.NewMem())
	txn := e.Begin()
	put(t, txn, accounts, "a", "1")
	if err := e.Commit(txn, false); err != nil { // end of a statement
		t.Fatal(err)
	}
	put(t, txn, accounts, "a", "2")
	put(t, txn, history, "h", "x")
	if err := e.Rollback(txn, false); err != nil {
		t.Fatal(err)
	}
	x := testXID(t, 1, "g", "")
	prepare(t, e, txn, x)
	p := e.Prepared()
	if len(p) != 1 || !slices.Equal(p[0].Tables, []xid.TableName{{DB: "bank", Name: "accounts"}}) {
		t.Errorf("an undone statement left its table behind: %v", p)
	}
	if err := e.CommitByXID(x); err != nil {
		t.Fatal(err)
	}
	if got := get(t, e, accounts, "a"); got != "1" {
		t.Errorf("a = %s", got)
	}
}

// TestI2_PreparedSurvivesCrashes: the branch, its XID, tables and locks are
// there after any number of crashes, until it is decided.
func TestI2_PreparedSurvivesCrashes(t *testing.T) {
	for _, commits := range []bool{true, false} {
		fs := vfs.NewCrashableMem()
		e := open(t, fs)
		setup := e.Begin()
		put(t, setup, accounts, "a", "old")
		commit(t, e, setup)
		x := testXID(t, -7, "gtrid", "\x00\xff")
		txn := e.Begin()
		put(t, txn, accounts, "a", "new")
		prepare(t, e, txn, x)
		for range 3 {
			e, fs = crash(t, e, fs)
			p := e.Prepared()
			if len(p) != 1 || p[0].XID != x || !slices.Equal(p[0].Tables, []xid.TableName{{DB: "bank", Name: "accounts"}}) {
				t.Fatalf("recovered %v", p)
			}
			if got := get(t, e, accounts, "a"); got != "old" {
				t.Fatalf("a prepared write is visible: %s", got)
			}
			checkLocked(t, e)
		}
		want := "old"
		var err error
		if commits {
			want, err = "new", e.CommitByXID(x)
		} else {
			err = e.RollbackByXID(x)
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := e.CommitByXID(x); !errors.Is(err, ErrUnknownXID) || StatusOf(err) != XAERNota {
			t.Errorf("I11: second outcome: %v", err)
		}
		e, _ = crash(t, e, fs)
		if got := get(t, e, accounts, "a"); got != want || len(e.Prepared()) != 0 {
			t.Errorf("commit=%v: a = %s, prepared %v", commits, got, e.Prepared())
		}
	}
}

// checkLocked holds I10: the row, and DDL on its table, wait and time out.
func checkLocked(t *testing.T, e *Engine) {
	t.Helper()
	other := e.Begin()
	defer e.Rollback(other, true)
	if err := other.Put(bg, accounts, []byte("a"), []byte("x")); !errors.Is(err, ErrLockTimeout) {
		t.Fatalf("I10: the prepared row was written: %v", err)
	}
	if err := other.LockTable(bg, accounts, lock.Exclusive); !errors.Is(err, ErrLockTimeout) {
		t.Fatalf("I10: DDL got the table: %v", err)
	}
	if err := other.Put(bg, history, []byte("a"), []byte("x")); err != nil {
		t.Fatalf("another table is locked too: %v", err)
	}
}

// TestI12_RecoverInParts: recover stops at len and gives the rest when called
// again, whatever len is; a round is complete and has no duplicates.
func TestI12_RecoverInParts(t *testing.T) {
	fs := vfs.NewCrashableMem()
	e := open(t, fs)
	const n = 10
	var want []xid.XID
	for i := range n {
		x := testXID(t, 1, "g", fmt.Sprint(i))
		want = append(want, x)
		txn := e.Begin()
		put(t, txn, accounts, fmt.Sprint(i), "v")
		prepare(t, e, txn, x)
	}
	e, _ = crash(t, e, fs)
	for size := 1; size <= n+1; size++ {
		for round := range 2 {
			var got []xid.XID
			list := make([]xid.Prepared, size)
			for {
				k := e.Recover(list)
				for _, p := range list[:k] {
					got = append(got, p.XID)
				}
				if k < size {
					break
				}
			}
			if !slices.Equal(got, want) {
				t.Fatalf("len %d round %d: got %v", size, round, got)
			}
		}
	}
}

func TestDuplicateXID(t *testing.T) {
	fs := vfs.NewCrashableMem()
	e := open(t, fs)
	x := testXID(t, 1, "g", "b")
	if err := e.ReserveXID(x); err != nil {
		t.Fatal(err)
	}
	if err := e.ReserveXID(x); StatusOf(err) != XAERDupID {
		t.Errorf("I16: reserved twice: %v", err)
	}
	if err := e.ReserveXID(testXID(t, 2, "g", "b")); err != nil {
		t.Errorf("another formatID is another XID: %v", err)
	}
	if err := e.CommitByXID(x); !errors.Is(err, ErrUnknownXID) {
		t.Errorf("a reserved branch was decided: %v", err)
	}
	txn := e.Begin()
	put(t, txn, accounts, "a", "1")
	prepare(t, e, txn, x)
	e, _ = crash(t, e, fs)
	if err := e.ReserveXID(x); !errors.Is(err, ErrDuplicateXID) {
		t.Errorf("I16: taken from a recovered branch: %v", err)
	}
	again := e.Begin()
	again.SetXID(x, true, false)
	if err := e.Prepare(again, true); !errors.Is(err, ErrDuplicateXID) {
		t.Errorf("I16: prepared twice: %v", err)
	}
	if err := errors.Join(e.Rollback(again, true), e.RollbackByXID(x)); err != nil {
		t.Fatal(err)
	}
	if err := e.ReserveXID(x); err != nil {
		t.Errorf("I16: reuse after completion is legal: %v", err)
	}
}

// TestLogIsGone: tables without their log are no new store, flushed or not.
func TestLogIsGone(t *testing.T) {
	fs := vfs.NewMem()
	e := open(t, fs)
	txn := e.Begin()
	put(t, txn, accounts, "a", "1")
	commit(t, e, txn)
	e.Abandon()
	if err := fs.RemoveAll("store/wal"); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(bg, "store", testOptions(fs)); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "wal") {
		t.Errorf("opened without the log: %v", err)
	}
	if _, err := Inspect(bg, "store", testOptions(fs), true); err == nil {
		t.Error("inspected without the log")
	}
}

// TestPreparedListsTheClaimed: a branch is listed until its outcome is there.
func TestPreparedListsTheClaimed(t *testing.T) {
	e := open(t, vfs.NewMem())
	x := testXID(t, 1, "g", "b")
	txn := e.Begin()
	put(t, txn, accounts, "a", "1")
	prepare(t, e, txn, x)
	if _, err := e.Claim(x); err != nil {
		t.Fatal(err)
	}
	if n := len(e.Prepared()); n != 1 {
		t.Errorf("%d branches are listed while one is being decided", n)
	}
	if _, err := e.Claim(x); !errors.Is(err, ErrUnknownXID) {
		t.Errorf("I11: claimed twice: %v", err)
	}
}

// TestFailedPrepareKeepsReservation: the XID of a branch whose prepare came to
// nothing is its session's until that session releases it.
func TestFailedPrepareKeepsReservation(t *testing.T) {
	e := open(t, vfs.NewMem())
	x := testXID(t, 1, "g", "b")
	if err := e.ReserveXID(x); err != nil {
		t.Fatal(err)
	}
	txn := e.Begin()
	put(t, txn, accounts, "a", "1")
	txn.SetXID(x, true, false)
	if err := errors.Join(e.Prepare(txn, true), e.Rollback(txn, true)); err != nil {
		t.Fatal(err)
	}
	if err := e.ReserveXID(x); !errors.Is(err, ErrDuplicateXID) {
		t.Errorf("taken while reserved: %v", err)
	}
	e.ReleaseXID(x)
	if err := e.ReserveXID(x); err != nil {
		t.Errorf("after its release: %v", err)
	}
}

// TestC1_CheckpointKeepsWhatIsNeeded: a branch that was prepared early and
// committed late has its writes only at its PREPARE, until pebble is durable.
func TestC1_CheckpointKeepsWhatIsNeeded(t *testing.T) {
	fs := vfs.NewCrashableMem()
	e := open(t, fs)
	early := testXID(t, 1, "early", "")
	txn := e.Begin()
	put(t, txn, accounts, "early", "v")
	prepare(t, e, txn, early)
	for i := range 400 {
		txn := e.Begin()
		put(t, txn, history, fmt.Sprint(i), strings.Repeat("x", 1000))
		commit(t, e, txn)
	}
	if err := e.Checkpoint(bg); err != nil {
		t.Fatal(err)
	}
	if err := e.CommitByXID(early); err != nil {
		t.Fatal(err)
	}
	if err := e.cutLog(); err != nil { // applied, but pebble has not flushed it
		t.Fatal(err)
	}
	e, fs = crash(t, e, fs)
	if got := get(t, e, accounts, "early"); got != "v" {
		t.Fatalf("C1: the early branch's write is lost: %s", got)
	}
	before := e.log.KeepFrom()
	if err := e.Checkpoint(bg); err != nil {
		t.Fatal(err)
	}
	if after := e.log.KeepFrom(); after <= before {
		t.Errorf("the log was not cut: %d to %d", before, after)
	}
	e, _ = crash(t, e, fs)
	if got := get(t, e, history, "399"); len(got) != 1000 {
		t.Errorf("history lost")
	}
}
