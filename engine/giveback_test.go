package engine

import (
	"fmt"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/wal"
)

// TestScanOutlivesCommit: a scan that is still open at the commit shows nothing
// of the transactions that come after, whose writes may lie in the same memory.
func TestScanOutlivesCommit(t *testing.T) {
	e := open(t, vfs.NewMem())
	first := e.Begin()
	for i := range 3 {
		put(t, first, accounts, fmt.Sprint("a", i), "first")
	}
	it := first.Scan(accounts, nil, nil)
	defer it.Close()
	it.Next()
	if err := e.Commit(first, true); err != nil {
		t.Fatal(err)
	}
	if !first.HasWrites() {
		t.Error("a committed transaction has forgotten that it wrote")
	}
	for range 10 {
		next := e.Begin()
		for i := range 3 {
			put(t, next, accounts, fmt.Sprint("a", i, "b"), "next")
		}
		for it.Next() {
			if string(it.Value()) != "first" {
				t.Fatalf("the scan shows %s = %s", it.Key(), it.Value())
			}
		}
		if err := e.Commit(next, true); err != nil {
			t.Fatal(err)
		}
	}
}

// TestC1_PinOfABatch: a batch pins the log from the lowest of its records on,
// whatever the order of its transactions.
func TestC1_PinOfABatch(t *testing.T) {
	var a appliedBatches
	for _, add := range []appliedBatch{{1, 50}, {1, 20}, {1, 30}, {2, 40}, {3, 60}, {3, 55}} {
		a = a.add(add.number, add.firstLSN)
	}
	want := appliedBatches{{1, 20}, {2, 40}, {3, wal.LSN(55)}}
	if fmt.Sprint(a) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", a, want)
	}
}
