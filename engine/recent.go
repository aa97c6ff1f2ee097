package engine

import "sync/atomic"

// recentWrites knows the last commit number of the keys that changed last, in
// bounded memory: one slot for each hash that falls into it. It answers whether
// a key has changed since a snapshot (C16).
//
// A slot knows one key, and of all others that it has forgotten, the largest
// number: its floor. So it is exact while a key is in its slot, and knows that
// nothing has changed if its floor is no later than the snapshot. Otherwise it
// does not know, and the rows are compared.
//
// Only the group that is being applied writes it, under publishMu; it is read
// without a lock, by whoever holds the exclusive lock of the key it asks about.
// So of that key no newer number can come while the reader reads. But another
// key may take the slot: the writer raises the floor, then changes the hash,
// then the number, and the reader looks at the hash again behind the number.
type recentWrites struct {
	slots []recentSlot // their number is a power of two
}

// A recentSlot takes 24 bytes.
type recentSlot struct {
	hash, number, floor atomic.Uint64
}

type changed uint8

const (
	unchanged changed = iota
	hasChanged
	unknown
)

func newRecentWrites(slots int) *recentWrites {
	n := 1
	for n < slots {
		n *= 2
	}
	return &recentWrites{slots: make([]recentSlot, n)}
}

// note records what a group changes. REQUIRES: publishMu, and that the locks of
// its transactions are still held.
func (r *recentWrites) note(group []*Decision) {
	for _, d := range group {
		if d.Commit {
			d.Txn.set.effective(func(o *op) { r.noteKey(o.key, d.number) })
		}
	}
}

func (r *recentWrites) noteKey(key []byte, number uint64) {
	h := hashKey(key)
	s := r.slot(h)
	if s.hash.Load() != h {
		s.floor.Store(max(s.floor.Load(), s.number.Load()))
		s.hash.Store(h)
	}
	s.number.Store(number)
}

func (r *recentWrites) slot(h uint64) *recentSlot { return &r.slots[h&uint64(len(r.slots)-1)] }

// since says what is known of changes to a key behind a commit number.
func (r *recentWrites) since(key []byte, number uint64) changed {
	h := hashKey(key)
	s := r.slot(h)
	if s.hash.Load() == h {
		if last := s.number.Load(); last <= number {
			return unchanged // and if another key has it by now, this one's number is lower still
		}
		if s.hash.Load() == h {
			return hasChanged
		}
	}
	if s.floor.Load() <= number {
		return unchanged
	}
	return unknown
}

// hashKey is FNV-1a, 64 bits: the same in each run, as the explorer needs.
func hashKey(key []byte) uint64 {
	h := uint64(0xcbf29ce484222325)
	for _, b := range key {
		h = (h ^ uint64(b)) * 0x100000001b3
	}
	return h
}
