package tclog

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/xadb/xadb/fuzz/simdisk"
	"github.com/xadb/xadb/groupcommit"
)

// syncCounts are the syncs of each log's files.
type syncCounts struct{ engine, binlog int }

// TestI18_SyncsPerGroup: each way to the disk costs as many syncs of the logs as
// the table in docs/ARCHITECTURE.md says, no more and no less.
func TestI18_SyncsPerGroup(t *testing.T) {
	second := map[mode]syncCounts{off: {1, 0}, shared: {1, 0}, apart: {0, 1}}
	first := map[mode]syncCounts{off: {1, 0}, shared: {1, 0}, apart: {1, 1}}
	apartToo := map[mode]syncCounts{off: {1, 0}, shared: {1, 0}, apart: {1, 0}} // the engine's log alone decides
	for _, c := range []struct {
		path   string // the last step counts
		logged bool
		want   map[mode]syncCounts
	}{
		{"commit", true, first},
		{"commit", false, apartToo},
		{"prepare", true, first},
		{"prepare", false, apartToo},
		{"prepare+commit", true, second},
		{"prepare+commit", false, apartToo},
		{"prepare+rollback", true, second},
		{"prepare+rollback", false, apartToo},
	} {
		t.Run(fmt.Sprintf("%s,logged=%t", c.path, c.logged), func(t *testing.T) {
			inModes(t, modes, func(t *testing.T, m mode) {
				d := simdisk.New(simdisk.Options{Seed: 1})
				l := open(t, d.FS(), m)
				from := d.Ops()
				for step := range strings.SplitSeq(c.path, "+") {
					from = d.Ops()
					if err := takeStep(t, l, step, c.path, c.logged); err != nil {
						t.Fatal(err)
					}
				}
				if got := syncsSince(d, from); got != c.want[m] {
					t.Errorf("%+v, want %+v", got, c.want[m])
				}
			})
		})
	}
}

// takeStep carries out one step of a path.
func takeStep(t *testing.T, l *Log, step, path string, logged bool) error {
	x := newXID(t, "b")
	switch {
	case step == "rollback":
		return l.RollbackXID(bg, x)
	case step == "commit" && path != step:
		return l.CommitXID(bg, x)
	}
	txn := l.Begin()
	if logged {
		write(t, txn, "k", "v")
	} else if err := txn.Put(bg, accounts, []byte("k"), []byte("v")); err != nil {
		return err
	}
	if step == "prepare" {
		return l.Prepare(bg, txn, x)
	}
	return l.Commit(bg, txn)
}

// TestI18_SyncsOfManyGroups: however many members a group has, its syncs are
// those of one, or fewer: a sync takes along what the next group has logged.
func TestI18_SyncsOfManyGroups(t *testing.T) {
	inModes(t, modes, func(t *testing.T, m mode) {
		d := simdisk.New(simdisk.Options{Seed: 1})
		o := options(d.FS(), m)
		o.Engine.SegmentSize = 1 << 20 // leaving a segment costs a sync
		l, err := Open(bg, "store", o)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Abandon()
		from := d.Ops()
		var clients sync.WaitGroup
		for c := range 8 {
			clients.Go(func() {
				for i := range 20 {
					txn := l.Begin()
					write(t, txn, fmt.Sprint(c, "-", i), "v")
					if err := l.Commit(bg, txn); err != nil {
						t.Error(err)
					}
				}
			})
		}
		clients.Wait()
		stages := l.Stats().Stages
		most := syncCounts{engine: int(stages[groupcommit.Sync].Groups)}
		if m == apart {
			most = syncCounts{engine: int(stages[groupcommit.Flush].Groups), binlog: most.engine}
		}
		if got := syncsSince(d, from); got.engine > most.engine || got.binlog > most.binlog || got.engine == 0 {
			t.Errorf("%+v, want %+v at most", got, most)
		}
	})
}

// syncsSince counts the syncs behind an operation.
func syncsSince(d *simdisk.Disk, from int) (n syncCounts) {
	for _, op := range d.OpLog()[from:] {
		if op.Kind != simdisk.OpSync && op.Kind != simdisk.OpSyncData {
			continue
		}
		switch {
		case strings.HasPrefix(op.Path, "store/wal/") && strings.HasSuffix(op.Path, ".wal"):
			n.engine++
		case strings.HasPrefix(op.Path, "store/binlog/"):
			n.binlog++
		}
	}
	return n
}
