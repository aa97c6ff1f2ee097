package simdisk

import (
	"slices"
	"sync/atomic"
)

const (
	pageSize = 4096
	// CellSize is the granularity of torn writes: a disk writes a sector
	// completely or not at all (apart from the byte tears of Choices).
	CellSize = 512
	// maxFileSize bounds a file's size, and so the memory of its page table.
	maxFileSize = 1 << 30
)

// A page is pageSize bytes of a file. It may be written in place only by the
// content whose gen it carries, and only until that content is frozen.
type page struct {
	b   [pageSize]byte
	gen uint64
	sum atomic.Uint64 // hash of b; 0 = not known
}

// A content is the bytes of a file. A nil page and everything behind the last
// page read as zeros; bytes behind size are always zero.
type content struct {
	size  int64
	pages []*page
	gen   uint64
	sum   atomic.Uint64 // hash of all; 0 = not known; only for frozen content
}

// generations numbers the contents, so that a page knows its only writer.
var generations atomic.Uint64

// noContent is the frozen empty file.
var noContent = &content{}

// clone returns a content that may be written, sharing all pages with c.
func (c *content) clone() *content {
	return &content{size: c.size, pages: slices.Clone(c.pages), gen: generations.Add(1)}
}

// write puts p at off and grows the file if necessary. REQUIRES: c not frozen.
func (c *content) write(p []byte, off int64) {
	c.grow(off + int64(len(p)))
	for len(p) > 0 {
		n := copy(c.own(int(off / pageSize)).b[off%pageSize:], p)
		p, off = p[n:], off+int64(n)
	}
}

// grow makes the file at least size bytes long.
func (c *content) grow(size int64) { c.size = max(c.size, size) }

// truncate sets the size and clears what is cut off. REQUIRES: c not frozen.
func (c *content) truncate(size int64) {
	if size < c.size {
		whole := int((size + pageSize - 1) / pageSize)
		if whole < len(c.pages) {
			c.pages = c.pages[:whole]
		}
		if at := size % pageSize; at != 0 && whole == len(c.pages) && c.pages[whole-1] != nil {
			clear(c.own(whole - 1).b[at:])
		}
	}
	c.size = size
}

// own returns page i ready to be written.
func (c *content) own(i int) *page {
	if i >= len(c.pages) {
		c.pages = append(c.pages, make([]*page, i+1-len(c.pages))...)
	}
	old := c.pages[i]
	if old != nil && old.gen == c.gen {
		old.sum.Store(0)
		return old
	}
	fresh := &page{gen: c.gen}
	if old != nil {
		fresh.b = old.b
	}
	c.pages[i] = fresh
	return fresh
}

// read copies from off into p and returns how many bytes there were.
func (c *content) read(p []byte, off int64) int {
	if off >= c.size {
		return 0
	}
	if rest := c.size - off; int64(len(p)) > rest {
		p = p[:rest]
	}
	total := len(p)
	for len(p) > 0 {
		i, at := int(off/pageSize), int(off%pageSize)
		n := min(len(p), pageSize-at)
		if i < len(c.pages) && c.pages[i] != nil {
			copy(p[:n], c.pages[i].b[at:])
		} else {
			clear(p[:n])
		}
		p, off = p[n:], off+int64(n)
	}
	return total
}

// bytes returns a copy of the whole file.
func (c *content) bytes() []byte {
	b := make([]byte, c.size)
	c.read(b, 0)
	return b
}

// A fileChange is one write to a file, or a cut that leaves off bytes of it.
type fileChange struct {
	seq   int
	off   int64
	data  []byte
	grows bool // the file was shorter than the write's end
	cut   bool
}

func (c fileChange) at() int { return c.seq }

func (c fileChange) end() int64 { return c.off + int64(len(c.data)) }

// replayFile returns from with the changes made to it.
func replayFile(from *content, changes []fileChange) *content {
	c := from.clone()
	for i := range changes {
		changes[i].apply(c)
	}
	return c
}

// apply makes the change. REQUIRES: to is not frozen.
func (c *fileChange) apply(to *content) {
	if c.cut {
		to.truncate(c.off)
		return
	}
	to.write(c.data, c.off)
}
