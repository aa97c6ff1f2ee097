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

// A bench is a manager on a clock that stands still, with owners by number.
// Its rows are those of table 1.
type bench struct {
	t      testing.TB
	m      *Manager
	clock  *clock.Manual
	owners map[uint64]*Owner
}

func newBench(t testing.TB) *bench {
	c := clock.NewManual(time.Unix(0, 0))
	return &bench{t: t, m: NewManager(Options{Clock: c}), clock: c, owners: map[uint64]*Owner{}}
}

func (b *bench) o(id uint64) *Owner {
	if b.owners[id] == nil {
		b.owners[id] = b.m.NewOwner(id)
	}
	return b.owners[id]
}

func row(key string) Target { return OfRow(1, []byte(key)) }

// rows is the range from the first letter to before the second: "bd" is b and
// c, "b" is all from b on, "" is everything.
func rows(s string) Target {
	switch len(s) {
	case 0:
		return OfRange(1, nil, nil)
	case 1:
		return OfRange(1, []byte(s), nil)
	}
	return OfRange(1, []byte(s[:1]), []byte(s[1:]))
}

// has acquires a row without waiting.
func (b *bench) has(owner uint64, key string, mode Mode) {
	b.t.Helper()
	b.hasOn(owner, row(key), mode)
}

func (b *bench) hasOn(owner uint64, target Target, mode Mode) {
	b.t.Helper()
	if err := b.o(owner).Acquire(context.Background(), target, mode, 0); err != nil {
		b.t.Fatal(err)
	}
}

// refused is the opposite of hasOn.
func (b *bench) refused(owner uint64, target Target, mode Mode) {
	b.t.Helper()
	if b.o(owner).TryAcquire(target, mode) {
		b.t.Errorf("%d was granted %s on %s\n%s", owner, mode, target, b.list())
	}
}

// wait starts an Acquire of a row, and returns once it waits or has its outcome.
func (b *bench) wait(owner uint64, key string, mode Mode) <-chan error {
	b.t.Helper()
	return b.waitCtx(context.Background(), owner, row(key), mode, forever)
}

func (b *bench) waitOn(owner uint64, target Target, mode Mode) <-chan error {
	b.t.Helper()
	return b.waitCtx(context.Background(), owner, target, mode, forever)
}

func (b *bench) waitCtx(ctx context.Context, owner uint64, target Target, mode Mode, timeout time.Duration) <-chan error {
	b.t.Helper()
	result := make(chan error, 1)
	timers, o := b.clock.Timers(), b.o(owner)
	go func() { result <- o.Acquire(ctx, target, mode, timeout) }()
	b.eventually("waits or is done", func() bool {
		return o.waits() && (timeout < 0 || b.clock.Timers() > timers) || len(result) == 1
	})
	return result
}

