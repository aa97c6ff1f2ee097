package binlog

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// A GTIDSet is a set of GTIDs. The zero value is empty and ready to use. A
// copy made by assignment shares its content: use Clone. It is not safe for
// concurrent use.
type GTIDSet struct {
	// Each list is sorted, and between two neighbours is a gap: a set has one
	// representation only.
	sids map[UUID][]interval
}

// An interval is the numbers from first to last, both included.
type interval struct{ first, last int64 }

// Add puts one GTID into the set. A number outside 1 to 2^63-2 is ignored.
func (s *GTIDSet) Add(g GTID) { s.AddRange(g.UUID, g.GNO, g.GNO) }

// AddRange puts the numbers from first to last of one server into the set.
// A range that is empty or outside 1 to 2^63-2 is ignored.
func (s *GTIDSet) AddRange(u UUID, first, last int64) {
	if first < 1 || last > gnoMax || first > last {
		return
	}
	if s.sids == nil {
		s.sids = map[UUID][]interval{}
	}
	list := s.sids[u]
	// The intervals that touch the new one, seen as if each were one longer,
	// are list[from:to]: they become one.
	from, _ := slices.BinarySearchFunc(list, first-1, func(v interval, n int64) int {
		if v.last < n {
			return -1
		}
		return 1
	})
	to := from
	for to < len(list) && list[to].first <= last+1 {
		first, last = min(first, list[to].first), max(last, list[to].last)
		to++
	}
	s.sids[u] = slices.Replace(list, from, to, interval{first, last})
}

// AddSet puts every member of t into the set.
func (s *GTIDSet) AddSet(t GTIDSet) {
	for u, list := range t.sids {
		for _, v := range list {
			s.AddRange(u, v.first, v.last)
		}
	}
}

// Subtract takes every member of t out of the set.
func (s *GTIDSet) Subtract(t GTIDSet) {
	for u, list := range t.sids {
		var kept []interval
		rest := s.sids[u]
		for _, v := range list {
			for len(rest) > 0 && rest[0].first <= v.last {
				w := rest[0]
				rest = rest[1:]
				if w.first < v.first {
					kept = append(kept, interval{w.first, min(w.last, v.first-1)})
				}
				if w.last > v.last {
					rest = append([]interval{{v.last + 1, w.last}}, rest...)
					break
				}
			}
		}
		if kept = append(kept, rest...); len(kept) > 0 {
			s.sids[u] = kept
		} else {
			delete(s.sids, u)
		}
	}
}

// Contains reports whether g is in the set.
func (s GTIDSet) Contains(g GTID) bool { return s.containsRange(g.UUID, interval{g.GNO, g.GNO}) }

// ContainsSet reports whether every member of t is in the set.
func (s GTIDSet) ContainsSet(t GTIDSet) bool {
	for u, list := range t.sids {
		for _, v := range list {
			if !s.containsRange(u, v) {
				return false
			}
		}
	}
	return true
}

func (s GTIDSet) containsRange(u UUID, v interval) bool {
	list := s.sids[u]
	i, _ := slices.BinarySearchFunc(list, v.first, func(w interval, n int64) int {
		if w.last < n {
			return -1
		}
		return 1
	})
	return i < len(list) && list[i].first <= v.first && v.last <= list[i].last
}

// Last is the largest number of that server in the set, or 0.
func (s GTIDSet) Last(u UUID) int64 {
	list := s.sids[u]
	if len(list) == 0 {
		return 0
	}
	return list[len(list)-1].last
}

// Count is how many members the set has.
func (s GTIDSet) Count() int64 {
	n := int64(0)
	for _, list := range s.sids {
		for _, v := range list {
			n += v.last - v.first + 1
		}
	}
	return n
}

// IsEmpty reports whether the set has no member.
func (s GTIDSet) IsEmpty() bool { return len(s.sids) == 0 }

// Clone returns a set of its own with the same members.
func (s GTIDSet) Clone() GTIDSet {
	if s.sids == nil {
		return GTIDSet{}
	}
	c := GTIDSet{sids: make(map[UUID][]interval, len(s.sids))}
	for u, list := range s.sids {
		c.sids[u] = slices.Clone(list)
	}
	return c
}

// Equal reports whether both sets have the same members.
func (s GTIDSet) Equal(t GTIDSet) bool {
	return maps.EqualFunc(s.sids, t.sids, slices.Equal[[]interval])
}

