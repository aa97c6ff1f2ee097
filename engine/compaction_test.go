package engine

import (
	"fmt"
	"strings"
	"testing"

	"github.com/xadb/xadb/fuzz/simdisk"
)

// TestCompactionsRun: compactions are held back while the store opens, and run
// afterwards: many flushes leave few tables.
func TestCompactionsRun(t *testing.T) {
	s := &gatedScheduler{}
	if granted, _ := s.TrySchedule(); granted {
		t.Error("a compaction was granted before Open succeeded")
	}
	e := open(t, simdisk.New(simdisk.Options{Seed: 1}).FS())
	const flushes = 40
	for i := range flushes {
		txn := e.Begin()
		for j := range 20 {
			put(t, txn, accounts, fmt.Sprint(j), strings.Repeat("v", 100+i))
		}
		commit(t, e, txn)
		if err := e.Checkpoint(bg); err != nil {
			t.Fatal(err)
		}
	}
	if n := e.db.Metrics().Compact.Count; n == 0 {
		t.Error("no compaction ran")
	}
	if n := e.db.Metrics().Levels[0].TablesCount; n >= flushes {
		t.Errorf("%d tables are in level 0", n)
	}
}
