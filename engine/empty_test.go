package engine

import (
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/xid"
)

// TestEmptyBranchBelowTheCut: the PREPARE of a branch that wrote nothing is cut,
// its COMMIT is kept for the sake of another branch. That is no corruption.
func TestEmptyBranchBelowTheCut(t *testing.T) {
	fs := vfs.NewCrashableMem()
	e := open(t, fs)
	branch := func(gtrid string, write bool) xid.XID {
		txn := e.Begin()
		if write {
			put(t, txn, accounts, gtrid, "1")
		}
		x, err := xid.New(1, []byte(gtrid), nil)
		if err != nil {
			t.Fatal(err)
		}
		txn.SetXID(x, true, false)
		if err := e.Prepare(txn, true); err != nil {
			t.Fatal(err)
		}
		if err := e.FlushLogs(true); err != nil {
			t.Fatal(err)
		}
		if err := e.PublishPrepared(txn, TCPos{}); err != nil {
			t.Fatal(err)
		}
		return x
	}
	empty, stays := branch("empty", false), branch("stays", true)
	if err := e.CommitByXID(empty); err != nil {
		t.Fatal(err)
	}
	if err := e.Checkpoint(bg); err != nil {
		t.Fatal(err)
	}
	e, _ = crash(t, e, fs)
	if list := e.Prepared(); len(list) != 1 || list[0].XID != stays {
		t.Fatalf("prepared: %v", list)
	}
}
