package simdisk

import (
	"encoding/binary"
	"math"
	"slices"
)

// CrashAt returns a new disk that holds what a power failure right after
// operation k may leave: everything durable, and what c selects of the rest.
// The disk itself is not changed, so all crash points of one run can be tried.
// A k outside of 0 to Ops means the nearest operation.
func (d *Disk) CrashAt(k int, c Choice) *Disk {
	d.mu.Lock()
	v := d.viewAt(k)
	d.mu.Unlock()
	return v.image(c)
}

// slabSize is how many inodes of an image are allocated at once.
const slabSize = 32

// A builder makes one image.
type builder struct {
	v    *view
	s    Choice // legal
	d    *Disk
	slab []inode
}

func (v *view) image(c Choice) *Disk {
	if c.kind == kill {
		return v.killed()
	}
	b := builder{v: v, s: v.legal(c), d: blank(v.opts)}
	b.d.inodes = make([]*inode, len(v.nodes))
	b.d.stale = v.stale
	b.dir(rootID)
	return b.d
}

// node allocates inode id of the image.
func (b *builder) node(id uint64) *inode {
	if len(b.slab) == 0 {
		b.slab = make([]inode, slabSize)
	}
	i := &b.slab[0]
	b.slab = b.slab[1:]
	i.id, i.links = id, 1
	b.d.inodes[id] = i
	return i
}

// dir makes the directory id with all that is below it.
func (b *builder) dir(id uint64) {
	i := b.node(id)
	i.ordered = b.v.nodes[id].ordered
	list := b.namesOf(id)
	var subdirs []string
	for name, child := range list.m {
		if b.v.nodes[child].dir {
			subdirs = append(subdirs, name)
		} else {
			b.file(child)
		}
	}
	slices.Sort(subdirs)
	for _, name := range subdirs {
		child := list.m[name]
		if b.d.inodes[child] == nil {
			b.dir(child)
			continue
		}
		// Half of a rename survived and the directory has two names; a file
		// system check would leave it one.
		list = list.clone()
		delete(list.m, name)
	}
	state := newBody(list, replayDir)
	i.dir = &state
	b.d.dirs = append(b.d.dirs, i)
}

// namesOf returns the content of the directory id.
func (b *builder) namesOf(id uint64) *names {
	n := &b.v.nodes[id]
	list, copied := n.names.disk, false
	for _, at := range n.atoms {
		if !b.s.keep.has(at) {
			continue
		}
		if !copied {
			list, copied = list.clone(), true
		}
		for _, e := range b.v.atoms[at].edits {
			if e.c != nil && e.dir == id {
				list.apply(e.c)
			}
		}
	}
	return list
}

// file makes the file id, or counts another name of it.
func (b *builder) file(id uint64) {
	if i := b.d.inodes[id]; i != nil {
		i.links++
		return
	}
	i := b.node(id)
	i.file = newBody(b.contentOf(id), replayFile)
	i.stale = b.v.nodes[id].left
	b.hold(id, i)
}

// hold charges the file for what it has reserved, durably, or has written.
func (b *builder) hold(id uint64, i *inode) {
	b.d.reserve(i, max(i.file.cur.size, b.v.nodes[id].held))
	i.hold(0)
}

// contentOf returns the content of the file id, frozen.
func (b *builder) contentOf(id uint64) *content {
	n := &b.v.nodes[id]
	disk := n.file.disk
	size, touched := b.sizeOf(n)
	if !touched {
		return disk
	}
	c := disk.clone()
	c.truncate(size)
	if size > disk.size && b.s.fill != FillZero {
		b.fill(c, disk.size, n)
	}
	b.data(c, n)
	return c
}

