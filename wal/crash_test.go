package wal

import (
	"fmt"
	"strings"
	"testing"

	"github.com/xadb/xadb/fuzz/simdisk"
)

// workload is a fixed run of calls over several segments and boots: appends of
// many sizes, syncs, a recycled segment, a death, a clean close.
func workload(d *simdisk.Disk, h *history) error {
	w := &worker{d: d, h: h}
	w.open()
	w.add(0, 1, 500, 5000)
	w.sync()
	w.add(30000, 20000, 40)
	w.add(30000) // does not fit: the second segment
	w.sync()
	w.add(100, 50000)
	w.sync()
	w.checkpoint(2)
	w.add(40000, 7) // a recycled segment
	w.spare()
	w.sync()
	w.add(3, 600) // in memory only
	w.die()

	w.open()
	w.add(64, 1000)
	w.sync()
	w.spare()
	w.add(200, 60000) // a spare made ahead
	w.close()

	w.open()
	w.add(10)
	w.sync()
	w.add(9, 3000)
	w.sync()
	return w.err
}

// A worker runs a log on a disk and keeps its history. After the first error
// it does nothing.
type worker struct {
	d   *simdisk.Disk
	h   *history
	l   *Log
	n   int // bodies so far
	err error
}

func (w *worker) do(f func() error) {
	if w.err == nil {
		w.err = f()
	}
}

func (w *worker) open() {
	w.do(func() error {
		l, n, err := reopen(w.d, w.h)
		if err == nil {
			w.h.survived(n, w.d.Ops())
		}
		w.l = l
		return err
	})
}

func (w *worker) add(sizes ...int) {
	for _, size := range sizes {
		w.do(func() error {
			w.n++
			body := fmt.Sprintf("%d:%s", w.n, strings.Repeat(string(rune('a'+w.n%26)), size))
			lsn, err := w.l.Append(&Record{Type: TypeCommit, Body: []byte(body)})
			w.h.appended(lsn, body)
			return err
		})
	}
}

func (w *worker) sync() {
	w.do(func() error {
		err := w.l.SyncAll()
		if err == nil {
			w.h.promised(w.d.Ops())
		}
		return err
	})
}

func (w *worker) spare() { w.do(func() error { return w.l.PrepareSpare() }) }

// checkpoint keeps the last few records.
func (w *worker) checkpoint(few int) {
	w.do(func() error {
		recs := w.h.recs
		return w.l.SetCheckpoint(recs[len(recs)-1].lsn, recs[len(recs)-few].lsn)
	})
}

// die ends the process; what is in memory only is gone.
func (w *worker) die() {
	w.do(func() error {
		w.l.Abandon()
		w.d.ClearFaults()
		w.d.Restart()
		return nil
	})
}

func (w *worker) close() {
	w.do(func() error {
		err := w.l.Close()
		if err == nil {
			w.h.promised(w.d.Ops())
			w.d.Restart()
		}
		return err
	})
}

// power cuts the power; only what is durable stays.
func (w *worker) power() {
	w.do(func() error {
		w.l.Abandon()
		w.d.ClearFaults()
		w.d = w.d.Crash(simdisk.Synced())
		return nil
	})
}

// fault makes a call fail.
func (w *worker) fault(rule string) {
	w.do(func() error {
		r, err := simdisk.ParseRule(rule)
		if err == nil {
			err = w.d.Inject(r)
		}
		return err
	})
}

// TestEveryCrashPoint runs the workload once and cuts the power after each
// operation of the disk, with several images each, and again after each
// operation of the recovery from it: every promise holds on all of them.
func TestEveryCrashPoint(t *testing.T) {
	for _, profile := range simdisk.Profiles() {
		t.Run(profile.String(), func(t *testing.T) {
			t.Parallel()
			images, err := explore(profile, 8)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d images", images)
		})
	}
}

// explore is one profile's part of TestEveryCrashPoint.
func explore(profile simdisk.Profile, perPoint int) (images int, err error) {
	d := simdisk.New(simdisk.Options{Seed: 1, Profile: profile, Scribble: true})
	var h history
	if err := workload(d, &h); err != nil {
		return 0, err
	}
	for k := 0; k <= d.Ops(); k++ {
		for i, c := range d.Choices(k, simdisk.Bounded(perPoint)) {
			images++
			if err := crashAt(d, k, c, &h, i < 2); err != nil {
				return images, fmt.Errorf("crash after operation %d, keeping %s: %w", k, c, err)
			}
		}
	}
	return images, nil
}

// crashAt recovers from one image; nested also from crashes in that recovery.
func crashAt(d *simdisk.Disk, k int, c simdisk.Choice, h *history, nested bool) error {
	then := h.at(k)
	image := d.CrashAt(k, c)
	first := image.Ops()
	l, n, err := reopen(image, then)
	if err != nil {
		return err
	}
	l.Abandon()
	if !nested {
		return nil
	}
	last := image.Ops()
	for k2 := first; k2 <= last; k2++ {
		want := then
		if k2 == last {
			want = &history{recs: then.recs[:n], acked: n}
		}
		for _, c2 := range image.Choices(k2, simdisk.Bounded(2)) {
			l, _, err := reopen(image.CrashAt(k2, c2), want)
			if err != nil {
				return fmt.Errorf("then after operation %d of the recovery, keeping %s: %w", k2, c2, err)
			}
			l.Abandon()
		}
	}
	return nil
}
