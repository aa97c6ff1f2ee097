package groupcommit

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/xadb/xadb/internal/clock"
)

func delayed(o Options) (*hold, *clock.Manual) {
	m := clock.NewManual(time.Unix(0, 0))
	o.Clock, o.SyncDelay = m, time.Second
	return newHold(o), m
}

// waiting is true while a group is in the SYNC delay and n members are queued.
func waiting(h *hold, m *clock.Manual, n int) func() bool {
	return func() bool {
		queued, _ := h.p.queue[Sync].head()
		return m.Timers() == 1 && queued == n
	}
}

func TestDelayCollectsMembersUntilTheClockSaysSo(t *testing.T) {
	h, m := delayed(Options{})
	a := start(context.Background(), h.p, 1)
	eventually(t, "delay", waiting(h, m, 1))
	b := start(context.Background(), h.p, 2)
	eventually(t, "second member", waiting(h, m, 2))
	m.Advance(time.Second - 1)
	if len(h.seen[Sync]) != 0 {
		t.Error("synced before the delay was over")
	}
	m.Advance(1)
	if err := errors.Join(get(t, a), get(t, b)); err != nil {
		t.Error(err)
	}
	if s := h.p.Stats().Stages[Sync]; s.Groups != 1 || s.GroupMax != 2 {
		t.Errorf("stats %+v", s)
	}
}

func TestDelayEndsAtCount(t *testing.T) {
	h, m := delayed(Options{SyncNoDelayCount: 3})
	a := start(context.Background(), h.p, 1)
	eventually(t, "delay", waiting(h, m, 1))
	b := start(context.Background(), h.p, 2)
	eventually(t, "second member", waiting(h, m, 2))
	c := start(context.Background(), h.p, 3)
	if err := errors.Join(get(t, a), get(t, b), get(t, c)); err != nil {
		t.Error(err)
	}
	if m.Timers() != 0 {
		t.Error("a timer is left")
	}
	// A group that is large enough from the start does not wait at all.
	for _, err := range h.group(t, 3) {
		if err != nil {
			t.Error(err)
		}
	}
}

// Hurry counts for whoever is in the pipeline, wherever, and for nobody later.
func TestHurry(t *testing.T) {
	h, m := delayed(Options{})
	a := start(context.Background(), h.p, 1)
	eventually(t, "delay", waiting(h, m, 1))
	h.p.Hurry()
	if err := get(t, a); err != nil {
		t.Error(err)
	}

	h.p.flush <- struct{}{}
	b := startQueued(context.Background(), t, h.p, 2) // hurried in the queue of FLUSH
	h.p.Hurry()
	<-h.p.flush
	if err := get(t, b); err != nil {
		t.Error(err)
	}

	c := start(context.Background(), h.p, 3) // came later: full delay
	eventually(t, "delay", waiting(h, m, 1))
	m.Advance(time.Second)
	if err := get(t, c); err != nil {
		t.Error(err)
	}
}

func TestWithFlushKeepsGroupsOutOfFlush(t *testing.T) {
	h := newHold(Options{})
	var r <-chan error
	err := h.p.WithFlush(context.Background(), func() error {
		r = startQueued(context.Background(), t, h.p, 1)
		if len(h.seen[Flush]) != 0 {
			t.Error("a group in FLUSH")
		}
		return errDisk
	})
	if err != errDisk {
		t.Error(err)
	}
	if err := get(t, r); err != nil || h.p.Failed() != nil {
		t.Errorf("an error of fn stops nothing: %v, %v", err, h.p.Failed())
	}
}

func TestControlHonoursContext(t *testing.T) {
	h := newHold(Options{})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	h.p.flush <- struct{}{}
	for _, f := range []func(context.Context, func() error) error{h.p.WithFlush, h.p.Exclusive} {
		if err := f(ctx, func() error { t.Error("fn ran"); return nil }); err != context.Canceled {
			t.Error(err)
		}
	}
	<-h.p.flush
}

func TestPanicInWithFlushStopsFlush(t *testing.T) {
	for _, name := range []string{"WithFlush", "Exclusive"} {
		h := newHold(Options{})
		f := h.p.WithFlush
		if name == "Exclusive" {
			f = h.p.Exclusive
		}
		var pe *PanicError
		if err := f(context.Background(), func() error { panic("boom") }); !errors.As(err, &pe) {
			t.Errorf("%s: %v", name, err)
		}
		h.checkStopped(t, Flush)
	}
}

func TestExclusiveWaitsForGroupsInFlight(t *testing.T) {
	h := newHold(Options{})
	entered, leave := make(chan struct{}), make(chan struct{})
	block := func(ints) error { entered <- struct{}{}; <-leave; return nil }
	h.at[Sync], h.at[Commit] = block, block
	a := start(context.Background(), h.p, 1)
	<-entered
	leave <- struct{}{}
	<-entered // 1 is in COMMIT
	b := start(context.Background(), h.p, 2)
	<-entered // 2 is in SYNC

	// A caller in a hurry gives up and leaves the pipeline as it was.
	ctx, cancel := context.WithCancel(context.Background())
	gaveUp := make(chan error, 1)
	go func() { gaveUp <- h.p.Exclusive(ctx, func() error { t.Error("fn ran"); return nil }) }()
	idleAsked := func() bool {
		h.p.state.mu.Lock()
		defer h.p.state.mu.Unlock()
		return h.p.state.idle != nil
	}
	eventually(t, "Exclusive waits", idleAsked)
	cancel()
	if err := get(t, gaveUp); err != context.Canceled {
		t.Error(err)
	}

	done := make(chan error, 1)
	go func() {
		done <- h.p.Exclusive(context.Background(), func() error {
			if n := len(h.seen[Commit]); n != 2 {
				t.Errorf("fn runs after %d commits", n)
			}
			return nil
		})
	}()
	eventually(t, "Exclusive holds FLUSH", func() bool { return len(h.p.flush) == 1 })
	c := startQueued(context.Background(), t, h.p, 3)
	leave <- struct{}{} // 2 leaves SYNC, or 1 leaves COMMIT
	leave <- struct{}{}
	<-entered
	select {
	case err := <-done:
		t.Fatalf("Exclusive did not wait for COMMIT of 2: %v", err)
	default:
	}
	leave <- struct{}{}
	if err := errors.Join(get(t, done), get(t, a), get(t, b)); err != nil {
		t.Error(err)
	}
	<-entered
	leave <- struct{}{}
	<-entered
	leave <- struct{}{}
	if err := get(t, c); err != nil {
		t.Error(err)
	}
}

func TestExclusiveEndsTheDelay(t *testing.T) {
	h, m := delayed(Options{})
	a := start(context.Background(), h.p, 1)
	eventually(t, "delay", waiting(h, m, 1))
	ran := false
	if err := h.p.Exclusive(context.Background(), func() error { ran = true; return nil }); err != nil || !ran {
		t.Errorf("%v, ran %t", err, ran)
	}
	if err := get(t, a); err != nil {
		t.Error(err)
	}
}
