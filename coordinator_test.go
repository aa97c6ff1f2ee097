package xadb_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/xadb/xadb"
	"github.com/xadb/xadb/enginetest"
	"github.com/xadb/xadb/internal/failpoint"
	"github.com/xadb/xadb/xid"
)

var bg = context.Background()

// A bank is stores that a coordinator keeps in step: in each, one row says how
// many transactions there were.
type bank struct {
	t      testing.TB
	co     *xadb.Coordinator
	stores []*xadb.DB
	rows   []*xadb.TypedTable[string, string]
}

// openBank opens one store on each disk, and the coordinator.
func openBank(t testing.TB, o xadb.Options, disks ...*enginetest.Disk) *bank {
	t.Helper()
	b := &bank{t: t}
	for i, d := range disks {
		db := d.Open(fmt.Sprint("store", i), o)
		tbl, err := xadb.NewTable(bg, db, "t", xadb.StringKey, xadb.StringValue)
		if err != nil {
			t.Fatal(err)
		}
		b.stores, b.rows = append(b.stores, db), append(b.rows, tbl)
	}
	co, err := xadb.NewCoordinator(bg, b.stores[0], b.stores[1:]...)
	if err != nil {
		t.Fatal(err)
	}
	b.co = co
	return b
}

// count makes every store count one further.
func (b *bank) count() error {
	return b.co.Run(bg, func(txs []*xadb.Tx) error {
		for i, tx := range txs {
			v, _, err := b.rows[i].Get(tx, "n")
			if err != nil {
				return err
			}
			n, _ := strconv.Atoi(v)
			if err := b.rows[i].Put(tx, "n", strconv.Itoa(n+1)); err != nil {
				return err
			}
		}
		return nil
	})
}

// agreed is what the stores agree on. Nothing is in doubt, and no decision is
// kept.
func (b *bank) agreed() int {
	b.t.Helper()
	var counts []string
	for i, db := range b.stores {
		err := db.View(bg, func(s *xadb.Snap) error {
			v, _, err := b.rows[i].Get(s, "n")
			counts = append(counts, v)
			return err
		})
		if err != nil {
			b.t.Fatal(err)
		}
		for p, err := range db.Recover(bg) {
			b.t.Errorf("store %d still has %v %v", i, p, err)
		}
	}
	for _, c := range counts {
		if c != counts[0] {
			b.t.Fatalf("the stores have %q", counts)
		}
	}
	if n, err := b.stores[0].Decisions(); n != 0 || err != nil {
		b.t.Errorf("%d decisions are kept, %v", n, err)
	}
	n, _ := strconv.Atoi(counts[0])
	return n
}

// copies is the same disk for each of n stores.
func copies(d *enginetest.Disk, n int) (disks []*enginetest.Disk) {
	for range n {
		disks = append(disks, d)
	}
	return disks
}

// TestCoordinatorCrash cuts the power at every operation of a few runs: all
// stores agree afterwards, on what was acknowledged or on one more; and they do
// if the power fails again while the coordinator settles it.
func TestCoordinatorCrash(t *testing.T) {
	t.Run("two stores", func(t *testing.T) { coordinatorCrash(t, xadb.Options{}, 2) })
	t.Run("three stores with a binlog", func(t *testing.T) { coordinatorCrash(t, xadb.Options{Binlog: true}, 3) })
}

