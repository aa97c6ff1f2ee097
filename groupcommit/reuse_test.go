package groupcommit

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
)

// numbered is the error of one transaction.
type numbered int

func (n numbered) Error() string { return fmt.Sprint("transaction ", int(n)) }

// Members serve one Run after the other: each Run hears of its own transaction
// only, whether its member led, followed, was demoted, failed or withdrew.
func TestMembersAreUsedAgain(t *testing.T) {
	const goroutines, runs = 16, 300
	fails := func(i int, s Stage) bool { return i%5 == 0 && Stage(i%3) == s }
	hook := func(s Stage) func(ints) error {
		return func(g ints) error {
			for _, m := range g {
				if m.Err() != nil {
					t.Errorf("transaction %d comes to %s with %v", m.Txn, s, m.Err())
				}
				if fails(m.Txn, s) {
					m.Fail(numbered(m.Txn))
				}
			}
			return nil
		}
	}
	p := New(Hooks[int]{Flush: hook(Flush), Sync: hook(Sync), Commit: hook(Commit)}, Options{QueueMax: 8})
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			for i := g; i < goroutines*runs; i += goroutines {
				ctx, cancel := context.WithCancel(context.Background())
				if i%7 == 0 {
					wg.Go(cancel)
				}
				err := p.Run(ctx, i)
				cancel()
				want := error(nil)
				if i%5 == 0 {
					want = numbered(i)
				}
				if err != want && !(i%7 == 0 && errors.Is(err, context.Canceled)) {
					t.Errorf("transaction %d: %v", i, err)
				}
			}
		})
	}
	wg.Wait()
	if p.state.inFlight != 0 || p.Stats().Queued != 0 {
		t.Errorf("%d in flight, %d queued", p.state.inFlight, p.Stats().Queued)
	}
}
