package lock

import (
	"bytes"
	"hash/maphash"
	"sync"
)

const (
	stripes = 64
	// freeMax is how many unused entries a stripe keeps, freeKeyMax the
	// longest key, in bytes, whose memory one keeps.
	freeMax    = 64
	freeKeyMax = 256
)

// A stripe has the points of some hashes.
type stripe struct {
	mu      sync.Mutex
	entries map[uint64]*entry // by hash
	free    *entry
	frees   int
	_       [64]byte // keeps two stripes off one cache line
}

// An entry is a locked point. What guards it is in the package comment.
type entry struct {
	hash    uint64
	next    *entry // of the same hash, or free
	space   space
	key     []byte
	holders []holder
	first   [1]holder // memory of most holders
	queue   []*waiter // upgrades first, then in order of arrival (K2)
}

// A holder is an owner to which a point was granted.
type holder struct {
	owner *Owner
	mode  Mode
}

func (m *Manager) hash(p place) uint64 {
	return maphash.Bytes(m.seed, p.start) ^ uint64(p.space)*0x9e3779b97f4a7c15
}

func (m *Manager) stripe(hash uint64) *stripe { return &m.stripes[hash%stripes] }

// watched reports whether the space may have a region.
func (m *Manager) watched(s space) bool { return m.gates[s.gate()].Load() != 0 }

// find is the entry of a point, or nil. REQUIRES: s.mu.
func (s *stripe) find(hash uint64, p place) *entry {
	e := s.entries[hash]
	for e != nil && (e.space != p.space || !bytes.Equal(e.key, p.start)) {
		e = e.next
	}
	return e
}

// link makes an entry for a point that has none. REQUIRES: s.mu.
func (s *stripe) link(hash uint64, p place) *entry {
	e := s.free
	if e == nil {
		e = &entry{}
		e.holders = e.first[:0]
	} else {
		s.free = e.next
		s.frees--
	}
	e.hash, e.space, e.next = hash, p.space, s.entries[hash]
	e.key = append(e.key[:0], p.start...)
	s.entries[hash] = e
	return e
}

// unlink drops an entry that nobody holds or wants (K6). REQUIRES: s.mu.
func (s *stripe) unlink(e *entry) {
	if at := s.entries[e.hash]; at != e {
		for at.next != e {
			at = at.next
		}
		at.next = e.next
	} else if e.next != nil {
		s.entries[e.hash] = e.next
	} else {
		delete(s.entries, e.hash)
	}
	if s.frees == freeMax || cap(e.key) > freeKeyMax {
		return
	}
	*e = entry{next: s.free, key: e.key[:0]}
	e.holders = e.first[:0]
	s.free = e
	s.frees++
}

func (e *entry) unused() bool { return len(e.holders) == 0 && len(e.queue) == 0 }

// holds is the mode in which o has the point, or zero.
func (e *entry) holds(o *Owner) Mode {
	for i := range e.holders {
		if e.holders[i].owner == o {
			return e.holders[i].mode
		}
	}
	return 0
}

// free reports whether no other holder stands against mode for o.
func (e *entry) free(o *Owner, mode Mode) bool {
	for i := range e.holders {
		if h := &e.holders[i]; h.owner != o && conflicts(h.mode, mode) {
			return false
		}
	}
	return true
}

// grant makes o a holder, or raises its mode. REQUIRES: e.free(o, mode).
func (e *entry) grant(o *Owner, mode Mode) {
	for i := range e.holders {
		if h := &e.holders[i]; h.owner == o {
			h.mode = max(h.mode, mode)
			return
		}
	}
	e.holders = append(e.holders, holder{o, mode})
	o.held = append(o.held, e)
	o.use(e.space).points++
}

// drop takes o off the holders only; the caller takes e off o.held.
func (e *entry) drop(o *Owner) {
	for i := range e.holders {
		if e.holders[i].owner == o {
			last := len(e.holders) - 1
			e.holders[i] = e.holders[last]
			e.holders[last] = holder{}
			e.holders = e.holders[:last]
			return
		}
	}
}
