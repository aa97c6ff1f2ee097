package wal

import (
	"errors"
	"syscall"
	"testing"
)

// busyWorker has a log whose segment holds more than a spare.
func busyWorker(t *testing.T) *worker {
	t.Helper()
	w := newWorker()
	w.open()
	w.spare()
	if w.err != nil || w.l.NeedSpare() {
		t.Fatal(w.err)
	}
	for range 18 {
		w.add(2000)
		w.sync()
	}
	if w.err != nil || !w.l.NeedSpare() || w.l.wholeSpare() {
		t.Fatalf("a busy log needs a whole spare: %v; %v", w.l.NeedSpare(), w.err)
	}
	return w
}

// survives says whether the log can be used and is whole behind a crash.
func survives(t *testing.T, w *worker) {
	t.Helper()
	w.add(2000, 40000, 40000)
	w.sync()
	w.power()
	w.open()
	if w.err != nil {
		t.Error(w.err)
	}
}

// The spare of a busy log is filled to its end, and the log goes on in it as soon
// as it would have to fill its segment further.
func TestWholeSpare(t *testing.T) {
	w := busyWorker(t)
	w.spare()
	if w.err != nil || !w.l.wholeSpare() || w.l.NeedSpare() {
		t.Fatalf("no whole spare: %v", w.err)
	}
	left := w.l.filled - w.l.off
	w.add(int(left)) // with its header it does not fit
	w.sync()
	if n := len(w.l.Segments()); n != 2 || w.l.filled != 64<<10 {
		t.Fatalf("%d segments, the last one filled up to %d", n, w.l.filled)
	}
	survives(t, w)
}

// A small log's spare stays small.
func TestShortSpare(t *testing.T) {
	w := newWorker()
	w.open()
	w.add(2000)
	w.sync()
	w.spare()
	w.spare()
	if w.err != nil || w.l.wholeSpare() || w.l.free[0].size != w.l.spareLen() {
		t.Fatalf("%+v; %v", w.l.free, w.err)
	}
	survives(t, w)
}

// Whatever fails while a spare is lengthened, the log is unharmed; on a full disk
// the spare keeps the length that it has got.
func TestLengthenFails(t *testing.T) {
	t.Run("no space", func(t *testing.T) {
		w := busyWorker(t)
		usage, err := w.d.FS().GetDiskUsage("/")
		if err != nil {
			t.Fatal(err)
		}
		w.d.SetQuota(int64(usage.UsedBytes) + 20<<10)
		room := w.l.Room()
		w.spare()
		if got := w.l.Room() - room; w.err != nil || got != 16<<10 {
			t.Fatalf("%d more bytes: %v", got, w.err)
		}
		w.d.SetQuota(0)
		survives(t, w)
	})
	for _, rule := range []string{"write *.spare err=EIO", "open *.spare", "sync *.spare"} {
		t.Run(rule, func(t *testing.T) {
			w := busyWorker(t)
			w.fault(rule)
			if err := w.l.PrepareSpare(); !errors.Is(err, syscall.EIO) || !errors.Is(w.l.SpareErr(), err) || !w.l.NeedSpare() {
				t.Fatalf("lengthening: %v; remembered %v", err, w.l.SpareErr())
			}
			w.spare()
			if w.err != nil || w.l.SpareErr() != nil || !w.l.wholeSpare() {
				t.Fatalf("once more: %v, %v", w.err, w.l.SpareErr())
			}
			survives(t, w)
		})
	}
}
