package tclog

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/engine"
)

// TestCloseAmidCommits: Close, also one that is in a hurry, lets the groups in
// flight finish. Whoever comes later hears ErrClosed, nobody is left in doubt,
// and what was acknowledged is there at the next start, and nothing else.
func TestCloseAmidCommits(t *testing.T) {
	for _, m := range modes {
		for _, hurried := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s,hurried=%v", m, hurried), func(t *testing.T) {
				for range 10 {
					closeAmidCommits(t, m, hurried)
				}
			})
		}
	}
}

func closeAmidCommits(t *testing.T, m mode, hurried bool) {
	t.Helper()
	fs := vfs.NewMem()
	o := options(fs, m)
	o.BinlogSizeMax = 4096 // rotations, too
	l, err := Open(bg, "store", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Abandon)
	const clients = 8
	var running sync.WaitGroup
	acked := make([]int, clients)
	started := make(chan struct{}, clients)
	for c := range clients {
		running.Go(func() {
			for n := 1; ; n++ {
				if n == 3 {
					started <- struct{}{}
				}
				txn := l.Begin()
				key := fmt.Appendf(nil, "%d-%d", c, n)
				err := txn.Put(bg, accounts, key, []byte("v"))
				if err == nil {
					err = txn.LogRows(logged, binlog.WriteRows,
						[]binlog.RowChange{{After: []binlog.Value{key, []byte("v")}}})
				}
				if err == nil {
					err = l.Commit(bg, txn)
				}
				if err == nil {
					acked[c] = n
					continue
				}
				if rerr := l.Rollback(txn); rerr != nil {
					t.Errorf("Rollback: %v", rerr)
				}
				if !errors.Is(err, engine.ErrClosed) || errors.Is(err, engine.ErrUnknownOutcome) {
					t.Errorf("Commit: %v", err)
				}
				return
			}
		})
	}
	for range clients {
		<-started
	}
	ctx, cancel := context.WithCancel(bg)
	defer cancel()
	if hurried {
		cancel()
	}
	if err := l.Close(ctx); err != nil && !(hurried && errors.Is(err, context.Canceled)) {
		t.Errorf("Close: %v", err)
	}
	running.Wait()
	l = open(t, fs, m)
	for c, n := range acked {
		if got := read(t, l, fmt.Sprintf("%d-%d", c, n)); got != "v" {
			t.Errorf("acknowledged row %d-%d is %q", c, n, got)
		}
		if got := read(t, l, fmt.Sprintf("%d-%d", c, n+1)); got != "" {
			t.Errorf("row %d-%d was refused and is %q", c, n+1, got)
		}
	}
	if err := l.Close(bg); err != nil {
		t.Error(err)
	}
}

// A Close that comes while another runs, or behind it, waits for it and
// returns what it returned.
func TestCloseTwice(t *testing.T) {
	for _, m := range modes {
		l, err := Open(bg, "store", options(vfs.NewMem(), m))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(bg)
		cancel() // there is no last checkpoint: that is the first Close's error
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				if err := l.Close(ctx); !errors.Is(err, context.Canceled) {
					t.Errorf("%s: %v", m, err)
				}
				if err := l.Engine().Failed(); !errors.Is(err, engine.ErrClosed) {
					t.Errorf("%s: Close has returned, and the engine is not closed: %v", m, err)
				}
			})
		}
		wg.Wait()
		l.Abandon()
		if err := l.Close(bg); !errors.Is(err, context.Canceled) {
			t.Errorf("%s, later: %v", m, err)
		}
	}
}