func coordinatorCrash(t *testing.T, o xadb.Options, stores int) {
	d := enginetest.New(t)
	b := openBank(t, o, copies(d, stores)...)
	acked := []int{d.Ops()} // by count: when it was acknowledged
	for range 2 {
		if err := b.count(); err != nil {
			t.Fatal(err)
		}
		acked = append(acked, d.Ops())
	}
	for op := acked[0]; op <= d.Ops(); op++ {
		least := 0
		for n, at := range acked {
			if at <= op {
				least = n
			}
		}
		image := d.CrashAt(op, uint64(op%5))
		check := func(d *enginetest.Disk, when string) {
			b := openBank(t, o, copies(d, stores)...)
			if n := b.agreed(); n < least || n > least+1 {
				t.Errorf("crash at %d%s: %d, want %d or one more", op, when, n, least)
			}
			for _, db := range b.stores {
				if err := db.Close(bg); err != nil {
					t.Error(err)
				}
			}
		}
		before := image.Ops()
		check(image, "")
		if op%3 == 0 { // again, somewhere in what the recovery did
			again := before + (image.Ops()-before)*(op%7)/7
			check(image.CrashAt(again, uint64(op%4)), fmt.Sprintf(", again at %d", again))
		}
	}
}

// TestCoordinatorFailures: one store's disk fails at some write or sync, the
// others live on. Once that store is open again, and the coordinator with it,
// all agree, and what Run said was true.
func TestCoordinatorFailures(t *testing.T) {
	for store := range 3 {
		for n := 1; n <= 3; n++ {
			for name, fail := range map[string]func(*enginetest.Disk, int){
				"write": (*enginetest.Disk).FailWrite, "sync": (*enginetest.Disk).FailSync,
				"late sync": (*enginetest.Disk).FailSyncLate,
			} {
				t.Run(fmt.Sprintf("store%d %s%d", store, name, n), func(t *testing.T) {
					disks := []*enginetest.Disk{enginetest.New(t), enginetest.New(t), enginetest.New(t)}
					coordinatorFailure(t, disks, store, func() { fail(disks[store], n) })
				})
			}
		}
	}
}

func coordinatorFailure(t *testing.T, disks []*enginetest.Disk, store int, fail func()) {
	b := openBank(t, xadb.Options{}, disks...)
	if err := b.count(); err != nil {
		t.Fatal(err)
	}
	least, most := 1, 1
	var err error
	for n := range 64 {
		if n%8 == 0 { // the log's next file, made in the background, may take a fault, which harms nobody
			fail()
		}
		before := err
		err = b.count()
		switch {
		case err == nil || errors.Is(err, xadb.ErrUnfinished):
			least, most = least+1, most+1
		case errors.Is(err, xadb.ErrUnknownOutcome):
			most++
		}
		if before != nil {
			break
		}
	}
	if err == nil {
		t.Error("a store has failed, and the coordinator goes on")
	}
	disks[store].Heal()
	for i, db := range b.stores { // those that live are closed in order, the other is not
		if err := db.Close(bg); (err == nil) == (i == store) {
			t.Errorf("closing store %d: %v", i, err)
		}
	}
	disks[store] = disks[store].Crash(uint64(least))
	b = openBank(t, xadb.Options{}, disks...)
	if n := b.agreed(); n < least || n > most {
		t.Errorf("the stores agree on %d, want %d to %d", n, least, most)
	}
	for _, db := range b.stores {
		if err := db.Close(bg); err != nil {
			t.Error(err)
		}
	}
}

// TestCoordinatorRollback: what fn refuses, or panics over, is nowhere.
func TestCoordinatorRollback(t *testing.T) {
	d := enginetest.New(t)
	b := openBank(t, xadb.Options{LockTimeout: time.Second}, d, d)
	if err := b.count(); err != nil {
		t.Fatal(err)
	}
	put := func(txs []*xadb.Tx) {
		for i, tx := range txs {
			if err := b.rows[i].Put(tx, "n", "9"); err != nil {
				t.Error(err)
			}
		}
	}
	mine := errors.New("mine")
	if err := b.co.Run(bg, func(txs []*xadb.Tx) error { put(txs); return mine }); !errors.Is(err, mine) {
		t.Error(err)
	}
	func() {
		defer func() { _ = recover() }()
		_ = b.co.Run(bg, func(txs []*xadb.Tx) error { put(txs); panic(mine) })
	}()
	// A branch that cannot be prepared: the other one is rolled back.
	err := b.co.Run(bg, func(txs []*xadb.Tx) error {
		put(txs)
		return txs[1].Rollback()
	})
	if !errors.Is(err, xadb.ErrTxDone) {
		t.Error(err)
	}
	for range 3 {
		if err := b.count(); err != nil {
			t.Fatal(err)
		}
	}
	b = openBank(t, xadb.Options{}, copies(d.Crash(0), 2)...)
	if n := b.agreed(); n != 4 {
		t.Error(n)
	}
}

