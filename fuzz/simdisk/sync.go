package simdisk

// sync is Sync or SyncData of a file, or the sync of a directory.
func (h *handle) sync(kind OpKind) error {
	if err := h.enter(); err != nil {
		return err
	}
	defer h.leave()
	if h.node.isDir() {
		kind = OpDirSync
	}
	d, i := h.fs.d, h.node
	if i.failedIn == h.fs.life {
		d.violate("R1: %s of %s after a failed one (op %d)", kind, h.path, d.Ops()+1)
	}
	r := d.fault(kind, h.path, "", anyOffset, 0)
	errno := i.lateErr
	i.lateErr = 0
	if r != nil && r.Mode != ModeLie && r.Mode != ModeLate && r.Err != 0 {
		errno = r.Err
	}
	op := Op{Kind: kind, Path: h.path, Inode: i.id}
	if errno != 0 {
		op.Err = errno.Error()
		i.failedIn = h.fs.life
	}
	d.syncOutcome(i, r, d.record(op, nil))
	if errno != 0 {
		return pathError(kind, h.path, errno)
	}
	return nil
}

// syncOutcome does what a sync does to the disk, as operation now.
// REQUIRES: d.mu held.
func (d *Disk) syncOutcome(i *inode, r *Rule, now int) {
	if r == nil {
		d.durable(i, now)
		return
	}
	switch r.Mode {
	case ModeKeep:
	case ModeLanded:
		d.durable(i, now)
	case ModeRevert:
		i.revert(now)
	case ModeLate:
		i.lateErr = r.Err
		i.drop(now)
	case ModeDrop, ModeLie:
		i.drop(now)
	default: // as Linux does: the pages are clean, the directory stays volatile
		if !i.isDir() {
			i.drop(now)
		}
	}
}

// durable is a sync that worked. REQUIRES: d.mu held.
func (d *Disk) durable(i *inode, now int) {
	switch {
	case d.how.syncsEverything:
		for _, other := range d.inodes[1:] {
			if other != nil {
				other.settle(now, now)
				other.hold(now)
			}
		}
		return
	case d.how.dirsInOrder && i.isDir():
		d.durableNames(max(i.dir.newest(), i.lastName), now)
	case d.how.fileSyncsName:
		d.durableNames(i.lastName, now)
	}
	i.settle(now, now)
	i.hold(now)
}

// durableNames makes the directory operations up to upTo durable, in all
// directories. REQUIRES: d.mu held.
func (d *Disk) durableNames(upTo, now int) {
	if upTo <= d.named {
		return
	}
	d.named = upTo
	for _, dir := range d.dirs {
		if d.how.replaceFlushes {
			for _, c := range dir.dir.span(dir.dir.last().floor, upTo) {
				if c.replaces && !d.inodes[c.target].isDir() {
					d.inodes[c.target].settle(c.seq, now)
				}
			}
		}
		dir.settle(upTo, now)
	}
}