func (s GTIDSet) uuids() []UUID {
	return slices.SortedFunc(maps.Keys(s.sids), func(a, b UUID) int { return bytes.Compare(a[:], b[:]) })
}

// String is MySQL's text form: servers in order of their UUIDs, separated by
// commas, each with its intervals, such as uuid:1-5:7.
func (s GTIDSet) String() string {
	var b strings.Builder
	for i, u := range s.uuids() {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(u.String())
		for _, v := range s.sids[u] {
			b.WriteByte(':')
			b.WriteString(strconv.FormatInt(v.first, 10))
			if v.last > v.first {
				b.WriteByte('-')
				b.WriteString(strconv.FormatInt(v.last, 10))
			}
		}
	}
	return b.String()
}

// ParseGTIDSet reads MySQL's text form. Spaces and line ends around each part
// are ignored, and so are empty parts between commas; intervals may come in
// any order and overlap. Tags (MySQL 8.3) are refused.
func ParseGTIDSet(text string) (GTIDSet, error) {
	var s GTIDSet
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		id, list, ok := strings.Cut(part, ":")
		if !ok {
			return GTIDSet{}, fmt.Errorf("%w: %q has no interval", ErrInvalid, shorten(part))
		}
		u, err := ParseUUID(strings.TrimSpace(id))
		if err != nil {
			return GTIDSet{}, err
		}
		for field := range strings.SplitSeq(list, ":") {
			v, err := parseInterval(strings.TrimSpace(field))
			if err != nil {
				return GTIDSet{}, err
			}
			s.AddRange(u, v.first, v.last)
		}
	}
	return s, nil
}

func parseInterval(s string) (interval, error) {
	from, to, isRange := strings.Cut(s, "-")
	first, err := parseGNO(strings.TrimSpace(from))
	if err != nil {
		return interval{}, err
	}
	if !isRange {
		return interval{first, first}, nil
	}
	last, err := parseGNO(strings.TrimSpace(to))
	if err != nil {
		return interval{}, err
	}
	if last < first {
		return interval{}, fmt.Errorf("%w: interval %q ends before it begins", ErrInvalid, shorten(s))
	}
	return interval{first, last}, nil
}

// Encode appends the set as in the body of a PREVIOUS_GTIDS event: the number
// of servers; for each its UUID, the number of intervals, and of each the
// first number and the one behind the last.
func (s GTIDSet) Encode(dst []byte) []byte {
	dst = binary.LittleEndian.AppendUint64(dst, uint64(len(s.sids)))
	for _, u := range s.uuids() {
		dst = append(dst, u[:]...)
		dst = binary.LittleEndian.AppendUint64(dst, uint64(len(s.sids[u])))
		for _, v := range s.sids[u] {
			dst = binary.LittleEndian.AppendUint64(dst, uint64(v.first))
			dst = binary.LittleEndian.AppendUint64(dst, uint64(v.last+1))
		}
	}
	return dst
}

// Decode replaces the set by what Encode wrote. Servers and intervals must be
// in order, without overlap.
func (s *GTIDSet) Decode(body []byte) error { return s.decode(body, true) }

// DecodeSent is Decode for what a client sent: some send them in any order.
func (s *GTIDSet) DecodeSent(body []byte) error { return s.decode(body, false) }

func (s *GTIDSet) decode(body []byte, ordered bool) error {
	cur := cursor{b: body}
	var out GTIDSet
	prev, servers := UUID{}, cur.uint(8)
	for i := uint64(0); i < servers && !cur.bad; i++ {
		var u UUID
		copy(u[:], cur.bytes(16))
		n := cur.uint(8)
		if ordered && (n == 0 || i > 0 && bytes.Compare(prev[:], u[:]) >= 0) {
			cur.bad = true
		}
		prev = u
		last := int64(-1) // so that 1 may be first
		for range n {
			first, end := int64(cur.uint(8)), int64(cur.uint(8))
			if cur.bad || first < 1 || ordered && first <= last+1 || end <= first || end > gnoMax+1 {
				cur.bad = true
				break
			}
			last = end - 1
			out.AddRange(u, first, last)
		}
	}
	if !cur.done() {
		return errBody(EventPreviousGTIDs)
	}
	*s = out
	return nil
}
