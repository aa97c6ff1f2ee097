package engine

import (
	"errors"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/wal"
)

// TestArchiveHoldsTheLog: while the archive fails, a checkpoint drops nothing,
// until the log is larger than the limit.
func TestArchiveHoldsTheLog(t *testing.T) {
	o := testOptions(vfs.NewMem())
	full := errors.New("archive is full")
	var failure error
	asked := 0
	o.Archive = func(*wal.Log) error { asked++; return failure }
	o.ArchiveLagMax, o.ManualCheckpoint = 256<<10, true
	e, err := Open(bg, "store", o)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Abandon()
	tbl := Table{ID: FirstUserTable, DB: "d", Name: "t"}
	fill := func() {
		t.Helper()
		txn := e.Begin()
		put(t, txn, tbl, "k", string(make([]byte, 100<<10)))
		if err := e.Commit(txn, true); err != nil {
			t.Fatal(err)
		}
	}
	fill()
	if err := e.Checkpoint(bg); err != nil {
		t.Fatal(err)
	}
	kept := e.log.KeepFrom()
	failure = full
	fill()
	if err := e.Checkpoint(bg); !errors.Is(err, full) || e.log.KeepFrom() != kept {
		t.Errorf("checkpoint: %v; the log begins at %d, before at %d", err, e.log.KeepFrom(), kept)
	}
	fill()
	fill()
	if err := e.Checkpoint(bg); err != nil || e.log.KeepFrom() == kept {
		t.Errorf("above the limit: %v; the log begins at %d", err, kept)
	}
	if asked != 3 {
		t.Errorf("the archive was asked %d times", asked)
	}
}
