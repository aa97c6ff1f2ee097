package tclog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/cockroachdb/errors/oserror"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/groupcommit"
	"github.com/xadb/xadb/internal/bug"
	"github.com/xadb/xadb/internal/failpoint"
	"github.com/xadb/xadb/recovery"
	"github.com/xadb/xadb/wal"
	"github.com/xadb/xadb/xid"
)

var (
	fpScanBegin   = failpoint.New("rec.binlog_scan_begin")
	fpScanEnd     = failpoint.New("rec.binlog_scan_end")
	fpBeforeOpen  = failpoint.New("rec.before_open_for_traffic")
	errBinlogOpen = errors.New("tclog: prepared branches wait whose outcome belongs in the binlog; " +
		"start with the binlog on and finish them first")
)

// BinlogDir is the folder of the binlog inside a store.
const BinlogDir = "binlog"

// Open opens the store in dir, creating it if the folder is empty, and
// recovers it: every transaction is then either committed in both logs, absent
// from both, or prepared.
func Open(ctx context.Context, dir string, o Options) (*Log, error) {
	l := newLog(dir, &o)
	if err := refuseBinlog(o.Engine.FS, dir); err != nil {
		return nil, err
	}
	eng, err := engine.Open(ctx, dir, o.Engine)
	if err != nil {
		return nil, err
	}
	l.eng, l.opts.Engine.FS = eng, eng.FS()
	l.ids = xid.NewMyXIDSource(eng.Epoch())
	if err := l.recover(ctx, o.Engine.FS.PathJoin(dir, BinlogDir)); err != nil {
		l.Abandon()
		return nil, corrupt(eng.FS(), dir, err)
	}
	eng.Started()
	return l, nil
}

// refuseBinlog refuses a folder that has a binlog but no log of the engine: a
// new store must not be made around it.
func refuseBinlog(fs vfs.FS, dir string) error {
	logDir := fs.PathJoin(dir, engine.BackupLogDir)
	exists, err := wal.Exists(fs, logDir)
	if err != nil || exists {
		return err
	}
	names, err := fs.List(fs.PathJoin(dir, BinlogDir))
	if oserror.IsNotExist(err) || err == nil && len(names) == 0 {
		return nil
	}
	if err != nil {
		return fmt.Errorf("tclog: looking for a binlog: %w", err)
	}
	return fmt.Errorf("tclog: %w", &engine.CorruptError{
		File: logDir, Offset: engine.UnknownOffset,
		Err: fmt.Errorf("%s has a binlog (%s) but no log: the folder %s is lost, or a restore was not finished; restore into an empty folder",
			dir, names[0], engine.BackupLogDir),
	})
}

// newLog makes a log without an engine, and fills in o.
func newLog(dir string, o *Options) *Log {
	if o.ServerID == 0 {
		o.ServerID = 1
	}
	if o.Engine.Logger == nil {
		o.Engine.Logger = slog.Default()
	}
	l := &Log{opts: *o, dir: dir, archived: map[string]bool{}}
	o.Engine.SyncTC, o.Engine.TCMode = l.syncBehind, o.mode()
	if o.ArchiveDir != "" {
		o.Engine.Archive = func(log *wal.Log) error { return l.archive(log, false) }
	}
	if o.SyncDelay > 0 {
		o.Engine.OnLockWait = l.lockWait
	}
	l.pipe = groupcommit.New(groupcommit.Hooks[*member]{
		Flush: l.flush, Sync: l.sync, Commit: l.commit,
	}, groupcommit.Options{Clock: o.Engine.Clock, SyncDelay: o.SyncDelay, SyncNoDelayCount: o.SyncNoDelayCount})
	return l
}

func (l *Log) recover(ctx context.Context, dir string) error {
	said, bl, err := l.scanBinlog(dir)
	if err != nil {
		return err
	}
	l.bl = bl
	rep, err := recovery.Run(ctx, recovered{l.eng}, said, recovery.BatchSize)
	if err != nil {
		return err
	}
	if rep != (recovery.Report{}) {
		l.opts.Engine.Logger.Info("tclog: recovered prepared transactions",
			"committed", rep.Committed, "rolledBack", rep.RolledBack, "kept", rep.Kept)
	}
	// The decisions must be the engine's own before the binlog moves on.
	if err := l.eng.FlushLogs(false); err != nil {
		return err
	}
	if err := fpBeforeOpen.Eval(); err != nil {
		return err
	}
	if l.opts.Binlog {
		err = l.bl.Start()
	} else {
		err = l.leaveBinlog()
	}
	if err != nil {
		return err
	}
	l.settled.Store(true)
	if err := l.changeMode(ctx); err != nil {
		return err
	}
	return l.SetRetention(l.opts.BinlogAgeMax, l.opts.BinlogSizeTotalMax)
}

