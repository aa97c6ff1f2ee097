package tclog

import (
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

func TestMetrics(t *testing.T) {
	l := open(t, vfs.NewMem(), apart)
	for _, key := range []string{"a", "b"} {
		txn := l.Begin()
		write(t, txn, key, "v")
		if err := l.Commit(bg, txn); err != nil {
			t.Fatal(err)
		}
	}
	m, err := l.Metrics()
	if err != nil {
		t.Fatal(err)
	}
	if m.Engine.Commits != 2 || m.GroupMean != 1 || m.Engine.Log.Syncs == 0 {
		t.Errorf("%+v", m)
	}
	if err := l.Close(bg); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Metrics(); err == nil {
		t.Error("a closed store has metrics")
	}
}
