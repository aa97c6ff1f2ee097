package tclog

import (
	"errors"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/fuzz/simdisk"
	"github.com/xadb/xadb/internal/failpoint"
)

// TestCloseWithoutBinlog: if the binlog's file cannot be closed, the last
// checkpoint must not let go what only the engine's log durably has of it (C1d).
func TestCloseWithoutBinlog(t *testing.T) {
	for _, point := range []string{"bl.rotate_after_rotate_event", "bl.rotate_before_clear_in_use_flag"} {
		t.Run(point, func(t *testing.T) {
			inModes(t, binlogs, func(t *testing.T, m mode) {
				fs := vfs.NewCrashableMem()
				l := open(t, fs, m)
				scenario(t, l, "commit")
				broken := errors.New("broken")
				if err := failpoint.SetHook(point, func() error { return broken }); err != nil {
					t.Fatal(err)
				}
				err := l.Close(bg)
				failpoint.Reset()
				if !errors.Is(err, broken) {
					t.Fatalf("Close: %v", err)
				}
				fs = fs.CrashClone(vfs.CrashCloneCfg{})
				l = open(t, fs, m)
				if got := fate(t, l); got != "committed" {
					t.Error(got)
				}
				if got := told(t, fs); got != "dml" {
					t.Errorf("the binlog says %q", got)
				}
			})
		})
	}
}

// TestCloseFullDisk: an outcome's events wait for room when the store is closed,
// and there is room again for the last checkpoint. They are not lost, and that
// they wait is no error: the engine's log has them.
func TestCloseFullDisk(t *testing.T) {
	disk := simdisk.New(simdisk.Options{Seed: 1, QuotaBytes: 64 << 20})
	o := options(disk.FS(), shared)
	o.Engine.Ballast = -1
	l, err := Open(bg, "store", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Abandon)
	scenario(t, l, "prepare")
	disk.SetQuota(1)
	if err := l.CommitXID(bg, newXID(t, "b")); err != nil {
		t.Fatal(err)
	}
	if err := failpoint.SetHook("ckpt.begin", func() error {
		disk.SetQuota(0)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	err = l.Close(bg)
	failpoint.Reset()
	if err != nil {
		t.Errorf("Close: %v", err)
	}
	disk = disk.Restart()
	l = open(t, disk.FS(), shared)
	if got := fate(t, l); got != "committed" {
		t.Error(got)
	}
	if got := told(t, disk.FS()); got != "xa prepare, xa commit" {
		t.Errorf("the binlog says %q", got)
	}
}
