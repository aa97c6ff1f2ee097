package wal

import (
	"testing"

	"github.com/xadb/xadb/fuzz/simdisk"
)

// TestKilledThenPowerLoss: the process dies anywhere in the first boot, the next
// one reads from the cache, and then the power fails during its recovery. The
// names that it read may not be on the disk yet.
func TestKilledThenPowerLoss(t *testing.T) {
	d := simdisk.New(simdisk.Options{Seed: 1})
	if err := boot(d); err != nil {
		t.Fatal(err)
	}
	for k := range d.Ops() + 1 {
		image := d.CrashAt(k, simdisk.Kill())
		if err := boot(image); err != nil {
			t.Fatalf("killed after operation %d: %v", k, err)
		}
		for k2 := range image.Ops() + 1 {
			for _, c := range image.Choices(k2, simdisk.Bounded(16)) {
				if err := boot(image.CrashAt(k2, c)); err != nil {
					t.Fatalf("killed after operation %d, power off after %d keeping %s: %v", k, k2, c, err)
				}
			}
		}
	}
}

// boot opens the log and abandons it.
func boot(d *simdisk.Disk) error {
	l, err := Open("wal", testOptions(d.FS()))
	if err == nil {
		l.Abandon()
	}
	return err
}
