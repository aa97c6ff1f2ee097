package simdisk

import (
	"io"
	"os"
	"path"
	"strings"
	"syscall"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// fileSystem is a Disk as one life sees it.
type fileSystem struct {
	d    *Disk
	life *life
}

var _ vfs.FS = (*fileSystem)(nil)

// enter locks the disk for a call on the path name, unless the life is dead or
// a fault rule has the call fail. It returns with d.mu held if err is nil.
func (fs *fileSystem) enter(kind OpKind, name string) error {
	fs.d.mu.Lock()
	if fs.life.dead {
		fs.d.mu.Unlock()
		return ErrCrashed
	}
	if r := fs.d.fault(kind, name, "", anyOffset, 0); r != nil && r.Err != 0 {
		fs.d.mu.Unlock()
		return pathError(kind, name, r.Err)
	}
	return nil
}

func (fs *fileSystem) leave() { fs.d.mu.Unlock() }

func pathError(kind OpKind, name string, err error) error {
	return &os.PathError{Op: kind.String(), Path: name, Err: err}
}

// handle opens a handle. REQUIRES: d.mu held.
func (fs *fileSystem) handle(i *inode, name string, writable bool) *handle {
	i.opens++
	return &handle{fs: fs, node: i, path: name, writable: writable}
}

// Create implements vfs.FS: what has that name is removed first, as a separate
// operation, unless it is a directory with something in it.
func (fs *fileSystem) Create(name string, _ vfs.DiskWriteCategory) (vfs.File, error) {
	if err := fs.enter(OpCreate, name); err != nil {
		return nil, err
	}
	defer fs.leave()
	i, err := fs.create(name)
	if err != nil {
		return nil, pathError(OpCreate, name, err)
	}
	return fs.handle(i, name, true), nil
}

func (fs *fileSystem) create(name string) (*inode, error) {
	d := fs.d
	at, err := d.find(name)
	switch {
	case err != nil:
		return nil, err
	case d.full():
		return nil, syscall.ENOSPC
	}
	if at.node != nil {
		if err := d.remove(at, name); err != nil {
			return nil, err
		}
		at.node = nil
	}
	return d.add(at, OpCreate, name), nil
}

// Link implements vfs.FS.
func (fs *fileSystem) Link(oldname, newname string) error {
	if err := fs.enter(OpLink, newname); err != nil {
		return err
	}
	defer fs.leave()
	if err := fs.link(oldname, newname); err != nil {
		return &os.LinkError{Op: "link", Old: oldname, New: newname, Err: err}
	}
	return nil
}

func (fs *fileSystem) link(oldname, newname string) error {
	from, err := fs.d.existing(oldname)
	if err != nil {
		return err
	}
	to, err := fs.d.find(newname)
	switch {
	case err != nil:
		return err
	case to.node != nil:
		return syscall.EEXIST
	case from.node.isDir():
		return syscall.EPERM
	}
	seq := fs.d.record(Op{Kind: OpLink, Path: oldname, To: newname, Inode: from.node.id}, nil)
	fs.d.name(to, from.node, seq, false)
	return nil
}

// Open implements vfs.FS.
func (fs *fileSystem) Open(name string, opts ...vfs.OpenOption) (vfs.File, error) {
	if err := fs.enter(OpOpen, name); err != nil {
		return nil, err
	}
	at, err := fs.d.existing(name)
	if err != nil {
		fs.leave()
		return nil, pathError(OpOpen, name, err)
	}
	h := fs.handle(at.node, name, false)
	fs.leave()
	for _, opt := range opts {
		opt.Apply(h)
	}
	return h, nil
}

// OpenReadWrite implements vfs.FS.
func (fs *fileSystem) OpenReadWrite(
	name string, _ vfs.DiskWriteCategory, opts ...vfs.OpenOption,
) (vfs.File, error) {
	if err := fs.enter(OpOpen, name); err != nil {
		return nil, err
	}
	h, err := fs.openReadWrite(name)
	fs.leave()
	if err != nil {
		return nil, err
	}
	for _, opt := range opts {
		opt.Apply(h)
	}
	return h, nil
}

func (fs *fileSystem) openReadWrite(name string) (*handle, error) {
	at, err := fs.d.find(name)
	switch {
	case err != nil:
		return nil, pathError(OpOpen, name, err)
	case at.node == nil:
		if r := fs.d.fault(OpCreate, name, "", anyOffset, 0); r != nil && r.Err != 0 {
			return nil, pathError(OpCreate, name, r.Err)
		}
		if at.node, err = fs.create(name); err != nil {
			return nil, pathError(OpCreate, name, err)
		}
	case at.node.isDir():
		return nil, pathError(OpOpen, name, syscall.EISDIR)
	}
	return fs.handle(at.node, name, true), nil
}

// OpenDir implements vfs.FS.
func (fs *fileSystem) OpenDir(name string) (vfs.File, error) {
	return fs.Open(name)
}

// Remove implements vfs.FS.
func (fs *fileSystem) Remove(name string) error {
	if err := fs.enter(OpRemove, name); err != nil {
		return err
	}
	defer fs.leave()
	at, err := fs.d.existing(name)
	if err == nil {
		err = fs.d.remove(at, name)
	}
	if err != nil {
		return pathError(OpRemove, name, err)
	}
	return nil
}

func (d *Disk) remove(at place, name string) error {
	if at.parent == nil {
		return syscall.EBUSY
	}
	if at.node.isDir() && len(at.node.dir.cur.m) > 0 {
		return syscall.ENOTEMPTY
	}
	d.unname(at, d.record(Op{Kind: OpRemove, Path: name, Inode: at.node.id}, nil))
	return nil
}

// RemoveAll implements vfs.FS: one operation for each file and directory,
// children first, in order of their names.
func (fs *fileSystem) RemoveAll(name string) error {
	if err := fs.enter(OpRemove, name); err != nil {
		return err
	}
	defer fs.leave()
	at, err := fs.d.find(name)
	if err == syscall.ENOENT || (err == nil && at.node == nil) {
		return nil
	}
	if err == nil {
		err = fs.removeAll(at, name)
	}
	if err != nil {
		return pathError(OpRemove, name, err)
	}
	return nil
}

func (fs *fileSystem) removeAll(at place, name string) error {
	if at.node.isDir() {
		for _, child := range at.node.dir.cur.sorted() {
			below := path.Join(name, child)
			if r := fs.d.fault(OpRemove, below, "", anyOffset, 0); r != nil && r.Err != 0 {
				return r.Err
			}
			sub := place{at.node, child, fs.d.inodes[at.node.dir.cur.m[child]]}
			if err := fs.removeAll(sub, below); err != nil {
				return err
			}
		}
	}
	return fs.d.remove(at, name)
}

// Rename implements vfs.FS.
func (fs *fileSystem) Rename(oldname, newname string) error {
	return fs.rename(oldname, newname, true)
}

func (fs *fileSystem) rename(oldname, newname string, check bool) error {
	d := fs.d
	d.mu.Lock()
	defer d.mu.Unlock()
	if fs.life.dead {
		return ErrCrashed
	}
	var err error
	if r := d.fault(OpRename, oldname, newname, anyOffset, 0); r != nil && r.Err != 0 {
		err = r.Err
	} else {
		err = d.rename(oldname, newname, check)
	}
	if err != nil {
		return &os.LinkError{Op: "rename", Old: oldname, New: newname, Err: err}
	}
	return nil
}

// rename moves a name. With check an unsynced source breaks R3: ReuseForWrite
// is about to write the file again and promises nothing about what it holds.
func (d *Disk) rename(oldname, newname string, check bool) error {
	from, err := d.find(oldname)
	if err != nil {
		return err
	}
	to, err := d.find(newname)
	switch {
	case err != nil:
		return err
	case from.parent == nil || to.parent == nil:
		return syscall.EBUSY
	case from.node == nil:
		return syscall.ENOENT
	case to.node == from.node && !from.node.isDir():
		return nil // POSIX: two names of one file, nothing happens
	case to.node != nil && to.node.isDir():
		return syscall.EEXIST // as os.Rename has it
	case from.node.isDir() && d.within(from.node, to.parent):
		return syscall.EINVAL
	case from.node.isDir() && to.node != nil:
		return syscall.ENOTDIR
	}
	if check && !from.node.isDir() && from.node.dirty() {
		d.violate("R3: rename of %s to %s before its data were synced (op %d)", oldname, newname, d.Ops()+1)
	}
	seq := d.record(Op{Kind: OpRename, Path: oldname, To: newname, Inode: from.node.id}, nil)
	d.name(to, from.node, seq, to.node != nil)
	if to.node != nil {
		d.unlinked(to.node, seq)
	}
	from.parent.edit(dirChange{seq: seq, name: from.name})
	from.node.links--
	return nil
}

// within reports whether the directory i is top or below it.
func (d *Disk) within(top, i *inode) bool {
	if top == i {
		return true
	}
	for _, child := range top.dir.cur.m {
		if node := d.inodes[child]; node.isDir() && d.within(node, i) {
			return true
		}
	}
	return false
}

// ReuseForWrite implements vfs.FS.
func (fs *fileSystem) ReuseForWrite(
	oldname, newname string, category vfs.DiskWriteCategory,
) (vfs.File, error) {
	if err := fs.rename(oldname, newname, false); err != nil {
		return nil, err
	}
	return fs.OpenReadWrite(newname, category)
}

// MkdirAll implements vfs.FS.
func (fs *fileSystem) MkdirAll(name string, _ os.FileMode) error {
	if err := fs.enter(OpMkdir, name); err != nil {
		return err
	}
	defer fs.leave()
	if _, err := fs.d.mkdirAll(name); err != nil {
		return pathError(OpMkdir, name, err)
	}
	return nil
}

// mkdirAll returns the directories on the way, from the root on.
func (d *Disk) mkdirAll(name string) ([]*inode, error) {
	at := place{node: d.inodes[rootID]}
	way := []*inode{at.node}
	clean := path.Clean("/" + name)
	rest, upTo := strings.TrimPrefix(clean, "/"), 0
	for rest != "" {
		var elem string
		elem, rest, _ = strings.Cut(rest, "/")
		upTo += 1 + len(elem)
		at = place{parent: at.node, name: elem, node: d.inodes[at.node.dir.cur.m[elem]]}
		switch {
		case at.node == nil && d.full():
			return nil, syscall.ENOSPC
		case at.node == nil:
			at.node = d.add(at, OpMkdir, clean[:upTo])
		case !at.node.isDir():
			return nil, syscall.ENOTDIR
		}
		way = append(way, at.node)
	}
	return way, nil
}

// Lock implements vfs.FS. The lock ends with Close or with the life.
func (fs *fileSystem) Lock(name string) (io.Closer, error) {
	if err := fs.enter(OpLock, name); err != nil {
		return nil, err
	}
	defer fs.leave()
	at, err := fs.d.find(name)
	switch {
	case err != nil:
	case at.node == nil:
		at.node, err = fs.create(name)
	case at.node.isDir():
		err = syscall.EISDIR
	}
	if err != nil {
		return nil, pathError(OpLock, name, err)
	}
	if _, held := fs.life.locks[at.node.id]; held {
		return nil, pathError(OpLock, name, syscall.EAGAIN)
	}
	fs.life.locks[at.node.id] = struct{}{}
	return &fileLock{fs: fs, inode: at.node.id}, nil
}

// A fileLock is a held lock.
type fileLock struct {
	fs     *fileSystem
	inode  uint64
	closed bool
}

func (l *fileLock) Close() error {
	l.fs.d.mu.Lock()
	defer l.fs.d.mu.Unlock()
	switch {
	case l.fs.life.dead:
		return ErrCrashed
	case l.closed:
		return os.ErrClosed
	}
	l.closed = true
	delete(l.fs.life.locks, l.inode)
	return nil
}

// List implements vfs.FS; the names are sorted.
func (fs *fileSystem) List(name string) ([]string, error) {
	if err := fs.enter(OpList, name); err != nil {
		return nil, err
	}
	defer fs.leave()
	at, err := fs.d.existing(name)
	if err == nil && !at.node.isDir() {
		err = syscall.ENOTDIR
	}
	if err != nil {
		return nil, pathError(OpList, name, err)
	}
	return at.node.dir.cur.sorted(), nil
}

// Stat implements vfs.FS.
func (fs *fileSystem) Stat(name string) (vfs.FileInfo, error) {
	if err := fs.enter(OpStat, name); err != nil {
		return nil, err
	}
	defer fs.leave()
	at, err := fs.d.existing(name)
	if err != nil {
		return nil, pathError(OpStat, name, err)
	}
	return infoOf(at.node, name), nil
}

// PathBase implements vfs.FS; paths are separated by slashes everywhere.
func (*fileSystem) PathBase(p string) string { return path.Base(p) }

// PathJoin implements vfs.FS.
func (*fileSystem) PathJoin(elem ...string) string { return path.Join(elem...) }

// PathDir implements vfs.FS.
func (*fileSystem) PathDir(p string) string { return path.Dir(p) }

// GetDiskUsage implements vfs.FS; without a quota the disk is 1 TiB large.
func (fs *fileSystem) GetDiskUsage(string) (vfs.DiskUsage, error) {
	fs.d.mu.Lock()
	defer fs.d.mu.Unlock()
	if fs.life.dead {
		return vfs.DiskUsage{}, ErrCrashed
	}
	return fs.d.usage(), nil
}

// Unwrap implements vfs.FS: there is nothing below.
func (*fileSystem) Unwrap() vfs.FS { return nil }
