package xadb

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/xid"
)

// Close waits for the Update that runs; whoever comes later is refused; a
// second Close, during and behind the first, returns what the first does.
func TestCloseDrains(t *testing.T) {
	fs := vfs.NewMem()
	db := openTest(t, Options{FS: fs})
	tbl := tableOf(t, db, "t")
	inside, goOn := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		err := db.Update(bg, func(tx *Tx) error {
			close(inside)
			<-goOn
			return tx.Put(tbl, []byte("k"), []byte("v"))
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-inside
	for range 3 {
		wg.Go(func() {
			if err := db.Close(bg); err != nil {
				t.Error(err)
			}
		})
	}
	for db.View(bg, func(*Snap) error { return nil }) == nil {
		continue // until Close has begun
	}
	for what, err := range callsOf(db, tbl) {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("%s: %v", what, err)
		}
	}
	close(goOn)
	wg.Wait()
	if err := db.Close(bg); err != nil {
		t.Error(err)
	}
	db = openTest(t, Options{FS: fs})
	if s := listAll(t, db, tableOf(t, db, "t")); s != "k=v" {
		t.Error(s)
	}
}

// callsOf makes every call there is.
func callsOf(db *DB, tbl *Table) map[string]error {
	_, begin := db.Begin(bg, TxOptions{})
	_, table := db.Table(bg, "u")
	tx := db.begin(bg, TxOptions{})
	_, prepare := tx.Prepare(bg, xid.XID{})
	calls := map[string]error{
		"Begin": begin, "Table": table, "Prepare": prepare, "Commit": tx.Commit(bg),
		"Update":    db.Update(bg, func(tx *Tx) error { return tx.Put(tbl, nil, nil) }),
		"View":      db.View(bg, func(*Snap) error { return nil }),
		"CommitXID": db.CommitXID(bg, xid.XID{}), "RollbackXID": db.RollbackXID(bg, xid.XID{}),
		"Recover": nil,
	}
	for _, err := range db.Recover(bg) {
		calls["Recover"] = err
	}
	return calls
}

// A Close whose context ends closes the store under whoever runs, and says so;
// nothing that was acknowledged is lost.
func TestCloseInAHurry(t *testing.T) {
	fs := vfs.NewMem()
	db := openTest(t, Options{FS: fs})
	tbl := tableOf(t, db, "t")
	put(t, db, tbl, "k=v")
	ctx, cancel := context.WithCancelCause(bg)
	cancel(errors.New("not what callers test for"))
	var closed error
	err := db.Update(bg, func(tx *Tx) error {
		closed = db.Close(ctx)
		return tx.Put(tbl, []byte("k"), []byte("w"))
	})
	if !errors.Is(closed, context.Canceled) || !errors.Is(err, ErrClosed) {
		t.Errorf("Close: %v; Update: %v", closed, err)
	}
	if err := db.Close(bg); !errors.Is(err, context.Canceled) {
		t.Errorf("second Close: %v", err)
	}
	for what, err := range callsOf(db, tbl) {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("%s: %v", what, err)
		}
	}
	db = openTest(t, Options{FS: fs})
	if s := listAll(t, db, tableOf(t, db, "t")); s != "k=v" {
		t.Error(s)
	}
}

func TestOpenMem(t *testing.T) {
	db, err := OpenMem(bg, Options{})
	if err != nil {
		t.Fatal(err)
	}
	tbl := tableOf(t, db, "t")
	put(t, db, tbl, "k=v")
	if s := listAll(t, db, tbl); s != "k=v" {
		t.Error(s)
	}
	if err := db.Close(bg); err != nil {
		t.Error(err)
	}
	if _, err := OpenMem(bg, Options{FS: vfs.NewMem()}); err == nil {
		t.Error("an FS was accepted")
	}
}
