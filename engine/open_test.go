package engine

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// TestManyManualCheckpoints: where nobody compacts, no number of checkpoints
// makes the next one wait for a compaction.
func TestManyManualCheckpoints(t *testing.T) {
	o := testOptions(vfs.NewMem())
	o.ManualCheckpoint = true
	e, err := Open(bg, "store", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Abandon)
	within(t, "a checkpoint", func() {
		for n := range 20 {
			txn := e.Begin()
			put(t, txn, accounts, "k", fmt.Sprint(n))
			commit(t, e, txn)
			if err := e.Checkpoint(bg); err != nil {
				t.Error(err)
			}
		}
	})
}

// TestFlushInReplay: pebble flushes while Open still replays the log; run it
// with the race detector.
func TestFlushInReplay(t *testing.T) {
	fs := vfs.NewMem()
	e := open(t, fs)
	for n := range 100 {
		txn := e.Begin()
		put(t, txn, accounts, fmt.Sprint(n), strings.Repeat("v", 30<<10))
		commit(t, e, txn)
	}
	e.Abandon()
	o := testOptions(fs)
	o.MemTableSize = 128 << 10
	e, err := Open(bg, "store", o)
	if err != nil {
		t.Fatal(err)
	}
	if got := get(t, e, accounts, "99"); len(got) != 30<<10 {
		t.Error(len(got))
	}
	if err := e.Close(bg); err != nil {
		t.Error(err)
	}
}
