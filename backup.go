package xadb

import (
	"context"
	"io"

	"github.com/xadb/xadb/tclog"
)

// ErrBackup: a stream is not a whole, undamaged backup. Nothing is left of what
// was restored of it.
var ErrBackup = tclog.ErrBackup

// BackupOptions configure a backup. The zero value means the defaults.
type BackupOptions = tclog.BackupOptions

// BackupInfo says which moment a backup holds: the index of the last
// transaction in it, as the change feed numbers them, and the commit number.
type BackupInfo = tclog.BackupInfo

// Backup writes the store, as it is at one moment, to w as a tar stream, while
// others go on; they pause only while that moment is fixed. Prepared branches
// are in it, to be decided in the restored store, and so is the binlog. Verify a
// backup by restoring it; the stream carries checksums. Only one backup runs at
// a time.
//
// Meanwhile the store keeps links to its tables' files in its folder, and its
// log does not shrink: w should not block for long.
func (db *DB) Backup(ctx context.Context, w io.Writer, o BackupOptions) (BackupInfo, error) {
	if err := db.calls.enter(); err != nil {
		return BackupInfo{}, err
	}
	defer db.calls.exit()
	return db.log.Backup(ctx, w, o)
}

// A Point is the moment that a restore brings a store to: the backup's, or, with
// an archive, a later one.
type Point = tclog.Point

// ErrNoPoint: backup and archive do not hold the moment asked for.
var ErrNoPoint = tclog.ErrNoPoint

// ErrNoArchive: the store was opened without Options.ArchiveDir.
var ErrNoArchive = tclog.ErrNoArchive

// Restore makes a store in dir, which must be empty or not there, of a backup,
// and with p.Archive of what was archived since. Of o only FS, Clock, Rand and
// Logger count. The restored store is another store, with an identity of its
// own, which shares its past with the one backed up: the indexes of its change
// feed go on behind the last. ErrBackup if the stream is cut or damaged, ErrFormat
// if a newer version of this package wrote it; after any error dir is as empty as
// before.
func Restore(ctx context.Context, r io.Reader, dir string, o Options, p Point) (BackupInfo, error) {
	return tclog.Restore(ctx, r, dir, o.withDefaults().log(), p)
}

// Archive brings to the archive everything that is durable now. By itself the
// store archives a file of its logs when it is full, and before it would be
// dropped, and all of them when it is closed.
func (db *DB) Archive(ctx context.Context) error {
	if err := db.calls.enter(); err != nil {
		return err
	}
	defer db.calls.exit()
	return db.log.Archive(ctx)
}
