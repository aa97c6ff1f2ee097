package engine

import (
	"fmt"
	"testing"

	"github.com/xadb/xadb/fuzz/simdisk"
	"github.com/xadb/xadb/xid"
)

// TestManifestNeverLeads: a crash in a checkpoint or in the next start, with
// anything unsynced kept or lost, never leaves tables that are ahead of the log
// (C2), nor a marker without the MANIFEST that it names. The outcome in
// question is in the coordinator's log, so nobody else syncs its record.
func TestManifestNeverLeads(t *testing.T) {
	d := simdisk.New(simdisk.Options{Seed: 1})
	o := testOptions(d.FS())
	o.ManualCheckpoint = true
	e, err := Open(bg, "store", o)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Abandon()
	txn := e.Begin()
	put(t, txn, accounts, "a", "1")
	x, err := xid.New(1, []byte("g"), nil)
	if err != nil {
		t.Fatal(err)
	}
	txn.SetXID(x, false, true)
	if err := e.Prepare(txn, true); err != nil {
		t.Fatal(err)
	}
	if err := e.FlushLogs(true); err != nil {
		t.Fatal(err)
	}
	decision := &Decision{Txn: txn, Commit: true, TC: TCPos{File: 1, Offset: 100}}
	e.Number(decision)
	if err := e.Apply([]*Decision{decision}); err != nil {
		t.Fatal(err)
	}
	first := d.Ops()
	if err := e.Checkpoint(bg); err != nil {
		t.Fatal(err)
	}
	e.Abandon()
	if err := reopens(d); err != nil { // pebble begins another MANIFEST
		t.Fatal(err)
	}
	for k := first; k <= d.Ops(); k++ {
		for _, c := range d.Choices(k, simdisk.Bounded(24)) {
			if err := reopens(d.CrashAt(k, c)); err != nil {
				t.Fatalf("crash after operation %d keeping %s: %v", k, c, err)
			}
		}
	}
}

func reopens(d *simdisk.Disk) error {
	e, err := Open(bg, "store", testOptions(d.FS()))
	if err != nil {
		return err
	}
	defer e.Abandon()
	if n := len(e.preparedLocked(func(*Txn) bool { return true })); n > 1 {
		return fmt.Errorf("%d branches, want at most 1", n)
	}
	return nil
}
