package simdisk

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// Odd constants with about half their bits set, for mixing.
const (
	mixA = 0x9e3779b97f4a7c15
	mixB = 0xd1342543de82ef95
)

// mix2 spreads two words over one: the folded 128-bit product.
func mix2(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a^mixA, b^mixB)
	return hi ^ lo
}

// draw returns a number that depends on the words alone: the package's only
// source of randomness (D4).
func draw(words ...uint64) uint64 {
	h := uint64(mixA)
	for _, w := range words {
		h = mix2(h+mixB, w+1)
	}
	return mix2(h, uint64(len(words)))
}

// sum64 hashes b, 16 bytes at a time. It never returns 0, so that 0 can mean
// "not known".
func sum64(b []byte, seed uint64) uint64 {
	h, n := seed, uint64(len(b))
	for len(b) >= 16 {
		h = mix2(binary.LittleEndian.Uint64(b)^h, binary.LittleEndian.Uint64(b[8:]))
		b = b[16:]
	}
	if len(b) > 0 {
		var tail [16]byte
		copy(tail[:], b)
		h = mix2(binary.LittleEndian.Uint64(tail[:])^h, binary.LittleEndian.Uint64(tail[8:]))
	}
	return mix2(h, n) | 1
}

var zeroPageSum = sum64(make([]byte, pageSize), 0)

// hash returns the page's hash, computed once.
func (p *page) hash() uint64 {
	if p == nil {
		return zeroPageSum
	}
	s := p.sum.Load()
	if s == 0 {
		s = sum64(p.b[:], 0)
		p.sum.Store(s)
	}
	return s
}

// hash returns the content's hash, computed once. REQUIRES: c frozen.
func (c *content) hash() uint64 {
	if s := c.sum.Load(); s != 0 {
		return s
	}
	h := uint64(c.size)
	for i := range int((c.size + pageSize - 1) / pageSize) {
		s := zeroPageSum
		if i < len(c.pages) {
			s = c.pages[i].hash()
		}
		h = mix2(h, s)
	}
	h |= 1
	c.sum.Store(h)
	return h
}

// Hash identifies the durable tree, names and contents: what a crash that
// keeps nothing else would leave. Equal images have equal hashes. The image of
// Kill differs from others in its cache too: compare CachedHash as well.
func (d *Disk) Hash() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	t := treeHash{d: d,
		dir:  func(i *inode) *names { return i.dir.last().disk },
		file: func(i *inode) *content { return i.file.last().disk },
	}
	return t.of(rootID, mixA)
}

// CachedHash identifies the tree that the program sees.
func (d *Disk) CachedHash() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	t := treeHash{d: d,
		dir:  func(i *inode) *names { return i.dir.cur },
		file: func(i *inode) *content { i.file.shared = true; return i.file.cur },
	}
	return t.of(rootID, mixA)
}

// A treeHash walks one of the two trees of a disk.
type treeHash struct {
	d    *Disk
	dir  func(*inode) *names
	file func(*inode) *content
	seen []uint64 // directories, root first
}

// of hashes the directory id, whose path has hash at. The sum does not depend
// on the order of the names. In a durable tree a directory that was moved may
// have two names, if only one parent was synced: the first one counts, in the
// order in which a crash image is built.
func (t *treeHash) of(id, at uint64) uint64 {
	t.seen = append(t.seen, id)
	h := at
	list := t.dir(t.d.inodes[id]).m
	var subdirs []string
	for name, child := range list {
		node := t.d.inodes[child]
		if node.isDir() {
			subdirs = append(subdirs, name)
			continue
		}
		h += mix2(sum64([]byte(name), at), t.file(node).hash())
	}
	slices.Sort(subdirs)
	for _, name := range subdirs {
		if child := list[name]; !slices.Contains(t.seen, child) {
			path := sum64([]byte(name), at)
			h += mix2(path, t.of(child, path))
		}
	}
	return h
}
