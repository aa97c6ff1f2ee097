package engine

import (
	"strings"
	"testing"

	"github.com/xadb/xadb/fuzz/simdisk"
)

// TestCloseLogLast: the log is closed behind the tables. A compaction that ends
// while pebble closes syncs the log; it must not meet a closed one.
func TestCloseLogLast(t *testing.T) {
	d := simdisk.New(simdisk.Options{Seed: 1})
	e, err := Open(bg, "store", testOptions(d.FS()))
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Close(bg); err != nil {
		t.Fatal(err)
	}
	log := d.OpLog()
	if last := log[len(log)-1]; !strings.Contains(last.Path, "/wal/") {
		t.Fatalf("the last operation is %v", last)
	}
}
