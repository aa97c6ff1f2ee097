package tclog

import (
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/internal/failpoint"
)

// TestC8_DecidedAgain: the power goes between the binlog's bytes of a branch's
// outcome and the record that makes them count, and again when the branch was
// decided anew, behind another transaction, and nothing had reached the binlog file.
func TestC8_DecidedAgain(t *testing.T) {
	fs := vfs.NewCrashableMem()
	l := open(t, fs, shared)
	scenario(t, l, "prepare")
	defer failpoint.Reset()
	err := failpoint.SetHook("gc.flush.after_tc_bytes", func() error {
		if err := l.Engine().FlushLogs(true); err != nil {
			return err
		}
		return failpoint.ErrInjected
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.CommitXID(bg, newXID(t, "b")); err == nil {
		t.Fatal("decided without its record")
	}
	failpoint.Reset()
	for range 2 {
		fs = fs.CrashClone(vfs.CrashCloneCfg{})
		l.Abandon()
		l = open(t, fs, shared)
		if got := fate(t, l); got == "prepared" {
			other := l.Begin()
			write(t, other, "other", "v")
			if err := l.Commit(bg, other); err != nil {
				t.Fatal(err)
			}
			if err := l.CommitXID(bg, newXID(t, "b")); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := fate(t, l); got != "committed" || read(t, l, "other") != "v" {
		t.Errorf("the branch is %s, the other row %q", got, read(t, l, "other"))
	}
}
