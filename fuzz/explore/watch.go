package explore

import (
	"sync"
	"time"
)

// A watch notices what does not return.
type watch struct {
	mu   sync.Mutex
	next int
	jobs map[int]job
	what string // of the job that hung
	end  chan struct{}
	gone chan struct{}
}

type job struct {
	since time.Time
	what  func() string
}

func newWatch() *watch {
	w := &watch{jobs: map[int]job{}, end: make(chan struct{}), gone: make(chan struct{})}
	go w.run()
	return w
}

func (w *watch) run() {
	defer close(w.gone)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-w.end:
			return
		case <-tick.C:
			w.look()
		}
	}
}

func (w *watch) look() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, j := range w.jobs {
		if w.what == "" && time.Since(j.since) > hangLimit {
			w.what = j.what()
		}
	}
}

// busy begins a job; the result ends it.
func (w *watch) busy(what func() string) func() {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := w.next
	w.next++
	w.jobs[n] = job{time.Now(), what}
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.jobs, n)
	}
}

// hung describes a job that did not return; "" if all did.
func (w *watch) hung() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.what
}

func (w *watch) stop() {
	close(w.end)
	<-w.gone
}
