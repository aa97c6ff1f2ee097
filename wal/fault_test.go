package wal

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/fuzz/simdisk"
	"github.com/xadb/xadb/internal/failpoint"
)

// memFile is a file of these bytes.
func memFile(b []byte) vfs.File { return vfs.NewMemFile(b) }

// TestEveryByteFlip closes a small log, turns over each byte of each file, and
// opens it: the answer is the same records, or corruption with the place, and
// nothing is written in that case. Behind a segment's last record any byte may
// be anything.
func TestEveryByteFlip(t *testing.T) {
	w := newWorker()
	w.open()
	w.add(0, 1, 13, 200)
	w.sync()
	w.add(65000, 500) // the last one in the second segment
	w.close()
	if w.err != nil {
		t.Fatal(w.err)
	}
	second, end := w.h.recs[5].lsn, w.l.End()
	flips := map[string]int{}
	for name, used := range map[string]int{
		segmentName(1): segmentHeaderLen + int(second-FirstLSN),
		segmentName(2): segmentHeaderLen + int(end-second),
		ctrlName:       0,
	} {
		b, err := w.d.ReadFile("wal/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for i := range b {
			slack := name == ctrlName && i%ctrlSlotSize > 2*ctrlSlotLen
			inside := name != ctrlName && i > 1200 && (i < used-300 || i > used+300)
			if (slack || inside) && i%199 != 0 {
				continue // zeros and the inside of a large body are all alike
			}
			kind := flipAndOpen(t, w.d, name, i, w.h)
			if want := i < used; (kind == "refused") != want {
				t.Errorf("%s byte %d of %d: %s", name, i, used, kind)
			}
			flips[name+" "+kind]++
		}
	}
	t.Log(flips)
}

// flipAndOpen turns over one byte on a copy of the disk.
func flipAndOpen(t *testing.T, image *simdisk.Disk, name string, off int, h *history) string {
	d := image.CrashAt(image.Ops(), simdisk.Synced())
	if err := d.FlipBit("wal/"+name, int64(off), off%8); err != nil {
		t.Fatal(err)
	}
	before := d.Ops()
	l, err := Open("wal", testOptions(d.FS()))
	if err == nil {
		n, err := h.check(l)
		l.Abandon()
		if err != nil || n != len(h.recs) {
			t.Fatalf("%s byte %d: opened with %d records of %d: %v", name, off, n, len(h.recs), err)
		}
		return "same"
	}
	var where *RecordError
	if !errors.Is(err, ErrCorrupt) || !errors.As(err, &where) || where.File != name {
		t.Fatalf("%s byte %d: %v", name, off, err)
	}
	if where.Offset > int64(off) || d.Ops() != before {
		t.Fatalf("%s byte %d: placed at %d; %d writes", name, off, where.Offset, d.Ops()-before)
	}
	return "refused"
}

// TestRecordBehindCleanEnd: after a clean close nothing follows.
func TestRecordBehindCleanEnd(t *testing.T) {
	w := newWorker()
	w.open()
	w.add(10)
	w.close()
	if w.err != nil {
		t.Fatal(w.err)
	}
	path := "wal/" + segmentName(1)
	b, err := w.d.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	end := w.l.End()
	forged := Record{Type: TypePad, LSN: end, SyncedLSN: FirstLSN, Epoch: 1}
	copy(b[segmentHeaderLen+end-FirstLSN:], appendFrame(nil, &forged))
	if err := w.d.WriteFile(path, b); err != nil {
		t.Fatal(err)
	}
	if _, err := Open("wal", testOptions(w.d.FS())); !errors.Is(err, ErrCorrupt) {
		t.Fatalf("open returned %v", err)
	}
}

// TestDiskFull: the log is poisoned, says why, and what was promised is there
// when there is space again.
func TestDiskFull(t *testing.T) {
	for _, rule := range []string{
		"write *.wal err=ENOSPC nth=3", "write *.wal err=ENOSPC mode=prefix nth=3", "write *.tmp err=ENOSPC",
		"create *.tmp err=ENOSPC",
		"sync *.tmp err=ENOSPC", "syncdata *.wal err=ENOSPC nth=2",
	} {
		t.Run(rule, func(t *testing.T) {
			w := newWorker()
			w.open()
			w.fault(rule)
			w.add(5000)
			w.sync()
			w.add(3, 70000)
			if w.err != nil {
				t.Fatal(w.err)
			}
			err := w.l.SyncAll()
			if !errors.Is(err, ErrPoisoned) || !errors.Is(err, syscall.ENOSPC) || w.l.Failed() == nil {
				t.Fatalf("sync returned %v", err)
			}
			if err := w.l.Close(); !errors.Is(err, ErrPoisoned) {
				t.Fatalf("close returned %v", err)
			}
			if err := w.l.Close(); err != nil {
				t.Fatalf("second close returned %v", err)
			}
			w.die()
			w.open()
			w.add(10)
			w.sync()
			if w.err != nil {
				t.Fatal(w.err)
			}
		})
	}
}

