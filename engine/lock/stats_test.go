package lock

import (
	"testing"
	"time"
)

// What was waited for, how long, and by whom.
func TestStats(t *testing.T) {
	b := newBench(t)
	b.has(1, "a", Exclusive)
	if s := b.m.Stats(); s != (Stats{}) || b.m.LastDeadlock() != nil {
		t.Errorf("nobody has waited: %+v", s)
	}
	w := b.wait(2, "a", Shared)
	if s := b.m.Stats(); s != (Stats{Waiting: 1}) {
		t.Errorf("one waits: %+v", s)
	}
	b.clock.Advance(3 * time.Second)
	b.o(1).ReleaseAll()
	b.gets(w, nil)
	if s := b.m.Stats(); s != (Stats{Waits: 1, WaitTime: 3 * time.Second}) {
		t.Errorf("one has waited: %+v", s)
	}
	if b.o(1).WaitTime() != 0 || b.o(2).WaitTime() != 3*time.Second {
		t.Errorf("waited %v and %v", b.o(1).WaitTime(), b.o(2).WaitTime())
	}
	b.o(2).ReleaseAll()
}

// The last deadlock can be looked at after it was broken.
func TestLastDeadlock(t *testing.T) {
	b := newBench(t)
	b.has(1, "a", Exclusive)
	b.has(2, "b", Exclusive)
	first := b.wait(1, "b", Exclusive)
	b.clock.Advance(time.Second)
	second := b.wait(2, "a", Shared)
	b.gets(second, ErrDeadlock)
	d := b.m.LastDeadlock()
	if d == nil || d.Victim != 2 || len(d.Waits) != 2 || !d.At.Equal(b.clock.Now()) {
		t.Fatalf("%+v", d)
	}
	for _, w := range d.Waits {
		if want := map[uint64]string{1: `X on row "b" of table 1`, 2: `S on row "a" of table 1`}[w.Owner]; w.String() != want || len(w.For) != 1 {
			t.Errorf("%d waits for %s of %v, want %s", w.Owner, w, w.For, want)
		}
	}
	b.o(2).ReleaseAll()
	b.gets(first, nil)
}
