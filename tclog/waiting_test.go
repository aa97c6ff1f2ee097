package tclog

import (
	"bytes"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// fullBinlog has no room for binlog files while full is set.
type fullBinlog struct {
	vfs.FS
	full atomic.Bool
}

type fullFile struct {
	vfs.File
	fs *fullBinlog
}

func (fs *fullBinlog) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := fs.FS.Create(name, c)
	if err == nil && strings.Contains(name, "binlog.0") {
		f = fullFile{f, fs}
	}
	return f, err
}

func (f fullFile) Write(p []byte) (int, error) {
	if f.fs.full.Load() {
		return 0, syscall.ENOSPC
	}
	return f.File.Write(p)
}

// TestC11_GroupWaits: a commit whose events find the disk full is acknowledged:
// the engine's log has them. A crash, a backup and a Close then find them there.
func TestC11_GroupWaits(t *testing.T) {
	for _, how := range []string{"crash", "backup", "close", "room"} {
		t.Run(how, func(t *testing.T) {
			mem := vfs.NewCrashableMem()
			fs := &fullBinlog{FS: mem}
			l := open(t, fs, shared)
			fs.full.Store(true)
			scenario(t, l, "commit")
			var after vfs.FS = mem
			switch how {
			case "crash":
				after = mem.CrashClone(vfs.CrashCloneCfg{})
			case "backup":
				var b bytes.Buffer
				if _, err := l.Backup(bg, &b, BackupOptions{}); err != nil {
					t.Fatal(err)
				}
				to := vfs.NewMem()
				if _, err := Restore(bg, &b, "store", options(to, shared), Point{}); err != nil {
					t.Fatal(err)
				}
				after = to
			case "close":
				_ = l.Close(bg) // says that the binlog is not whole
			case "room":
				fs.full.Store(false)
				if err := l.Checkpoint(bg); err != nil {
					t.Fatal(err)
				}
				after = mem.CrashClone(vfs.CrashCloneCfg{})
			}
			l.Abandon()
			fs.full.Store(false)
			l = open(t, after, shared)
			if got := fate(t, l); got != "committed" {
				t.Errorf("the engine says %s", got)
			}
			if got := told(t, after); got != "dml" {
				t.Errorf("the binlog says %q", got)
			}
		})
	}
}
