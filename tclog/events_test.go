package tclog

import (
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// TestStatementUndone: a data definition that was undone, or never taken, does
// not make one of the rows that are committed in its place.
func TestStatementUndone(t *testing.T) {
	fs := vfs.NewMem()
	l := open(t, fs, shared)
	undone := l.Begin()
	sp := undone.Savepoint()
	if err := undone.LogQuery("bank", "CREATE TABLE t (k INT)"); err != nil {
		t.Fatal(err)
	}
	if err := undone.RollbackTo(sp); err != nil {
		t.Fatal(err)
	}
	write(t, undone, "a", "1")
	if err := l.Commit(bg, undone); err != nil {
		t.Errorf("behind an undone statement: %v", err)
	}
	refused := l.Begin()
	write(t, refused, "b", "1")
	if err := refused.LogQuery("bank", "CREATE TABLE t (k INT)"); err == nil {
		t.Fatal("a statement behind rows was taken")
	}
	if err := l.Commit(bg, refused); err != nil {
		t.Errorf("behind a refused statement: %v", err)
	}
	for _, key := range []string{"a", "b"} {
		if got := read(t, l, key); got != "1" {
			t.Errorf("%s is %q", key, got)
		}
	}
	if got := told(t, fs); got != "dml, dml" {
		t.Errorf("the binlog says %q", got)
	}
}
