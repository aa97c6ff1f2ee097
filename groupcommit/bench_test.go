package groupcommit

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

var benchClients = []int{1, 16, 128}

// BenchmarkRun has hooks that do nothing: what is measured is the pipeline.
func BenchmarkRun(b *testing.B) {
	for _, clients := range benchClients {
		b.Run(fmt.Sprint(clients), func(b *testing.B) { benchRun(b, clients, Hooks[int]{}, func() {}) })
	}
}

// BenchmarkGroups has hooks that are like a store's: FLUSH and COMMIT use the
// processor for each member, SYNC waits for a disk, and clients have something
// to do between two transactions.
func BenchmarkGroups(b *testing.B) {
	each := func(d time.Duration) func([]*Member[int]) error {
		return func(g []*Member[int]) error {
			use(time.Duration(len(g)) * d)
			return nil
		}
	}
	hooks := Hooks[int]{
		Flush: each(time.Microsecond),
		Sync: func([]*Member[int]) error {
			wait := unix.NsecToTimespec(int64(200 * time.Microsecond))
			for unix.Nanosleep(&wait, &wait) == unix.EINTR { // the runtime's own signals
			}
			return nil
		},
		Commit: each(time.Microsecond),
	}
	for _, clients := range benchClients {
		b.Run(fmt.Sprint(clients), func(b *testing.B) {
			benchRun(b, clients, hooks, func() { use(2 * time.Microsecond) })
		})
	}
}

var sink atomic.Int64

// use keeps a processor busy for about d.
func use(d time.Duration) {
	x := int64(1)
	for range d.Nanoseconds() * 2 / 3 { // one step is about 1.5 ns
		x = x*31 + 7
	}
	sink.Store(x)
}

func benchRun(b *testing.B, clients int, hooks Hooks[int], between func()) {
	p := New(hooks, Options{})
	ctx := context.Background()
	b.ReportAllocs()
	used := cpuTime(b)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
				between()
				if err := p.Run(ctx, int(i)); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(cpuTime(b)-used)/float64(b.N), "cpu-ns/op")
	for s, st := range p.Stats().Stages {
		b.ReportMetric(float64(st.Members)/float64(max(st.Groups, 1)), "members/"+Stage(s).String())
	}
}

// cpuTime is what the process has used of the processors, in nanoseconds.
func cpuTime(b *testing.B) int64 {
	var used unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return used.Utime.Nano() + used.Stime.Nano()
}
