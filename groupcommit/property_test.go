package groupcommit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// A plan says what happens to the members of one property run.
type plan struct {
	failsIn   map[int]Stage // members that fail alone, and where
	cancelled map[int]bool
	stage     Stage // that fails as a whole in its nth call; stageCount: none
	nth       int
	panics    bool
}

func drawPlan(t *rapid.T, members int) plan {
	p := plan{failsIn: map[int]Stage{}, cancelled: map[int]bool{}}
	stages := rapid.IntRange(int(Flush), int(stageCount))
	for i := range members {
		switch rapid.IntRange(0, 9).Draw(t, "member") {
		case 0:
			p.failsIn[i] = Stage(rapid.IntRange(int(Flush), int(Commit)).Draw(t, "fails in"))
		case 1:
			p.cancelled[i] = true
		}
	}
	p.stage = Stage(stages.Draw(t, "stage that fails"))
	p.nth = rapid.IntRange(1, 10).Draw(t, "its call")
	p.panics = rapid.Bool().Draw(t, "panics")
	return p
}

// A world runs a plan and notes what the hooks saw.
type world struct {
	plan   plan
	mu     sync.Mutex
	calls  [stageCount]int
	seen   [stageCount][]int
	failed []int // members of the group that failed as a whole
	wrong  []string
}

func (w *world) hook(s Stage) func(ints) error {
	return func(group ints) error {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.calls[s]++
		if s == w.plan.stage && w.calls[s] > w.plan.nth {
			w.wrong = append(w.wrong, fmt.Sprintf("G4: %s ran again", s))
		}
		w.seen[s] = append(w.seen[s], values(group)...)
		for _, m := range group {
			if in, fails := w.plan.failsIn[m.Txn]; fails && in == s {
				m.Fail(errDisk)
			}
		}
		if s != w.plan.stage || w.calls[s] != w.plan.nth {
			return nil
		}
		w.failed = values(group)
		if w.plan.panics {
			panic("planned")
		}
		return errors.New("planned")
	}
}

// verdict checks one member's result against what the hooks saw.
func (w *world) verdict(i int, err error) string {
	var in [stageCount]bool
	for s := range w.seen {
		in[s] = slices.Contains(w.seen[s], i)
	}
	failed := slices.Contains(w.failed, i)
	alone, fails := w.plan.failsIn[i]
	switch {
	case err == nil:
		if !in[Commit] || failed || fails {
			return "committed without all stages"
		}
	case err == context.Canceled:
		if in[Flush] || !w.plan.cancelled[i] {
			return "cancelled after a hook saw it"
		}
	case err == errDisk:
		if !fails || !in[alone] || alone < Commit && in[alone+1] {
			return "failed alone, but not where planned"
		}
	case errors.Is(err, ErrUnknownOutcome):
		if !in[Flush] || in[Commit] && !failed {
			return "in doubt for no reason"
		}
	case errors.Is(err, ErrStopped):
		if in[Sync] || in[Flush] && !(failed && w.plan.stage == Flush && !w.plan.panics) {
			return "called definite, but may be in the log"
		}
	default:
		return "error of no kind"
	}
	return ""
}

// subsequence reports whether b is a with some members left out (G1).
func subsequence(a, b []int) bool {
	for _, v := range a {
		if len(b) > 0 && b[0] == v {
			b = b[1:]
		}
	}
	return len(b) == 0
}

func TestPropertyEveryOutcomeIsTrue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		members := rapid.IntRange(1, 40).Draw(t, "members")
		w := &world{plan: drawPlan(t, members)}
		p := New(Hooks[int]{Flush: w.hook(Flush), Sync: w.hook(Sync), Commit: w.hook(Commit)},
			Options{QueueMax: rapid.IntRange(1, 8).Draw(t, "queue max")})
		results := make([]error, members)
		var wg sync.WaitGroup
		for i := range members {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			wg.Go(func() { results[i] = p.Run(ctx, i) })
			if w.plan.cancelled[i] {
				wg.Go(cancel)
			}
		}
		wg.Wait()
		for i, err := range results {
			if text := w.verdict(i, err); text != "" {
				w.wrong = append(w.wrong, fmt.Sprintf("member %d: %s: %v", i, text, err))
			}
		}
		if !subsequence(w.seen[Flush], w.seen[Sync]) || !subsequence(w.seen[Sync], w.seen[Commit]) {
			w.wrong = append(w.wrong, fmt.Sprintf("G1: %v", w.seen))
		}
		if p.state.inFlight != 0 || p.Stats().Queued != 0 || len(p.flush) != 0 {
			w.wrong = append(w.wrong, "something is left over")
		}
		for _, text := range w.wrong {
			t.Error(text)
		}
	})
}
