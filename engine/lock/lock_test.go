package lock

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xadb/xadb/internal/clock"
)

const forever = -1 * time.Nanosecond

// A bench is a manager on a clock that stands still.
type bench struct {
	t     *testing.T
	m     *Manager
	clock *clock.Manual
}

func newBench(t *testing.T) *bench {
	c := clock.NewManual(time.Unix(0, 0))
	return &bench{t: t, m: NewManager(Options{Clock: c}), clock: c}
}

// has acquires without waiting.
func (b *bench) has(owner Owner, key string, mode Mode) {
	b.t.Helper()
	if err := b.m.Acquire(context.Background(), owner, key, mode, 0); err != nil {
		b.t.Fatal(err)
	}
}

// wait starts an Acquire, and returns once it waits or has its outcome.
func (b *bench) wait(owner Owner, key string, mode Mode) <-chan error {
	b.t.Helper()
	return b.waitCtx(context.Background(), owner, key, mode, forever)
}

func (b *bench) waitCtx(ctx context.Context, owner Owner, key string, mode Mode, timeout time.Duration) <-chan error {
	b.t.Helper()
	result := make(chan error, 1)
	timers := b.clock.Timers()
	go func() { result <- b.m.Acquire(ctx, owner, key, mode, timeout) }()
	b.eventually("waits or is done", func() bool {
		waits := b.m.waits(owner) && (timeout < 0 || b.clock.Timers() > timers)
		return waits || len(result) == 1
	})
	return result
}

func (m *Manager) waits(owner Owner) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.txns[owner] != nil && m.txns[owner].wait != nil
}

func (b *bench) eventually(what string, cond func() bool) {
	b.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !cond(); runtime.Gosched() {
		if time.Now().After(deadline) {
			b.t.Fatalf("never: %s\n%s", what, b.list())
		}
	}
}

// gets checks the outcome of an Acquire that must have ended.
func (b *bench) gets(result <-chan error, want error) {
	b.t.Helper()
	select {
	case err := <-result:
		if !errors.Is(err, want) {
			b.t.Errorf("outcome %v, want %v", err, want)
		}
	case <-time.After(20 * time.Second):
		b.t.Fatalf("Acquire hangs\n%s", b.list())
	}
}

