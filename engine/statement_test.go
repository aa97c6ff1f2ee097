package engine

import (
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// TestC17_StatementDoesNotMeetItself: scans of a statement see the writes made
// before it and not its own, in either direction; point reads see all; the next
// statement's scans see all.
func TestC17_StatementDoesNotMeetItself(t *testing.T) {
	e := open(t, vfs.NewMem())
	at(t, e, "a", "0")
	at(t, e, "b", "0")
	txn := e.Begin()
	txn.BeginStatement()
	put(t, txn, accounts, "b", "1")
	txn.EndStatement()

	txn.BeginStatement()
	it := txn.Scan(accounts, nil, nil)
	var met string
	for it.Next() { // as an UPDATE that moves each row behind all others
		met += string(it.Key())
		put(t, txn, accounts, "z"+string(it.Key()), "2")
		if err := txn.Delete(bg, accounts, it.Key()); err != nil {
			t.Fatal(err)
		}
	}
	if err := it.Close(); err != nil || met != "ab" {
		t.Fatalf("met %s, %v", met, err)
	}
	put(t, txn, accounts, "b", "3")
	if got := scan(t, txn.Scan(accounts, nil, nil)); got != "a=0 b=1" {
		t.Errorf("its own writes: %s", got)
	}
	if got := scan(t, txn.ScanReverse(accounts, nil, nil)); got != "b=1 a=0" {
		t.Errorf("its own writes, reverse: %s", got)
	}
	if got := scan(t, txn.ScanNow(accounts, nil, nil)); got != "b=3 za=2 zb=2" {
		t.Errorf("its own writes, seen by a check: %s", got)
	}
	if got := mustGet(t, txn, "za") + mustGet(t, txn, "a") + mustGet(t, txn, "b"); got != "2<none>3" {
		t.Errorf("point reads: %s", got)
	}
	txn.BeginStatement()
	if got := scan(t, txn.Scan(accounts, nil, nil)); got != "b=3 za=2 zb=2" {
		t.Errorf("the next statement sees %s", got)
	}
	put(t, txn, accounts, "b", "4")
	if err := txn.RollbackStatement(); err != nil {
		t.Fatal(err)
	}
	if got := scan(t, txn.Scan(accounts, nil, nil)); got != "b=3 za=2 zb=2" {
		t.Errorf("behind the statement's rollback: %s", got)
	}
	commit(t, e, txn)
	if got := scan(t, e.Begin().Scan(accounts, nil, nil)); got != "b=3 za=2 zb=2" {
		t.Errorf("committed: %s", got)
	}
}

// TestDeleteRange: the rows of the range go, own ones too, and no others;
// what does not fit is not done at all.
func TestDeleteRange(t *testing.T) {
	for _, o := range []TxnOptions{{}, {CurrentReads: true}, {Isolation: ReadCommitted}, {Isolation: Serializable}} {
		fs := vfs.NewMem()
		e := open(t, fs)
		for _, k := range []string{"a", "b", "c", "d"} {
			at(t, e, k, "1")
		}
		txn := e.BeginWith(o)
		put(t, txn, accounts, "bb", "own")
		put(t, txn, history, "b", "other table")
		n, err := txn.DeleteRange(bg, accounts, []byte("b"), []byte("d"))
		if n != 3 || err != nil {
			t.Errorf("%+v: %d rows, %v", o, n, err)
		}
		size := txn.set.size
		txn.set.max = size + 1 // no room for another
		if n, err := txn.DeleteRange(bg, accounts, nil, nil); err == nil || n != 0 || txn.set.size != size {
			t.Errorf("%+v: %d rows, %v", o, n, err)
		}
		commit(t, e, txn)
		e.Abandon()
		e = open(t, fs)
		if got := scan(t, e.Begin().Scan(accounts, nil, nil)); got != "a=1 d=1" {
			t.Errorf("%+v: left: %s", o, got)
		}
	}
}
