package tclog

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/wal"
)

// An archive is a folder with, for each store that writes to it, one named by
// the store's identity in hex:
//
//	wal/      the log's segments, under their names
//	binlog/   the binlog's files, under their names
//
// A file there is a prefix of the store's file; it is replaced by a longer one
// in one step. A backup and what was archived since make the store as it was at
// any moment in between: see Restore.

// archiveDir is where the archive of a store is.
func archiveDir(fs vfs.FS, archive string, store [16]byte) string {
	return fs.PathJoin(archive, hex.EncodeToString(store[:]))
}

// archive is engine.Options.Archive: it keeps a copy of what is filled of both
// logs. The last files, which grow, are copied only if all is set.
func (l *Log) archive(log *wal.Log, all bool) error {
	if !l.settled.Load() {
		return nil // recovery cuts nothing
	}
	if l.bl != nil {
		if err := l.archiveBinlog(all); err != nil {
			return err
		}
	}
	s, err := log.CopyState()
	if err != nil {
		return err
	}
	if !all {
		s.Segments = s.Segments[:len(s.Segments)-1]
	}
	for _, seg := range s.Segments {
		err := l.keep(engine.BackupLogDir, seg.Name, seg.Size, func(w io.Writer) error { return log.CopySegmentTo(w, seg) })
		if err != nil {
			return err
		}
	}
	return nil
}

// archiveBinlog goes ahead of the log: whatever the archive has of the binlog,
// the engine's log, copied later, has too.
func (l *Log) archiveBinlog(all bool) error {
	defer l.bl.Hold()()
	fs := l.opts.Engine.FS
	c, err := binlog.CopyOf(fs.PathJoin(l.dir, BinlogDir), binlog.Options{FS: fs}, l.bl.DurablePos())
	if err != nil {
		return err
	}
	for i, f := range c.Files {
		if i == len(c.Files)-1 && !all {
			break
		}
		if err := l.keep(BinlogDir, f.Name, f.Size, func(w io.Writer) error { return c.WriteFile(w, i) }); err != nil {
			return err
		}
	}
	return nil
}

// keep makes a durable copy in the archive, unless there is one as long. The
// archive may be on another disk: what fails there is not the store's failure,
// so the engine's file system hears nothing of it. REQUIRES: one call at a time.
func (l *Log) keep(folder, name string, size int64, write func(io.Writer) error) (err error) {
	fs := l.opts.Engine.FS.Unwrap()
	dir := fs.PathJoin(archiveDir(fs, l.opts.ArchiveDir, l.eng.StoreID()), folder)
	path := fs.PathJoin(dir, name)
	if info, err := fs.Stat(path); err != nil || info.Size() < size {
		if err := makeDirs(fs, dir, fs.PathDir(l.opts.ArchiveDir)); err != nil {
			return err
		}
		if err := replaceFile(fs, path, write); err != nil {
			return err
		}
	} else if !l.archived[path] {
		// The process that gave the file its name may have died before it knew
		// that the name is on the disk.
		if err := syncParents(fs, path, fs.PathDir(l.opts.ArchiveDir)); err != nil {
			return err
		}
	}
	l.archived[path] = true
	return nil
}

// replaceFile makes a file, durably and in one step.
func replaceFile(fs vfs.FS, path string, write func(io.Writer) error) error {
	tmp := path + ".tmp"
	f, err := fs.Create(tmp, vfs.WriteCategoryUnspecified)
	if err != nil {
		return fmt.Errorf("tclog: creating %s: %w", tmp, err)
	}
	if err := errors.Join(write(f), f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("tclog: writing %s: %w", tmp, err)
	}
	if err := fs.Rename(tmp, path); err != nil {
		return fmt.Errorf("tclog: renaming %s: %w", tmp, err)
	}
	err = syncFolder(fs, fs.PathDir(path))
	if err != nil {
		_ = fs.Remove(path) // or it would be taken for durable
	}
	return err
}

// makeDirs makes a folder, and its entry and those above durable, up to top.
func makeDirs(fs vfs.FS, dir, top string) error {
	if err := fs.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("tclog: creating %s: %w", dir, err)
	}
	return syncParents(fs, dir, top)
}

// syncParents makes the names on the way from top to path durable.
func syncParents(fs vfs.FS, path, top string) error {
	for path != top && fs.PathDir(path) != path {
		path = fs.PathDir(path)
		if err := syncFolder(fs, path); err != nil {
			return err
		}
	}
	return nil
}

// ErrNoArchive: the store was opened without Options.ArchiveDir.
var ErrNoArchive = errors.New("tclog: the store has no archive")

// Archive brings everything that is durable now to the archive; by itself the
// store archives files that are full, and all when it is closed.
func (l *Log) Archive(ctx context.Context) error {
	if l.opts.ArchiveDir == "" {
		return ErrNoArchive
	}
	return l.eng.ArchiveNow(ctx, func(log *wal.Log) error { return l.archive(log, true) })
}

// archiveLast goes ahead of the end. What it cannot bring stays in the store, for
// the next process that has the archive.
func (l *Log) archiveLast(ctx context.Context) {
	if err := l.Archive(ctx); err != nil {
		l.opts.Engine.Logger.Warn("tclog: closing: the archive lacks the end of the logs, until the store is opened again", "error", err)
	}
}
