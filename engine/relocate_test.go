package engine

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/fuzz/simdisk"
	"github.com/xadb/xadb/internal/failpoint"
	"github.com/xadb/xadb/xid"
)

// movedRows is the keys of moved bodies in the tables.
func movedRows(t *testing.T, e *Engine) (keys []string) {
	t.Helper()
	it, err := e.db.NewIter(&pebble.IterOptions{LowerBound: movedPrefix, UpperBound: []byte{prefixRow}})
	if err != nil {
		t.Fatal(err)
	}
	for ok := it.First(); ok; ok = it.Next() {
		keys = append(keys, fmt.Sprintf("%x", it.Key()))
	}
	if err := it.Close(); err != nil {
		t.Fatal(err)
	}
	return keys
}

// traffic commits more than a segment of rows.
func traffic(t *testing.T, e *Engine) {
	t.Helper()
	for i := range 10 {
		txn := e.Begin()
		put(t, txn, history, fmt.Sprint(i), strings.Repeat("v", 8<<10))
		commit(t, e, txn)
	}
}

func checkpoint(t *testing.T, e *Engine) {
	t.Helper()
	if err := e.Checkpoint(bg); err != nil {
		t.Fatal(err)
	}
}

func openManual(t *testing.T, fs vfs.FS) *Engine {
	t.Helper()
	o := testOptions(fs)
	o.ManualCheckpoint, o.WriteSetMax = true, WriteSetLimit
	e, err := Open(bg, "store", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Abandon() })
	return e
}

// TestC1b_PinsEnd: a prepared branch, with rows or without, pins the log for two
// checkpoints at most; it stays prepared and locked through crashes, and so
// does its outcome. Its rows in the tables go with the outcome.
func TestC1b_PinsEnd(t *testing.T) {
	for _, commits := range []bool{true, false} {
		fs := vfs.NewCrashableMem()
		e := openManual(t, fs)
		x, empty := testXID(t, 1, "long", "lived"), testXID(t, 1, "empty", "")
		txn, none := e.Begin(), e.Begin()
		put(t, txn, accounts, "a", "new")
		prepare(t, e, txn, x)
		prepare(t, e, none, empty)
		for i := range 6 {
			traffic(t, e)
			checkpoint(t, e)
			if pinned := e.log.KeepFrom() <= txn.prepLSN; pinned != (i < settledAfter) {
				t.Errorf("checkpoint %d: the log is kept from %d, the PREPARE is at %d", i, e.log.KeepFrom(), txn.prepLSN)
			}
		}
		if size := e.log.Size(); size > 4<<10 {
			t.Errorf("%d bytes of log are live", size)
		}
		for range 2 {
			image := fs.CrashClone(vfs.CrashCloneCfg{})
			e.Abandon()
			e, fs = openManual(t, image), image
			p := e.Prepared()
			if len(p) != 2 || p[0].XID != x || p[1].XID != empty ||
				!slices.Equal(p[0].Tables, []xid.TableName{{DB: "bank", Name: "accounts"}}) {
				t.Fatalf("I2: recovered %v", p)
			}
			checkLocked(t, e)
			traffic(t, e)
		}
		want, decide := "<none>", e.RollbackByXID
		if commits {
			want, decide = "new", e.CommitByXID
		}
		if err := errors.Join(decide(x), decide(empty)); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if got := get(t, e, accounts, "a"); got != want || len(e.Prepared()) != 0 {
				t.Fatalf("commit %t: a = %s, prepared %v", commits, got, e.Prepared())
			}
			if rows := movedRows(t, e); len(rows) != 0 {
				t.Errorf("rows stay behind: %v", rows)
			}
			image := fs.CrashClone(vfs.CrashCloneCfg{})
			e.Abandon()
			e, fs = openManual(t, image), image
			checkpoint(t, e)
		}
	}
}

// TestPinsEndByThemselves: with nobody calling Checkpoint, one old branch and many
// commits leave a log of about Options.LogSizeMax.
func TestPinsEndByThemselves(t *testing.T) {
	o := testOptions(vfs.NewMem())
	o.SegmentSize, o.LogSizeMax, o.MemTableSize = 64<<10, 256<<10, 256<<10
	e, err := Open(bg, "store", o)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Abandon()
	x := testXID(t, 1, "old", "")
	txn := e.Begin()
	put(t, txn, accounts, "a", "new")
	prepare(t, e, txn, x)
	within(t, "a log that an old branch pins", func() {
		for n := 0; n < 100 || e.log.Size() > 2*o.LogSizeMax; n++ { // some 8 MiB at least
			traffic(t, e)
		}
	})
	if e.log.KeepFrom() <= txn.prepLSN {
		t.Errorf("the log is kept from %d, the PREPARE is at %d", e.log.KeepFrom(), txn.prepLSN)
	}
	checkLocked(t, e)
	if err := e.CommitByXID(x); err != nil {
		t.Error(err)
	}
}

