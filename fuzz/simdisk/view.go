package simdisk

import (
	"fmt"
	"slices"
)

// maxViews bounds how many views a disk remembers. An explorer asks for the
// same crash point again and again, on a few goroutines.
const maxViews = 16

// An AtomKind says what an atom is a piece of.
type AtomKind uint8

const (
	AtomData  AtomKind = iota // the bytes of a write, and its growth if the profile joins them
	AtomSize                  // the growth of a file by a write
	AtomName                  // a name that appears or vanishes; a whole rename if it is atomic
	AtomCut                   // a file becomes shorter
	atomKinds = iota
)

var atomNames = [atomKinds]string{"data", "size", "name", "cut"}

// An Atom is the smallest thing that survives or not.
type Atom struct {
	Index int // its number in a Choice
	Seq   int // the operation it comes from
	Kind  AtomKind
	Inode uint64 // the file of data, size and cut, the directory of a name
	Name  string // of AtomName
	Gone  bool   // of AtomName: the name vanishes
	Off   int64  // of AtomData and AtomSize; the size that AtomCut leaves
	Len   int
}

// String returns one line for a failure report.
func (a Atom) String() string {
	s := fmt.Sprintf("%d: op %d %s ino=%d", a.Index, a.Seq, atomNames[a.Kind], a.Inode)
	switch {
	case a.Kind != AtomName:
		return fmt.Sprintf("%s off=%d len=%d", s, a.Off, a.Len)
	case a.Gone:
		return s + " -" + a.Name
	}
	return s + " +" + a.Name
}

// atom is an Atom with what it does.
type atom struct {
	kind  AtomKind
	seq   int
	id    uint64
	file  *fileChange
	edits [2]edit // of AtomName; the second is the other half of an atomic rename
}

// An edit is a change of one directory.
type edit struct {
	dir uint64
	c   *dirChange // nil: no edit
}

// A view is the state of a disk right after operation k. It is immutable.
type view struct {
	k       int
	opts    Options
	how     behaviour
	nodes   []vnode  // by inode number
	atoms   []atom   // in order of their operations
	stale   *content // of the file removed last; may be nil
	ordered bool     // some directory is ordered
	aged    bool     // some inode has stale bytes of its own
}

// A vnode is one inode of a view.
type vnode struct {
	there   bool
	dir     bool
	ordered bool // names survive in order
	file    version[*content]
	names   version[*names]
	fresh   []fileChange // volatile
	edits   []dirChange  // volatile
	atoms   []int        // of this inode
	stale   *content     // what its blocks held before an earlier crash; may be nil
	held    int64        // the room of a file that is durable
	left    *content     // what they will have held after a crash here; may be nil
}

// viewAt returns the view of operation k, the nearest one if there is no such
// operation. REQUIRES: d.mu held.
func (d *Disk) viewAt(k int) *view {
	k = min(max(k, 0), d.Ops())
	for _, v := range d.views {
		if v.k == k && v.opts == d.opts {
			return v
		}
	}
	v := d.newView(k)
	if len(d.views) == maxViews {
		d.views = slices.Delete(d.views, 0, 1)
	}
	d.views = append(d.views, v)
	return v
}

func (d *Disk) newView(k int) *view {
	v := &view{k: k, opts: d.opts, how: d.how, nodes: make([]vnode, len(d.inodes)), stale: d.stale}
	for id, i := range d.inodes {
		if i == nil || i.born > k {
			continue
		}
		n := &v.nodes[id]
		n.there, n.dir, n.stale = true, i.isDir(), i.stale
		if n.dir {
			n.names = i.dir.versionAt(k)
			n.edits = i.dir.span(n.names.floor, k)
			n.ordered = i.ordered
			v.ordered = v.ordered || i.ordered
			v.addNames(uint64(id), n)
			continue
		}
		n.file, n.held = i.file.versionAt(k), i.heldAt(k)
		n.fresh = i.file.span(n.file.floor, k)
		v.addData(uint64(id), n)
		n.left = n.stale
		if d.how.garbage && (len(n.fresh) > 0 || n.file.disk != n.file.cached) {
			n.left = n.cached()
		}
		v.aged = v.aged || n.stale != nil
	}
	v.sortAtoms()
	if i := d.lastFreed(k); i != 0 && d.how.garbage {
		v.stale = v.nodes[i].cached()
	}
	return v
}

// lastFreed returns the file that lost its last name most recently, or 0.
func (d *Disk) lastFreed(k int) uint64 {
	for i := len(d.freed) - 1; i >= 0; i-- {
		if d.freed[i].seq <= k {
			return d.freed[i].inode
		}
	}
	return 0
}

// cached returns what the program saw of a file at the view's operation.
func (n *vnode) cached() *content {
	if len(n.fresh) == 0 {
		return n.file.cached
	}
	return replayFile(n.file.cached, n.fresh)
}

// addData makes the atoms of a file.
func (v *view) addData(id uint64, n *vnode) {
	for i := range n.fresh {
		c := &n.fresh[i]
		if c.cut {
			v.atoms = append(v.atoms, atom{kind: AtomCut, seq: c.seq, id: id, file: c})
			continue
		}
		v.atoms = append(v.atoms, atom{kind: AtomData, seq: c.seq, id: id, file: c})
		if c.grows && v.how.sizeApart {
			v.atoms = append(v.atoms, atom{kind: AtomSize, seq: c.seq, id: id, file: c})
		}
	}
}

// addNames makes the atoms of a directory.
func (v *view) addNames(id uint64, n *vnode) {
	for i := range n.edits {
		c := &n.edits[i]
		v.atoms = append(v.atoms, atom{kind: AtomName, seq: c.seq, id: id, edits: [2]edit{{id, c}}})
	}
}

// sortAtoms puts the atoms in order, joins the halves of atomic renames and
// tells the inodes of their atoms.
func (v *view) sortAtoms() {
	slices.SortStableFunc(v.atoms, func(a, b atom) int { return a.seq - b.seq })
	if !v.how.renameApart {
		joined := v.atoms[:0]
		for _, a := range v.atoms {
			if n := len(joined); n > 0 && a.kind == AtomName && joined[n-1].seq == a.seq {
				joined[n-1].edits[1] = a.edits[0]
				continue
			}
			joined = append(joined, a)
		}
		v.atoms = joined
	}
	for i := range v.atoms {
		a := &v.atoms[i]
		v.nodes[a.id].atoms = append(v.nodes[a.id].atoms, i)
		if other := a.edits[1]; other.c != nil && other.dir != a.id {
			v.nodes[other.dir].atoms = append(v.nodes[other.dir].atoms, i)
		}
	}
}

// Atoms returns what was volatile right after operation k.
func (d *Disk) Atoms(k int) []Atom {
	d.mu.Lock()
	v := d.viewAt(k)
	d.mu.Unlock()
	list := make([]Atom, len(v.atoms))
	for i, a := range v.atoms {
		list[i] = Atom{Index: i, Seq: a.seq, Kind: a.kind, Inode: a.id}
		if a.kind == AtomName {
			list[i].Name, list[i].Gone = a.edits[0].c.name, a.edits[0].c.target == 0
		} else {
			list[i].Off, list[i].Len = a.file.off, len(a.file.data)
		}
	}
	return list
}
