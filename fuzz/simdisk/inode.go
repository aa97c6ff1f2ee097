package simdisk

import (
	"maps"
	"slices"
	"syscall"
)

// rootID is the inode number of "/".
const rootID = 1

// names is the content of a directory: the inode number behind each name.
type names struct{ m map[string]uint64 }

// noNames is the frozen empty directory.
var noNames = &names{}

func (n *names) clone() *names {
	if n.m == nil {
		return &names{m: map[string]uint64{}}
	}
	return &names{m: maps.Clone(n.m)}
}

// sorted returns the names in order.
func (n *names) sorted() []string {
	return slices.Sorted(maps.Keys(n.m))
}

// apply makes one change. REQUIRES: n not frozen.
func (n *names) apply(c *dirChange) {
	if c.target == 0 {
		delete(n.m, c.name)
		return
	}
	n.m[c.name] = c.target
}

// A dirChange lets a name appear, be replaced or vanish in a directory.
type dirChange struct {
	seq      int
	name     string
	target   uint64 // 0: the name vanishes
	replaces bool   // a rename onto an existing name
}

func (c dirChange) at() int { return c.seq }

// replayDir returns from with the changes made to it.
func replayDir(from *names, changes []dirChange) *names {
	n := from.clone()
	for i := range changes {
		n.apply(&changes[i])
	}
	return n
}

type (
	fileBody = body[*content, fileChange]
	dirBody  = body[*names, dirChange]
)

// An inode is a file or a directory. Inodes of removed files stay in the
// disk's table: an earlier crash point may need them.
type inode struct {
	id      uint64
	file    fileBody // of a file
	dir     *dirBody // of a directory; nil for a file
	born    int      // the operation that created it
	ordered bool     // of a directory: its names survive in order (Options.OrderedDirs)
	links   int      // names that lead to it now
	opens   int      // open handles of the current life

	lastName int      // the last operation that changed a name of it
	modified int      // the last operation that changed it, for ModTime
	alloc    int64    // bytes that count against the quota
	held     []held   // what of it was durable when; of a file that has reserved more than its size
	stale    *content // what its blocks held before a crash took them away; may be nil

	failedIn *life         // the life in which a sync of it failed (R1)
	lateErr  syscall.Errno // what its next sync returns (ModeLate)
}

// A held is the room that a file has from an operation on, whatever crashes.
type held struct {
	seq   int
	bytes int64
}

// hold notes that the file's room is durable as of operation now.
func (i *inode) hold(now int) {
	if len(i.held) > 0 || !i.isDir() && i.alloc > i.file.cur.size {
		i.held = append(i.held, held{now, i.alloc})
	}
}

// heldAt is the room that a crash right after operation k leaves the file at least.
func (i *inode) heldAt(k int) (bytes int64) {
	for _, h := range i.held {
		if h.seq <= k {
			bytes = h.bytes
		}
	}
	return bytes
}

func (i *inode) isDir() bool { return i.dir != nil }

// writable returns the file's content ready to be written.
func (i *inode) writable() *content {
	if i.file.shared {
		i.file.cur, i.file.shared = i.file.cur.clone(), false
	}
	return i.file.cur
}

// edit makes one change to the directory.
func (i *inode) edit(c dirChange) {
	if i.dir.shared {
		i.dir.cur, i.dir.shared = i.dir.cur.clone(), false
	}
	i.dir.cur.apply(&c)
	i.dir.changes = append(i.dir.changes, c)
	i.modified = c.seq
}

func (i *inode) dirty() bool {
	if i.isDir() {
		return i.dir.dirty()
	}
	return i.file.dirty()
}

func (i *inode) settle(upTo, now int) {
	if i.isDir() {
		i.dir.settle(upTo, now)
	} else {
		i.file.settle(upTo, now)
	}
}

func (i *inode) drop(now int) {
	if i.isDir() {
		i.dir.drop(now)
	} else {
		i.file.drop(now)
	}
}

func (i *inode) revert(now int) {
	if i.isDir() {
		i.dir.revert(now)
	} else {
		i.file.revert(now)
	}
}