// mode is how the logs share the decisions, as a checkpoint notes it.
func (o *Options) mode() uint32 {
	switch {
	case !o.Binlog:
		return 0
	case o.TwoLog:
		return 1
	}
	return sharedMode
}

const sharedMode = 2

// changeMode takes a checkpoint if the store was last used in another mode: what
// was logged in that is settled, and goes (C13).
func (l *Log) changeMode(ctx context.Context) error {
	found, ok := l.eng.TCModeFound()
	if !ok || found == l.opts.mode() {
		return nil
	}
	return l.eng.Checkpoint(ctx)
}

// leaveBinlog runs without a binlog from now on (C13).
func (l *Log) leaveBinlog() error {
	for _, p := range l.eng.Prepared() {
		if p.Binlogged {
			return fmt.Errorf("%w (%s)", errBinlogOpen, p.XID)
		}
	}
	if l.bl != nil {
		l.bl.Abandon()
		l.bl = nil
	}
	return nil
}

// scanBinlog reads what the binlog says beyond the engine's floor. A store
// that never had a binlog, and shall have none, has nothing to say.
func (l *Log) scanBinlog(dir string) (*recovery.Log, *binlog.Log, error) {
	said := recovery.NewLog()
	floor := l.eng.Floor()
	fs := l.opts.Engine.FS
	if !l.opts.Binlog && floor == (engine.TCPos{}) && !exists(fs, dir) {
		return said, nil, nil
	}
	if err := fpScanBegin.Eval(); err != nil {
		return nil, nil, err
	}
	held, err := l.eng.TCBytes()
	if err != nil {
		return nil, nil, err
	}
	if bug.On(bug.ModeByOption) && l.opts.mode() != sharedMode {
		held = nil
	}
	tail, err := joinTail(held)
	if err != nil {
		return nil, nil, err
	}
	bl, err := binlog.Open(dir, binlog.Options{
		FS: fs, Clock: l.opts.Engine.Clock, Logger: l.opts.Engine.Logger,
		ServerID: l.opts.ServerID, ServerUUID: l.eng.StoreID(), SizeMax: l.opts.BinlogSizeMax,
		Tracking: l.opts.Tracking, HistoryMax: l.opts.HistoryMax, AnonymousGTID: l.opts.AnonymousGTID,
		Behind: !l.opts.TwoLog, Tail: tail,
	}, binlog.Pos(floor), func(g binlog.Group) error { return tell(said, g) })
	if err != nil {
		return nil, nil, err
	}
	if err := fpScanEnd.Eval(); err != nil {
		bl.Abandon()
		return nil, nil, err
	}
	return said, bl, nil
}

// joinTail makes one chunk of what the engine's log holds of the last binlog
// file; the files before were synced when they were closed.
func joinTail(held []engine.TCBytes) (binlog.Chunk, error) {
	var tail binlog.Chunk
	for _, c := range held {
		if c.Begin.File > tail.File {
			tail = binlog.Chunk{File: c.Begin.File, Offset: int64(c.Begin.Offset)}
		}
		if begin := binlog.Pos(c.Begin); tail.End() != begin {
			return tail, fmt.Errorf("tclog: %w: the log holds the binlog up to %v and then from %v",
				engine.ErrCorrupt, tail.End(), begin)
		}
		tail.Data = append(tail.Data, c.Data...)
	}
	return tail, nil
}

func exists(fs vfs.FS, name string) bool {
	_, err := fs.Stat(name)
	return err == nil
}

// tell passes on what one group of the binlog says.
func tell(said *recovery.Log, g binlog.Group) error {
	at := recovery.Pos(g.End)
	switch g.Kind {
	case binlog.DML, binlog.DDL:
		return said.Internal(g.InternalXID, at)
	case binlog.XAPrepare:
		return said.Prepared(g.Branch, at)
	case binlog.XACommit:
		return said.Finished(g.Branch, true, at)
	case binlog.XARollback:
		return said.Finished(g.Branch, false, at)
	}
	return nil
}

// recovered lets package recovery decide about an engine's branches.
type recovered struct{ *engine.Engine }

func (r recovered) CommitByXID(x xid.XID, at recovery.Pos) error {
	return r.DecideRecovered(x, true, engine.TCPos(at))
}

func (r recovered) RollbackByXID(x xid.XID, at recovery.Pos) error {
	return r.DecideRecovered(x, false, engine.TCPos(at))
}

func (r recovered) SetPreparedInTC(x xid.XID, at recovery.Pos) error {
	return r.Engine.SetPreparedInTC(x, engine.TCPos(at))
}
