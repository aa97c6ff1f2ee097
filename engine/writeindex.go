package engine

import (
	"bytes"
	"slices"

	"github.com/RaduBerinde/btreemap"
)

// A keyIndex finds the newest op of each key, and walks over keys in order. Few
// keys are a sorted slice, which costs next to nothing; more are a tree.
type keyIndex struct {
	small []int32                           // indexes of ops, by key
	tree  *btreemap.BTreeMap[[]byte, int32] // nil while small is in use
	first [8]int32                          // small's first room
}

// smallMax is how many keys the sorted slice holds at most; degree is how many
// a node of the tree does, at least.
const (
	smallMax = 64
	degree   = 32
)

func (x *keyIndex) init() { x.small = x.first[:0] }

func (x *keyIndex) len() int {
	if x.tree != nil {
		return x.tree.Len()
	}
	return len(x.small)
}

func (x *keyIndex) find(ops []op, key []byte) (at int, found bool) {
	return slices.BinarySearchFunc(x.small, key, func(i int32, key []byte) int { return bytes.Compare(ops[i].key, key) })
}

// get is the index of the newest op on key, or -1.
func (x *keyIndex) get(ops []op, key []byte) int32 {
	if x.tree != nil {
		if _, i, ok := x.tree.Get(key); ok {
			return i
		}
		return -1
	}
	if at, ok := x.find(ops, key); ok {
		return x.small[at]
	}
	return -1
}

// put makes i the newest op on key and returns what was, or -1.
func (x *keyIndex) put(ops []op, key []byte, i int32) (prev int32) {
	if x.tree == nil && len(x.small) == smallMax {
		x.plant(ops)
	}
	if x.tree != nil {
		if _, prev, ok := x.tree.ReplaceOrInsert(key, i); ok {
			return prev
		}
		return -1
	}
	at, ok := x.find(ops, key)
	if ok {
		prev, x.small[at] = x.small[at], i
		return prev
	}
	x.small = slices.Insert(x.small, at, i)
	return -1
}

// plant moves the keys into a tree, for good.
func (x *keyIndex) plant(ops []op) {
	x.tree = btreemap.New[[]byte, int32](degree, bytes.Compare)
	for _, i := range x.small {
		x.tree.ReplaceOrInsert(ops[i].key, i)
	}
	x.small = nil
}

// revert makes prev the newest op on key again; -1 is none.
func (x *keyIndex) revert(ops []op, key []byte, prev int32) {
	switch {
	case x.tree == nil:
		at, _ := x.find(ops, key)
		if prev < 0 {
			x.small = slices.Delete(x.small, at, at+1)
		} else {
			x.small[at] = prev
		}
	case prev < 0:
		x.tree.Delete(key)
	default:
		x.tree.ReplaceOrInsert(ops[prev].key, prev)
	}
}

// walk calls yield for the newest op of each key in the span, in the order of
// keys or against it, until yield answers false.
func (x *keyIndex) walk(ops []op, s span, desc bool, yield func(i int32) bool) {
	if x.tree != nil {
		from := btreemap.GE(s.lower)
		if s.above {
			from = btreemap.GT(s.lower)
		}
		each := func(_ []byte, i int32) bool { return yield(i) }
		if desc {
			x.tree.DescendFunc(btreemap.LT(s.upper), from, each)
		} else {
			x.tree.AscendFunc(from, btreemap.LT(s.upper), each)
		}
		return
	}
	low, ok := x.find(ops, s.lower)
	if ok && s.above {
		low++
	}
	high, _ := x.find(ops, s.upper)
	for n := 0; n < high-low; n++ {
		at := low + n
		if desc {
			at = high - 1 - n
		}
		if !yield(x.small[at]) {
			return
		}
	}
}

// Chunks of an arena grow from the first to the second size, in bytes; what is
// larger than a quarter of the next chunk lies alone.
const (
	chunkMin = 1 << 10
	chunkMax = 64 << 10
)

// An arena copies byte strings next to each other. They live as long as any of
// them is referred to.
type arena struct {
	free []byte
	size int // of the last chunk
}

func (a *arena) clone(b []byte) []byte {
	if len(b) > len(a.free) {
		next := min(max(2*a.size, chunkMin), chunkMax)
		if len(b) > next/4 {
			return bytes.Clone(b)
		}
		a.free, a.size = make([]byte, next), next
	}
	n := copy(a.free, b)
	out := a.free[:n:n]
	a.free = a.free[n:]
	return out
}
