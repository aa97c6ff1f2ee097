package tclog

import (
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/binlog"
)

// A transaction that comes with a GTID is logged under it, and be it empty, and so are a branch and
// its outcome; a crash changes nothing. What the log has already is refused, and rolled back.
func TestNamedTransactions(t *testing.T) {
	inModes(t, binlogs, func(t *testing.T, m mode) {
		fs := vfs.NewCrashableMem()
		l := open(t, fs, m)
		uuid, err := binlog.ParseUUID("11111111-1111-1111-1111-111111111111")
		if err != nil {
			t.Fatal(err)
		}
		named := func(gno int64, key string) *Txn {
			txn := l.Begin()
			if key != "" {
				write(t, txn, key, "1")
			}
			txn.SetGTID(binlog.GTID{UUID: uuid, GNO: gno})
			return txn
		}
		commit := func(txn *Txn) {
			t.Helper()
			if err := l.Commit(bg, txn); err != nil {
				t.Fatal(err)
			}
		}
		commit(named(7, "a"))
		commit(named(8, ""))
		for i, key := range []string{"b", ""} {
			x := newXID(t, "x"+key)
			txn := named(int64(20+2*i), key)
			if err := l.Prepare(bg, txn, x); err != nil {
				t.Fatal(err)
			}
			want := binlog.GTID{UUID: uuid, GNO: int64(21 + 2*i)}
			if got, err := l.DecideXID(bg, x, true, 0, want); err != nil || got != want {
				t.Errorf("outcome %v, %v", got, err)
			}
		}
		again := named(7, "c")
		if err := l.Commit(bg, again); err == nil {
			t.Error("a GTID for the second time")
		} else if err := l.Rollback(again); err != nil {
			t.Error(err)
		}
		l = open(t, fs.CrashClone(vfs.CrashCloneCfg{}), m)
		commit(l.Begin())
		if got := l.Binlog().ExecutedGTIDs().String(); got != uuid.String()+":7-8:20-23" {
			t.Errorf("executed: %s", got)
		}
	})
}
