package tclog

import (
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/internal/failpoint"
)

// What a group has done counts as committed before anybody can depend on it: its
// locks are there still, and nobody has been told that a branch is prepared
// (mts.md 7.5).
func TestCommittedAheadOfTold(t *testing.T) {
	inModes(t, binlogs, func(t *testing.T, m mode) {
		defer failpoint.Reset()
		l := open(t, vfs.NewMem(), m)
		groups := int64(0)
		check := func() error {
			if got := l.Binlog().MaxCommitted(); got != groups {
				t.Errorf("%d groups, committed up to %d", groups, got)
			}
			return nil
		}
		if err := failpoint.SetHook("gc.commit.after_all", check); err != nil {
			t.Fatal(err)
		}
		x := newXID(t, "b")
		for _, do := range []func() error{
			func() error {
				txn := l.Begin()
				write(t, txn, "a", "1")
				return l.Commit(bg, txn)
			},
			func() error {
				txn := l.Begin()
				write(t, txn, "b", "1")
				return l.Prepare(bg, txn, x)
			},
			func() error { return l.CommitXID(bg, x) },
		} {
			groups++
			if err := do(); err != nil {
				t.Fatal(err)
			}
			if got := l.Binlog().MaxCommitted(); got != groups {
				t.Errorf("answered with %d groups committed, want %d", got, groups)
			}
		}
	})
}

// An empty branch writes nothing to the binlog, and one whose rows were undone
// neither.
func TestEmptyBranchIsNotLogged(t *testing.T) {
	inModes(t, binlogs, func(t *testing.T, m mode) {
		l := open(t, vfs.NewMem(), m)
		for _, commit := range []bool{true, false} {
			for _, undone := range []bool{true, false} {
				txn := l.Begin()
				if undone {
					sp := txn.Savepoint()
					write(t, txn, "a", "1")
					if err := txn.RollbackTo(sp); err != nil {
						t.Fatal(err)
					}
				}
				x := newXID(t, "e")
				if err := l.Prepare(bg, txn, x); err != nil {
					t.Fatal(err)
				}
				if gtid, err := l.DecideXID(bg, x, commit, 7, binlog.GTID{}); err != nil || gtid != (binlog.GTID{}) {
					t.Errorf("outcome %v, %v", gtid, err)
				}
			}
		}
		if n := l.Binlog().Stats().Groups; n != 0 {
			t.Errorf("%d groups", n)
		}
	})
}
