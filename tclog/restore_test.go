package tclog

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/engine"
)

// FuzzRestore: whatever a stream holds, it makes a store that checks, or leaves
// nothing.
func FuzzRestore(f *testing.F) {
	fs := vfs.NewMem()
	l, err := Open(bg, "store", options(fs, shared))
	if err != nil {
		f.Fatal(err)
	}
	var stream bytes.Buffer
	if _, err := l.Backup(bg, &stream, BackupOptions{}); err != nil {
		f.Fatal(err)
	}
	if err := l.Close(bg); err != nil {
		f.Fatal(err)
	}
	f.Add(stream.Bytes())
	f.Add(stream.Bytes()[:stream.Len()/2])
	f.Fuzz(func(t *testing.T, in []byte) {
		fs := vfs.NewMem()
		o := options(fs, shared)
		if _, err := Restore(bg, bytes.NewReader(in), "store", o, Point{}); err != nil {
			for _, folder := range []string{"wal", "data", BinlogDir} {
				if _, err := fs.Stat(fs.PathJoin("store", folder)); err == nil {
					t.Errorf("%s is left", folder)
				}
			}
			return
		}
		if _, err := Check(bg, "store", o); err != nil {
			t.Error(err)
		}
	})
}

// TestBinlogWithoutLog: no store is made around a binlog that has lost its own.
func TestBinlogWithoutLog(t *testing.T) {
	fs := vfs.NewMem()
	l := open(t, fs, shared)
	scenario(t, l, "commit")
	if err := l.Close(bg); err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{engine.BackupLogDir, engine.BackupTablesDir} {
		if err := fs.RemoveAll(fs.PathJoin("store", folder)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Open(bg, "store", options(fs, shared)); !errors.Is(err, engine.ErrCorrupt) || !strings.Contains(err.Error(), "a restore was not finished") {
		t.Error(err)
	}
	if _, err := fs.Stat(fs.PathJoin("store", engine.BackupLogDir)); err == nil {
		t.Error("a log was made")
	}
}
