package main

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// A slice is one store's turn. Its fields are also written and read from C.
type slice struct {
	next *int64 // number of the last operation begun, over all slices of a store
	stop int32  // not 0: clients finish
}

func (s *slice) stopped() bool { return atomic.LoadInt32(&s.stop) != 0 }

// steps is how finely each doubling of a latency is told apart: to 1.6 %.
const (
	stepBits = 6
	steps    = 1 << stepBits
)

// A histogram counts latencies in nanoseconds, by their highest bits: entry
// e*steps+m is for those whose highest bit is e and whose next bits are m.
type histogram [64 * steps]int64

// note counts one latency. rocks.c does the same.
func (h *histogram) note(ns int64) {
	v := uint64(max(ns, steps))
	e := bits.Len64(v) - 1
	h[e*steps+int(v>>(e-stepBits))&(steps-1)]++
}

func (h *histogram) add(o *histogram) {
	for i, n := range o {
		h[i] += n
	}
}

// since is what came after o, an earlier state of h.
func (h *histogram) since(o *histogram) (d histogram) {
	for i, n := range h {
		d[i] = n - o[i]
	}
	return d
}

func (h *histogram) total() (n int64) {
	for _, c := range h {
		n += c
	}
	return n
}

// quantile is the lowest latency that a share q of all do not exceed, rounded
// down to its step.
func (h *histogram) quantile(q float64) time.Duration {
	rest := int64(q * float64(h.total()))
	for i, n := range h {
		if rest -= n; rest < 0 {
			e, m := i/steps, i%steps
			return time.Duration(steps+m) << (e - stepBits)
		}
	}
	return 0
}

// loop is the client of a store that is written in Go: it does op with one
// number after the other until the slice ends.
func loop(s *slice, h *histogram, op func(i int64) error) error {
	last := time.Now()
	for !s.stopped() {
		if err := op(atomic.AddInt64(s.next, 1)); err != nil {
			return err
		}
		now := time.Now()
		h.note(int64(now.Sub(last)))
		last = now
	}
	return nil
}
