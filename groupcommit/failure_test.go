package groupcommit

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
)

var errDisk = errors.New("disk gone")

// hold is a pipeline whose stage hooks can be made to fail once members have
// gathered.
type hold struct {
	p    *Pipeline[int]
	at   [stageCount]func(ints) error
	seen [stageCount][]int
}

func newHold(o Options) *hold {
	h := &hold{}
	hook := func(s Stage) func(ints) error {
		return func(g ints) error {
			h.seen[s] = append(h.seen[s], values(g)...)
			if h.at[s] != nil {
				return h.at[s](g)
			}
			return nil
		}
	}
	h.p = New(Hooks[int]{Flush: hook(Flush), Sync: hook(Sync), Commit: hook(Commit)}, o)
	return h
}

// group runs members 1..n as one group and returns their errors.
func (h *hold) group(t *testing.T, n int) []error {
	t.Helper()
	h.p.flush <- struct{}{}
	var results []<-chan error
	for i := 1; i <= n; i++ {
		results = append(results, startQueued(context.Background(), t, h.p, i))
	}
	<-h.p.flush
	var errs []error
	for _, r := range results {
		errs = append(errs, get(t, r))
	}
	return errs
}

// Whoever fails, every member of the group hears it, and whether it can be in
// the log (G6, G7).
func TestG6FailureReachesEveryMember(t *testing.T) {
	failures := []struct {
		name   string
		fail   func() error
		doubt  bool // even in FLUSH
		wraps  error
		inText string
	}{
		{"error", func() error { return errDisk }, false, errDisk, "disk gone"},
		{"unknown", func() error { return fmt.Errorf("%w: %w", ErrUnknownOutcome, errDisk) }, true, errDisk, "disk gone"},
		{"panic", func() error { panic("lost my mind") }, true, nil, "lost my mind"},
		{"panic of an error", func() error { panic(errDisk) }, true, errDisk, "disk gone"},
		{"runtime error", func() error { s := make([]int, 0); s[len(s)]++; return nil }, true, nil, "out of range"},
	}
	for _, f := range failures {
		for s := Flush; s < stageCount; s++ {
			for _, size := range []int{1, 2, 8} {
				t.Run(fmt.Sprintf("%s/%s/%d", f.name, s, size), func(t *testing.T) {
					h := newHold(Options{})
					h.at[s] = func(ints) error { return f.fail() }
					for i, err := range h.group(t, size) {
						if !errors.Is(err, ErrStopped) || !strings.Contains(err.Error(), f.inText) ||
							f.wraps != nil && !errors.Is(err, f.wraps) {
							t.Errorf("member %d: %v", i+1, err)
						}
						if got, want := errors.Is(err, ErrUnknownOutcome), f.doubt || s > Flush; got != want {
							t.Errorf("member %d: unknown outcome %t, want %t: %v", i+1, got, want, err)
						}
					}
					h.at[s] = nil
					h.checkStopped(t, s)
				})
			}
		}
	}
}

// checkStopped checks G4 after a failure in stage s, and that a later member
// knows it was not decided.
func (h *hold) checkStopped(t *testing.T, s Stage) {
	t.Helper()
	before := h.seen
	for _, err := range h.group(t, 3) {
		if !errors.Is(err, ErrStopped) || errors.Is(err, ErrUnknownOutcome) {
			t.Errorf("later member: %v", err)
		}
	}
	for i := Flush; i < stageCount; i++ {
		if !slices.Equal(before[i], h.seen[i]) {
			t.Errorf("G4: hook of %s ran after the failure in %s", i, s)
		}
	}
	if err := h.p.Failed(); !errors.Is(err, ErrStopped) || !strings.Contains(err.Error(), s.String()) {
		t.Errorf("Failed: %v", err)
	}
	if err := h.p.WithFlush(context.Background(), func() error { t.Error("fn ran"); return nil }); !errors.Is(err, ErrStopped) {
		t.Errorf("WithFlush: %v", err)
	}
	if err := h.p.Exclusive(context.Background(), func() error { t.Error("fn ran"); return nil }); !errors.Is(err, ErrStopped) {
		t.Errorf("Exclusive: %v", err)
	}
	if h.p.state.inFlight != 0 {
		t.Errorf("%d in flight", h.p.state.inFlight)
	}
}

func TestPanicErrorIsTyped(t *testing.T) {
	h := newHold(Options{})
	h.at[Sync] = func(ints) error { panic("boom") }
	var pe *PanicError
	if err := h.group(t, 1)[0]; !errors.As(err, &pe) || pe.Value != "boom" || !strings.Contains(string(pe.Stack), "failure_test.go") {
		t.Errorf("%v", err)
	}
	// The later, definite error gives the cause too.
	if err := h.group(t, 1)[0]; !errors.As(err, &pe) || pe.Value != "boom" {
		t.Errorf("%v", err)
	}
}

// A hook that ends its goroutine (G7): the leader's Run does not return, but
// its followers' do, and the stage is free.
func TestG7HookEndsItsGoroutine(t *testing.T) {
	for s := Flush; s < stageCount; s++ {
		t.Run(s.String(), func(t *testing.T) {
			h := newHold(Options{})
			h.at[s] = func(ints) error { runtime.Goexit(); return nil }
			h.p.flush <- struct{}{}
			startQueued(context.Background(), t, h.p, 1)
			follower := startQueued(context.Background(), t, h.p, 2)
			<-h.p.flush
			if err := get(t, follower); !errors.Is(err, ErrUnknownOutcome) || !errors.Is(err, ErrStopped) {
				t.Errorf("follower: %v", err)
			}
			h.checkStopped(t, s)
		})
	}
}

