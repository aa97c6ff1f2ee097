package engine

import (
	"errors"
	"reflect"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/engine/lock"
)

// TestC15ReadLocksSurvive: under Serializable a prepared branch keeps what it
// has read, rows to come included, across a restart until its outcome.
func TestC15ReadLocksSurvive(t *testing.T) {
	for _, writes := range []bool{false, true} {
		fs := vfs.NewMem()
		e := open(t, fs)
		txn := e.BeginWith(TxnOptions{Isolation: Serializable})
		it := txn.Scan(accounts, []byte("b"), []byte("d"))
		for it.Next() {
		}
		if err := it.Close(); err != nil {
			t.Fatal(err)
		}
		if _, _, err := txn.Get(accounts, []byte("x")); err != nil {
			t.Fatal(err)
		}
		if writes {
			put(t, txn, accounts, "z", "1")
		}
		x := testXID(t, 15, "read", "")
		prepare(t, e, txn, x)
		check := func(when string, held bool) {
			t.Helper()
			other := e.Begin()
			defer func() { _ = e.Rollback(other, true) }()
			for _, key := range []string{"b", "c", "x"} {
				if got, err := other.TryLock(accounts, []byte(key), lock.Exclusive); got == held || err != nil {
					t.Errorf("%s, writes %t: %s is locked for another: %t, %v", when, writes, key, got, err)
				}
			}
			if got, err := other.TryLock(accounts, []byte("d"), lock.Exclusive); !got || err != nil {
				t.Errorf("%s: d, which was not read: %v", when, err)
			}
		}
		check("prepared", true)
		before, _ := e.Locks().Dump()
		e.Abandon()
		e = open(t, fs)
		check("after a restart", true)
		if after, _ := e.Locks().Dump(); !reflect.DeepEqual(before, after) {
			t.Errorf("locks were\n%v\nand are\n%v", before, after)
		}
		if err := e.CommitByXID(x); err != nil {
			t.Fatal(err)
		}
		check("committed", false)
	}
}

func TestLockOps(t *testing.T) {
	for _, l := range []lock.Lock{
		{Target: lock.OfTable(7), Mode: lock.Exclusive},
		{Target: lock.OfRow(7, []byte("k")), Mode: lock.Shared},
		{Target: lock.OfRange(7, []byte("a"), []byte("b")), Mode: lock.Shared},
		{Target: lock.OfRange(1<<32-1, []byte{}, nil), Mode: lock.Exclusive},
	} {
		o := lockOp(l)
		got, err := decodeLock(o.key, o.val, l.Mode)
		if err != nil || got.String() != l.String() {
			t.Errorf("%s came back as %s, %v", l, got, err)
		}
	}
	row := lockOp(lock.Lock{Target: lock.OfRow(7, []byte("k"))})
	for _, bad := range []struct {
		key, val []byte
		mode     lock.Mode
	}{
		{row.key, nil, lock.Shared},
		{row.key, row.val, 3},
		{row.key, []byte{9}, lock.Shared},
		{row.key, []byte{byte(lock.Row), 'e'}, lock.Shared},
		{row.key, []byte{byte(lock.Table)}, lock.Shared},
	} {
		if _, err := decodeLock(bad.key, bad.val, bad.mode); !errors.Is(err, errBody) {
			t.Errorf("%v: %v", bad, err)
		}
	}
}

// TestI10_ExclusiveTable: a branch that has its table to itself keeps it.
func TestI10_ExclusiveTable(t *testing.T) {
	e := open(t, vfs.NewMem())
	txn := e.Begin()
	if err := txn.LockTable(bg, accounts, lock.Exclusive); err != nil {
		t.Fatal(err)
	}
	put(t, txn, accounts, "a", "1")
	prepare(t, e, txn, testXID(t, 1, "b", ""))
	other := e.Begin()
	other.SetLockTimeout(0)
	if err := other.LockTable(bg, accounts, lock.Exclusive); !errors.Is(err, ErrLockTimeout) {
		t.Errorf("somebody else has the branch's table: %v", err)
	}
}

// TestC15KeptLocksSurvive: a prepared branch keeps the lock of a row that it
// depends on, and the shared one on its table, and no other that it has read.
func TestC15KeptLocksSurvive(t *testing.T) {
	ctx := t.Context()
	fs := vfs.NewMem()
	e := open(t, fs)
	parents := Table{ID: accounts.ID + 1, DB: "test", Name: "parents"}
	txn := e.Begin()
	for _, key := range []string{"kept", "read"} {
		if _, _, err := txn.GetForUpdate(ctx, parents, []byte(key), lock.Shared); err != nil {
			t.Fatal(err)
		}
	}
	if err := txn.LockTable(ctx, parents, lock.Shared); err != nil {
		t.Fatal(err)
	}
	txn.KeepLock(parents, []byte("kept"))
	put(t, txn, accounts, "z", "1")
	x := testXID(t, 15, "kept", "")
	prepare(t, e, txn, x)
	check := func(when string, held bool) {
		t.Helper()
		other := e.BeginWith(TxnOptions{LockTimeout: 1})
		defer func() { _ = e.Rollback(other, true) }()
		if got, err := other.TryLock(parents, []byte("kept"), lock.Exclusive); got == held || err != nil {
			t.Errorf("%s: the kept row is locked for another: %t, %v", when, got, err)
		}
		if got, err := other.TryLock(parents, []byte("read"), lock.Exclusive); !got || err != nil {
			t.Errorf("%s: the row that was only read: %t, %v", when, got, err)
		}
		if err := other.LockTable(ctx, parents, lock.Exclusive); (err != nil) != held {
			t.Errorf("%s: locking the table: %v", when, err)
		}
	}
	check("prepared", true)
	before, _ := e.Locks().Dump()
	e.Abandon()
	e = open(t, fs)
	check("after a restart", true)
	if after, _ := e.Locks().Dump(); !reflect.DeepEqual(before, after) {
		t.Errorf("locks were\n%v\nand are\n%v", before, after)
	}
	if err := e.CommitByXID(x); err != nil {
		t.Fatal(err)
	}
	check("committed", false)
}
