package lock

import (
	"context"
	"errors"
	"fmt"
	"math/rand"
	"sync"
	"sync/atomic"
	"testing"
)

// Transactions that lock in any order and wait without limit: a deadlock that
// is not found hangs the test, a lock given twice shows in the counters.
func TestManyOwnersAtOnce(t *testing.T) {
	const goroutines, transactions, keys = 16, 300, 5
	m := NewManager(Options{OnWait: func(uint64) {}})
	var next atomic.Uint64
	var deadlocks, commits atomic.Int64
	var readers, writers [keys]atomic.Int32
	var wg sync.WaitGroup
	for g := range goroutines {
		rnd := rand.New(rand.NewSource(int64(g)))
		wg.Go(func() {
			for range transactions {
				owner := m.NewOwner(next.Add(1))
				held := map[int]Mode{}
				for range 1 + rnd.Intn(4) {
					k, mode := rnd.Intn(keys), Mode(1+rnd.Intn(2))
					target := row(fmt.Sprint(k))
					if rnd.Intn(8) == 0 { // just that row, as a range
						target = OfRange(1, []byte(fmt.Sprint(k)), []byte(fmt.Sprint(k, "!")))
					}
					err := owner.Acquire(context.Background(), target, mode, forever)
					if errors.Is(err, ErrDeadlock) {
						deadlocks.Add(1)
						break
					}
					if err != nil {
						t.Error(err)
						break
					}
					enter(t, held, k, mode, &readers[k], &writers[k])
				}
				for k, mode := range held {
					if mode == Exclusive {
						writers[k].Add(-1)
					} else {
						readers[k].Add(-1)
					}
				}
				owner.ReleaseAll()
				commits.Add(1)
			}
		})
	}
	wg.Wait()
	if n := commits.Load(); n != goroutines*transactions {
		t.Errorf("%d transactions ended", n)
	}
	if left := m.residue(); left != "" {
		t.Errorf("K6: %s", left)
	}
	t.Logf("%d deadlocks", deadlocks.Load())
}

// enter counts the owner in as reader or writer and checks K1.
func enter(t *testing.T, held map[int]Mode, k int, mode Mode, readers, writers *atomic.Int32) {
	if held[k] >= mode {
		return
	}
	if held[k] == Shared {
		readers.Add(-1)
	}
	held[k] = mode
	if mode == Exclusive {
		if w, r := writers.Add(1), readers.Load(); w != 1 || r != 0 {
			t.Errorf("K1: %d writers, %d readers", w, r)
		}
		return
	}
	readers.Add(1)
	if w := writers.Load(); w != 0 {
		t.Errorf("K1: %d writers beside a reader", w)
	}
}
