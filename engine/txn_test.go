package engine

import (
	"bytes"
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/engine/lock"
)

// TestStatementBehindSavepoint: rolling back to a savepoint takes the statement
// boundary along. The next statement's failure undoes that statement, no more
// and no less.
func TestStatementBehindSavepoint(t *testing.T) {
	e := open(t, vfs.NewMem())
	txn := e.Begin()
	sp := txn.Savepoint()
	put(t, txn, accounts, "a", "1")
	put(t, txn, accounts, "b", "1")
	if err := e.Commit(txn, false); err != nil { // a statement ends
		t.Fatal(err)
	}
	if err := txn.RollbackTo(sp); err != nil {
		t.Fatal(err)
	}
	put(t, txn, accounts, "c", "1")
	if err := e.Rollback(txn, false); err != nil { // the statement that wrote c
		t.Errorf("statement rollback: %v", err)
	}
	if txn.HasWrites() {
		t.Error("the failed statement's write stays")
	}
	commit(t, e, txn)
	if got := get(t, e, accounts, "c"); got != "<none>" {
		t.Errorf("c is %s", got)
	}
}

// TestFinishedTxn: every call on a transaction that is committed, rolled back
// or prepared is an error or without effect, never a panic.
func TestFinishedTxn(t *testing.T) {
	e := open(t, vfs.NewMem())
	ends := map[string]func(*Txn) error{
		"committed":   func(txn *Txn) error { return e.Commit(txn, true) },
		"rolled back": func(txn *Txn) error { return e.Rollback(txn, true) },
		"prepared": func(txn *Txn) error {
			txn.SetXID(testXID(t, 9, "finished", "b"), true, false)
			return errors.Join(e.Prepare(txn, true), e.FlushLogs(false), e.PublishPrepared(txn, TCPos{}))
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			txn := e.Begin()
			sp := txn.Savepoint()
			put(t, txn, accounts, name, "v")
			if err := end(txn); err != nil {
				t.Fatal(err)
			}
			key := []byte(name)
			_, _, getErr := txn.Get(accounts, key)
			_, _, lockErr := txn.GetForUpdate(bg, accounts, key, lock.Shared)
			for call, err := range map[string]error{
				"Get": getErr, "GetForUpdate": lockErr,
				"Put": txn.Put(bg, accounts, key, key), "Delete": txn.Delete(bg, accounts, key),
				"LockTable": txn.LockTable(bg, accounts, lock.Shared), "RollbackTo": txn.RollbackTo(sp),
				"Scan": txn.Scan(accounts, nil, nil).Close(), "ScanLatest": txn.ScanLatest(accounts, nil, nil).Close(),
				"Prepare": e.Prepare(txn, true),
			} {
				if !errors.Is(err, ErrTxnDone) {
					t.Errorf("%s: %v", call, err)
				}
			}
			if name != "prepared" {
				if err := e.Commit(txn, true); !errors.Is(err, ErrTxnDone) {
					t.Errorf("Commit: %v", err)
				}
				if err := e.Rollback(txn, true); err != nil {
					t.Errorf("Rollback: %v", err)
				}
			}
			if held := txn.locks.Held(); name != "prepared" && len(held) > 0 {
				t.Errorf("locks left: %v", held)
			}
		})
	}
}

// TestOddKeys: empty and longest keys, bytes of every kind and the last table
// ID are rows like others; what is too long is refused, and nothing is stopped.
func TestOddKeys(t *testing.T) {
	fs := vfs.NewMem()
	e := open(t, fs)
	last := Table{ID: 1<<32 - 1, DB: "d", Name: "last"}
	keys := [][]byte{nil, {0}, {0xff}, bytes.Repeat([]byte{0xff}, KeyMax)}
	txn := e.Begin()
	for _, tbl := range []Table{accounts, last} {
		for _, k := range keys {
			if err := txn.Put(bg, tbl, k, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := txn.Put(bg, accounts, make([]byte, KeyMax+1), nil); !errors.Is(err, ErrKey) {
		t.Errorf("a key too long: %v", err)
	}
	if err := txn.Put(bg, accounts, []byte("k"), make([]byte, ValueMax)); !errors.Is(err, ErrTxnTooLarge) {
		t.Errorf("a value too long: %v", err)
	}
	x := testXID(t, 1, string(bytes.Repeat([]byte{0}, 64)), string(bytes.Repeat([]byte{0xff}, 64)))
	prepare(t, e, txn, x)
	e.Abandon()
	e = open(t, fs)
	if got := e.Prepared(); len(got) != 1 || got[0].XID != x || len(got[0].Tables) != 2 {
		t.Fatalf("prepared: %v", got)
	}
	if err := e.CommitByXID(x); err != nil {
		t.Fatal(err)
	}
	reader := e.Begin()
	for _, tbl := range []Table{accounts, last} {
		it, n := reader.Scan(tbl, nil, nil), 0
		for it.Next() {
			if !bytes.Equal(it.Key(), keys[n]) || len(it.Value()) != 0 {
				t.Errorf("row %d of %s is %x", n, tbl.Name, it.Key()[:min(4, len(it.Key()))])
			}
			n++
		}
		if err := it.Close(); err != nil || n != len(keys) {
			t.Errorf("%s: %d rows, %v", tbl.Name, n, err)
		}
	}
}

// TestCloseWithLockWaiters: whoever waits for a lock when the store closes is
// told so at once, however long it was ready to wait.
func TestCloseWithLockWaiters(t *testing.T) {
	for name, end := range map[string]func(e *Engine) error{
		"close":  func(e *Engine) error { return e.Close(bg) },
		"poison": func(e *Engine) error { _ = e.Stop(errors.New("test")); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			e := open(t, vfs.NewMem())
			txn := e.Begin()
			put(t, txn, accounts, "a", "1")
			prepare(t, e, txn, testXID(t, 3, "waiters", name))
			waiter := e.Begin()
			waiter.SetLockTimeout(-1)
			got := make(chan error, 1)
			go func() { got <- waiter.Put(bg, accounts, []byte("a"), []byte("2")) }()
			for waiting(e) == 0 {
				runtime.Gosched()
			}
			within(t, "Close with a waiter", func() {
				if err := end(e); err != nil {
					t.Error(err)
				}
			})
			select {
			case err := <-got:
				if !errors.Is(err, ErrClosed) && !errors.Is(err, ErrPoisoned) {
					t.Errorf("the waiter hears %v", err)
				}
			case <-time.After(5 * time.Second):
				t.Error("the waiter waits on")
				txn.locks.ReleaseAll()
				<-got
			}
		})
	}
}
