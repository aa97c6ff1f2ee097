package tclog

import (
	"syscall"
	"testing"

	"github.com/xadb/xadb/fuzz/simdisk"
)

// TestArchiveFails: the archive may be on another disk. That it cannot be
// written, or is full, is no failure of the store.
func TestArchiveFails(t *testing.T) {
	for name, rule := range map[string]simdisk.Rule{
		"sync": {Op: simdisk.OpSync, Path: "*.wal.tmp", Sticky: true},
		"full": {Op: simdisk.OpWrite, Path: "*.wal.tmp", Sticky: true, Err: syscall.ENOSPC},
	} {
		t.Run(name, func(t *testing.T) {
			disk := simdisk.New(simdisk.Options{Seed: 1})
			o := options(disk.FS(), off)
			o.ArchiveDir = "archive"
			l, err := Open(bg, "store", o)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(l.Abandon)
			scenario(t, l, "commit")
			if err := disk.Inject(rule); err != nil {
				t.Fatal(err)
			}
			if err := l.Archive(bg); err == nil {
				t.Error("the archive was written")
			}
			if err := l.Failed(); err != nil {
				t.Errorf("the store has stopped: %v", err)
			}
			if l.Engine().FS().(interface{ Full() bool }).Full() {
				t.Error("the store's disk counts as full")
			}
			disk.ClearFaults()
			if err := l.Archive(bg); err != nil {
				t.Errorf("archiving again: %v", err)
			}
		})
	}
}
