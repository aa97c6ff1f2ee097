package tclog

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/xid"
)

// A ledger is what clients were told, by key; a key is used once.
type ledger struct {
	mu   sync.Mutex
	told map[string]bool // committed, or certainly not
}

func (l *ledger) note(key string, committed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.told[key] = committed
}

func (l *ledger) copy() map[string]bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := map[string]bool{}
	for k, v := range l.told {
		c[k] = v
	}
	return c
}

// TestCrashAmidTraffic: clients commit, prepare and decide by XID in races, and
// give up at any moment, while rotations and checkpoints go on. What they were
// told before the machine stopped is so after it.
func TestCrashAmidTraffic(t *testing.T) {
	for _, m := range modes {
		for seed := range uint64(6) {
			t.Run(fmt.Sprintf("%s/%d", m, seed), func(t *testing.T) { crashAmidTraffic(t, m, seed) })
		}
	}
}

func crashAmidTraffic(t *testing.T, m mode, seed uint64) {
	fs := vfs.NewCrashableMem()
	o := options(fs, m)
	o.BinlogSizeMax, o.Engine.SegmentSize = 16<<10, 8<<10
	l, err := Open(bg, "store", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Abandon)
	book := &ledger{told: map[string]bool{}}
	stop, cancel := context.WithCancel(bg)
	defer cancel()
	var clients sync.WaitGroup
	for c := range 6 {
		clients.Go(func() {
			r := rand.New(rand.NewPCG(seed, uint64(c)))
			x, err := xid.New(1, fmt.Appendf(nil, "g%d", c), []byte("b"))
			for n := 0; err == nil && stop.Err() == nil; n++ {
				err = client(l, r, book, x, fmt.Sprintf("%d-%d", c, n))
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	clients.Go(func() {
		for stop.Err() == nil {
			if err := l.Checkpoint(bg); err != nil {
				t.Error(err)
			}
		}
	})
	time.Sleep(60 * time.Millisecond)
	told := book.copy()
	image := fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: int(seed%3) * 50, RNG: rand.New(rand.NewPCG(seed, 99))})
	cancel()
	clients.Wait()
	if len(told) < 20 {
		t.Logf("only %d results", len(told))
	}
	after := open(t, image, m)
	for key, committed := range told {
		if got := read(t, after, key) == "v"; got != committed {
			t.Errorf("%s: told %v, found %v", key, committed, got)
		}
	}
}

// client takes one transaction with the branch name x to its end.
func client(l *Log, r *rand.Rand, book *ledger, x xid.XID, key string) error {
	ctx, cancel := context.WithCancel(bg)
	defer cancel()
	if r.IntN(3) == 0 {
		go func() { cancel() }()
	}
	txn := l.Begin()
	err := txn.Put(bg, accounts, []byte(key), []byte("v"))
	if err == nil && r.IntN(4) > 0 { // or nothing of it is for the binlog
		err = txn.LogRows(logged, binlog.WriteRows, []binlog.RowChange{{After: []binlog.Value{[]byte(key), []byte("v")}}})
	}
	if err != nil {
		return err
	}
	if r.IntN(2) == 0 {
		err = l.Commit(ctx, txn)
	} else {
		err = l.Prepare(ctx, txn, x)
		if err == nil {
			return decide(l, r, book, x, key)
		}
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	if rerr := l.Rollback(txn); rerr != nil {
		return rerr
	}
	book.note(key, err == nil)
	return nil
}

// decide lets a commit and a rollback race for a prepared branch, both until
// one has it; exactly one must.
func decide(l *Log, r *rand.Rand, book *ledger, x xid.XID, key string) error {
	outcome := make(chan error, 2)
	for _, call := range []func(context.Context, xid.XID) error{l.CommitXID, l.RollbackXID} {
		ctx, cancel := context.WithCancel(bg)
		if r.IntN(3) == 0 {
			go cancel()
		}
		go func() {
			defer cancel()
			outcome <- call(ctx, x)
		}()
	}
	won := 0
	for range 2 {
		switch err := <-outcome; {
		case err == nil:
			won++
		case !errors.Is(err, engine.ErrUnknownXID) && !errors.Is(err, context.Canceled):
			return err
		}
	}
	if won == 0 { // both gave up, or one did while it kept the other out
		if err := l.CommitXID(bg, x); err != nil {
			return err
		}
		won++
	}
	if won != 1 {
		return fmt.Errorf("%d callers decided %s", won, key)
	}
	probe := l.Begin()
	_, ok, err := probe.Get(accounts, []byte(key))
	if err == nil {
		err = l.Rollback(probe)
	}
	book.note(key, ok)
	return err
}
