package lock

import (
	"bytes"
	"slices"
)

// A span is the keys of [start, end); a nil end is above every key.
type span struct{ start, end []byte }

func (s span) empty() bool { return !below(s.start, s.end) }

func (s span) has(key []byte) bool { return bytes.Compare(s.start, key) <= 0 && below(key, s.end) }

func (s span) overlaps(t span) bool { return below(s.start, t.end) && below(t.start, s.end) }

// covers reports whether all of t is in s.
func (s span) covers(t span) bool {
	return bytes.Compare(s.start, t.start) <= 0 && compareEnds(s.end, t.end) >= 0
}

func (s span) compare(t span) int {
	if c := bytes.Compare(s.start, t.start); c != 0 {
		return c
	}
	return compareEnds(s.end, t.end)
}

// below reports whether key lies before the end of a span.
func below(key, end []byte) bool { return end == nil || bytes.Compare(key, end) < 0 }

func compareEnds(a, b []byte) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	}
	return bytes.Compare(a, b)
}

// spans are disjoint, in order, and do not touch.
type spans []span

// from is the index of the first span that ends behind key.
func (ss spans) from(key []byte) int {
	i, _ := slices.BinarySearchFunc(ss, key, func(s span, key []byte) int {
		if below(key, s.end) {
			return 1
		}
		return -1
	})
	return i
}

func (ss spans) has(key []byte) bool {
	i := ss.from(key)
	return i < len(ss) && ss[i].has(key)
}

func (ss spans) overlaps(s span) bool {
	i := ss.from(s.start)
	return i < len(ss) && ss[i].overlaps(s)
}

func (ss spans) covers(s span) bool {
	i := ss.from(s.start)
	return i < len(ss) && ss[i].covers(s)
}

func (ss spans) meets(p place) bool {
	if p.point {
		return ss.has(p.start)
	}
	return ss.overlaps(p.span)
}

// add is ss with s, which is merged with all that it touches. Its keys are
// copied.
func (ss spans) add(s span) spans {
	lo, _ := slices.BinarySearchFunc(ss, s.start, func(t span, start []byte) int {
		if t.end != nil && bytes.Compare(t.end, start) < 0 {
			return -1
		}
		return 1
	})
	hi := lo
	merged := span{bytes.Clone(s.start), bytes.Clone(s.end)}
	for ; hi < len(ss) && (s.end == nil || bytes.Compare(ss[hi].start, s.end) <= 0); hi++ {
		if bytes.Compare(ss[hi].start, merged.start) < 0 {
			merged.start = ss[hi].start
		}
		if compareEnds(ss[hi].end, merged.end) > 0 {
			merged.end = ss[hi].end
		}
	}
	return slices.Replace(ss, lo, hi, merged)
}

// without is ss but for the spans that s covers.
func (ss spans) without(s span) spans {
	return slices.DeleteFunc(ss, s.covers)
}