// TestFailpoints fails the log at each of its moments: after that nothing is
// accepted, or the log did not open; and what was promised is there.
func TestFailpoints(t *testing.T) {
	defer failpoint.Reset()
	for _, name := range failpoint.List() {
		for nth := 1; nth <= 3; nth++ {
			failpoint.Reset()
			d := simdisk.New(simdisk.Options{Seed: 1})
			var h history
			if err := failpoint.Enable(fmt.Sprintf("%s=error@%d", name, nth)); err != nil {
				t.Fatal(err)
			}
			err := workload(d, &h)
			if !errors.Is(err, failpoint.ErrInjected) && nth == 1 && name != bufferFullWait.Name() {
				t.Errorf("%s never happens (%v)", name, err)
			}
			failpoint.Reset()
			d.Restart()
			l, _, err := reopen(d, &h)
			if err != nil {
				t.Fatalf("%s, hit %d: %v", name, nth, err)
			}
			l.Abandon()
		}
	}
}

// TestReadOnly: nothing is written, Append and Sync are refused, and the same
// records are found as by Open.
func TestReadOnly(t *testing.T) {
	w := newWorker()
	if _, err := OpenReadOnly("wal", testOptions(w.d.FS())); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("no log: %v", err)
	}
	w.open()
	w.add(100, 70000, 5)
	w.do(func() error { return w.l.drainAll() })
	w.die()
	if w.err != nil {
		t.Fatal(w.err)
	}
	before := w.d.Ops()
	l, err := OpenReadOnly("wal", testOptions(w.d.FS()))
	if err != nil {
		t.Fatal(err)
	}
	if n, err := w.h.check(l); n != 3 || err != nil {
		t.Fatalf("%d records, %v", n, err)
	}
	if _, err := l.Append(&Record{Type: TypePad}); !errors.Is(err, ErrReadOnly) {
		t.Errorf("append: %v", err)
	}
	if err := l.SyncAll(); !errors.Is(err, ErrReadOnly) {
		t.Errorf("sync: %v", err)
	}
	if err := l.SetCheckpoint(FirstLSN, FirstLSN); !errors.Is(err, ErrReadOnly) {
		t.Errorf("checkpoint: %v", err)
	}
	if err := l.Close(); err != nil || w.d.Ops() != before {
		t.Errorf("close: %v, %d writes", err, w.d.Ops()-before)
	}
}

// TestBadCalls: refused, and the log goes on.
func TestBadCalls(t *testing.T) {
	o := testOptions(vfs.NewMem())
	o.RecordSizeMax = 100
	l := mustOpen(t, o)
	if _, err := l.Append(&Record{Type: TypePad, Body: make([]byte, 101)}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("large record: %v", err)
	}
	if _, err := l.Append(&Record{}); err == nil {
		t.Error("record without a type was accepted")
	}
	lsn := mustAppend(t, l, "a")
	if err := l.Replay(lsn, func(*Record) error { return nil }); err != nil {
		t.Errorf("replay of nothing durable: %v", err)
	}
	if err := l.Replay(lsn+1, func(*Record) error { return nil }); err == nil {
		t.Error("replay from beyond the durable end")
	}
	if err := l.SetCheckpoint(lsn, lsn); err == nil {
		t.Error("checkpoint of a record that is not durable")
	}
	if err := l.Sync(lsn); err != nil {
		t.Error(err)
	}
	if err := l.SetCheckpoint(lsn, lsn-FirstLSN); err == nil {
		t.Error("checkpoint that keeps from before the beginning")
	}
	next := mustAppend(t, l, "another")
	if err := l.SyncAll(); err != nil {
		t.Error(err)
	}
	if err := l.SetCheckpoint(next, next-8); err == nil {
		t.Error("checkpoint that keeps from the inside of a record")
	}
	stop := errors.New("stop")
	if err := l.Replay(0, func(*Record) error { return stop }); err != stop {
		t.Errorf("replay returned %v", err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Append(&Record{Type: TypePad}); !errors.Is(err, ErrClosed) {
		t.Errorf("append after close: %v", err)
	}
	if err := l.SyncAll(); !errors.Is(err, ErrClosed) {
		t.Errorf("sync after close: %v", err)
	}
	if err := l.Replay(0, nil); !errors.Is(err, ErrClosed) {
		t.Errorf("replay after close: %v", err)
	}
	for _, bad := range []Options{
		{SegmentSize: 100}, {SegmentSize: -4096}, {RecordSizeMax: -1}, {RecordSizeMax: 2 << 30}, {BufferSizeMax: -1},
	} {
		bad.FS = o.FS
		if _, err := Open("wal", bad); err == nil {
			t.Errorf("options %+v were accepted", bad)
		}
	}
}

// TestReplayKeepsSegments: a checkpoint during a Replay takes no file away from
// under it; the next one does.
func TestReplayKeepsSegments(t *testing.T) {
	w := newWorker()
	w.open()
	w.add(60000, 60000, 60000)
	w.sync()
	seen := 0
	w.do(func() error {
		return w.l.Replay(0, func(r *Record) error {
			if seen++; seen == 1 {
				w.checkpoint(1)
			}
			if !bytes.HasPrefix(r.Body, fmt.Appendf(nil, "%d:", seen)) {
				return fmt.Errorf("record %d holds %q", seen, head(r.Body))
			}
			return w.err
		})
	})
	if w.err != nil || seen != 3 || len(w.l.Segments()) != 3 {
		t.Fatalf("%d records, %d segments, %v", seen, len(w.l.Segments()), w.err)
	}
	release := w.l.Hold()
	w.checkpoint(1)
	if got := w.l.Segments(); len(got) != 3 || w.err != nil {
		t.Fatalf("held segments %v, %v", got, w.err)
	}
	release()
	release() // a second call does nothing
	w.checkpoint(1)
	if got := w.l.Segments(); len(got) != 1 || w.err != nil {
		t.Fatalf("segments %v, %v", got, w.err)
	}
}
