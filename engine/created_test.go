package engine

import (
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/fuzz/simdisk"
)

// TestKilledWhileCreated: the process is killed anywhere while it creates a store,
// and the power goes anywhere in the next start, on what the first had in the cache.
// There are never tables without a log.
func TestKilledWhileCreated(t *testing.T) {
	create := func(fs vfs.FS) error {
		o := testOptions(fs)
		o.ManualCheckpoint = true
		e, err := Open(bg, "/s", o)
		if err == nil {
			e.Abandon()
		}
		return err
	}
	d := simdisk.New(simdisk.Options{Seed: 1})
	if err := create(d.FS()); err != nil {
		t.Fatal(err)
	}
	images := 0
	for k := range d.Ops() + 1 {
		killed := d.CrashAt(k, simdisk.Kill())
		if err := create(killed.FS()); err != nil {
			t.Fatalf("killed after operation %d: %v", k, err)
		}
		for j := 0; j <= killed.Ops(); j += 1 + k%3 {
			images++
			if err := create(killed.CrashAt(j, simdisk.Synced()).FS()); err != nil {
				t.Fatalf("killed after operation %d, the power gone after operation %d of the next start: %v", k, j, err)
			}
		}
	}
	if images < 200 {
		t.Errorf("%d images", images)
	}
}
