package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// A contest is one line of a workload: its stores take turns.
type contest struct {
	w       workload
	clients int
	added   time.Duration
	entries []*entry
}

// An entry is one peer's store in a contest and what was measured of it, one
// element for each round.
type entry struct {
	peer
	site  site
	store store
	next  int64
	idle  int64 // bytes of memory that the store had before the first turn, if that is known
	took  []turn
}

// A turn is what was measured in one slice.
type turn struct {
	rate               float64 // operations per second
	ops, syncs, groups int64
	logged             int64         // bytes written to logs
	own                time.Duration // median of one sync, without what was added
	cpu                time.Duration // that the process used, and the store's if it has one
	p50, p99           time.Duration
	memory             int64 // bytes, of a store in a process of its own
}

// open opens a store for each peer that is asked for.
func (c *contest) open(o options, dir string) error {
	for i, p := range c.w.peers {
		if !o.peers.MatchString(p.name) {
			continue
		}
		e := &entry{peer: p, site: site{dir: filepath.Join(dir, fmt.Sprint(i)), disk: newDisk(c.added), rows: o.rows, serve: o.serve}}
		if err := makeDir(e.site.dir); err != nil {
			return err
		}
		var err error
		if e.store, err = p.open(e.site); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		if srv, ok := e.store.(server); ok {
			e.idle = srv.rss()
		}
		c.entries = append(c.entries, e)
	}
	if len(c.entries) == 0 {
		return errors.New("none of the stores asked for takes part")
	}
	return nil
}

func (c *contest) close() error {
	var errs []error
	for _, e := range c.entries {
		errs = append(errs, e.store.close())
	}
	return errors.Join(errs...)
}

// run gives every store a turn in each round, each round in another order. A
// first round warms up and does not count.
func (c *contest) run(o options) error {
	order := slices.Clone(c.entries)
	for round := range o.rounds + 1 {
		for _, e := range order {
			t, err := e.turn(c.clients, o.slice)
			if err != nil {
				return fmt.Errorf("%s: %w", e.name, err)
			}
			if round > 0 {
				e.took = append(e.took, t)
			}
		}
		order = append(order[1:], order[0])
	}
	return nil
}

// turn runs n clients for the length of a slice.
func (e *entry) turn(n int, length time.Duration) (turn, error) {
	before := e.counts()
	t, err := e.work(n, length)
	after := e.counts()
	synced := after.syncs.since(&before.syncs)
	t.syncs, t.own = synced.total(), synced.quantile(0.5)
	t.groups, t.cpu = after.groups-before.groups, after.cpu-before.cpu
	t.logged = after.logged - before.logged
	if srv, ok := e.store.(server); ok {
		t.memory = srv.rss()
	}
	return t, err
}

// work is the clients' part of a turn.
func (e *entry) work(n int, length time.Duration) (t turn, err error) {
	if own, ok := e.store.(together); ok {
		return own.runAll(n, length)
	}
	s := &slice{next: &e.next}
	hists := make([]histogram, n)
	errs := make([]error, n)
	begin := time.Now()
	var clients sync.WaitGroup
	for i := range n {
		clients.Go(func() { errs[i] = e.store.run(s, &hists[i]) })
	}
	time.Sleep(length)
	atomic.StoreInt32(&s.stop, 1)
	clients.Wait()
	seconds := time.Since(begin).Seconds()

	all := &hists[0]
	for i := range hists[1:] {
		all.add(&hists[i+1])
	}
	t.ops = all.total()
	t.rate = float64(t.ops) / seconds
	t.p50, t.p99 = all.quantile(0.5), all.quantile(0.99)
	return t, errors.Join(errs...)
}

// counts are what only grows.
type counts struct {
	syncs  histogram
	groups int64
	logged int64
	cpu    time.Duration
}

func (e *entry) counts() (c counts) {
	var used unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &used) == nil {
		c.cpu = time.Duration(used.Utime.Nano() + used.Stime.Nano())
	}
	if srv, ok := e.store.(server); ok {
		c.cpu += srv.cpu()
	}
	c.logged = e.site.disk.logged.Load()
	var counter syncCounter = e.site.disk
	if own, ok := e.store.(syncCounter); ok {
		counter = own
	}
	c.syncs = counter.syncs()
	if g, ok := e.store.(grouper); ok {
		c.groups = g.groups()
	}
	return c
}

// median is the middle of what f says of each turn.
func (e *entry) median(f func(t turn) float64) float64 {
	return medianOf(len(e.took), func(i int) float64 { return f(e.took[i]) })
}

// against is the median of the ratios to another entry, round by round.
func (e *entry) against(base *entry, f func(t turn) float64) float64 {
	return medianOf(len(e.took), func(i int) float64 { return f(e.took[i]) / f(base.took[i]) })
}

func medianOf(n int, f func(i int) float64) float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = f(i)
	}
	slices.Sort(v)
	if n%2 == 0 {
		return (v[n/2-1] + v[n/2]) / 2
	}
	return v[n/2]
}
