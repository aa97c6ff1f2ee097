package binlog

import (
	"fmt"
	"testing"

	"github.com/xadb/xadb/fuzz/simdisk"
)

// TestKilledThenPowerLoss: the process dies anywhere while the first file is
// begun, the next start reads from the cache, and then the power fails during
// its repair, or behind it.
func TestKilledThenPowerLoss(t *testing.T) {
	d := simdisk.New(simdisk.Options{Seed: 1})
	l := mustStart(t, testOptions(d.FS()))
	l.Abandon()
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

// boot opens a log and abandons it.
func boot(d *simdisk.Disk) error {
	l, err := Open(testDir, testOptions(d.FS()), Pos{}, nil)
	if err != nil {
		return err
	}
	defer l.Abandon()
	if err := l.Start(); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	return nil
}