// sizeOf is how large a file becomes, and whether anything of it changes at all.
func (b *builder) sizeOf(n *vnode) (size int64, touched bool) {
	size = n.file.disk.size
	for _, at := range n.atoms {
		a := &b.v.atoms[at]
		grows := a.kind == AtomSize || a.file.grows && !b.v.how.sizeApart
		end := int64(-1)
		if b.s.keep.has(at) {
			end = a.file.end()
		}
		for _, t := range b.s.tears {
			if t.Atom == at {
				end = max(end, a.file.off+int64(t.To))
			}
		}
		switch {
		case end < 0:
			continue
		case a.kind == AtomCut:
			size = min(size, end)
		case grows:
			size = max(size, end)
		}
		touched = true
	}
	return size, touched
}

// data writes what survives of a file's data into c, within its size. What was cut
// off reads as zeros if the file has grown again.
func (b *builder) data(c *content, n *vnode) {
	for _, at := range n.atoms {
		a := &b.v.atoms[at]
		switch {
		case a.kind == AtomCut && b.s.keep.has(at):
			size := c.size
			c.truncate(min(size, a.file.off))
			c.grow(size)
		case a.kind != AtomData:
		case b.s.keep.has(at):
			c.writeWithin(a.file.data, a.file.off)
		default:
			for _, t := range b.s.tears {
				if t.Atom == at {
					c.writeWithin(a.file.data[t.From:t.To], a.file.off+int64(t.From))
				}
			}
		}
	}
}

// writeWithin writes the part of p that lies within the file's size: blocks
// behind it belong to nobody after a crash.
func (c *content) writeWithin(p []byte, off int64) {
	if off < c.size {
		c.write(p[:min(int64(len(p)), c.size-off)], off)
	}
}

// fill puts garbage or stale bytes into the file from off to its end.
func (b *builder) fill(c *content, off int64, n *vnode) {
	stale := n.stale
	if stale == nil || stale.size <= off {
		stale = b.v.stale
	}
	var buf [pageSize + 8]byte
	for off < c.size {
		p := buf[:min(pageSize-off%pageSize, c.size-off)]
		if b.s.fill == FillStale && stale != nil {
			clear(p)
			stale.read(p, off)
		} else {
			seed := draw(b.v.opts.Seed, uint64(off))
			for i := 0; i < len(p); i += 8 {
				binary.LittleEndian.PutUint64(buf[i:], mix2(seed, uint64(i)))
			}
		}
		c.write(p, off)
		off += int64(len(p))
	}
}

// killed returns the image of Kill: the same bodies with the operations
// renumbered, so that the last one is 0.
func (v *view) killed() *Disk {
	b := builder{v: v, d: blank(v.opts)}
	b.d.inodes = make([]*inode, len(v.nodes))
	b.d.stale = v.stale
	b.d.named = math.MinInt
	for id := range v.nodes {
		if n := &v.nodes[id]; n.there {
			i := b.node(uint64(id))
			i.links, i.stale = 0, n.stale
			if n.dir {
				dir := n.killedDir(v.k)
				i.dir, i.ordered = &dir, n.ordered
				b.d.dirs = append(b.d.dirs, i)
			} else {
				i.file = n.killedFile(v.k)
			}
		}
	}
	b.d.inodes[rootID].links = 1
	for _, dir := range b.d.dirs {
		for _, child := range dir.dir.cur.m {
			i := b.d.inodes[child]
			i.links++
			if i.links == 1 && !i.isDir() {
				b.hold(child, i)
			}
		}
	}
	return b.d
}

func (n *vnode) killedFile(k int) fileBody {
	f := newBody(n.cached(), replayFile)
	f.base = n.file
	f.base.seq, f.base.floor = f.base.seq-k, f.base.floor-k
	f.changes = slices.Clone(n.fresh)
	for i := range f.changes {
		f.changes[i].seq -= k
	}
	return f
}

func (n *vnode) killedDir(k int) dirBody {
	dir := newBody(replayDir(n.names.cached, n.edits), replayDir)
	dir.base = n.names
	dir.base.seq, dir.base.floor = dir.base.seq-k, dir.base.floor-k
	dir.changes = slices.Clone(n.edits)
	for i := range dir.changes {
		dir.changes[i].seq -= k
	}
	return dir
}
