package engine

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

func TestSnapshotIsolation(t *testing.T) {
	e := open(t, vfs.NewMem())
	a, b := e.Begin(), e.Begin()
	for _, txn := range []*Txn{a, b} {
		if _, _, err := txn.Get(accounts, []byte("n")); err != nil {
			t.Fatal(err)
		}
	}
	put(t, a, accounts, "n", "1")
	commit(t, e, a)
	if err := b.Put(bg, accounts, []byte("n"), []byte("2")); !errors.Is(err, ErrConflict) {
		t.Errorf("C16: lost update: %v", err)
	}
	if err := e.Rollback(b, true); err != nil {
		t.Fatal(err)
	}
}

func TestDeadlockVictimMustRollBack(t *testing.T) {
	e := open(t, vfs.NewMem())
	a, b := e.Begin(), e.Begin()
	for _, txn := range []*Txn{a, b} {
		txn.SetLockTimeout(10 * time.Second)
	}
	put(t, a, accounts, "1", "a")
	put(t, b, accounts, "2", "b")
	done := make(chan error)
	go func() { done <- a.Put(bg, accounts, []byte("2"), []byte("a")) }()
	for waiting(e) == 0 {
		time.Sleep(time.Millisecond) // a's wait is another goroutine's doing
	}
	err := b.Put(bg, accounts, []byte("1"), []byte("b"))
	if !errors.Is(err, ErrDeadlock) {
		t.Fatalf("who asked last is the victim: %v", err)
	}
	b.SetXID(testXID(t, 1, "g", ""), true, false)
	if err := e.Prepare(b, true); StatusOf(err) != XARBDeadlock {
		t.Errorf("prepare of a victim: %v", err)
	}
	if err := e.Rollback(b, true); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	commit(t, e, a)
}

// TestK5_PreparedIsNoVictim: transactions that wait for a prepared branch, and for
// each other behind it, are no deadlock, however young the branch is; where there
// is one, an active transaction ends it. So it is after a restart.
func TestK5_PreparedIsNoVictim(t *testing.T) {
	fs := vfs.NewMem()
	e := open(t, fs)
	x := testXID(t, 1, "p", "")
	for _, restarted := range []bool{false, true} {
		if restarted {
			e.Abandon()
			e = open(t, fs)
		}
		a, b := e.Begin(), e.Begin()
		if !restarted {
			branch := e.Begin() // has not done more than both
			put(t, branch, accounts, "p", "1")
			prepare(t, e, branch, x)
		}
		put(t, a, accounts, "a", "a")
		put(t, b, accounts, "b", "b")
		for _, txn := range []*Txn{a, b} {
			txn.SetLockTimeout(20 * time.Millisecond)
		}
		done := make(chan error, 1)
		go func() { done <- a.Put(bg, accounts, []byte("p"), []byte("a")) }()
		for _, err := range []error{b.Put(bg, accounts, []byte("p"), []byte("b")), <-done} {
			if !errors.Is(err, ErrLockTimeout) {
				t.Errorf("restarted %t: waiting for a branch: %v", restarted, err)
			}
		}
		a.SetLockTimeout(10 * time.Second)
		go func() { done <- a.Put(bg, accounts, []byte("b"), []byte("a")) }()
		for waiting(e) == 0 {
			time.Sleep(time.Millisecond) // a's wait is another goroutine's doing
		}
		if err := b.Put(bg, accounts, []byte("a"), []byte("b")); !errors.Is(err, ErrDeadlock) {
			t.Errorf("restarted %t: who asked last is the victim: %v", restarted, err)
		}
		if err := e.Rollback(b, true); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(<-done, e.Rollback(a, true)); err != nil {
			t.Errorf("restarted %t: the other one goes on: %v", restarted, err)
		}
		if p := e.Prepared(); len(p) != 1 || p[0].XID != x {
			t.Fatalf("restarted %t: prepared %v", restarted, p)
		}
	}
	if err := e.CommitByXID(x); err != nil {
		t.Error(err)
	}
}

func TestLimitsAndLocks(t *testing.T) {
	fs := vfs.NewMem()
	e := open(t, fs)
	txn := e.Begin()
	if err := txn.Put(bg, accounts, make([]byte, KeyMax+1), nil); !errors.Is(err, ErrKey) {
		t.Errorf("long key: %v", err)
	}
	long := Table{ID: 16, DB: "d", Name: strings.Repeat("n", NameMax+1)}
	if err := txn.Put(bg, long, []byte("a"), nil); !errors.Is(err, ErrKey) {
		t.Errorf("long name: %v", err)
	}
	big := make([]byte, ValueMax)
	if err := txn.Put(bg, accounts, []byte("a"), big); !errors.Is(err, ErrTxnTooLarge) {
		t.Errorf("large write set: %v", err)
	}
	put(t, txn, accounts, "a", "1")
	commit(t, e, txn)
	if _, err := Open(bg, "store", testOptions(fs)); !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), "process") {
		t.Errorf("opened twice: %v", err)
	}
	if err := e.Close(bg); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(bg); err != nil {
		t.Errorf("second Close: %v", err)
	}
	if _, _, err := e.Begin().Get(accounts, []byte("a")); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	e = open(t, fs)
	if got := get(t, e, accounts, "a"); got != "1" {
		t.Errorf("a = %s", got)
	}
}
