package engine

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/engine/lock"
)

// at commits one row in a transaction of its own.
func at(t *testing.T, e *Engine, key, val string) {
	t.Helper()
	txn := e.Begin()
	put(t, txn, accounts, key, val)
	commit(t, e, txn)
}

func mustGet(t *testing.T, txn *Txn, key string) string {
	t.Helper()
	v, ok, err := txn.Get(accounts, []byte(key))
	if err != nil {
		t.Fatal(err)
	}
	if !ok {
		return "<none>"
	}
	return string(v)
}

// TestReadCommitted: each call sees what is newest, and a statement one
// snapshot.
func TestReadCommitted(t *testing.T) {
	e := open(t, vfs.NewMem())
	at(t, e, "a", "1")
	txn := e.BeginWith(TxnOptions{Isolation: ReadCommitted})
	if got := mustGet(t, txn, "a"); got != "1" {
		t.Errorf("a is %s", got)
	}
	at(t, e, "a", "2")
	if got := mustGet(t, txn, "a"); got != "2" {
		t.Errorf("the next call sees %s", got)
	}
	txn.BeginStatement()
	if got := mustGet(t, txn, "a"); got != "2" {
		t.Errorf("a is %s", got)
	}
	at(t, e, "a", "3")
	if got := mustGet(t, txn, "a") + " " + scan(t, txn.Scan(accounts, nil, nil)); got != "2 a=2" {
		t.Errorf("the statement's snapshot moved: %s", got)
	}
	txn.EndStatement()
	put(t, txn, accounts, "a", "4") // changed since it was read: no conflict at this level
	txn.BeginStatement()
	if got := scan(t, txn.Scan(accounts, nil, nil)); got != "a=4" {
		t.Errorf("the next statement sees %s", got)
	}
	commit(t, e, txn)
}

// TestC16_Conflicts: the first updater wins, whatever the second does with the
// row; catalog rows and current reads are exempt.
func TestC16_Conflicts(t *testing.T) {
	writes := map[string]func(*Txn) error{
		"put":    func(txn *Txn) error { return txn.Put(bg, accounts, []byte("a"), []byte("mine")) },
		"delete": func(txn *Txn) error { return txn.Delete(bg, accounts, []byte("a")) },
		"read": func(txn *Txn) error {
			_, _, err := txn.GetForUpdate(bg, accounts, []byte("a"), lock.Shared)
			return err
		},
		"range": func(txn *Txn) error { _, err := txn.DeleteRange(bg, accounts, nil, nil); return err },
	}
	others := map[string]func(*Txn) error{
		"changed":     func(txn *Txn) error { return txn.Put(bg, accounts, []byte("a"), []byte("2")) },
		"deleted":     func(txn *Txn) error { return txn.Delete(bg, accounts, []byte("a")) },
		"same bytes":  func(txn *Txn) error { return txn.Put(bg, accounts, []byte("a"), []byte("1")) },
		"not changed": func(txn *Txn) error { return txn.Put(bg, accounts, []byte("b"), []byte("1")) },
		"change undone": func(txn *Txn) error {
			sp := txn.Savepoint()
			return errors.Join(txn.Put(bg, accounts, []byte("a"), []byte("2")), txn.RollbackTo(sp))
		},
	}
	for what, write := range writes {
		for how, other := range others {
			for _, o := range []TxnOptions{{}, {CurrentReads: true}, {Isolation: ReadCommitted}} {
				t.Run(fmt.Sprintf("%s/%s/%v-%v", what, how, o.Isolation, o.CurrentReads), func(t *testing.T) {
					e := open(t, vfs.NewMem())
					at(t, e, "a", "1")
					txn := e.BeginWith(o)
					mustGet(t, txn, "a")
					first := e.Begin()
					if err := other(first); err != nil {
						t.Fatal(err)
					}
					commit(t, e, first)
					want := o == (TxnOptions{}) && how != "not changed" && how != "change undone"
					if err := write(txn); errors.Is(err, ErrConflict) != want || err != nil && !want {
						t.Errorf("got %v, conflict wanted: %v", err, want)
					}
					if err := e.Rollback(txn, true); err != nil {
						t.Error(err)
					}
				})
			}
		}
	}
}

