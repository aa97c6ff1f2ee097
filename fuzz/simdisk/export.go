package simdisk

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// exportMagic starts an exported image, exportSumLen bytes of checksum end it:
//
//	magic | profile seed quota pattern | inodes | { kind body }... | sum64
//	body of a directory: names { length name id }...    kind 1, or 2 if ordered
//	body of a file:      size pages { index length bytes }...    kind 0
//
// Inodes are numbered from 1, the root, in the order in which they come. Numbers
// are uvarints but for the checksum. Pages of zeros and the zeros at the end of
// a page are left out.
const (
	exportMagic  = "simdisk\x01"
	exportSumLen = 8

	exportFile       = 0
	exportDir        = 1
	exportOrderedDir = 2

	// maxExportInodes bounds the number of inodes in an exported image.
	maxExportInodes = 1 << 20
	// maxName bounds a name in an exported image, in bytes.
	maxName = 4096
)

// errExport is the cause of every failed Import.
var errExport = errors.New("damaged image")

// Export returns the durable tree as bytes, for a failure file. What is
// volatile is not in it: export the image of a crash.
func (d *Disk) Export() []byte {
	d.mu.Lock()
	v := d.viewAt(d.Ops())
	d.mu.Unlock()
	v = &view{k: v.k, opts: v.opts, how: behaviours[SyncedOnly], nodes: v.nodes, atoms: v.atoms, stale: v.stale}
	image := v.image(Synced())

	b := []byte(exportMagic)
	b = binary.AppendUvarint(b, uint64(v.opts.Profile))
	b = binary.AppendUvarint(b, v.opts.Seed)
	b = binary.AppendUvarint(b, uint64(v.opts.QuotaBytes))
	b = binary.AppendUvarint(b, uint64(len(v.opts.OrderedDirs)))
	b = append(b, v.opts.OrderedDirs...)
	number := make([]uint64, len(image.inodes))
	n := uint64(0)
	for id, i := range image.inodes {
		if i != nil {
			n++
			number[id] = n
		}
	}
	b = binary.AppendUvarint(b, n)
	for _, i := range image.inodes {
		switch {
		case i == nil:
		case i.isDir():
			b = appendDir(b, i, number)
		default:
			b = appendFile(b, i)
		}
	}
	return appendSum(b)
}

func appendSum(b []byte) []byte { return binary.LittleEndian.AppendUint64(b, sum64(b, 0)) }

func appendDir(b []byte, i *inode, number []uint64) []byte {
	kind := byte(exportDir)
	if i.ordered {
		kind = exportOrderedDir
	}
	b = append(b, kind)
	b = binary.AppendUvarint(b, uint64(len(i.dir.cur.m)))
	for _, name := range i.dir.cur.sorted() {
		b = binary.AppendUvarint(b, uint64(len(name)))
		b = append(b, name...)
		b = binary.AppendUvarint(b, number[i.dir.cur.m[name]])
	}
	return b
}

func appendFile(b []byte, i *inode) []byte {
	b = append(b, exportFile)
	c := i.file.cur
	b = binary.AppendUvarint(b, uint64(c.size))
	type part struct {
		index int
		bytes []byte
	}
	var parts []part
	for index, p := range c.pages {
		if p != nil {
			if trimmed := bytes.TrimRight(p.b[:], "\x00"); len(trimmed) > 0 {
				parts = append(parts, part{index, trimmed})
			}
		}
	}
	b = binary.AppendUvarint(b, uint64(len(parts)))
	for _, p := range parts {
		b = binary.AppendUvarint(b, uint64(p.index))
		b = binary.AppendUvarint(b, uint64(len(p.bytes)))
		b = append(b, p.bytes...)
	}
	return b
}

// Import reads what Export wrote.
func Import(b []byte) (*Disk, error) {
	d, err := importDisk(b)
	if err != nil {
		return nil, fmt.Errorf("simdisk: importing: %w", err)
	}
	return d, nil
}

