package engine

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// within fails the test if fn has not returned in time.
func within(t *testing.T, what string, fn func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); fn() }()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatalf("%s hangs", what)
	}
}

// TestDamagedBlock: reading a damaged block of a table is an error for the
// reader, who goes on, and the store can be closed.
func TestDamagedBlock(t *testing.T) {
	fs := vfs.NewMem()
	e := open(t, fs)
	for _, k := range []string{"a", "b", "c"} {
		txn := e.Begin()
		put(t, txn, accounts, k, strings.Repeat(k, 5000))
		commit(t, e, txn)
	}
	if err := e.Close(bg); err != nil {
		t.Fatal(err)
	}
	names, err := fs.List("store/data")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if !strings.HasSuffix(name, ".sst") {
			continue
		}
		f, err := fs.OpenReadWrite("store/data/"+name, vfs.WriteCategoryUnspecified)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteAt([]byte("damage"), 10); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	within(t, "a store with a damaged table", func() {
		e, err := Open(bg, "store", testOptions(fs))
		if err == nil {
			txn := e.Begin()
			_, _, err = txn.Get(accounts, []byte("a"))
			e.Abandon()
		}
		if !errors.Is(err, ErrCorrupt) {
			t.Errorf("got %v, want ErrCorrupt", err)
		}
	})
}

// TestCloseUnderScan: a scan that is open when the store closes ends in
// ErrClosed, and closing it then is fine.
func TestCloseUnderScan(t *testing.T) {
	fs := vfs.NewMem()
	e := open(t, fs)
	txn := e.Begin()
	for _, k := range []string{"a", "b", "c"} {
		put(t, txn, accounts, k, "v")
	}
	commit(t, e, txn)
	if err := e.Checkpoint(bg); err != nil {
		t.Fatal(err)
	}
	reader := e.Begin()
	snap, latest := reader.Scan(accounts, nil, nil), reader.ScanLatest(accounts, nil, nil)
	if !snap.Next() || !latest.Next() {
		t.Fatal(snap.Err(), latest.Err())
	}
	if err := e.Close(bg); err != nil {
		t.Errorf("Close: %v", err)
	}
	for _, it := range []*Iterator{snap, latest} {
		if it.Next() || !errors.Is(it.Err(), ErrClosed) {
			t.Errorf("Next after Close: %v", it.Err())
		}
		if err := it.Close(); !errors.Is(err, ErrClosed) {
			t.Errorf("Iterator.Close: %v", err)
		}
	}
	if err := e.Rollback(reader, true); err != nil {
		t.Error(err)
	}
	e = open(t, fs)
	if got := get(t, e, accounts, "c"); got != "v" {
		t.Error(got)
	}
}

// TestCloseAmidReaders: readers come and go while the store closes.
func TestCloseAmidReaders(t *testing.T) {
	for range 20 {
		e := open(t, vfs.NewMem())
		txn := e.Begin()
		put(t, txn, accounts, "a", "v")
		commit(t, e, txn)
		var readers sync.WaitGroup
		started := make(chan struct{}, 4)
		for range 4 {
			readers.Go(func() {
				for first := true; e.Failed() == nil; first = false {
					r := e.Begin()
					it := r.Scan(accounts, nil, nil)
					for it.Next() {
					}
					if err := it.Close(); err != nil && !errors.Is(err, ErrClosed) {
						t.Error(err)
					}
					if _, _, err := r.Get(accounts, []byte("a")); err != nil && !errors.Is(err, ErrClosed) {
						t.Error(err)
					}
					if err := e.Rollback(r, true); err != nil {
						t.Error(err)
					}
					if first {
						started <- struct{}{}
					}
				}
			})
		}
		for range 4 {
			<-started
		}
		within(t, "Close", func() {
			if err := e.Close(bg); err != nil {
				t.Error(err)
			}
		})
		readers.Wait()
	}
}
