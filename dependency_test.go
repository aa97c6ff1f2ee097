package xadb

import (
	"bytes"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/xid"
)

// lastEvent is the newest event of the feed.
func lastEvent(t *testing.T, db *DB) (last Event) {
	t.Helper()
	for ev, err := range db.Changes(bg, UntilNow(), WithPrepared()) {
		if err != nil {
			t.Fatal(err)
		}
		last = ev
	}
	return last
}

// The stamps of a program's rows: two that have written a key depend on each other,
// also if replicas tell them apart by their beginnings only; others do not.
func TestDependencies(t *testing.T) {
	for _, mode := range []DependencyTracking{WriteSet, WriteSetSession, CommitOrder} {
		t.Run(mode.String(), func(t *testing.T) {
			db, err := Open(bg, "store", Options{FS: vfs.NewMem(), Binlog: true, DependencyTracking: mode})
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close(bg)
			tbl, err := db.Table(bg, "rows")
			if err != nil {
				t.Fatal(err)
			}
			write := func(f func(tx *Tx) error) Event {
				t.Helper()
				if err := db.Update(bg, f); err != nil {
					t.Fatal(err)
				}
				return lastEvent(t, db)
			}
			put := func(keys ...string) Event {
				t.Helper()
				return write(func(tx *Tx) error {
					for _, k := range keys {
						if err := tx.Put(tbl, []byte(k), []byte("v")); err != nil {
							return err
						}
					}
					return nil
				})
			}
			depends := func(ev, on Event, yes bool) {
				t.Helper()
				want := yes || mode == CommitOrder
				if got := ev.LastCommitted >= on.SequenceNumber; got != want {
					t.Errorf("number %d depends on %d; on %d: %t, want %t", ev.SequenceNumber, ev.LastCommitted, on.SequenceNumber, got, want)
				}
			}
			a := put("a")
			b := put("b")
			depends(b, a, false)
			ab := put("c", "a")
			depends(ab, b, false)
			depends(ab, a, true)
			gone := write(func(tx *Tx) error { return tx.Delete(tbl, []byte("c")) })
			depends(gone, ab, true)
			depends(put("d"), ab, false)
			depends(put("c"), gone, true)
			long := string(bytes.Repeat([]byte("x"), 3072))
			first := put(long + "1")
			depends(put("e"), first, false)
			depends(put(long+"2"), first, true)

			x, err := xid.New(1, []byte("g"), nil)
			if err != nil {
				t.Fatal(err)
			}
			tx, err := db.Begin(bg, TxOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if err := tx.Put(tbl, []byte("f"), nil); err != nil {
				t.Fatal(err)
			}
			if _, err := tx.Prepare(bg, x); err != nil {
				t.Fatal(err)
			}
			prepared := lastEvent(t, db)
			other := put("h")
			depends(other, prepared, false)
			if err := db.CommitXID(bg, x); err != nil {
				t.Fatal(err)
			}
			outcome := lastEvent(t, db)
			depends(outcome, prepared, true)
			depends(outcome, other, false)
			depends(put("f"), outcome, true)
		})
	}
}

func TestDependencyOptionsRefused(t *testing.T) {
	for _, o := range []Options{{DependencyTracking: 3}, {DependencyHistoryMax: -1}, {DependencyHistoryMax: 1_000_001}} {
		o.FS, o.Binlog = vfs.NewMem(), true
		if db, err := Open(bg, "store", o); err == nil {
			t.Errorf("%+v was accepted", o)
			_ = db.Close(bg)
		}
	}
}