func importDisk(b []byte) (*Disk, error) {
	if len(b) < len(exportMagic)+exportSumLen || string(b[:len(exportMagic)]) != exportMagic {
		return nil, errExport
	}
	body, sum := b[:len(b)-exportSumLen], b[len(b)-exportSumLen:]
	if binary.LittleEndian.Uint64(sum) != sum64(body, 0) {
		return nil, fmt.Errorf("%w: checksum", errExport)
	}
	r := reader{rest: body[len(exportMagic):]}
	opts := Options{Profile: Profile(r.number(uint64(len(behaviours) - 1)))}
	opts.Seed = r.number(^uint64(0))
	opts.QuotaBytes = int64(r.number(1<<63 - 1))
	opts.OrderedDirs = string(r.bytes(maxName))
	d := blank(opts)
	d.inodes = []*inode{nil}
	for range r.number(maxExportInodes) {
		r.inode(d)
		if r.failed {
			break
		}
	}
	if r.failed || len(r.rest) > 0 {
		return nil, errExport
	}
	return d, d.link()
}

// link counts the names of every inode and checks that they form a tree.
func (d *Disk) link() error {
	if len(d.inodes) <= rootID || !d.inodes[rootID].isDir() {
		return fmt.Errorf("%w: no root", errExport)
	}
	for _, dir := range d.dirs {
		for _, child := range dir.dir.cur.m {
			if child < rootID || child >= uint64(len(d.inodes)) {
				return fmt.Errorf("%w: name without inode", errExport)
			}
			i := d.inodes[child]
			i.links++
			if i.isDir() && (i.links > 1 || child == rootID) {
				return fmt.Errorf("%w: directory with two names", errExport)
			}
		}
	}
	reached := 0
	queue := []*inode{d.inodes[rootID]}
	for len(queue) > 0 {
		dir := queue[0]
		queue = queue[1:]
		reached++
		for _, child := range dir.dir.cur.m {
			if i := d.inodes[child]; i.isDir() {
				queue = append(queue, i)
			}
		}
	}
	if reached != len(d.dirs) {
		return fmt.Errorf("%w: directory without a name", errExport)
	}
	d.inodes[rootID].links = 1
	return nil
}

// A reader takes an exported image apart. After a failure it returns zeros.
type reader struct {
	rest   []byte
	failed bool
}

// number reads a uvarint of at most limit.
func (r *reader) number(limit uint64) uint64 {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 || n > limit {
		r.failed, r.rest = true, nil
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

// bytes reads a length of at most limit and that many bytes, not copied.
func (r *reader) bytes(limit uint64) []byte {
	n := r.number(limit)
	if n > uint64(len(r.rest)) {
		r.failed, r.rest = true, nil
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

// inode reads one inode into d.
func (r *reader) inode(d *Disk) {
	kind := r.number(exportOrderedDir)
	i := &inode{id: uint64(len(d.inodes))}
	if kind != exportFile {
		dir := newBody(r.names(), replayDir)
		i.dir, i.ordered = &dir, kind == exportOrderedDir
		d.dirs = append(d.dirs, i)
	} else {
		i.file = newBody(r.content(), replayFile)
		d.reserve(i, i.file.cur.size)
	}
	d.inodes = append(d.inodes, i)
}

func (r *reader) names() *names {
	list := &names{m: map[string]uint64{}}
	for n := r.number(uint64(len(r.rest))); n > 0 && !r.failed; n-- {
		name := string(r.bytes(maxName))
		_, double := list.m[name]
		if double || name == "" || slices.Contains([]byte(name), '/') {
			r.failed = true
		}
		list.m[name] = r.number(maxExportInodes)
	}
	return list
}

func (r *reader) content() *content {
	c := noContent.clone()
	c.size = int64(r.number(maxFileSize))
	for n := r.number(uint64(len(r.rest))); n > 0 && !r.failed; n-- {
		index := int64(r.number(maxFileSize / pageSize))
		part := r.bytes(pageSize)
		end := index*pageSize + int64(len(part))
		if end > c.size || index < int64(len(c.pages)) {
			r.failed = true
			return c
		}
		c.write(part, index*pageSize)
	}
	return c
}
