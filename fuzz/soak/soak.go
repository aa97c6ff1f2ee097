package soak

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"time"
)

const (
	lifeMin = 700 * time.Millisecond
	lifeMax = 4 * time.Second
	// livesPerStore is after how many lives a store is given up: its binlog
	// grows.
	livesPerStore = 12
)

// Options say how long to go on, and where.
type Options struct {
	Duration time.Duration
	Seed     uint64
	Dir      string    // on a real disk
	Out      io.Writer // progress
}

// A Report is what a run did. A run in which too little happened is an error.
type Report struct {
	Lives, Kills, FullDisks                                    int
	Commits, ChildAcks, Conflicts, Branches, Refused, Scans    int64
	Events, Backups                                            int64
	GoroutinesBefore, GoroutinesAfter, FilesBefore, FilesAfter int
	HeapBefore, HeapAfter                                      uint64
}

// String is the report in two lines.
func (r Report) String() string {
	return fmt.Sprintf("%d lives, %d killed, %d full disks, %d commits (and %d of children), %d conflicts, %d branches, %d refused, %d scans, %d events, %d backups\n"+
		"goroutines %d -> %d, descriptors %d -> %d, heap %d KiB -> %d KiB",
		r.Lives, r.Kills, r.FullDisks, r.Commits, r.ChildAcks, r.Conflicts, r.Branches, r.Refused, r.Scans, r.Events, r.Backups,
		r.GoroutinesBefore, r.GoroutinesAfter, r.FilesBefore, r.FilesAfter, r.HeapBefore>>10, r.HeapAfter>>10)
}

// A runner is one Run.
type runner struct {
	Options
	report Report
	count  counts
	rand   *rand.Rand
	seeds  uint64
	before usage
}

// A store is one folder, and what its clients know.
type store struct {
	dir    string
	binlog bool
	book   *ledger
}

// Run goes on until the time is over, and at least for warmup lives and one more.
func Run(ctx context.Context, o Options) (Report, error) {
	r := &runner{Options: o, rand: newRand(o.Seed)}
	err := r.run(ctx)
	r.report.Commits, r.report.Conflicts, r.report.Branches = r.count.commits.Load(), r.count.conflicts.Load(), r.count.branches.Load()
	r.report.Refused, r.report.Scans = r.count.refused.Load(), r.count.scans.Load()
	r.report.Events, r.report.Backups = r.count.events.Load(), r.count.backups.Load()
	if err == nil {
		err = r.enough()
	}
	return r.report, err
}

// enough refuses a run in which nothing happened.
func (r *runner) enough() error {
	p := r.report
	if p.Lives <= warmup || p.Kills == 0 || p.FullDisks == 0 || p.Commits < 100 || p.ChildAcks < 10 || p.Branches < 10 || p.Events == 0 || p.Backups == 0 {
		return fmt.Errorf("soak: too little happened: %v", p)
	}
	return nil
}

func (r *runner) run(ctx context.Context) error {
	end := time.Now().Add(r.Duration)
	for n := 0; r.report.Lives <= warmup || time.Now().Before(end); n++ {
		s := &store{dir: filepath.Join(r.Dir, fmt.Sprintf("store%d", n)), binlog: n%2 == 0, book: newLedger()}
		for range livesPerStore {
			if r.report.Lives > warmup && !time.Now().Before(end) {
				break
			}
			if err := r.life(ctx, s); err != nil {
				return fmt.Errorf("%w (seed %d, life %d, %s)", err, r.Seed, r.report.Lives, s.dir)
			}
			if r.report.Lives%2 == 0 {
				if err := r.child(ctx, s); err != nil {
					return fmt.Errorf("%w (seed %d, life %d, %s)", err, r.Seed, r.report.Lives, s.dir)
				}
			}
		}
		if err := os.RemoveAll(s.dir); err != nil {
			return err
		}
	}
	return nil
}

// life is one life in this process, with a disk that fills up, and a look at
// what it leaves.
func (r *runner) life(ctx context.Context, s *store) error {
	l := &life{
		dir: s.dir, disk: newDisk(), book: s.book, count: &r.count, seed: r.nextSeed(), binlog: s.binlog,
		told: func(string, ...any) {},
	}
	if err := l.open(ctx); err != nil {
		return err
	}
	for c := range clients {
		s.book.next[c] = l.seed << 20
	}
	err := l.found(ctx)
	if err == nil {
		err = r.liveThrough(ctx, l)
	}
	if failed := l.db.Close(ctx); err == nil {
		err = failed
	}
	if err != nil {
		return err
	}
	r.report.Lives++
	return r.look()
}

// liveThrough runs the clients while the disk is full now and then.
func (r *runner) liveThrough(ctx context.Context, l *life) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	seed := r.nextSeed()
	wg.Go(func() {
		rnd := newRand(seed)
		for ctx.Err() == nil {
			pause(ctx, time.Duration(200+rnd.IntN(1500))*time.Millisecond)
			l.disk.fill()
			pause(ctx, time.Duration(20+rnd.IntN(400))*time.Millisecond)
			l.disk.empty()
			r.report.FullDisks++
		}
	})
	err := l.run(ctx, lifeMin+time.Duration(r.rand.Int64N(int64(lifeMax-lifeMin))))
	cancel()
	wg.Wait()
	return err
}

// look is L1.
func (r *runner) look() error {
	if r.report.Lives < warmup {
		return nil
	}
	if r.report.Lives == warmup {
		var err error
		r.before, err = measure()
		r.report.GoroutinesBefore, r.report.FilesBefore, r.report.HeapBefore = r.before.goroutines, r.before.files, r.before.heap
		return err
	}
	u, leak, err := settled(r.before)
	if err != nil {
		return err
	}
	r.report.GoroutinesAfter, r.report.FilesAfter, r.report.HeapAfter = u.goroutines, u.files, u.heap
	if leak != "" {
		return fmt.Errorf("soak: a leak: %s\n%s", leak, stacks())
	}
	if r.report.Lives%20 == 0 {
		fmt.Fprintf(r.Out, "%d lives, %d commits, %d goroutines, %d descriptors, heap %d KiB\n",
			r.report.Lives, r.count.commits.Load(), u.goroutines, u.files, u.heap>>10)
	}
	return nil
}
