package writeset

import (
	"slices"

	"github.com/cespare/xxhash/v2"
)

// How many hashes a history, and so a Set, may have, as in MySQL.
const (
	HistoryDefault = 25_000
	HistoryMax     = 1_000_000
)

// A Set is what one transaction has touched. The zero Set is that of one that has
// touched nothing. It belongs to one goroutine at a time.
type Set struct {
	hashes []uint64 // some perhaps twice, until Seal
	sealAt int      // when duplicates are looked for
	// keyless: there was a row that no key tells from others. Who has changed it
	// last is not known, so the commit order decides.
	keyless bool
	parent  bool // there was a row of a table that foreign keys point to
	over    bool // there were more hashes than a history may have
}

// sealMin is how many hashes are let come before duplicates are looked for.
const sealMin = 1024

// Add adds a key of an index, encoded so that what the index holds for equal has
// the same bytes. The key is not kept.
func (s *Set) Add(index uint32, key []byte) {
	if s.over {
		return
	}
	const golden = 0x9e3779b97f4a7c15
	s.hashes = append(s.hashes, xxhash.Sum64(key)^uint64(index)*golden)
	if len(s.hashes) >= max(s.sealAt, sealMin) {
		s.Seal()
		s.sealAt = 2 * len(s.hashes)
	}
}

// AddKeyless adds a row without a key.
func (s *Set) AddKeyless() { s.keyless = true }

// AddParent adds a row of a table that foreign keys point to.
func (s *Set) AddParent() { s.parent = true }

// Seal removes duplicates: a Set is not to be counted before.
func (s *Set) Seal() {
	if len(s.hashes) > 1 {
		slices.Sort(s.hashes)
		s.hashes = slices.Compact(s.hashes)
	}
	if len(s.hashes) > HistoryMax {
		s.hashes, s.over = nil, true
	}
}

// Reset empties the set and keeps its memory for a small one.
func (s *Set) Reset() {
	hashes := s.hashes[:0]
	if cap(hashes) > sealMin {
		hashes = nil
	}
	*s = Set{hashes: hashes}
}

// clone is a copy that keeps no more memory than it needs.
func (s *Set) clone() *Set {
	out := *s
	out.hashes = slices.Clip(slices.Clone(s.hashes))
	return &out
}

// usable reports whether the set says all that its transaction conflicts with, and
// fits a history of max hashes.
func (s *Set) usable(max int) bool {
	return s != nil && (len(s.hashes) > 0 || s.keyless) && !s.parent && !s.over && len(s.hashes) <= max
}