// TestC5_MovedInParts: a crash amid the move of a large body finds the branch
// in the log, and what it left in the tables goes with the outcome.
func TestC5_MovedInParts(t *testing.T) {
	for _, commits := range []bool{true, false} {
		fs := vfs.NewCrashableMem()
		e := openManual(t, fs)
		x := testXID(t, 1, "large", "")
		txn := e.Begin()
		put(t, txn, accounts, "a", strings.Repeat("x", 14<<20))
		put(t, txn, accounts, "b", strings.Repeat("y", 14<<20))
		prepare(t, e, txn, x)
		var image *vfs.MemFS
		err := failpoint.SetHook("ckpt.mid_relocation", func() error {
			defer func() { image = fs.CrashClone(vfs.CrashCloneCfg{}) }()
			return e.db.Flush()
		})
		if err != nil {
			t.Fatal(err)
		}
		for range settledAfter + 1 {
			checkpoint(t, e)
		}
		failpoint.Reset()
		whole := len(movedRows(t, e))
		e.Abandon()
		e = openManual(t, image)
		if n := len(movedRows(t, e)); n == 0 || n >= whole {
			t.Fatalf("%d of %d rows are there", n, whole)
		}
		if p := e.Prepared(); len(p) != 1 || p[0].XID != x {
			t.Fatalf("prepared: %v", p)
		}
		checkLocked(t, e)
		if commits {
			err = e.CommitByXID(x)
		} else {
			err = e.RollbackByXID(x)
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := get(t, e, accounts, "b"); commits != (len(got) == 14<<20) {
			t.Errorf("commit %t: b = %.10s", commits, got)
		}
		if rows := movedRows(t, e); len(rows) != 0 {
			t.Errorf("rows stay behind: %v", rows)
		}
		e.Abandon()
	}
}

// TestMovedAtClose: a store that lives shortly each time moves its branches too.
func TestMovedAtClose(t *testing.T) {
	fs := vfs.NewMem()
	e := openManual(t, fs)
	txn := e.Begin()
	put(t, txn, accounts, "a", "new")
	prepare(t, e, txn, testXID(t, 1, "g", ""))
	at := txn.prepLSN
	for range 2 {
		if err := e.Close(bg); err != nil {
			t.Fatal(err)
		}
		ins, err := Inspect(bg, "store", testOptions(fs), true)
		if err != nil || len(ins.Prepared) != 1 {
			t.Fatalf("inspected: %+v, %v", ins, err)
		}
		e = openManual(t, fs)
	}
	if e.log.KeepFrom() <= at {
		t.Errorf("the log is kept from %d, the PREPARE is at %d", e.log.KeepFrom(), at)
	}
}

// TestMovedBranchIsMissing: a branch that the last checkpoint lists and that is
// neither in the log nor in the tables is damage.
func TestMovedBranchIsMissing(t *testing.T) {
	fs := vfs.NewMem()
	e := openManual(t, fs)
	txn := e.Begin()
	put(t, txn, accounts, "a", "new")
	prepare(t, e, txn, testXID(t, 1, "g", ""))
	for range settledAfter + 1 {
		checkpoint(t, e)
	}
	b := e.db.NewBatch()
	if err := errors.Join(txn.removeRows(b), e.db.Apply(b, pebble.NoSync), e.db.Flush()); err != nil {
		t.Fatal(err)
	}
	e.Abandon()
	if _, err := Open(bg, "store", testOptions(fs)); !errors.Is(err, ErrCorrupt) {
		t.Errorf("Open: %v", err)
	}
}

// moves is a run over a simulated disk: two branches are prepared and moved,
// each is decided at some checkpoint. It notes the disk's operation at which
// each promise began to hold.
type moves struct {
	disk               *simdisk.Disk
	prepared           [2]int
	decidedAt, decided [2]int // call and return
}

func (m *moves) run(t *testing.T, at [2]int) {
	t.Helper()
	e := openManual(t, m.disk.FS())
	for i := range m.prepared {
		txn := e.Begin()
		put(t, txn, accounts, "abc"[i:i+1], "new")
		prepare(t, e, txn, testXID(t, 1, "g", fmt.Sprint(i)))
		m.prepared[i] = m.disk.Ops()
	}
	for n := range 6 {
		for i := range at {
			if at[i] != n {
				continue
			}
			decide := []func(xid.XID) error{e.CommitByXID, e.RollbackByXID}[i]
			m.decidedAt[i] = m.disk.Ops()
			if err := decide(testXID(t, 1, "g", fmt.Sprint(i))); err != nil {
				t.Fatal(err)
			}
			m.decided[i] = m.disk.Ops()
		}
		txn := e.Begin()
		put(t, txn, history, fmt.Sprint(n), strings.Repeat("v", 40<<10))
		commit(t, e, txn)
		checkpoint(t, e)
	}
	e.Abandon()
}

// check recovers an image of the disk after operation k.
func (m *moves) check(k int, fs vfs.FS) error {
	o := testOptions(fs)
	o.ManualCheckpoint = true
	e, err := Open(bg, "store", o)
	if err != nil {
		return err
	}
	defer e.Abandon()
	for i, want := range []string{"new", "<none>"} {
		name := fmt.Sprint(i)
		listed := slices.ContainsFunc(e.Prepared(), func(p xid.Prepared) bool { return string(p.XID.Bqual()) == name })
		txn := e.Begin()
		txn.SetLockTimeout(0)
		val, there, err := txn.Get(accounts, []byte("abc"[i:i+1]))
		lerr := txn.Put(bg, accounts, []byte("abc"[i:i+1]), nil)
		if err := errors.Join(err, e.Rollback(txn, true)); err != nil {
			return err
		}
		switch {
		case k >= m.prepared[i] && k <= m.decidedAt[i] && !listed:
			return fmt.Errorf("I2: branch %d is not listed", i)
		case k >= m.decided[i] && listed:
			return fmt.Errorf("I3: branch %d is listed again", i)
		case k >= m.decided[i] && there != (want == "new"):
			return fmt.Errorf("I1, I3: branch %d: its row is %q, %t", i, val, there)
		case listed && there || listed != errors.Is(lerr, ErrLockTimeout):
			return fmt.Errorf("I5, I10: branch %d listed %t: its row is there: %t, writing it returned %v", i, listed, there, lerr)
		}
	}
	return e.Checkpoint(bg)
}

// TestRelocationCrashes crashes at every step of two branches' moves, and again
// in and after the recovery of each.
func TestRelocationCrashes(t *testing.T) {
	for seed, at := range [][2]int{{5, 4}, {3, 3}, {4, 2}, {2, 5}} {
		m := &moves{disk: simdisk.New(simdisk.Options{Seed: uint64(seed)})}
		m.run(t, at)
		for k := range m.disk.Ops() + 1 {
			if k < m.prepared[1] || (k+seed)%2 != 0 {
				continue
			}
			for _, c := range m.disk.Choices(k, simdisk.Bounded(2)) {
				image := m.disk.CrashAt(k, c)
				if err := m.check(k, image.FS()); err != nil {
					t.Fatalf("decided at %v, crash after operation %d, %v: %v", at, k, c, err)
				}
				again := image.CrashAt(image.Ops()*2/3, simdisk.Synced())
				if err := m.check(k, again.FS()); err != nil {
					t.Fatalf("decided at %v, crash after operation %d, %v, and again: %v", at, k, c, err)
				}
			}
		}
	}
}

// TestPinOfAnOutcome: the record of a moved branch's rollback is kept until its
// rows are durably gone, whatever other batches are durable (C5).
func TestPinOfAnOutcome(t *testing.T) {
	e := openManual(t, vfs.NewMem())
	x := testXID(t, 1, "g", "")
	txn := e.Begin()
	put(t, txn, accounts, "a", "new")
	prepare(t, e, txn, x)
	for range settledAfter + 1 {
		checkpoint(t, e)
	}
	if err := e.RollbackByXID(x); err != nil {
		t.Fatal(err)
	}
	outcome := txn.firstLSN
	if err := e.cutLog(); err != nil {
		t.Fatal(err)
	}
	if e.log.KeepFrom() > outcome {
		t.Errorf("the log is kept from %d, the outcome is at %d and the rows are not durably gone", e.log.KeepFrom(), outcome)
	}
	checkpoint(t, e)
	if e.log.KeepFrom() <= outcome {
		t.Errorf("the log is kept from %d, the outcome is at %d", e.log.KeepFrom(), outcome)
	}
}

// TestMovedButNotDurable: a moved branch pins the log until its rows are durable,
// and while its outcome, which has a record, is not carried out.
func TestMovedButNotDurable(t *testing.T) {
	e := openManual(t, vfs.NewMem())
	txn := e.Begin()
	put(t, txn, accounts, "a", "new")
	prepare(t, e, txn, testXID(t, 1, "g", ""))
	for range settledAfter {
		checkpoint(t, e)
	}
	pinned := func(when string) {
		t.Helper()
		if err := e.cutLog(); err != nil {
			t.Fatal(err)
		}
		if e.log.KeepFrom() > txn.prepLSN {
			t.Errorf("%s: the log is kept from %d, the PREPARE is at %d", when, e.log.KeepFrom(), txn.prepLSN)
		}
	}
	if err := e.relocate(); err != nil || !txn.moved {
		t.Fatal(txn.moved, err)
	}
	pinned("the rows are not durable")
	if err := errors.Join(e.db.Flush(), e.LogDecision(&Decision{Txn: txn})); err != nil {
		t.Fatal(err)
	}
	pinned("the outcome is not carried out")
}
