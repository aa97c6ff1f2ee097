package writeset

import "math/bits"

// A history has the last group of each hash. It is a table with open addressing:
// hashes need no hashing, and each is looked for once, in the stage that all commits
// go through.
type history struct {
	slots []slot // a power of two, at most half of it in use
	n     int
}

type slot struct {
	hash uint64
	seq  int64 // 0: free
}

// slotsMin is the size of a table with something in it.
const slotsMin = 1024

// room makes room for n hashes more.
func (h *history) room(n int) {
	if 2*(h.n+n) <= len(h.slots) {
		return
	}
	old := h.slots
	h.slots = make([]slot, max(slotsMin, 1<<bits.Len(uint(2*(h.n+n)-1))))
	for _, s := range old {
		if s.seq != 0 {
			*h.at(s.hash) = s
		}
	}
}

// at is where a hash is, or would be. REQUIRES: a free slot.
func (h *history) at(hash uint64) *slot {
	mask := uint64(len(h.slots) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		if s := &h.slots[i]; s.seq == 0 || s.hash == hash {
			return s
		}
	}
}

func (h *history) clear() {
	clear(h.slots)
	h.n = 0
}