func (o *Owner) waits() bool {
	o.m.graph.Lock()
	defer o.m.graph.Unlock()
	return o.wait != nil
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

// is compares the listing: one line per target, "key: mode holders | waiters".
func (b *bench) is(want ...string) {
	b.t.Helper()
	if got := b.list(); got != strings.Join(want, "\n") {
		b.t.Errorf("locks are\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

func (b *bench) list() string {
	type line struct {
		target  Target
		mode    Mode
		holders []uint64
		waiters []uint64 // in order of arrival
	}
	var lines []*line
	at := func(t Target) *line {
		for _, l := range lines {
			if l.target.compare(t) == 0 {
				return l
			}
		}
		lines = append(lines, &line{target: t})
		return lines[len(lines)-1]
	}
	held, waits := b.m.Dump()
	for _, h := range held {
		l := at(h.Target)
		l.mode, l.holders = max(l.mode, h.Mode), append(l.holders, h.Owner)
	}
	for _, w := range waits {
		l := at(w.Target)
		l.waiters = append(l.waiters, w.Owner)
	}
	slices.SortFunc(lines, func(a, b *line) int { return a.target.compare(b.target) })
	var text []string
	for _, l := range lines {
		s := short(l.target) + ":"
		if l.mode != 0 {
			s += fmt.Sprintf(" %s %v", l.mode, l.holders)
		}
		if len(l.waiters) > 0 {
			s += fmt.Sprintf(" | %v", l.waiters)
		}
		text = append(text, s)
	}
	return strings.Join(text, "\n")
}

func short(t Target) string {
	switch t.Kind {
	case Row:
		return string(t.Key)
	case Range:
		return fmt.Sprintf("[%s,%s)", t.Key, t.End)
	}
	return t.String()
}

// clean checks K6 after the owners have given up everything.
func (b *bench) clean(owners ...uint64) {
	b.t.Helper()
	for _, o := range owners {
		b.o(o).ReleaseAll()
	}
	if left := b.m.residue(); left != "" || b.clock.Timers() != 0 {
		b.t.Errorf("K6: %s, %d timers left\n%s", left, b.clock.Timers(), b.list())
	}
}

// residue says what is left of a manager that nobody uses.
func (m *Manager) residue() string {
	m.graph.Lock()
	defer m.graph.Unlock()
	var left []string
	for i := range m.stripes {
		s := &m.stripes[i]
		s.mu.Lock()
		if n := len(s.entries); n > 0 {
			left = append(left, fmt.Sprintf("stripe %d has %d", i, n))
		}
		s.mu.Unlock()
	}
	for i := range m.gates {
		if n := m.gates[i].Load(); n != 0 {
			left = append(left, fmt.Sprintf("gate %d has %d", i, n))
		}
	}
	if m.waiting != (waiterList{}) || len(m.regions) > 0 {
		left = append(left, fmt.Sprintf("waiters %v, regions %v", m.waiting, m.regions))
	}
	return strings.Join(left, ", ")
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
			second := uint64(2)
			if tt.same {
				second = 1
			}
			err := b.o(second).Acquire(context.Background(), row("k"), tt.asked, 0)
			if tt.ok != (err == nil) || err != nil && !errors.Is(err, ErrTimeout) {
				t.Error(err)
			}
			err = b.o(second).Restore(row("k"), tt.asked)
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
	if err := b.o(1).Acquire(context.Background(), row("k"), 0, forever); !errors.Is(err, ErrMode) {
		t.Error(err)
	}
	if err := b.o(1).Restore(row("k"), 3); !errors.Is(err, ErrMode) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := b.o(1).Acquire(ctx, row("k"), Shared, forever); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	b.has(1, "k", Exclusive)
	b.hasOn(2, OfRange(1, []byte("m"), []byte("a")), Exclusive)
	b.o(9).ReleaseAll()
	b.o(9).ReleaseExcept(func(Lock) bool { return false })
	b.is("k: X [1]")
	b.clean(1, 2)
}

func TestErrorsNameTheLock(t *testing.T) {
	b := newBench(t)
	b.has(1, "row\x00"+strings.Repeat("a", 100), Exclusive)
	err := b.o(2).Acquire(context.Background(), row("row\x00"+strings.Repeat("a", 100)), Shared, 0)
	want := `lock: acquiring S on row "row\x00` + strings.Repeat("a", 60) + `"… of table 1 for 2: lock wait timeout: not to be waited for`
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
	b.o(1).ReleaseAll()
	b.gets(x, nil)
	b.is("k: X [2] | [3 4 5 6]")
	b.o(2).ReleaseAll()
	b.gets(s3, nil)
	b.gets(s4, nil)
	b.is("k: S [3 4] | [5 6]")
	b.o(3).ReleaseAll()
	b.is("k: S [4] | [5 6]")
	b.o(4).ReleaseAll()
	b.gets(x5, nil)
	b.o(5).ReleaseAll()
	b.gets(s6, nil)
	b.clean(6)
}

func TestUpgradeGoesAheadOfTheQueue(t *testing.T) {
	b := newBench(t)
	b.has(1, "k", Shared)
	b.has(2, "k", Shared)
	x3 := b.wait(3, "k", Exclusive)
	up := b.wait(1, "k", Exclusive)
	b.is("k: S [1 2] | [3 1]")
	b.o(2).ReleaseAll()
	b.gets(up, nil)
	b.is("k: X [1] | [3]")
	b.has(1, "k", Exclusive)
	b.o(1).ReleaseAll()
	b.gets(x3, nil)
	b.clean(3)

	// The only holder upgrades at once, whoever waits.
	b.has(1, "k", Shared)
	x := b.wait(2, "k", Exclusive)
	b.has(1, "k", Exclusive)
	b.is("k: X [1] | [2]")
	b.o(1).ReleaseAll()
	b.gets(x, nil)
	b.clean(2)
}

func TestTimeout(t *testing.T) {
	b := newBench(t)
	b.has(1, "k", Shared)
	x := b.waitCtx(context.Background(), 2, row("k"), Exclusive, time.Second)
	s := b.waitCtx(context.Background(), 3, row("k"), Shared, time.Minute)
	b.clock.Advance(time.Second - 1)
	b.is("k: S [1] | [2 3]")
	b.clock.Advance(1)
	b.gets(x, ErrTimeout)
	b.gets(s, nil) // only 2 stood in its way
	b.is("k: S [1 3]")
	b.clean(1, 3)
}

func TestContext(t *testing.T) {
	b := newBench(t)
	b.has(1, "k", Shared)
	ctx, cancel := context.WithCancel(context.Background())
	x := b.waitCtx(ctx, 2, row("k"), Exclusive, time.Minute)
	s := b.wait(3, "k", Shared)
	cancel()
	b.gets(x, context.Canceled)
	b.gets(s, nil)
	b.clean(1, 3)
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
	b.o(1).SetPrepared()
	b.o(1).ReleaseExcept(func(l Lock) bool { return l.Mode == Exclusive || string(l.Target.Key) == "table" })
	b.gets(w, nil)
	if got := fmt.Sprint(b.o(1).Held()); got != `[S on row "table" of table 1 X on row "row" of table 1 X on row "row2" of table 1]` {
		t.Error(got)
	}
	b.clean(1, 2)
}

func TestRestoreAndDump(t *testing.T) {
	b := newBench(t)
	for _, o := range []uint64{7, 3, 5} {
		if err := b.o(o).Restore(row("table"), Shared); err != nil {
			t.Error(err)
		}
	}
	if err := b.o(3).Restore(row("row"), Exclusive); err != nil {
		t.Error(err)
	}
	b.o(3).SetPrepared()
	if err := b.o(5).Restore(row("row"), Shared); !errors.Is(err, ErrConflict) {
		t.Error(err)
	}
	w := b.wait(9, "row", Shared)
	b.is("row: X [3] | [9]", "table: S [3 5 7]")
	b.o(3).ReleaseAll()
	b.gets(w, nil)
	if got := b.o(3).Held(); got != nil {
		t.Errorf("%v", got)
	}
	b.clean(5, 7, 9)
}

func TestOnWaitNamesTheHolders(t *testing.T) {
	b := newBench(t)
	var told []uint64
	b.m.opts.OnWait = func(holder uint64) {
		b.m.Dump() // outside the mutex
		told = append(told, holder)
	}
	b.has(1, "k", Shared)
	b.has(2, "k", Shared)
	b.has(3, "other", Shared)
	if b.o(1).Waited() || b.o(9).Waited() {
		t.Error("nobody waits yet")
	}
	w := b.waitCtx(context.Background(), 3, row("k"), Exclusive, time.Second)
	w4 := b.waitCtx(context.Background(), 4, row("k"), Shared, time.Second) // behind 3, no holder
	slices.Sort(told)
	if fmt.Sprint(told) != "[1 2]" || !b.o(1).Waited() || !b.o(2).Waited() || b.o(3).Waited() {
		t.Errorf("told %v", told)
	}
	b.o(1).ReleaseAll()
	b.o(2).ReleaseAll()
	b.gets(w, nil)
	if !b.o(3).Waited() {
		t.Error("4 waits for 3 now")
	}
	b.o(3).ReleaseAll()
	b.gets(w4, nil)
	if b.o(4).Waited() {
		t.Error("nobody waits for 4")
	}
	b.clean(4)
}
