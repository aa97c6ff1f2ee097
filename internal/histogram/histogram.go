// Package histogram counts values in buckets whose bounds are powers of two,
// so that a value finds its bucket without a search.
//
//	bucket 0     values up to 1<<Low
//	bucket i     above those, up to 1<<(Low+i)
//	last bucket  whatever is larger
//
// To observe a value is two atomic additions: cheap enough for every commit.
package histogram

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// Buckets is how many there are, the one for the largest values included.
const Buckets = 24

const (
	// LowDuration is the Low of durations in nanoseconds: from 16 µs to 69 s.
	LowDuration = 14
	// LowSize is that of sizes: from 1 to four millions.
	LowSize = 0
)

// A Histogram counts values. It may be used by any goroutine.
type Histogram struct {
	low    int
	counts [Buckets]atomic.Uint64
	sum    atomic.Int64
}

// New returns an empty one; the first bucket ends at 1<<low.
func New(low int) *Histogram { return &Histogram{low: low} }

// Observe counts a value; one below zero is counted as zero.
func (h *Histogram) Observe(v int64) {
	v = max(v, 0)
	h.counts[bucket(v, h.low)].Add(1)
	h.sum.Add(v)
}

// Took counts a duration.
func (h *Histogram) Took(d time.Duration) { h.Observe(int64(d)) }

func bucket(v int64, low int) int {
	if v <= 1 {
		return 0
	}
	return min(max(bits.Len64(uint64(v-1))-low, 0), Buckets-1)
}

// A Snapshot is what was counted so far. Values that are observed meanwhile
// may be in it in part.
type Snapshot struct {
	Low    int
	Counts [Buckets]uint64 // by bucket, each without those below
	Sum    int64           // of all values
}

// Snapshot reads the counts.
func (h *Histogram) Snapshot() Snapshot {
	s := Snapshot{Low: h.low, Sum: h.sum.Load()}
	for i := range h.counts {
		s.Counts[i] = h.counts[i].Load()
	}
	return s
}

// Bound is the largest value of bucket i, of all but the last.
func (s *Snapshot) Bound(i int) int64 { return 1 << (s.Low + i) }

// Count is how many values there were.
func (s *Snapshot) Count() (n uint64) {
	for _, c := range s.Counts {
		n += c
	}
	return n
}

// Quantile is the bound of the bucket that the value of rank q, from 0 to 1,
// is in; 0 if there was none.
func (s *Snapshot) Quantile(q float64) int64 {
	rank, seen := q*float64(s.Count()), uint64(0)
	for i, c := range s.Counts {
		if seen += c; c > 0 && float64(seen) >= rank {
			return s.Bound(i)
		}
	}
	return 0
}
