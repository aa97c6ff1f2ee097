package tclog

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/engine"
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

// TestArchivedNameLost: a file of the archive counts only once its name is
// durable, also if syncing its folder failed once.
func TestArchivedNameLost(t *testing.T) {
	disk := simdisk.New(simdisk.Options{Seed: 1})
	o := options(disk.FS(), off)
	o.ArchiveDir = "archive"
	l, err := Open(bg, "store", o)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Abandon()
	scenario(t, l, "commit")
	folder := archiveDir(o.Engine.FS, o.ArchiveDir, l.eng.StoreID()) + "/" + engine.BackupLogDir
	if err := disk.Inject(simdisk.Rule{Op: simdisk.OpDirSync, Path: folder, Mode: simdisk.ModeKeep}); err != nil {
		t.Fatal(err)
	}
	if err := l.Archive(bg); err == nil {
		t.Fatal("the archive counts as written")
	}
	if err := l.Archive(bg); err != nil {
		t.Fatal(err)
	}
	had, err := o.Engine.FS.List("store/" + engine.BackupLogDir)
	if err != nil {
		t.Fatal(err)
	}
	fs := disk.Crash(simdisk.Synced()).FS()
	kept, err := fs.List(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range had {
		if strings.HasSuffix(name, ".wal") && !slices.Contains(kept, name) {
			t.Errorf("the archive lost %s: it has %v", name, kept)
		}
	}
}

// TestNothingArchived: a restore up to what an archive does not have says what an archive
// has, and when.
func TestNothingArchived(t *testing.T) {
	fs := vfs.NewMem()
	o := options(fs, binlogs[0])
	l := open(t, fs, binlogs[0])
	put(t, l, "one")
	var backup bytes.Buffer
	_, err := l.Backup(bg, &backup, BackupOptions{})
	must(t, err)
	must(t, l.Close(bg))
	_, err = Restore(bg, &backup, "restored", o, Point{Archive: "archive"})
	if !errors.Is(err, ErrNoPoint) || !strings.Contains(err.Error(), "archive has no log of this store") {
		t.Errorf("%v", err)
	}
}
