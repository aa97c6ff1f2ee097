package simdisk

import (
	"io"
	"os"
	"path"
	"syscall"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// handle is an open file or directory. Guarded by Disk.mu.
type handle struct {
	fs       *fileSystem
	node     *inode
	path     string // under which it was opened
	pos      int64  // of Read and Write, which share it as in POSIX
	writable bool
	closed   bool
}

var _ vfs.File = (*handle)(nil)

// enter locks the disk unless the handle is unusable. It returns with the lock
// held if err is nil.
func (h *handle) enter() error {
	h.fs.d.mu.Lock()
	switch {
	case h.fs.life.dead:
		h.fs.d.mu.Unlock()
		return ErrCrashed
	case h.closed:
		h.fs.d.mu.Unlock()
		return os.ErrClosed
	}
	return nil
}

func (h *handle) leave() { h.fs.d.mu.Unlock() }

// Close implements vfs.File. The handle is closed even if a fault rule makes
// Close fail.
func (h *handle) Close() error {
	if err := h.enter(); err != nil {
		return err
	}
	defer h.leave()
	h.closed = true
	h.node.opens--
	h.fs.d.release(h.node)
	if r := h.fs.d.fault(OpClose, h.path, "", anyOffset, 0); r != nil && r.Err != 0 {
		return pathError(OpClose, h.path, r.Err)
	}
	return nil
}

// Read implements vfs.File.
func (h *handle) Read(p []byte) (int, error) {
	if err := h.enter(); err != nil {
		return 0, err
	}
	defer h.leave()
	n, err := h.read(OpRead, p, h.pos)
	h.pos += int64(n)
	if n > 0 && err == io.EOF {
		err = nil
	}
	return n, err
}

// ReadAt implements vfs.File.
func (h *handle) ReadAt(p []byte, off int64) (int, error) {
	if err := h.enter(); err != nil {
		return 0, err
	}
	defer h.leave()
	return h.read(OpReadAt, p, off)
}

func (h *handle) read(kind OpKind, p []byte, off int64) (int, error) {
	switch {
	case h.node.isDir():
		return 0, pathError(kind, h.path, syscall.EISDIR)
	case off < 0:
		return 0, pathError(kind, h.path, syscall.EINVAL)
	case len(p) == 0:
		return 0, nil
	}
	r := h.fs.d.fault(kind, h.path, "", off, len(p))
	if r != nil && r.Err != 0 {
		return 0, pathError(kind, h.path, r.Err)
	}
	n := h.node.file.cur.read(p, off)
	if r != nil && r.Mode == ModeFlip {
		r.flip(p[:n], off)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// Write implements vfs.File.
func (h *handle) Write(p []byte) (int, error) {
	if err := h.enter(); err != nil {
		return 0, err
	}
	defer h.leave()
	n, err := h.write(p, h.pos)
	h.pos += int64(n)
	if h.fs.d.opts.Scribble {
		for i := range p {
			//lint:ignore SA1023 finding out who uses the buffer again is what Scribble is for
			p[i] ^= 0xff
		}
	}
	return n, err
}

// WriteAt implements vfs.File.
func (h *handle) WriteAt(p []byte, off int64) (int, error) {
	if err := h.enter(); err != nil {
		return 0, err
	}
	defer h.leave()
	return h.write(p, off)
}

func (h *handle) write(p []byte, off int64) (int, error) {
	d := h.fs.d
	switch {
	case h.node.isDir() || !h.writable:
		return 0, pathError(OpWrite, h.path, syscall.EBADF)
	case off < 0:
		return 0, pathError(OpWrite, h.path, syscall.EINVAL)
	case off > maxFileSize-int64(len(p)):
		return 0, pathError(OpWrite, h.path, syscall.EFBIG)
	case len(p) == 0:
		return 0, nil
	}
	landed, told, errno := len(p), len(p), syscall.Errno(0)
	if r := d.fault(OpWrite, h.path, "", off, len(p)); r != nil {
		landed, told, errno = r.writeOutcome(len(p))
	}
	if fits := int(max(min(d.room(h.node)-off, int64(landed)), 0)); fits < landed {
		landed, told, errno = fits, fits, syscall.ENOSPC
	}
	if landed > 0 {
		d.write(h.node, h.path, p[:landed], off, errno)
	}
	if errno != 0 {
		return told, pathError(OpWrite, h.path, errno)
	}
	return told, nil
}

// write makes one change to a file. REQUIRES: d.mu held.
func (d *Disk) write(i *inode, name string, p []byte, off int64, errno syscall.Errno) {
	op := Op{Kind: OpWrite, Path: name, Inode: i.id, Off: off}
	if errno != 0 {
		op.Err = errno.Error()
	}
	c := fileChange{off: off, data: append([]byte(nil), p...)}
	c.seq = d.record(op, c.data)
	w := i.writable()
	c.grows = c.end() > w.size
	w.write(c.data, off)
	i.file.changes = append(i.file.changes, c)
	i.modified = c.seq
	d.reserve(i, w.size)
}

// Truncate makes the file shorter, as a file of vfs.Default can. It is an atom of its
// own when the power fails, and what it took is free at once. One that changes
// nothing in the cache brings the size to the disk all the same, where a failed
// sync has not.
func (h *handle) Truncate(size int64) error {
	if err := h.enter(); err != nil {
		return err
	}
	defer h.leave()
	d := h.fs.d
	if h.node.isDir() || !h.writable || size < 0 || size > h.node.file.cur.size {
		return pathError(OpTruncate, h.path, syscall.EINVAL)
	}
	if r := d.fault(OpTruncate, h.path, "", anyOffset, 0); r != nil && r.Err != 0 {
		return pathError(OpTruncate, h.path, r.Err)
	}
	c := fileChange{off: size, cut: true}
	c.seq = d.record(Op{Kind: OpTruncate, Path: h.path, Inode: h.node.id, Off: size}, nil)
	c.apply(h.node.writable())
	h.node.file.changes = append(h.node.file.changes, c)
	h.node.modified = c.seq
	d.used -= h.node.alloc - size
	h.node.alloc = size
	return nil
}

// Preallocate implements vfs.File: space is reserved, the size stays, as with
// FALLOC_FL_KEEP_SIZE. A sync makes it durable.
func (h *handle) Preallocate(off, length int64) error {
	if err := h.enter(); err != nil {
		return err
	}
	defer h.leave()
	d, errno := h.fs.d, syscall.Errno(0)
	r := d.fault(OpPreallocate, h.path, "", anyOffset, 0)
	switch {
	case !h.writable:
		errno = syscall.EBADF
	case r != nil && r.Err != 0:
		errno = r.Err
	case off < 0 || length <= 0:
		errno = syscall.EINVAL
	case off > maxFileSize || length > maxFileSize-off:
		errno = syscall.EFBIG
	case off+length > d.room(h.node):
		errno = syscall.ENOSPC
	default:
		d.reserve(h.node, off+length)
		return nil
	}
	return pathError(OpPreallocate, h.path, errno)
}

// Stat implements vfs.File.
func (h *handle) Stat() (vfs.FileInfo, error) {
	if err := h.enter(); err != nil {
		return nil, err
	}
	defer h.leave()
	if r := h.fs.d.fault(OpStat, h.path, "", anyOffset, 0); r != nil && r.Err != 0 {
		return nil, pathError(OpStat, h.path, r.Err)
	}
	return infoOf(h.node, h.path), nil
}

// Sync implements vfs.File.
func (h *handle) Sync() error { return h.sync(OpSync) }

// SyncData implements vfs.File. Data includes the size: fdatasync flushes what
// is needed to read the data back.
func (h *handle) SyncData() error { return h.sync(OpSyncData) }

// SyncTo implements vfs.File. It promises nothing and does nothing.
func (h *handle) SyncTo(int64) (fullSync bool, err error) {
	if err := h.enter(); err != nil {
		return false, err
	}
	h.leave()
	return false, nil
}

// Prefetch implements vfs.File.
func (h *handle) Prefetch(int64, int64) error { return nil }

// Fd implements vfs.File: there is no descriptor.
func (h *handle) Fd() uintptr { return vfs.InvalidFd }

// info implements vfs.FileInfo.
type info struct {
	name     string
	size     int64
	dir      bool
	modified time.Time
}

var _ vfs.FileInfo = info{}

// epoch is the ModTime of everything that was there before the first
// operation; each operation is a microsecond later.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func infoOf(i *inode, name string) info {
	fi := info{name: path.Base(path.Clean("/" + name)), dir: i.isDir()}
	fi.modified = epoch.Add(time.Duration(i.modified) * time.Microsecond)
	if !fi.dir {
		fi.size = i.file.cur.size
	}
	return fi
}

func (fi info) Name() string           { return fi.name }
func (fi info) Size() int64            { return fi.size }
func (fi info) IsDir() bool            { return fi.dir }
func (fi info) ModTime() time.Time     { return fi.modified }
func (fi info) Sys() any               { return nil }
func (fi info) DeviceID() vfs.DeviceID { return vfs.DeviceID{} }

func (fi info) Mode() os.FileMode {
	if fi.dir {
		return os.ModeDir | 0o755
	}
	return 0o644
}
