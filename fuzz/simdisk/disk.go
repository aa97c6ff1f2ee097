package simdisk

import (
	"errors"
	"fmt"
	"path"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// ErrCrashed is what every call through a dead life returns.
var ErrCrashed = errors.New("simdisk: the process that opened this is dead")

// maxViolations bounds the list that Violations returns.
const maxViolations = 100

// Options configure a disk. The zero value is a disk without limits.
type Options struct {
	Seed       uint64  // of every random pick
	Profile    Profile // default WeakestPosix
	QuotaBytes int64   // the disk's size; 0 = no limit
	Scribble   bool    // Write spoils the caller's buffer afterwards, as vfs.File allows

	// OrderedDirs is a pattern as in Rule.Path. In directories that match it
	// when they are made, names appear and vanish in order even under
	// WeakestPosix: a crash keeps the first few changes since the last sync.
	// Pebble relies on that, and every journaling file system does it: when
	// pebble moves a marker, the new name, the manifest's name and the removal
	// of the old marker become durable by one sync of the directory at the end.
	OrderedDirs string
}

// A Disk is one simulated disk. It is safe for concurrent use.
type Disk struct {
	opts Options
	how  behaviour
	seq  atomic.Int64 // operations so far; advanced under mu

	mu         sync.Mutex
	inodes     []*inode // by number; 0 is unused
	dirs       []*inode // every directory ever
	ops        []loggedOp
	life       *life
	lives      int
	named      int // directory operations up to this one are durable (dirsInOrder)
	used       int64
	freed      []freed
	stale      *content // of a file removed before this disk was imaged; may be nil
	rules      []*armed
	violations []string
	views      []*view // the latest few, see viewAt
}

// A life is one process using the disk. Guarded by Disk.mu.
type life struct {
	number int
	dead   bool
	locks  map[uint64]struct{} // locked inodes
}

// freed says which file lost its last name at an operation.
type freed struct {
	seq   int
	inode uint64
}

// New returns an empty disk with one live life.
func New(opts Options) *Disk {
	d := blank(opts)
	root := newBody(noNames, replayDir)
	d.inodes = []*inode{nil, {id: rootID, dir: &root, links: 1, ordered: d.orders("/")}}
	d.dirs = []*inode{d.inodes[rootID]}
	return d
}

// blank returns a disk without inodes.
func blank(opts Options) *Disk {
	if int(opts.Profile) >= len(behaviours) {
		opts.Profile = WeakestPosix
	}
	d := &Disk{opts: opts, how: behaviours[opts.Profile]}
	d.begin()
	return d
}

// orders reports whether OrderedDirs matches the directory of this name.
func (d *Disk) orders(name string) bool {
	return d.opts.OrderedDirs != "" && matchPath(d.opts.OrderedDirs, name)
}

// begin starts a life. REQUIRES: d.mu held or d not published.
func (d *Disk) begin() {
	d.lives++
	d.life = &life{number: d.lives, locks: map[uint64]struct{}{}}
}

// end makes the current life's handles zombies and frees what only they held.
// REQUIRES: d.mu held.
func (d *Disk) end() {
	d.life.dead = true
	d.used = 0
	for _, i := range d.inodes[1:] {
		if i == nil {
			continue
		}
		i.opens = 0
		if i.links > 0 {
			d.used += i.alloc
		}
	}
}

// FS returns the file system as the current life sees it. After a Crash that
// life is dead; the new disk has its own.
func (d *Disk) FS() vfs.FS {
	d.mu.Lock()
	defer d.mu.Unlock()
	return &fileSystem{d: d, life: d.life}
}

// Restart kills the process but not the machine: handles and locks of the old
// life are dead, the cache stays. What is not synced stays volatile. It returns
// the same disk, so that d.Restart().FS() is the next life's file system.
func (d *Disk) Restart() *Disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.end()
	d.begin()
	return d
}

// Crash cuts the power after the last operation: it returns the image that c
// selects and kills the current life. The old disk's op log stays usable.
func (d *Disk) Crash(c Choice) *Disk {
	d.mu.Lock()
	d.end()
	v := d.viewAt(d.Ops())
	d.mu.Unlock()
	return v.image(c)
}

// Violations returns the broken rules that the disk noticed, such as a sync
// that was retried (R1) or a rename of an unsynced file (R3).
func (d *Disk) Violations() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]string(nil), d.violations...)
}

func (d *Disk) violate(format string, args ...any) {
	if len(d.violations) < maxViolations {
		d.violations = append(d.violations, fmt.Sprintf(format, args...))
	}
}

// A place is where a path leads: a name in a directory, and the inode behind
// it if there is one. The root has no parent.
type place struct {
	parent *inode
	name   string
	node   *inode
}

// find resolves a path. A missing last element is no error.
// REQUIRES: d.mu held.
func (d *Disk) find(name string) (place, error) {
	at := place{node: d.inodes[rootID]}
	rest := strings.TrimPrefix(path.Clean("/"+name), "/")
	for rest != "" {
		if at.node == nil {
			return place{}, syscall.ENOENT
		}
		if !at.node.isDir() {
			return place{}, syscall.ENOTDIR
		}
		var elem string
		elem, rest, _ = strings.Cut(rest, "/")
		at = place{parent: at.node, name: elem, node: d.inodes[at.node.dir.cur.m[elem]]}
	}
	return at, nil
}

// existing resolves a path to something that exists.
func (d *Disk) existing(name string) (place, error) {
	at, err := d.find(name)
	if err == nil && at.node == nil {
		err = syscall.ENOENT
	}
	return at, err
}

// add makes a new inode and its first name, as operation op.
// REQUIRES: d.mu held, at.node is nil.
func (d *Disk) add(at place, kind OpKind, name string) *inode {
	i := &inode{id: uint64(len(d.inodes))}
	if kind == OpMkdir {
		dir := newBody(noNames, replayDir)
		i.dir, i.ordered = &dir, d.orders(name)
		d.dirs = append(d.dirs, i)
	} else {
		i.file = newBody(noContent, replayFile)
	}
	d.inodes = append(d.inodes, i)
	seq := d.record(Op{Kind: kind, Path: name, Inode: i.id}, nil)
	i.born, i.modified = seq, seq
	i.file.base.seq, i.file.base.floor = seq, seq
	d.name(at, i, seq, false)
	return i
}

// name puts i under at. REQUIRES: d.mu held.
func (d *Disk) name(at place, i *inode, seq int, replaces bool) {
	at.parent.edit(dirChange{seq: seq, name: at.name, target: i.id, replaces: replaces})
	i.links++
	i.lastName = seq
}

// unname takes at's name away. REQUIRES: d.mu held.
func (d *Disk) unname(at place, seq int) {
	at.parent.edit(dirChange{seq: seq, name: at.name})
	d.unlinked(at.node, seq)
}

// unlinked counts a name less. REQUIRES: d.mu held.
func (d *Disk) unlinked(i *inode, seq int) {
	i.links--
	i.lastName = seq
	if i.links > 0 || i.isDir() {
		return
	}
	d.freed = append(d.freed, freed{seq, i.id})
	d.release(i)
}

// release gives i's space back if nothing leads to it any more.
func (d *Disk) release(i *inode) {
	if i.links == 0 && i.opens == 0 {
		d.used -= i.alloc
		i.alloc = 0
	}
}