// TestCoordinatorTogether: many runs at once, by two coordinators of which one
// is made while the other is busy, lose no count.
func TestCoordinatorTogether(t *testing.T) {
	d := enginetest.New(t)
	b := openBank(t, xadb.Options{}, d, d, d)
	const workers, rounds = 4, 25
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for range rounds {
				if err := b.count(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 10 {
		if _, err := xadb.NewCoordinator(bg, b.stores[0], b.stores[1:]...); err != nil {
			t.Error(err)
		}
	}
	wg.Wait()
	b = openBank(t, xadb.Options{}, copies(d.Crash(0), 3)...)
	if n := b.agreed(); n != workers*rounds {
		t.Error(n)
	}
}

// TestCoordinatorLeavesTheBusyAlone: whatever step a run has come to, a
// coordinator that is made meanwhile neither decides for it nor forgets.
func TestCoordinatorLeavesTheBusyAlone(t *testing.T) {
	for _, step := range []string{"co.before_prepare", "co.after_prepare", "co.before_decide", "co.after_decide", "co.after_commit"} {
		b := openBank(t, xadb.Options{}, copies(enginetest.New(t), 3)...)
		times := 0
		err := failpoint.SetHook(step, func() error {
			times++
			_, err := xadb.NewCoordinator(bg, b.stores[0], b.stores[1:]...)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		err = b.count()
		failpoint.Reset()
		if err != nil || times == 0 {
			t.Errorf("%s: %v after %d times", step, err, times)
		}
		b.settle()
		if n := b.agreed(); n != 1 {
			t.Errorf("%s: %d", step, n)
		}
	}
}

// TestCoordinatorStops: a run that ends at any step, as if its goroutine had,
// leaves nothing that a new coordinator cannot settle.
func TestCoordinatorStops(t *testing.T) {
	for step, want := range map[string]struct {
		err   error
		count int
	}{
		"co.before_prepare": {failpoint.ErrInjected, 0}, "co.after_prepare": {failpoint.ErrInjected, 0},
		"co.before_decide": {failpoint.ErrInjected, 0}, "co.after_decide": {xadb.ErrUnfinished, 1},
		"co.after_commit": {xadb.ErrUnfinished, 1},
	} {
		b := openBank(t, xadb.Options{}, copies(enginetest.New(t), 3)...)
		err := failpoint.SetHook(step, func() error {
			b.settle() // even if somebody settles just then
			return failpoint.ErrInjected
		})
		if err != nil {
			t.Fatal(err)
		}
		err = b.count()
		failpoint.Reset()
		if !errors.Is(err, want.err) {
			t.Errorf("%s: %v", step, err)
		}
		b.settle()
		if n := b.agreed(); n != want.count {
			t.Errorf("%s: %d", step, n)
		}
	}
}

// TestCoordinatorFirstIsStopped: the first store stops for another's sake before
// the decision reaches its log. Nothing is unknown then, and the branches of the
// others end at once.
func TestCoordinatorFirstIsStopped(t *testing.T) {
	disks := []*enginetest.Disk{enginetest.New(t), enginetest.New(t)}
	b := openBank(t, xadb.Options{LockTimeout: time.Second}, disks...)
	err := failpoint.SetHook("co.before_decide", func() error {
		var err error
		for n := 0; err == nil && n < 10; n++ { // the sync of a spare segment may be the one that fails
			disks[0].FailSync(1)
			err = b.stores[0].Update(bg, func(tx *xadb.Tx) error { return b.rows[0].Put(tx, "other", "") })
		}
		if err == nil {
			t.Error("the store goes on after failed syncs")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	err = b.count()
	failpoint.Reset()
	if !errors.Is(err, xadb.ErrPoisoned) || errors.Is(err, xadb.ErrUnknownOutcome) {
		t.Error(err)
	}
	if err := b.stores[1].Update(bg, func(tx *xadb.Tx) error { return b.rows[1].Put(tx, "n", "0") }); err != nil {
		t.Errorf("the other store's row: %v", err)
	}
	for p, err := range b.stores[1].Recover(bg) {
		t.Errorf("the other store still has %v %v", p, err)
	}
}

// settle is what a new coordinator does with what the last one left.
func (b *bank) settle() {
	b.t.Helper()
	if _, err := xadb.NewCoordinator(bg, b.stores[0], b.stores[1:]...); err != nil {
		b.t.Fatal(err)
	}
}

// decideOnly is a count that stops behind the decision: it is committed in the
// first store, and prepared in the others.
func (b *bank) decideOnly() {
	b.t.Helper()
	if err := failpoint.Enable("co.after_decide=error"); err != nil {
		b.t.Fatal(err)
	}
	defer failpoint.Reset()
	if err := b.count(); !errors.Is(err, xadb.ErrUnfinished) {
		b.t.Fatal(err)
	}
}

// TestCoordinatorElsewhere: a decision about a store that is not here is kept
// until it is.
func TestCoordinatorElsewhere(t *testing.T) {
	disks := []*enginetest.Disk{enginetest.New(t), enginetest.New(t), enginetest.New(t)}
	b := openBank(t, xadb.Options{}, disks...)
	b.decideOnly()
	for i := range disks {
		disks[i] = disks[i].Crash(0)
	}
	two := openBank(t, xadb.Options{}, disks[:2]...)
	if n, err := two.stores[0].Decisions(); n != 1 || err != nil {
		t.Errorf("%d decisions, %v", n, err)
	}
	for _, db := range two.stores {
		if err := db.Close(bg); err != nil {
			t.Fatal(err)
		}
	}
	if n := openBank(t, xadb.Options{}, disks...).agreed(); n != 1 {
		t.Error(n)
	}
}

// TestCoordinatorBranchesAreItsOwn: nobody else names or decides a branch.
func TestCoordinatorBranchesAreItsOwn(t *testing.T) {
	disks := []*enginetest.Disk{enginetest.New(t), enginetest.New(t)}
	b := openBank(t, xadb.Options{}, disks...)
	b.decideOnly()
	db := disks[1].Crash(0).Open("store1", xadb.Options{})
	branches := 0
	for p, err := range db.Recover(bg) {
		if err != nil {
			t.Fatal(err)
		}
		branches++
		if !p.Coordinated {
			t.Errorf("%+v", p)
		}
		for _, err := range []error{db.CommitXID(bg, p.XID), db.RollbackXID(bg, p.XID)} {
			if !errors.Is(err, xadb.ErrCoordinated) {
				t.Error(err)
			}
		}
	}
	if branches != 1 {
		t.Errorf("%d branches", branches)
	}
	tx, err := db.Begin(bg, xadb.TxOptions{})
	if err != nil {
		t.Fatal(err)
	}
	x, err := xid.New(xadb.CoordinatorFormatID, []byte("g"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Prepare(bg, x); !errors.Is(err, xadb.ErrCoordinated) {
		t.Error(err)
	}
	for _, stores := range [][]*xadb.DB{{db, db}, make([]*xadb.DB, xadb.CoordinatorStores+1)} {
		if _, err := xadb.NewCoordinator(bg, stores[0], stores[1:]...); err == nil {
			t.Errorf("a coordinator of %d bad stores", len(stores))
		}
	}
}
