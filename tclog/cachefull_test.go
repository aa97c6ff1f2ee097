package tclog

import (
	"errors"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/engine"
)

// TestEventsTooLarge: a transaction whose events have no room is too large like
// one whose writes have none. The row that failed is not in it, and it can go on.
func TestEventsTooLarge(t *testing.T) { inModes(t, binlogs, eventsTooLarge) }

func eventsTooLarge(t *testing.T, m mode) {
	l := open(t, vfs.NewMem(), m)
	tbl := &binlog.Table{
		ID: 7, DB: "d", Name: "t", PrimaryKey: []int{0},
		Columns: []binlog.Column{{Name: "v", Type: binlog.TypeBlob, Length: 4, Collation: 63}},
	}
	txn := l.Begin()
	txn.cache = binlog.NewCache(4 << 10)
	large := make([]byte, 8<<10)
	write(t, txn, "k", "v")
	if err := txn.LogRow(tbl, binlog.DeleteRows, [][]byte{large}, nil); !errors.Is(err, engine.ErrTxnTooLarge) {
		t.Errorf("one row: %v", err)
	}
	rows := []binlog.RowChange{{Before: []binlog.Value{large}}}
	if err := txn.LogRows(tbl, binlog.DeleteRows, rows); !errors.Is(err, engine.ErrTxnTooLarge) {
		t.Errorf("rows: %v", err)
	}
	if err := l.Commit(t.Context(), txn); err != nil {
		t.Fatal(err)
	}
	if v := read(t, l, "k"); v != "v" {
		t.Errorf("k is %q", v)
	}
	if err := l.Close(t.Context()); err != nil {
		t.Error(err)
	}
}
