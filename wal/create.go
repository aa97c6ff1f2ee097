package wal

import (
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// A maker makes segment files.
type maker struct {
	o     Options
	dir   string
	store [16]byte
}

// A blank says how a segment's file is to be made.
type blank struct {
	seg   segment
	reuse string                 // a free file to take, or ""
	fill  func(f vfs.File) error // writes the first records, or nil
}

// create makes a segment and returns its file, open under its name. It gets its
// name after all of it was synced, so a segment with a bad header is damaged,
// never half made; and no record goes in before the directory was synced (R2).
//
// Commit point: the rename. A crash before it leaves a file that the next Open
// removes; a crash behind it leaves a complete segment.
func (m maker) create(b blank) (vfs.File, error) {
	f, temp, err := m.openBlank(b)
	if err != nil {
		return nil, err
	}
	err = errors.Join(m.prepare(f, b), f.Close())
	if err == nil {
		err = m.publish(temp, b)
	}
	if err == nil {
		f, err = m.o.FS.OpenReadWrite(m.o.FS.PathJoin(m.dir, b.seg.name()), writeCategory)
	}
	if err != nil {
		return nil, fmt.Errorf("wal: create segment %d: %w", b.seg.number, err)
	}
	return f, nil
}

// openBlank opens the file that will become the segment, under another name.
func (m maker) openBlank(b blank) (vfs.File, string, error) {
	if err := createTmp.Eval(); err != nil {
		return nil, "", err
	}
	var (
		f    vfs.File
		err  error
		temp string
	)
	if b.reuse != "" {
		temp = m.o.FS.PathJoin(m.dir, b.reuse)
		f, err = m.o.FS.OpenReadWrite(temp, writeCategory)
	} else {
		temp = m.o.FS.PathJoin(m.dir, b.seg.name()+tempSuffix)
		f, err = m.o.FS.Create(temp, writeCategory)
	}
	if err != nil {
		return nil, "", fmt.Errorf("wal: create segment %d: %w", b.seg.number, err)
	}
	return f, temp, nil
}

// prepare writes and syncs everything that the segment begins with.
func (m maker) prepare(f vfs.File, b blank) error {
	if err := afterCreate.Eval(); err != nil {
		return err
	}
	if err := writeFull(f, encodeSegmentHeader(b.seg, m.store, m.o.Clock.Now().UnixNano())); err != nil {
		return err
	}
	if err := afterHeaderWrite.Eval(); err != nil {
		return err
	}
	if b.fill != nil {
		if err := b.fill(f); err != nil {
			return err
		}
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return afterHeaderSync.Eval()
}

// publish gives the complete segment its name, durably.
func (m maker) publish(temp string, b blank) error {
	if b.reuse != "" {
		if err := recycleBeforeName.Eval(); err != nil {
			return err
		}
	}
	if err := m.o.FS.Rename(temp, m.o.FS.PathJoin(m.dir, b.seg.name())); err != nil {
		return err
	}
	if b.reuse != "" {
		if err := recycleAfterName.Eval(); err != nil {
			return err
		}
	}
	if err := syncDir(m.o.FS, m.dir); err != nil {
		return err
	}
	return afterDirSync.Eval()
}
