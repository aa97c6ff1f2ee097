package groupcommit

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

type ints = []*Member[int]

func values(group ints) []int {
	var v []int
	for _, m := range group {
		v = append(v, m.Txn)
	}
	return v
}

// eventually waits until cond holds, without a timer of its own.
func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !cond(); runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

// start calls Run on a goroutine and returns where its result will be.
func start(ctx context.Context, p *Pipeline[int], txn int) <-chan error {
	result := make(chan error, 1)
	go func() { result <- p.Run(ctx, txn) }()
	return result
}

// startQueued is start, and waits until txn stands in the queue of FLUSH.
func startQueued(ctx context.Context, t *testing.T, p *Pipeline[int], txn int) <-chan error {
	t.Helper()
	n := p.Stats().Queued
	result := start(ctx, p, txn)
	eventually(t, fmt.Sprintf("%d in the queue", txn), func() bool { return p.Stats().Queued == n+1 })
	return result
}

// get is the result of a Run that must end.
func get(t *testing.T, result <-chan error) error {
	t.Helper()
	select {
	case err := <-result:
		return err
	case <-time.After(20 * time.Second):
		t.Fatal("Run hangs")
		return nil
	}
}

// A recorder is a set of hooks that notes who came by and checks G2.
type recorder struct {
	t    *testing.T
	busy [stageCount]atomic.Int32
	mu   sync.Mutex
	seen [stageCount][]int
}

func (r *recorder) hook(s Stage) func(ints) error {
	return func(group ints) error {
		if n := r.busy[s].Add(1); n != 1 {
			r.t.Errorf("G2: %d groups in %s", n, s)
		}
		if len(group) == 0 {
			r.t.Errorf("empty group in %s", s)
		}
		runtime.Gosched()
		r.mu.Lock()
		r.seen[s] = append(r.seen[s], values(group)...)
		r.mu.Unlock()
		r.busy[s].Add(-1)
		return nil
	}
}

func (r *recorder) hooks() Hooks[int] {
	return Hooks[int]{Flush: r.hook(Flush), Sync: r.hook(Sync), Commit: r.hook(Commit)}
}

func TestG1OrderIsEqualInAllStages(t *testing.T) {
	const n = 2000
	r := &recorder{t: t}
	p := New(r.hooks(), Options{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if err := p.Run(context.Background(), i); err != nil {
				t.Errorf("run %d: %v", i, err)
			}
		}()
	}
	wg.Wait()
	if !slices.Equal(r.seen[Flush], r.seen[Sync]) || !slices.Equal(r.seen[Sync], r.seen[Commit]) {
		t.Error("G1: the order differs between stages")
	}
	all := slices.Sorted(slices.Values(r.seen[Commit]))
	if len(all) != n || all[0] != 0 || all[n-1] != n-1 || len(slices.Compact(all)) != n {
		t.Errorf("%d commits of %d, or some twice", len(all), n)
	}
	for s, c := range p.Stats().Stages {
		if c.Members != n || c.Groups == 0 || c.Groups > n || c.GroupMax < 1 {
			t.Errorf("stats of %s: %+v", Stage(s), c)
		}
	}
}

// Group 1 is in COMMIT while 2 is in SYNC and 3 in FLUSH: each hook waits for
// the other two.
func TestStagesOverlap(t *testing.T) {
	var all sync.WaitGroup
	all.Add(3)
	there := make(chan struct{}, 3)
	meet := func(want int) func(ints) error {
		return func(group ints) error {
			if slices.Contains(values(group), want) {
				there <- struct{}{}
				all.Done()
				all.Wait()
			}
			return nil
		}
	}
	p := New(Hooks[int]{Flush: meet(3), Sync: meet(2), Commit: meet(1)}, Options{})
	var results []<-chan error
	for i := 1; i <= 3; i++ {
		results = append(results, start(context.Background(), p, i))
		<-there // or it would form one group with the next
	}
	for _, r := range results {
		if err := get(t, r); err != nil {
			t.Error(err)
		}
	}
}

// All who arrive while FLUSH is taken form the next group, and the demoted
// leader's group is finished by the leader whose queue it joined.
func TestFollowersAndDemotedLeadersJoin(t *testing.T) {
	var groups [][]int
	inSync, goOn := make(chan int, 10), make(chan struct{})
	p := New(Hooks[int]{
		Sync:   func(g ints) error { inSync <- len(g); <-goOn; return nil },
		Commit: func(g ints) error { groups = append(groups, values(g)); return nil },
	}, Options{})
	ctx := context.Background()
	results := []<-chan error{start(ctx, p, 1)}
	<-inSync
	for i := 2; i <= 6; i++ { // each flushed alone, then waiting for SYNC
		results = append(results, start(ctx, p, i))
		eventually(t, "flushed", func() bool { n, _ := p.queue[Sync].head(); return n == i-1 })
	}
	goOn <- struct{}{}
	if n := <-inSync; n != 5 {
		t.Errorf("second group of SYNC has %d members", n)
	}
	goOn <- struct{}{}
	for _, r := range results {
		if err := get(t, r); err != nil {
			t.Error(err)
		}
	}
	if got := fmt.Sprint(groups); got != "[[1] [2 3 4 5 6]]" {
		t.Errorf("groups %s", got)
	}
	if s := p.Stats().Stages; s[Flush].Groups != 6 || s[Sync].Groups != 2 || s[Sync].GroupMax != 5 {
		t.Errorf("stats %+v", s)
	}
}

func TestHooksMayBeNil(t *testing.T) {
	if err := New(Hooks[int]{}, Options{}).Run(context.Background(), 1); err != nil {
		t.Error(err)
	}
}
