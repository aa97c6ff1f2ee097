package wal

import (
	"bytes"
	"errors"
	"fmt"
	"syscall"
	"testing"

	"github.com/xadb/xadb/fuzz/simdisk"
)

// A scenario returns an error when the log breaks a promise in it. The test of
// the seeded bugs runs the same scenarios and expects errors.
type scenario struct {
	name string
	run  func() error
}

var scenarios = []scenario{
	{"crash points", func() error { _, err := explore(simdisk.WeakestPosix, 4); return err }},
	{"failed sync, process restarts, power fails", failedSync},
	{"failed sync of a control slot", failedCtrlSync},
	{"failed read", failedRead},
	{"damage below a promise", damage},
	{"torn record, same length again", tornAgain},
}

func TestScenarios(t *testing.T) {
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			if err := s.run(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func newWorker() *worker {
	return &worker{d: simdisk.New(simdisk.Options{Seed: 1, Scribble: true}), h: &history{}}
}

// failedSync is C6: a sync fails and the kernel drops the dirty pages but keeps
// them in the cache. The process dies, its successor reads the records back and
// believes them. From then on they must survive a power failure.
func failedSync() error {
	w := newWorker()
	w.open()
	w.add(100)
	w.sync()
	w.add(9000, 200)
	w.fault("syncdata *.wal mode=drop")
	w.do(func() error {
		for range 2 { // a second sync must not succeed where the first did not (R1)
			if err := w.l.SyncAll(); !errors.Is(err, ErrPoisoned) || !errors.Is(err, syscall.EIO) {
				return fmt.Errorf("sync returned %v", err)
			}
		}
		if _, err := w.l.Append(&Record{Type: TypePad}); !errors.Is(err, ErrPoisoned) {
			return fmt.Errorf("append after a failed sync returned %v", err)
		}
		if err := w.l.SetCheckpoint(FirstLSN, FirstLSN); !errors.Is(err, ErrPoisoned) {
			return fmt.Errorf("checkpoint after a failed sync returned %v", err)
		}
		return nil
	})
	w.die()
	w.open()
	w.do(func() error {
		if len(w.h.recs) != 3 {
			return fmt.Errorf("the cache had 3 records, recovery found %d", len(w.h.recs))
		}
		return nil
	})
	w.power()
	w.open()
	return w.err
}

// failedCtrlSync is C6 for the control file: the newer slot is in the cache
// only. The next one must not destroy the last durable one.
func failedCtrlSync() error {
	for k := range 40 {
		w := newWorker()
		w.open()
		w.add(60000, 60000, 60000)
		w.sync()
		w.checkpoint(1) // removes segments: an older slot would miss them
		w.add(10)
		w.sync()
		w.fault("sync CTRL mode=drop")
		w.do(func() error {
			if err := w.l.SetCheckpoint(w.h.recs[3].lsn, w.h.recs[2].lsn); !errors.Is(err, ErrPoisoned) {
				return fmt.Errorf("checkpoint returned %v", err)
			}
			return nil
		})
		w.die()
		before := w.d.Ops()
		w.open()
		if w.err != nil || before+k > w.d.Ops() {
			return w.err
		}
		for _, c := range w.d.Choices(before+k, simdisk.AllImages()) {
			l, _, err := reopen(w.d.CrashAt(before+k, c), w.h.at(before+k))
			if err != nil {
				return fmt.Errorf("crash %d operations into the recovery, keeping %s: %w", k, c, err)
			}
			l.Abandon()
		}
	}
	return nil
}

// failedRead: a place that cannot be read is neither the end nor damage.
func failedRead() error {
	for nth := 1; ; nth++ {
		w := newWorker()
		w.open()
		w.add(100, 300000, 100)
		w.sync()
		w.die()
		w.fault(fmt.Sprintf("readat *.wal nth=%d", nth))
		if w.err != nil {
			return w.err
		}
		l, err := Open("wal", testOptions(w.d.FS()))
		if err == nil {
			defer l.Abandon()
			_, err = w.h.check(l)
			if err == nil && nth > 5 {
				return nil // past the last read
			}
		}
		if !errors.Is(err, syscall.EIO) || errors.Is(err, ErrCorrupt) {
			return fmt.Errorf("read %d failed: open returned %v", nth, err)
		}
	}
}

// damage: a bit turns over below a position that a later record proves.
func damage() error {
	w := newWorker()
	w.open()
	w.add(100)
	w.sync()
	w.add(100) // says that the first one was durable
	w.sync()
	w.die()
	w.do(func() error { return w.d.FlipBit("wal/"+segmentName(1), 64+40+50, 3) })
	if w.err != nil {
		return w.err
	}
	before, err := w.d.ReadFile("wal/" + segmentName(1))
	if err != nil {
		return err
	}
	ops := w.d.Ops()
	l, err := Open("wal", testOptions(w.d.FS()))
	if err == nil {
		l.Abandon()
		return errors.New("damage was taken for a torn tail")
	}
	var where *RecordError
	if !errors.Is(err, ErrCorrupt) || !errors.As(err, &where) || where.Offset != 64 || where.LSN != FirstLSN {
		return fmt.Errorf("open returned %v", err)
	}
	after, err := w.d.ReadFile("wal/" + segmentName(1))
	if err != nil || w.d.Ops() != ops || !bytes.Equal(before, after) {
		return fmt.Errorf("open wrote to a damaged log (%v)", err)
	}
	return nil
}

// tornAgain: behind a torn record lies a whole one that was never promised. The
// next boot writes a record of the torn one's length; the stale one behind it
// must not come back to life.
func tornAgain() error {
	w := newWorker()
	w.open()
	w.add(100)
	w.sync()
	w.add(600, 600)
	w.do(func() error { return w.l.drainAll() })
	k := w.d.Ops()
	w.do(func() error {
		w.l.Abandon()
		// One write of both records: the file grows, the write's beginning is
		// lost, its end arrives.
		var torn simdisk.Choice
		for _, a := range w.d.Atoms(k) {
			if a.Kind == simdisk.AtomSize {
				torn = simdisk.Keep(a.Index)
			}
		}
		for _, a := range w.d.Atoms(k) {
			if a.Kind == simdisk.AtomData {
				torn = torn.WithTear(a.Index, 512, a.Len)
			}
		}
		w.d = w.d.CrashAt(k, torn)
		return nil
	})
	w.open()
	w.do(func() error {
		if len(w.h.recs) != 1 {
			return fmt.Errorf("%d records, want the first alone", len(w.h.recs))
		}
		return nil
	})
	w.n = 1 // bodies of the same length as before
	w.add(600)
	w.sync()
	w.die()
	w.open()
	return w.err
}

// drainAll writes everything out and syncs nothing.
func (l *Log) drainAll() error {
	l.syncMu.Lock()
	defer l.syncMu.Unlock()
	return l.writeOutLocked()
}