// A hook may fail any member alone, in any stage, the leader as well.
func TestMemberFailsAlone(t *testing.T) {
	for s := Flush; s < stageCount; s++ {
		for _, out := range [][]int{{1}, {2}, {5}, {1, 2}, {1, 2, 3, 4, 5}} {
			t.Run(fmt.Sprintf("%s/%v", s, out), func(t *testing.T) {
				h := newHold(Options{})
				h.at[s] = func(g ints) error {
					for _, m := range g {
						if slices.Contains(out, m.Txn) {
							m.Fail(errDisk)
							m.Fail(errors.New("a second error"))
							if m.Err() != errDisk {
								t.Errorf("Err: %v", m.Err())
							}
						}
						m.Fail(nil)
					}
					return nil
				}
				for i, err := range h.group(t, 5) {
					if slices.Contains(out, i+1) != (err == errDisk) || err != nil && err != errDisk {
						t.Errorf("member %d: %v", i+1, err)
					}
				}
				for after := s + 1; after < stageCount; after++ {
					for _, v := range h.seen[after] {
						if slices.Contains(out, v) {
							t.Errorf("%s saw %d, which failed in %s", after, v, s)
						}
					}
				}
				h.at[s] = nil
				if err := h.group(t, 2)[1]; err != nil || h.p.Failed() != nil {
					t.Errorf("the pipeline did not go on: %v, %v", err, h.p.Failed())
				}
			})
		}
	}
}

// A member that failed alone keeps its own error when the group fails later.
func TestFailedMemberKeepsItsError(t *testing.T) {
	h := newHold(Options{})
	h.at[Flush] = func(g ints) error { g[0].Fail(errDisk); return errors.New("all out") }
	errs := h.group(t, 2)
	if errs[0] != errDisk || !errors.Is(errs[1], ErrStopped) {
		t.Errorf("%v", errs)
	}
}

// Groups 1 (in COMMIT), 2 (synced, waiting for COMMIT), 3 (in SYNC), 4 (in the
// queue of SYNC) and 5 (in FLUSH): a failure in stage s must leave every group
// that is past s its true result (G5) and doubt only who may be in the log.
func TestG5GroupsPastTheFailureFinish(t *testing.T) {
	definiteStop, doubt, ok := "stopped", "unknown", "ok"
	tests := []struct {
		fails Stage
		group int // which one fails
		want  [6]string
	}{
		{Flush, 5, [6]string{1: ok, 2: ok, 3: ok, 4: ok, 5: definiteStop}},
		{Sync, 3, [6]string{1: ok, 2: ok, 3: doubt, 4: doubt, 5: doubt}},
		{Commit, 1, [6]string{1: doubt, 2: doubt, 3: doubt, 4: doubt, 5: doubt}},
	}
	for _, tt := range tests {
		t.Run(tt.fails.String(), func(t *testing.T) {
			results := runFive(t, tt.fails, tt.group)
			for i := 1; i <= 5; i++ {
				err := get(t, results[i])
				got := ok
				switch {
				case errors.Is(err, ErrUnknownOutcome):
					got = doubt
				case err != nil:
					got = definiteStop
				}
				if got != tt.want[i] || err != nil && !errors.Is(err, errDisk) {
					t.Errorf("group %d: %v, want %s", i, err, tt.want[i])
				}
			}
		})
	}
}

// runFive brings five groups of one into the places that TestG5 describes,
// lets the named one fail first and then the others go on.
func runFive(t *testing.T, fails Stage, failing int) [6]<-chan error {
	var p *Pipeline[int]
	type place struct {
		s     Stage
		group int
	}
	gates := map[place]chan struct{}{ // entered, then left
		{Commit, 1}: make(chan struct{}), {Sync, 3}: make(chan struct{}), {Flush, 5}: make(chan struct{}),
	}
	hook := func(s Stage) func(ints) error {
		return func(g ints) error {
			if gate := gates[place{s, g[0].Txn}]; gate != nil {
				gate <- struct{}{}
				<-gate
			}
			if s == fails && g[0].Txn == failing {
				return errDisk
			}
			return nil
		}
	}
	p = New(Hooks[int]{Flush: hook(Flush), Sync: hook(Sync), Commit: hook(Commit)}, Options{})
	var results [6]<-chan error
	queued := func(s Stage) func() bool {
		return func() bool { n, _ := p.queue[s].head(); return n == 1 }
	}
	ctx := context.Background()
	results[1] = start(ctx, p, 1)
	<-gates[place{Commit, 1}]
	results[2] = start(ctx, p, 2)
	eventually(t, "2 waits for COMMIT", queued(Commit))
	results[3] = start(ctx, p, 3)
	<-gates[place{Sync, 3}]
	results[4] = start(ctx, p, 4)
	eventually(t, "4 waits for SYNC", queued(Sync))
	results[5] = start(ctx, p, 5)
	<-gates[place{Flush, 5}]

	first := place{fails, failing}
	gates[first] <- struct{}{}
	eventually(t, "failure", func() bool { return p.Failed() != nil })
	for at, gate := range gates {
		if at != first {
			gate <- struct{}{}
		}
	}
	return results
}
