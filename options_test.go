package xadb

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// TestSmallStore: a store takes no more of the disk than its options say.
func TestSmallStore(t *testing.T) {
	dir := t.TempDir()
	db, err := Open(bg, dir, Options{LogSegmentSize: 64 << 10, DiskReserve: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(bg)
	put(t, db, tableOf(t, db, "t"), "k", "v")
	size := int64(0)
	err = filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		size += info.Size()
		return err
	})
	if err != nil || size > 1<<20 {
		t.Errorf("the store takes %d bytes, error %v", size, err)
	}
}

func TestOptionsRefused(t *testing.T) {
	for _, o := range []Options{{LogSegmentSize: -4096}, {LogSegmentSize: 5000}, {LogSizeMax: -1}, {WriteSetMax: 1 << 40}, {MemTableSize: 1}, {MemTableSize: 5 << 30},
		{Binlog: true, BinlogSizeMax: 1}, {BinlogSizeTotalMax: -1}, {BinlogAgeMax: -1}} {
		o.FS = vfs.NewMem()
		if db, err := Open(bg, "store", o); err == nil {
			t.Errorf("%+v was accepted", o)
			_ = db.Close(bg)
		}
	}
}
