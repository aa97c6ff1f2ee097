package groupcommit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
)

// Any member of the queue of FLUSH may withdraw, the elected leader too: then
// the next one leads (G3).
func TestG3CancelInTheQueueOfFlush(t *testing.T) {
	for _, out := range [][]int{{1}, {2}, {4}, {1, 2}, {2, 1}, {1, 2, 3, 4}, {4, 3, 2, 1}, {3, 1}} {
		t.Run(fmt.Sprint(out), func(t *testing.T) {
			h := newHold(Options{})
			h.p.flush <- struct{}{}
			var results [5]<-chan error
			var cancel [5]context.CancelFunc
			for i := 1; i <= 4; i++ {
				var ctx context.Context
				ctx, cancel[i] = context.WithCancel(context.Background())
				defer cancel[i]()
				results[i] = startQueued(ctx, t, h.p, i)
			}
			for _, i := range out {
				cancel[i]()
				if err := get(t, results[i]); err != context.Canceled {
					t.Errorf("member %d: %v", i, err)
				}
			}
			late := startQueued(context.Background(), t, h.p, 5)
			<-h.p.flush
			if err := get(t, late); err != nil {
				t.Error(err)
			}
			for i := 1; i <= 4; i++ {
				if slices.Contains(out, i) {
					continue
				}
				if err := get(t, results[i]); err != nil {
					t.Errorf("member %d: %v", i, err)
				}
			}
			for _, v := range h.seen[Flush] {
				if slices.Contains(out, v) {
					t.Errorf("a hook saw %d, which withdrew", v)
				}
			}
		})
	}
}

// Once fetched, a member gets its true result though its context is done.
func TestCancelAfterFetchGivesTrueResult(t *testing.T) {
	for s := Flush; s < stageCount; s++ {
		for _, fails := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/%t", s, fails), func(t *testing.T) {
				h := newHold(Options{})
				ctx, cancel := context.WithCancel(context.Background())
				h.at[s] = func(g ints) error {
					cancel()
					if fails {
						g[0].Fail(errDisk)
						g[1].Fail(errDisk)
					}
					return nil
				}
				h.p.flush <- struct{}{}
				a := startQueued(ctx, t, h.p, 1)
				b := startQueued(ctx, t, h.p, 2)
				<-h.p.flush
				for _, err := range []error{get(t, a), get(t, b)} {
					if fails != (err == errDisk) || !fails && err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
}

func TestRunWithDoneContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	h := newHold(Options{})
	if err := h.p.Run(ctx, 1); err != context.Canceled || len(h.seen[Flush]) != 0 {
		t.Errorf("%v, seen %v", err, h.seen[Flush])
	}
}

func TestQueueMax(t *testing.T) {
	h := newHold(Options{QueueMax: 2})
	ctx, cancel := context.WithCancel(context.Background())
	h.p.flush <- struct{}{}
	leaderCtx, cancelLeader := context.WithCancel(context.Background())
	leader := startQueued(leaderCtx, t, h.p, 1)
	follower := startQueued(context.Background(), t, h.p, 2)

	blocked := func() bool {
		h.p.queue[Flush].mu.Lock()
		defer h.p.queue[Flush].mu.Unlock()
		return h.p.queue[Flush].room != nil
	}
	cancelled := start(ctx, h.p, 3)
	eventually(t, "3 finds the queue full", blocked)
	cancel()
	if err := get(t, cancelled); err != context.Canceled {
		t.Errorf("blocked member: %v", err)
	}
	patient := start(context.Background(), h.p, 4)
	cancelLeader() // makes room for 4
	if err := get(t, leader); err != context.Canceled {
		t.Errorf("leader: %v", err)
	}
	eventually(t, "4 is queued", func() bool { return h.p.Stats().Queued == 2 })
	last := start(context.Background(), h.p, 5)
	eventually(t, "5 finds the queue full", blocked)
	<-h.p.flush
	for _, r := range []<-chan error{follower, patient, last} {
		if err := get(t, r); err != nil {
			t.Error(err)
		}
	}
	if g := h.p.Stats().Stages[Flush].GroupMax; g > 2 {
		t.Errorf("a group of %d out of a queue of 2", g)
	}
}

// Cancelling and committing at once: whoever gets the context's error was seen
// by no hook, everybody else by all.
func TestCancelRace(t *testing.T) {
	const n = 500
	r := &recorder{t: t}
	p := New(r.hooks(), Options{QueueMax: 16})
	results := make([]<-chan error, n)
	for i := range n {
		ctx, cancel := context.WithCancel(context.Background())
		results[i] = start(ctx, p, i)
		go cancel()
	}
	var want []int
	for i, result := range results {
		switch err := get(t, result); {
		case err == nil:
			want = append(want, i)
		case !errors.Is(err, context.Canceled):
			t.Errorf("run %d: %v", i, err)
		}
	}
	for s := Flush; s < stageCount; s++ {
		if got := slices.Sorted(slices.Values(r.seen[s])); !slices.Equal(got, want) {
			t.Errorf("%s saw %d members, %d committed", s, len(got), len(want))
		}
	}
}
