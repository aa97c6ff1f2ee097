package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/internal/disk"
	"github.com/xadb/xadb/internal/failpoint"
	"github.com/xadb/xadb/wal"
)

var (
	fpBackupBegin  = failpoint.New("backup.begin")
	fpBackupTables = failpoint.New("backup.after_tables")
	fpBackupFixed  = failpoint.New("backup.after_log_end")
	fpBackupEnd    = failpoint.New("backup.before_remove_links")
)

// backupDir is where, inside a store, links to the tables' files are while a
// backup runs. Open removes what a crash left of it.
const backupDir = "backup"

// The folders of a backup's files are those of a store.
const (
	BackupLogDir    = walDir
	BackupTablesDir = dataDir
)

// ErrBackupRuns: the store has a backup in progress; there is one at a time.
var ErrBackupRuns = errors.New("engine: a backup is running already")

// A BackupFile is one file of a backup: its place in a store, with slashes, and
// how many of its bytes count.
type BackupFile struct {
	Name string `json:"name"`
	Size int64  `json:"size"`
}

// A Backup is the state of the store at one moment, held until Close: its files
// are those of a store that crashed then. Writers go on meanwhile; the log
// keeps what it would drop.
type Backup struct {
	// Log says what the log's files are a copy of; Adopt makes a log of them.
	Log wal.CopyState
	// CommitNo is the last commit in it.
	CommitNo uint64

	e       *Engine
	tables  []BackupFile
	release func()
}

// BeginBackup fixes the state. Alone runs a function while no group is in
// flight; the log is durable, and its end fixed, in there, so the caller can
// fix what belongs to it at the same moment.
//
// The tables come first and the log's end behind them: a log may be longer than
// the tables need. No checkpoint may come in between, because its record would
// speak of newer tables, and none may have cut what the older ones need.
func (e *Engine) BeginBackup(ctx context.Context, alone func(func() error) error) (*Backup, error) {
	if !e.backingUp.CompareAndSwap(false, true) {
		return nil, ErrBackupRuns
	}
	b := &Backup{e: e, release: e.log.Hold()}
	err := e.Checkpoint(ctx) // what is in the tables need not be in the log
	if err == nil {
		err = b.fix(alone)
	}
	if err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

func (b *Backup) fix(alone func(func() error) error) error {
	e := b.e
	e.ckpt.mu.Lock()
	defer e.ckpt.mu.Unlock()
	if err := fpBackupBegin.Eval(); err != nil {
		return err
	}
	if err := b.linkTables(); err != nil {
		return err
	}
	if err := fpBackupTables.Eval(); err != nil {
		return err
	}
	err := alone(func() error {
		if err := e.FlushLogs(false); err != nil {
			return err
		}
		var err error
		if b.Log, err = e.log.CopyState(); err != nil {
			return e.logError("fixing the log's end", err)
		}
		e.mu.Lock()
		b.CommitNo = e.mu.commitNo
		e.mu.Unlock()
		return nil
	})
	if err != nil {
		return err
	}
	return fpBackupFixed.Eval()
}

// linkTables makes links to what the tables durably are.
func (b *Backup) linkTables() error {
	e := b.e
	if err := e.removeBackup(); err != nil {
		return err
	}
	if err := e.enter(); err != nil {
		return err
	}
	err := e.guard(func() error { return e.db.Checkpoint(b.dir()) })
	e.exit()
	switch {
	case disk.IsFull(err): // it has become so since the backup began
		return e.diskFull("linking the tables")
	case err != nil:
		return e.tableError("linking the tables", err)
	}
	names, err := e.opts.FS.List(b.dir())
	if err != nil {
		return fmt.Errorf("engine: listing a backup: %w", err)
	}
	slices.Sort(names)
	for _, name := range names {
		info, err := e.opts.FS.Stat(e.opts.FS.PathJoin(b.dir(), name))
		if err != nil {
			return fmt.Errorf("engine: size of %s in a backup: %w", name, err)
		}
		b.tables = append(b.tables, BackupFile{Name: dataDir + "/" + name, Size: info.Size()})
	}
	return nil
}

func (b *Backup) dir() string { return b.e.opts.FS.PathJoin(b.e.dir, backupDir) }

// removeBackup removes the links of a backup that is over.
func (e *Engine) removeBackup() error {
	dir := e.opts.FS.PathJoin(e.dir, backupDir)
	if _, err := e.opts.FS.Stat(dir); err != nil {
		return nil
	}
	if err := e.opts.FS.RemoveAll(dir); err != nil {
		return fmt.Errorf("engine: removing the folder of a backup: %w", err)
	}
	return nil
}

// Files lists what the backup consists of, the log first.
func (b *Backup) Files() []BackupFile {
	var files []BackupFile
	for _, s := range b.Log.Segments {
		files = append(files, BackupFile{Name: walDir + "/" + s.Name, Size: s.Size})
	}
	return append(files, b.tables...)
}

// WriteFile writes file number i of Files to w.
func (b *Backup) WriteFile(w io.Writer, i int) error {
	if n := len(b.Log.Segments); i >= n {
		fs := b.e.opts.FS
		f := b.tables[i-n]
		return copyFile(w, fs, fs.PathJoin(b.dir(), f.Name[len(dataDir)+1:]), f.Size)
	}
	return b.e.log.CopySegmentTo(w, b.Log.Segments[i])
}

// copyFile writes the first size bytes of a file to w.
func copyFile(w io.Writer, fs vfs.FS, name string, size int64) error {
	f, err := fs.Open(name)
	if err != nil {
		return fmt.Errorf("engine: opening %s: %w", name, err)
	}
	n, err := io.Copy(w, io.LimitReader(f, size))
	if err == nil && n < size {
		err = io.ErrUnexpectedEOF
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("engine: copying %s: %w", name, err)
	}
	return nil
}

// Close lets the log go on dropping and removes the links.
func (b *Backup) Close() error {
	err := fpBackupEnd.Eval()
	b.release()
	if err == nil {
		err = b.e.removeBackup()
	}
	b.e.backingUp.Store(false)
	return err
}

// AdoptBackup makes a store, with a name of its own, of the files of a backup
// that are in dir: see Backup. The log's control file is what makes it a store,
// and is written last; all else must be durable.
func AdoptBackup(dir string, o Options, s wal.CopyState) error {
	o = o.withDefaults()
	if err := o.validate(); err != nil {
		return err
	}
	var id [16]byte
	if _, err := io.ReadFull(o.Rand, id[:]); err != nil {
		return fmt.Errorf("engine: drawing a store identity: %w", err)
	}
	err := wal.Adopt(o.FS.PathJoin(dir, walDir), wal.Options{
		FS: o.FS, Clock: o.Clock, Logger: o.Logger, StoreID: id, SegmentSize: o.SegmentSize,
	}, s)
	if err != nil {
		return fmt.Errorf("engine: adopting the log of a backup: %w", err)
	}
	return nil
}
