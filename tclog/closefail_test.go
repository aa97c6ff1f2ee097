package tclog

import (
	"errors"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

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