// TestC16_ChangedAndBack: a row that changed and changed back has changed, as
// long as the table of recent writes knows it; beyond that the bytes decide.
func TestC16_ChangedAndBack(t *testing.T) {
	for _, c := range []struct {
		between int
		want    bool
	}{{0, true}, {1000, false}} {
		o := testOptions(vfs.NewMem())
		o.RecentWrites = 16
		e, err := Open(bg, "store", o)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(e.Abandon)
		at(t, e, "a", "1")
		txn := e.Begin()
		mustGet(t, txn, "a")
		at(t, e, "a", "2")
		at(t, e, "a", "1")
		for i := range c.between {
			at(t, e, fmt.Sprint("other", i), "x")
		}
		if err := txn.Put(bg, accounts, []byte("a"), nil); errors.Is(err, ErrConflict) != c.want {
			t.Errorf("%d writes later: %v, conflict wanted: %v", c.between, err, c.want)
		}
		at(t, e, "b", "2")
		if err := txn.Put(bg, accounts, []byte("b"), nil); !errors.Is(err, ErrConflict) {
			t.Errorf("a new row: %v", err)
		}
	}
}

// TestC14_SnapshotNumber: a snapshot's number is the one of the last commit
// that it shows, however many commit while it is taken.
func TestC14_SnapshotNumber(t *testing.T) {
	e := open(t, vfs.NewMem())
	stop := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := 1; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			txn := e.Begin()
			if err := txn.Put(bg, accounts, []byte("n"), fmt.Append(nil, i)); err != nil {
				t.Error(err)
				return
			}
			if err := e.Commit(txn, true); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	for range 200 {
		txn := e.Begin()
		got := mustGet(t, txn, "n")
		number, err := txn.snap.commitNo(e)
		if err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprint(number); got != want && !(number == 0 && got == "<none>") {
			t.Errorf("the snapshot of commit %s says %s", got, want)
		}
		if err := e.Rollback(txn, true); err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	<-done
}

// TestReadOnly: it reads and locks, and changes nothing.
func TestReadOnly(t *testing.T) {
	e := open(t, vfs.NewMem())
	at(t, e, "a", "1")
	txn := e.BeginWith(TxnOptions{ReadOnly: true})
	_, rangeErr := txn.DeleteRange(bg, accounts, nil, nil)
	for what, err := range map[string]error{
		"Put": txn.Put(bg, accounts, []byte("a"), nil), "Delete": txn.Delete(bg, accounts, []byte("a")), "DeleteRange": rangeErr,
	} {
		if !errors.Is(err, ErrReadOnly) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if v, _, err := txn.GetForUpdate(bg, accounts, []byte("a"), lock.Shared); string(v) != "1" || err != nil {
		t.Errorf("GetForUpdate: %s, %v", v, err)
	}
	commit(t, e, txn)
}

// TestUnknownIsolation: a level that does not exist is an error, not a default.
func TestUnknownIsolation(t *testing.T) {
	e := open(t, vfs.NewMem())
	txn := e.BeginWith(TxnOptions{Isolation: 7})
	if _, _, err := txn.Get(accounts, nil); !errors.Is(err, ErrRollbackOnly) {
		t.Error(err)
	}
	if err := e.Commit(txn, true); !errors.Is(err, ErrRollbackOnly) {
		t.Error(err)
	}
	if err := e.Rollback(txn, true); err != nil {
		t.Error(err)
	}
}

// TestC12_ContextEndsLockWait: a context that ends ends the wait and nothing
// else: the transaction goes on.
func TestC12_ContextEndsLockWait(t *testing.T) {
	e := open(t, vfs.NewMem())
	holder := e.Begin()
	put(t, holder, accounts, "a", "1")
	ctx, cancel := context.WithCancel(bg)
	calls := map[string]func(*Txn) error{
		"put": func(txn *Txn) error { return txn.Put(ctx, accounts, []byte("a"), nil) },
		"get": func(txn *Txn) error {
			_, _, err := txn.GetForUpdate(ctx, accounts, []byte("a"), lock.Shared)
			return err
		},
		"table":        func(txn *Txn) error { return txn.LockTable(ctx, accounts, lock.Exclusive) },
		"serializable": func(txn *Txn) error { _, _, err := txn.Get(accounts, []byte("a")); return err },
	}
	type outcome struct {
		what string
		txn  *Txn
		err  error
	}
	results := make(chan outcome)
	for what, call := range calls {
		txn := e.BeginWith(TxnOptions{Isolation: Serializable, LockTimeout: -1, Context: ctx})
		go func() { results <- outcome{what, txn, call(txn)} }()
	}
	for waiting(e) < len(calls) {
		time.Sleep(time.Millisecond) // their waits are other goroutines' doing
	}
	cancel()
	for range calls {
		r := <-results
		if !errors.Is(r.err, context.Canceled) {
			t.Errorf("%s: %v", r.what, r.err)
		}
		put(t, r.txn, history, r.what, "goes on")
		commit(t, e, r.txn)
	}
	commit(t, e, holder)
}

// waiting counts the lock requests that wait.
func waiting(e *Engine) int {
	_, waits := e.Locks().Dump()
	return len(waits)
}
