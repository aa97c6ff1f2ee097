package xadb

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/xadb/xadb/xid"
)

func beginTx(t *testing.T, db *DB, o TxOptions) *Tx {
	t.Helper()
	tx, err := db.Begin(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tx.Rollback() })
	return tx
}

// TestLockCalls: what each call of a second transaction meets while a first one
// holds a row Shared, a row Exclusive and a range Shared.
func TestLockCalls(t *testing.T) {
	ctx := context.Background()
	db, err := OpenMem(ctx, Options{LockTimeout: 10 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(ctx)
	tbl, err := db.Table(ctx, "t")
	if err != nil {
		t.Fatal(err)
	}
	first := beginTx(t, db, TxOptions{})
	if _, _, err := first.GetForShare(tbl, []byte("s")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := first.GetForUpdate(tbl, []byte("x")); err != nil {
		t.Fatal(err)
	}
	if err := first.LockRange(tbl, Range{Start: []byte("m"), End: []byte("n")}, Shared); err != nil {
		t.Fatal(err)
	}
	second := beginTx(t, db, TxOptions{})
	get := func(key string) error { _, _, err := second.GetForShare(tbl, []byte(key)); return err }
	try := func(key string, m LockMode) bool {
		ok, err := second.TryLock(tbl, []byte(key), m)
		if err != nil {
			t.Error(err)
		}
		return ok
	}
	if err := get("s"); err != nil {
		t.Errorf("sharing a row: %v", err)
	}
	if err := get("x"); !errors.Is(err, ErrLockTimeout) || errors.Is(err, ErrNoWait) {
		t.Errorf("sharing a row that is locked Exclusive: %v", err)
	}
	second.SetLockTimeout(0)
	if err := second.Put(tbl, []byte("m1"), nil); !errors.Is(err, ErrNoWait) || !errors.Is(err, ErrLockTimeout) {
		t.Errorf("a new row in a range: %v", err)
	}
	if err := second.Put(tbl, []byte("n"), nil); err != nil {
		t.Errorf("a new row behind the range: %v", err)
	}
	if !try("s", Shared) || try("s", Exclusive) || try("x", Shared) || !try("free", Exclusive) {
		t.Error("TryLock took what is not free, or not what is")
	}
}

// TestLocks: the listing names tables, holders and waiters.
func TestLocks(t *testing.T) {
	ctx := context.Background()
	db, err := OpenMem(ctx, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(ctx)
	tbl, err := db.Table(ctx, "accounts")
	if err != nil {
		t.Fatal(err)
	}
	branch := beginTx(t, db, TxOptions{})
	if err := branch.Put(tbl, []byte("k"), []byte("v")); err != nil {
		t.Fatal(err)
	}
	x, err := xid.New(1, []byte("g"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := branch.Prepare(ctx, x); err != nil {
		t.Fatal(err)
	}
	waiter := beginTx(t, db, TxOptions{LockTimeout: time.Minute})
	got := make(chan error, 1)
	go func() {
		_, _, err := waiter.GetForUpdate(tbl, []byte("k"))
		got <- err
	}()
	var held []HeldLock
	var waits []LockWait
	for len(waits) == 0 {
		held, waits = db.Locks()
	}
	found := false
	for _, l := range held {
		found = found || l.Table == "accounts" && l.Kind == "row" && strings.HasSuffix(string(l.Key), "k") && l.Mode == Exclusive && l.Prepared
	}
	if !found {
		t.Errorf("the branch's row is not listed: %+v", held)
	}
	if w := waits[0]; w.Table != "accounts" || w.Kind != "row" || len(w.For) != 1 || w.Since.IsZero() {
		t.Errorf("waiting: %+v", w)
	}
	if err := db.CommitXID(ctx, x); err != nil {
		t.Fatal(err)
	}
	if err := <-got; err != nil {
		t.Errorf("the waiter: %v", err)
	}
}

// TestTryLockRefuses: a row that has changed since the snapshot is a conflict,
// not work to take; a mode that is none is an error, not somebody else's lock.
func TestTryLockRefuses(t *testing.T) {
	ctx := context.Background()
	db, err := OpenMem(ctx, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(ctx)
	jobs := tableOf(t, db, "jobs")
	put(t, db, jobs, "1", "new")
	worker := beginTx(t, db, TxOptions{})
	if _, ok, err := worker.Get(jobs, []byte("1")); !ok || err != nil {
		t.Fatal(ok, err)
	}
	put(t, db, jobs, "1", "done by another")
	if ok, err := worker.TryLock(jobs, []byte("1"), Exclusive); ok || !errors.Is(err, ErrConflict) {
		t.Errorf("a row that has changed: %v, %v", ok, err)
	}
	if ok, err := worker.TryLock(jobs, []byte("2"), 77); ok || err == nil {
		t.Errorf("a mode that is none: %v, %v", ok, err)
	}
}