// is compares the listing: one line per key, "key: mode holders | waiters".
func (b *bench) is(want ...string) {
	b.t.Helper()
	if got := b.list(); got != strings.Join(want, "\n") {
		b.t.Errorf("locks are\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

func (b *bench) list() string {
	var lines []string
	for _, i := range b.m.Dump() {
		line := fmt.Sprintf("%s: %s %v", i.Key, i.Mode, i.Holders)
		if len(i.Waiters) > 0 {
			line += fmt.Sprintf(" | %v", i.Waiters)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// clean checks K6 after the owners have given up everything.
func (b *bench) clean(owners ...Owner) {
	b.t.Helper()
	for _, o := range owners {
		b.m.ReleaseAll(o)
	}
	if len(b.m.entries) != 0 || len(b.m.txns) != 0 || b.clock.Timers() != 0 {
		b.t.Errorf("K6: %d entries, %d owners, %d timers left\n%s",
			len(b.m.entries), len(b.m.txns), b.clock.Timers(), b.list())
	}
}

func TestK1Compatibility(t *testing.T) {
	tests := []struct {
		held, asked Mode
		same        bool // owner
		ok          bool
	}{
		{Shared, Shared, false, true},
		{Shared, Exclusive, false, false},
		{Exclusive, Shared, false, false},
		{Exclusive, Exclusive, false, false},
		{Shared, Shared, true, true},
		{Shared, Exclusive, true, true},
		{Exclusive, Shared, true, true},
		{Exclusive, Exclusive, true, true},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s then %s same=%t", tt.held, tt.asked, tt.same), func(t *testing.T) {
			b := newBench(t)
			b.has(1, "k", tt.held)
			second := Owner(2)
			if tt.same {
				second = 1
			}
			err := b.m.Acquire(context.Background(), second, "k", tt.asked, 0)
			if tt.ok != (err == nil) || err != nil && !errors.Is(err, ErrTimeout) {
				t.Error(err)
			}
			err = b.m.Restore(second, "k", tt.asked)
			if tt.ok != (err == nil) || err != nil && !errors.Is(err, ErrConflict) {
				t.Error(err)
			}
			if tt.same {
				b.is(fmt.Sprintf("k: %s [1]", max(tt.held, tt.asked)))
			}
			b.clean(1, 2)
		})
	}
}

func TestBadRequests(t *testing.T) {
	b := newBench(t)
	if err := b.m.Acquire(context.Background(), 1, "k", 0, forever); !errors.Is(err, ErrMode) {
		t.Error(err)
	}
	if err := b.m.Restore(1, "k", 3); !errors.Is(err, ErrMode) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := b.m.Acquire(ctx, 1, "k", Shared, forever); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	b.has(1, "k", Exclusive)
	b.has(1, "l", Exclusive)
	w := b.wait(2, "k", Shared)
	if err := b.m.Acquire(context.Background(), 2, "l", Shared, forever); !errors.Is(err, ErrOwnerWaits) {
		t.Error(err)
	}
	b.m.ReleaseAll(9)
	b.m.Release(9, "k")
	b.m.Release(1, "nothing")
	b.m.Release(2, "k")
	b.m.ReleaseExcept(9, func(string, Mode) bool { return false })
	b.is("k: X [1] | [2]", "l: X [1]")
	b.m.ReleaseAll(1)
	b.gets(w, nil)
	b.clean(2)
}

func TestErrorsNameTheLock(t *testing.T) {
	b := newBench(t)
	b.has(1, "row\x00"+strings.Repeat("a", 100), Exclusive)
	err := b.m.Acquire(context.Background(), 2, "row\x00"+strings.Repeat("a", 100), Shared, 0)
	want := `lock: acquiring S "row\x00` + strings.Repeat("a", 60) + `"… for 2: lock wait timeout`
	if err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestK2QueueIsFIFO(t *testing.T) {
	b := newBench(t)
	b.has(1, "k", Shared)
	x := b.wait(2, "k", Exclusive)
	s3 := b.wait(3, "k", Shared) // compatible with 1, but 2 must not starve
	s4 := b.wait(4, "k", Shared)
	x5 := b.wait(5, "k", Exclusive)
	s6 := b.wait(6, "k", Shared)
	b.is("k: S [1] | [2 3 4 5 6]")
	b.has(1, "k", Shared) // a holder does not queue for what it has
	b.m.ReleaseAll(1)
	b.gets(x, nil)
	b.is("k: X [2] | [3 4 5 6]")
	b.m.ReleaseAll(2)
	b.gets(s3, nil)
	b.gets(s4, nil)
	b.is("k: S [3 4] | [5 6]")
	b.m.ReleaseAll(3)
	b.is("k: S [4] | [5 6]")
	b.m.ReleaseAll(4)
	b.gets(x5, nil)
	b.m.ReleaseAll(5)
	b.gets(s6, nil)
	b.clean(6)
}

func TestUpgradeGoesAheadOfTheQueue(t *testing.T) {
	b := newBench(t)
	b.has(1, "k", Shared)
	b.has(2, "k", Shared)
	x3 := b.wait(3, "k", Exclusive)
	up := b.wait(1, "k", Exclusive)
	b.is("k: S [1 2] | [1 3]")
	b.m.ReleaseAll(2)
	b.gets(up, nil)
	b.is("k: X [1] | [3]")
	b.has(1, "k", Exclusive)
	b.m.ReleaseAll(1)
	b.gets(x3, nil)
	b.clean(3)

	// The only holder upgrades at once, whoever waits.
	b.has(1, "k", Shared)
	x := b.wait(2, "k", Exclusive)
	b.has(1, "k", Exclusive)
	b.is("k: X [1] | [2]")
	b.m.ReleaseAll(1)
	b.gets(x, nil)
	b.clean(2)
}

func TestTimeout(t *testing.T) {
	b := newBench(t)
	b.has(1, "k", Shared)
	x := b.waitCtx(context.Background(), 2, "k", Exclusive, time.Second)
	s := b.waitCtx(context.Background(), 3, "k", Shared, time.Minute)
	b.clock.Advance(time.Second - 1)
	b.is("k: S [1] | [2 3]")
	b.clock.Advance(1)
	b.gets(x, ErrTimeout)
	b.gets(s, nil) // only 2 stood in its way
	b.is("k: S [1 3]")
	if len(b.m.txns) != 2 {
		t.Errorf("K6: %d owners", len(b.m.txns))
	}
	b.clean(1, 3)
}

func TestContext(t *testing.T) {
	b := newBench(t)
	b.has(1, "k", Shared)
	ctx, cancel := context.WithCancel(context.Background())
	x := b.waitCtx(ctx, 2, "k", Exclusive, time.Minute)
	s := b.wait(3, "k", Shared)
	cancel()
	b.gets(x, context.Canceled)
	b.gets(s, nil)
	b.clean(1, 3)
}

func TestReleaseAllEndsTheOwnersWait(t *testing.T) {
	b := newBench(t)
	b.has(1, "k", Exclusive)
	b.has(2, "l", Exclusive)
	x := b.wait(2, "k", Exclusive)
	s := b.wait(3, "l", Shared)
	b.m.ReleaseAll(2)
	b.gets(x, ErrReleased)
	b.gets(s, nil)
	b.clean(1, 3)
}

func TestReleaseByKey(t *testing.T) {
	b := newBench(t)
	for _, k := range []string{"a", "b", "c", "d"} {
		b.has(1, k, Exclusive)
	}
	w := b.wait(2, "b", Shared)
	b.m.Release(1, "b", "c", "b", "nothing")
	b.gets(w, nil)
	b.is("a: X [1]", "b: S [2]", "d: X [1]")
	if got := fmt.Sprint(b.m.Held(1)); got != "[{a X} {d X}]" {
		t.Error(got)
	}
	b.m.Release(1, "a", "d")
	b.m.Release(2, "b")
	b.clean()
}

// C15: at PREPARE the locks that the outcome does not need go.
func TestReleaseExcept(t *testing.T) {
	b := newBench(t)
	b.has(1, "table", Shared)
	b.has(1, "read", Shared)
	b.has(1, "row", Exclusive)
	b.has(1, "row2", Shared)
	b.has(1, "row2", Exclusive)
	w := b.wait(2, "read", Exclusive)
	b.m.SetPrepared(1)
	b.m.ReleaseExcept(1, func(key string, mode Mode) bool { return mode == Exclusive || key == "table" })
	b.gets(w, nil)
	if got := fmt.Sprint(b.m.Held(1)); got != "[{table S} {row X} {row2 X}]" {
		t.Error(got)
	}
	b.clean(1, 2)
}

func TestRestoreAndDump(t *testing.T) {
	b := newBench(t)
	for _, o := range []Owner{7, 3, 5} {
		if err := b.m.Restore(o, "table", Shared); err != nil {
			t.Error(err)
		}
	}
	if err := b.m.Restore(3, "row", Exclusive); err != nil {
		t.Error(err)
	}
	b.m.SetPrepared(3)
	if err := b.m.Restore(5, "row", Shared); !errors.Is(err, ErrConflict) {
		t.Error(err)
	}
	w := b.wait(9, "row", Shared)
	b.is("row: X [3] | [9]", "table: S [3 5 7]")
	b.m.ReleaseAll(3)
	b.gets(w, nil)
	if got := b.m.Held(3); got != nil {
		t.Errorf("%v", got)
	}
	b.clean(5, 7, 9)
}

func TestOnWaitNamesTheHolders(t *testing.T) {
	b := newBench(t)
	var told []Owner
	b.m.opts.OnWait = func(holder Owner) {
		b.m.Dump() // outside the mutex
		told = append(told, holder)
	}
	b.has(1, "k", Shared)
	b.has(2, "k", Shared)
	b.has(3, "other", Shared)
	if b.m.Waited(1) || b.m.Waited(9) {
		t.Error("nobody waits yet")
	}
	w := b.waitCtx(context.Background(), 3, "k", Exclusive, time.Second)
	w4 := b.waitCtx(context.Background(), 4, "k", Shared, time.Second) // behind 3, no holder
	slices.Sort(told)
	if fmt.Sprint(told) != "[1 2]" || !b.m.Waited(1) || !b.m.Waited(2) || b.m.Waited(3) {
		t.Errorf("told %v", told)
	}
	b.m.ReleaseAll(1)
	b.m.ReleaseAll(2)
	b.gets(w, nil)
	if !b.m.Waited(3) {
		t.Error("4 waits for 3 now")
	}
	b.m.ReleaseAll(3)
	b.gets(w4, nil)
	if b.m.Waited(4) {
		t.Error("nobody waits for 4")
	}
	b.clean(4)
}
