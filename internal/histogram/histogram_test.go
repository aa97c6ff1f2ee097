package histogram

import (
	"testing"
	"time"
)

func TestBuckets(t *testing.T) {
	for _, c := range []struct {
		low    int
		value  int64
		bucket int
	}{
		{LowSize, -1, 0}, {LowSize, 0, 0}, {LowSize, 1, 0}, {LowSize, 2, 1}, {LowSize, 3, 2}, {LowSize, 4, 2}, {LowSize, 5, 3},
		{LowSize, 1 << 62, Buckets - 1},
		{LowDuration, 1, 0}, {LowDuration, 1 << 14, 0}, {LowDuration, 1<<14 + 1, 1}, {LowDuration, int64(time.Hour), Buckets - 1},
	} {
		h := New(c.low)
		h.Observe(c.value)
		s := h.Snapshot()
		if s.Counts[c.bucket] != 1 || s.Count() != 1 || s.Sum != max(c.value, 0) {
			t.Errorf("%d from 1<<%d: %v, want bucket %d", c.value, c.low, s.Counts, c.bucket)
		}
		if last := c.bucket == Buckets-1; !last && s.Bound(c.bucket) < c.value || c.bucket > 0 && s.Bound(c.bucket-1) >= c.value {
			t.Errorf("%d is not within the bounds of bucket %d", c.value, c.bucket)
		}
	}
}

func TestQuantile(t *testing.T) {
	h := New(LowSize)
	if s := h.Snapshot(); s.Quantile(0.5) != 0 {
		t.Error("an empty histogram has a median")
	}
	for range 99 {
		h.Observe(2)
	}
	h.Observe(1000)
	s := h.Snapshot()
	if s.Quantile(0.5) != 2 || s.Quantile(0.99) != 2 || s.Quantile(1) != 1024 {
		t.Errorf("%d, %d, %d", s.Quantile(0.5), s.Quantile(0.99), s.Quantile(1))
	}
}
