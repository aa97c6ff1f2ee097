package wal

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/fuzz/simdisk"
	"github.com/xadb/xadb/internal/failpoint"
)

// TestGroupsShareASync: while one sync runs, other callers append; one further
// sync is enough for all of them.
func TestGroupsShareASync(t *testing.T) {
	defer failpoint.Reset()
	l := mustOpen(t, testOptions(vfs.NewMem()))
	entered, leave := make(chan struct{}), make(chan struct{})
	var first atomic.Bool
	if err := failpoint.SetHook(concurrentAppendDuring.Name(), func() error {
		if first.CompareAndSwap(false, true) {
			close(entered)
			<-leave
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	syncOne := func(lsn LSN) {
		if err := l.Sync(lsn); err != nil || l.SyncedLSN() <= lsn {
			t.Errorf("sync of %d: %v, synced %d", lsn, err, l.SyncedLSN())
		}
	}
	lsn := mustAppend(t, l, "leader")
	wg.Go(func() { syncOne(lsn) })
	<-entered
	const followers = 50
	var lsns []LSN
	for range followers { // Append does not wait for the sync
		lsns = append(lsns, mustAppend(t, l, "follower"))
	}
	for _, lsn := range lsns {
		wg.Go(func() { syncOne(lsn) })
	}
	close(leave)
	wg.Wait()
	if s := l.Stats(); s.Syncs != 2 || s.Writes != 2 || s.Appends != followers+1 {
		t.Fatalf("%+v, want 2 syncs", s)
	}
}

// TestManyWriters appends, syncs, replays and checkpoints from many goroutines
// at once with a small buffer, and finds every record afterwards.
func TestManyWriters(t *testing.T) {
	o := testOptions(vfs.NewMem())
	o.BufferSizeMax = 4 << 10
	l := mustOpen(t, o)
	const writers, each = 8, 300
	var wg sync.WaitGroup
	for g := range writers {
		wg.Go(func() {
			for i := range each {
				body := fmt.Sprintf("%d/%d %s", g, i, strings.Repeat("z", i%50*20))
				lsn, err := l.AppendParts(&Record{Type: TypeCommit, TxnID: uint64(g)}, []byte(body[:3]), []byte(body[3:]))
				if err == nil && i%3 == 0 {
					err = l.Sync(lsn)
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	stop := make(chan struct{})
	var reader sync.WaitGroup
	reader.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			var last LSN
			if err := l.Replay(0, func(r *Record) error { last = r.LSN; return nil }); err != nil {
				t.Error(err)
				return
			}
			if last > 0 {
				if err := l.SetCheckpoint(last, l.KeepFrom()); err != nil {
					t.Error(err)
					return
				}
			}
		}
	})
	wg.Wait()
	close(stop)
	reader.Wait()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	next := map[uint64]int{}
	l = mustOpen(t, o)
	if err := l.Replay(0, func(r *Record) error {
		if want := fmt.Sprintf("%d/%d ", r.TxnID, next[r.TxnID]); !strings.HasPrefix(string(r.Body), want) {
			return fmt.Errorf("lsn %d holds %q, want %q", r.LSN, head(r.Body), want)
		}
		next[r.TxnID]++
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for g := range uint64(writers) {
		if next[g] != each {
			t.Errorf("writer %d: %d records of %d", g, next[g], each)
		}
	}
}

// TestFullBuffer: Append writes out when the buffer is full, without a sync,
// and one record may be larger than the buffer.
func TestFullBuffer(t *testing.T) {
	d := simdisk.New(simdisk.Options{Scribble: true})
	o := testOptions(d.FS())
	o.BufferSizeMax = 1000
	l := mustOpen(t, o)
	var want []string
	for i := range 30 {
		body := fmt.Sprintf("%d %s", i, strings.Repeat("b", i*100))
		want = append(want, body)
		mustAppend(t, l, body)
		if n := len(l.active.data); n > 1000 && n != int(frameLen(len(body))) {
			t.Fatalf("%d bytes in a buffer of 1000", n)
		}
	}
	if s := l.Stats(); s.Syncs != 0 || s.Writes == 0 {
		t.Fatalf("%+v: want writes and no sync", s)
	}
	if err := l.SyncAll(); err != nil {
		t.Fatal(err)
	}
	if cap(l.active.data) > 2000 || cap(l.spare.data) > 2000 {
		t.Errorf("large records' memory is kept: %d and %d", cap(l.active.data), cap(l.spare.data))
	}
	if got := bodies(t, l); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("%d records, want %d", len(got), len(want))
	}
}

// TestWaitersLearnOfFailure: everybody who waits for a sync that fails, and
// everybody after, is told (W4).
func TestWaitersLearnOfFailure(t *testing.T) {
	w := newWorker()
	w.open()
	w.fault("syncdata *.wal nth=1")
	if w.err != nil {
		t.Fatal(w.err)
	}
	var lsns []LSN // all appended before the first Sync can fail
	for range 20 {
		lsns = append(lsns, mustAppend(t, w.l, "x"))
	}
	var wg sync.WaitGroup
	for _, lsn := range lsns {
		wg.Go(func() {
			if err := w.l.Sync(lsn); !errors.Is(err, ErrPoisoned) {
				t.Errorf("sync returned %v", err)
			}
		})
	}
	wg.Wait()
	if broken := w.d.Violations(); len(broken) > 0 {
		t.Fatal(broken)
	}
}
