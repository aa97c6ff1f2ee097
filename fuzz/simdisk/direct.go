package simdisk

import (
	"fmt"
	"path"
	"syscall"
)

// The methods here act on the disk behind the program's back: on what is
// durable and on what is cached, without fault rules and in any life.

// ReadFile returns what a program would read.
func (d *Disk) ReadFile(name string) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	i, err := d.fileAt(name)
	if err != nil {
		return nil, fmt.Errorf("simdisk: reading %s: %w", name, err)
	}
	return i.file.cur.bytes(), nil
}

// ReadDurable returns what a crash that keeps nothing volatile would leave of
// the file that has this name now, whether or not the name is durable.
func (d *Disk) ReadDurable(name string) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	i, err := d.fileAt(name)
	if err != nil {
		return nil, fmt.Errorf("simdisk: reading %s: %w", name, err)
	}
	return i.file.last().disk.bytes(), nil
}

func (d *Disk) fileAt(name string) (*inode, error) {
	at, err := d.existing(name)
	if err != nil {
		return nil, err
	}
	if at.node.isDir() {
		return nil, syscall.EISDIR
	}
	return at.node, nil
}

// MkdirAll makes a directory and those above it, and all their names durable.
func (d *Disk) MkdirAll(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.mkdirDurable(name); err != nil {
		return fmt.Errorf("simdisk: making directory %s: %w", name, err)
	}
	return nil
}

func (d *Disk) mkdirDurable(name string) error {
	way, err := d.mkdirAll(name)
	if err != nil {
		return err
	}
	for _, dir := range way {
		d.durable(dir, d.record(Op{Kind: OpDirSync, Path: name, Inode: dir.id}, nil))
	}
	return nil
}

// WriteFile makes a file with the given content, or gives an existing one that
// content, and makes it and its directories durable.
func (d *Disk) WriteFile(name string, data []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.writeFile(name, data); err != nil {
		return fmt.Errorf("simdisk: writing %s: %w", name, err)
	}
	return nil
}

func (d *Disk) writeFile(name string, data []byte) error {
	at, err := d.find(name)
	if err == syscall.ENOENT || (err == nil && at.node == nil) {
		if _, err = d.mkdirAll(path.Dir(path.Clean("/" + name))); err == nil {
			at, err = d.find(name)
		}
	}
	switch {
	case err != nil:
		return err
	case at.parent == nil || at.node != nil && at.node.isDir():
		return syscall.EISDIR
	case int64(len(data)) > maxFileSize:
		return syscall.EFBIG
	case at.node == nil:
		at.node = d.add(at, OpCreate, name)
	}
	c := &content{gen: generations.Add(1)}
	c.write(data, 0)
	now := d.record(Op{Kind: OpCorrupt, Path: name, Inode: at.node.id}, nil)
	d.replace(at.node, c, c, now)
	return d.mkdirDurable(path.Dir(path.Clean("/" + name)))
}

// replace gives a file other states, as operation now. REQUIRES: d.mu held.
func (d *Disk) replace(i *inode, disk, cached *content, now int) {
	i.file.set(disk, cached, now)
	i.modified = now
	d.reserve(i, cached.size)
}

// FlipBit turns over bit (0 to 7) of the byte at off, on disk and in the cache.
// What was volatile in the file becomes durable before. A byte that only one of
// the two has is turned over there.
func (d *Disk) FlipBit(name string, off int64, bit int) error {
	return d.alter(name, "flipping a bit of", func(c *content) error {
		if off < 0 || off >= c.size || bit < 0 || bit > 7 {
			return syscall.EINVAL
		}
		c.own(int(off / pageSize)).b[off%pageSize] ^= 1 << bit
		return nil
	})
}

// Truncate sets a file's size, on disk and in the cache. What was volatile in
// the file becomes durable before.
func (d *Disk) Truncate(name string, size int64) error {
	return d.alter(name, "truncating", func(c *content) error {
		if size < 0 || size > maxFileSize {
			return syscall.EINVAL
		}
		c.truncate(size)
		return nil
	})
}

// alter changes a file on disk and in the cache. It fails if change fails on
// both.
func (d *Disk) alter(name, doing string, change func(*content) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	i, err := d.fileAt(name)
	if err != nil {
		return fmt.Errorf("simdisk: %s %s: %w", doing, name, err)
	}
	now := d.record(Op{Kind: OpCorrupt, Path: name, Inode: i.id}, nil)
	i.file.settle(now, now)
	last := i.file.last()
	disk, cached := last.disk.clone(), last.cached.clone()
	err = change(cached)
	if last.disk == last.cached {
		disk = cached
	} else if diskErr := change(disk); err != nil {
		err = diskErr
	}
	if err != nil {
		return fmt.Errorf("simdisk: %s %s: %w", doing, name, err)
	}
	d.replace(i, disk, cached, now)
	return nil
}
