package xadb

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/xadb/xadb/internal/clock"
	"github.com/xadb/xadb/xid"
)

// Counters that everybody increments: no increment is lost, and conflicts are
// tried again.
func TestUpdateRetries(t *testing.T) {
	db := openTest(t, Options{})
	tbl := tableOf(t, db, "t")
	const workers, rounds = 4, 25
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for range rounds {
				err := db.Update(bg, func(tx *Tx) error {
					v, _, err := tx.Get(tbl, []byte("n"))
					if err != nil {
						return err
					}
					n, _ := strconv.Atoi(string(v))
					return tx.Put(tbl, []byte("n"), strconv.AppendInt(nil, int64(n+1), 10))
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if s := listAll(t, db, tbl); s != "n="+strconv.Itoa(workers*rounds) {
		t.Error(s)
	}
}

// Errors that another try would not cure are returned as they are.
func TestUpdateReturnsOtherErrors(t *testing.T) {
	db := openTest(t, Options{})
	tbl := tableOf(t, db, "t")
	mine := errors.New("mine")
	n := 0
	err := db.Update(bg, func(tx *Tx) error {
		n++
		return errors.Join(tx.Put(tbl, []byte("k"), nil), mine)
	})
	if !errors.Is(err, mine) || n != 1 {
		t.Errorf("%v after %d tries", err, n)
	}
	if s := listAll(t, db, tbl); s != "" {
		t.Error(s)
	}
}

// A stoppedClock fires timers at once, or never.
type stoppedClock struct {
	clock.Clock
	never bool
}

func (c stoppedClock) NewTimer(time.Duration) Timer {
	if c.never {
		return c.Clock.NewTimer(time.Hour)
	}
	return c.Clock.NewTimer(0)
}

func TestUpdateGivesUp(t *testing.T) {
	db := openTest(t, Options{Clock: stoppedClock{Clock: clock.Real}})
	n := 0
	err := db.Update(bg, func(*Tx) error { n++; return ErrConflict })
	if !errors.Is(err, ErrConflict) || n != UpdateTries {
		t.Errorf("%v after %d tries", err, n)
	}
	db = openTest(t, Options{Clock: stoppedClock{clock.Real, true}})
	ctx, cancel := context.WithCancelCause(bg)
	why := errors.New("not what callers test for")
	err = db.Update(ctx, func(*Tx) error { cancel(why); return ErrDeadlock })
	if !errors.Is(err, ErrDeadlock) || !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// A panic rolls back, gives the locks up, and goes on.
func TestUpdatePanics(t *testing.T) {
	db := openTest(t, Options{LockTimeout: time.Minute})
	tbl := tableOf(t, db, "t")
	func() {
		defer func() {
			if r := recover(); r != "mine" {
				t.Errorf("recovered %v", r)
			}
		}()
		_ = db.Update(bg, func(tx *Tx) error {
			if err := tx.Put(tbl, []byte("k"), []byte("1")); err != nil {
				t.Error(err)
			}
			panic("mine")
		})
	}()
	put(t, db, tbl, "k=2") // would wait for the lock
	if s := listAll(t, db, tbl); s != "k=2" {
		t.Error(s)
	}
	if err := db.Close(bg); err != nil { // would wait for the call
		t.Error(err)
	}
}

// A View sees what was committed when it began, blocks no writer, and is not
// blocked by a prepared branch.
func TestView(t *testing.T) {
	db := openTest(t, Options{LockTimeout: time.Minute})
	tbl := tableOf(t, db, "t")
	put(t, db, tbl, "a=1")
	err := db.View(bg, func(s *Snap) error {
		put(t, db, tbl, "a=2", "b=2")
		tx := begin(t, db, TxOptions{})
		if err := tx.Put(tbl, []byte("a"), []byte("3")); err != nil {
			return err
		}
		if _, err := tx.Prepare(bg, branch(t, "x")); err != nil {
			return err
		}
		if got := list(t, s, tbl, Range{}); got != "a=1" {
			t.Error(got)
		}
		v, ok, err := s.Get(tbl, []byte("a"))
		if string(v) != "1" || !ok {
			t.Errorf("%q %v", v, ok)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := listAll(t, db, tbl); got != "a=2 b=2" {
		t.Error(got)
	}
}

// A Snap and a named view show their moment for as long as they are open.
func TestSnapshots(t *testing.T) {
	db := openTest(t, Options{})
	tbl := tableOf(t, db, "t")
	put(t, db, tbl, "a=1")
	snap, err := db.Snapshot(bg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.CreateView("v"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.CreateView("v"); !errors.Is(err, ErrViewExists) {
		t.Error(err)
	}
	put(t, db, tbl, "a=2")
	view, err := db.OpenView("v")
	if err != nil {
		t.Fatal(err)
	}
	if v := db.Views(); len(v) != 1 || v[0].Name != "v" {
		t.Errorf("%+v", v)
	}
	if err := db.ReleaseView("v"); err != nil {
		t.Error(err)
	}
	for _, s := range []*Snap{snap, view} {
		if got := list(t, s, tbl, Range{}); got != "a=1" {
			t.Error(got)
		}
		if got := list(t, s, tbl, Range{}.Backward()); got != "a=1" {
			t.Error(got)
		}
		s.Close()
		s.Close()
		if _, _, err := s.Get(tbl, []byte("a")); !errors.Is(err, ErrTxDone) {
			t.Error(err)
		}
	}
	_, openErr := db.OpenView("v")
	for _, err := range []error{openErr, db.ReleaseView("v")} {
		if !errors.Is(err, ErrUnknownView) {
			t.Error(err)
		}
	}
}

// TestGet: a read without a transaction sees what was committed last, nothing
// that was not, and heeds its context and the store's end.
func TestGet(t *testing.T) {
	db := openTest(t, Options{})
	tbl := tableOf(t, db, "t")
	get := func(ctx context.Context) string {
		val, ok, err := db.Get(ctx, tbl, []byte("a"))
		switch {
		case err != nil:
			return err.Error()
		case !ok:
			return "none"
		}
		return string(val)
	}
	if got := get(bg); got != "none" {
		t.Error(got)
	}
	put(t, db, tbl, "a=1")
	err := db.Update(bg, func(tx *Tx) error {
		if err := tx.Put(tbl, []byte("a"), []byte("2")); err != nil {
			return err
		}
		if got := get(bg); got != "1" {
			t.Errorf("ahead of the commit: %s", got)
		}
		return nil
	})
	if got := get(bg); err != nil || got != "2" {
		t.Errorf("behind the commit: %s, %v", got, err)
	}
	ended, end := context.WithCancel(bg)
	end()
	if got := get(ended); got != context.Canceled.Error() {
		t.Errorf("a context that has ended: %s", got)
	}
	if err := db.Close(bg); err != nil {
		t.Fatal(err)
	}
	if _, _, err := db.Get(bg, tbl, []byte("a")); !errors.Is(err, ErrClosed) {
		t.Errorf("a closed store: %v", err)
	}
}

// TestEndedContext: a context that has ended begins nothing.
func TestEndedContext(t *testing.T) {
	db := memStore(t)
	ctx, cancel := context.WithCancel(bg)
	cancel()
	ran := 0
	err := db.Update(ctx, func(*Tx) error { ran++; return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Update: %v", err)
	}
	c, cerr := NewCoordinator(bg, db)
	if cerr != nil {
		t.Fatal(cerr)
	}
	if err := c.Run(ctx, func([]*Tx) error { ran++; return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("Run: %v", err)
	}
	if ran > 0 {
		t.Errorf("ran %d times", ran)
	}
}

// TestNullXID: a branch has a name.
func TestNullXID(t *testing.T) {
	db := memStore(t)
	tx := beginTx(t, db, TxOptions{})
	if _, err := tx.Prepare(bg, xid.XID{}); !errors.Is(err, ErrInvalidXID) {
		t.Errorf("the zero XID: %v", err)
	}
}

func memStore(t *testing.T) *DB {
	t.Helper()
	db, err := OpenMem(bg, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close(bg) })
	return db
}
