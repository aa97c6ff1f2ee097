package tclog

import (
	"errors"
	"io"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/internal/failpoint"
)

// TestReadersSeeWhatIsDurable: while a group is in front of its sync, and when
// that has failed, nobody who reads the binlog meets it.
func TestReadersSeeWhatIsDurable(t *testing.T) {
	inModes(t, binlogs, func(t *testing.T, m mode) {
		for what, outcome := range map[string]error{"succeeds": nil, "fails": failpoint.ErrInjected} {
			t.Run(what, func(t *testing.T) { readersSeeDurable(t, m, outcome) })
		}
	})
}

func readersSeeDurable(t *testing.T, m mode, outcome error) {
	l := open(t, vfs.NewMem(), m)
	scenario(t, l, "commit")
	seen := readable(t, l)
	defer failpoint.Reset()
	err := failpoint.SetHook("gc.sync.before_fsync", func() error {
		if got := readable(t, l); got != seen {
			t.Errorf("ahead of the sync %+v, before %+v", got, seen)
		}
		return outcome
	})
	if err != nil {
		t.Fatal(err)
	}
	txn := l.Begin()
	write(t, txn, "k2", "v")
	if err := l.Commit(bg, txn); !errors.Is(err, outcome) {
		t.Fatal(err)
	}
	got := readable(t, l)
	if outcome != nil {
		if got != seen {
			t.Errorf("behind the failure %+v, before %+v", got, seen)
		}
		return
	}
	if got.followed != seen.followed+1 || got.executed != seen.executed+1 || !seen.durable.Less(got.durable) {
		t.Errorf("behind the sync %+v, before %+v", got, seen)
	}
}

// A view is what readers can learn of a binlog.
type view struct {
	followed int // groups, by a Follower
	durable  binlog.Pos
	executed int64
}

func readable(t *testing.T, l *Log) (v view) {
	t.Helper()
	f, err := l.Binlog().Follow(binlog.FollowOptions{ToEnd: true})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for {
		_, err := f.Next(bg)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		v.followed++
	}
	v.durable, v.executed = l.Binlog().DurablePos(), l.Binlog().ExecutedGTIDs().Count()
	return v
}
