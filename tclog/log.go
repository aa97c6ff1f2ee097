// Package tclog commits the engine and the binlog as one: what is in the
// binlog is in the engine and the other way round, in the same order, through
// any crash. It is the transaction coordinator's log of the two.
//
// Groups go through the stages of package groupcommit. Each outcome is logged in
// FLUSH, decided in SYNC and carried out, in the same order, in COMMIT.
//
// # One log
//
// The engine's log holds the binlog's bytes too, each group's in front of the
// record that decides it, and one sync per group makes both durable:
//
//	FLUSH   events made and logged, with the record: COMMIT_1PC, PREPARE of a
//	        client's branch, or its COMMIT or ROLLBACK
//	SYNC    one sync of the engine's log: this decides (I4)
//	COMMIT  one batch of rows, locks released, results told
//	behind  the events to the binlog file, unsynced, by one whose commit has
//	        ended, for all groups that are through by then
//
// The binlog file is never ahead of the engine's log. A checkpoint syncs it
// before the engine's log drops its copy of the bytes (C1d); a crash in between
// has the next Open write them again (C8).
//
// # Two logs
//
// Options.TwoLog keeps them apart, as MySQL does. A transaction that is written
// to the binlog is prepared in the engine under an internal XID, a client's
// branch under the client's:
//
//	FLUSH   the group's PREPAREs and one flush of the engine's log; then the
//	        group's events in order to the binlog file
//	SYNC    one sync of the binlog: this decides (I4)
//	COMMIT  in the same order: the engine's COMMIT records, which nobody
//	        waits for, one batch of rows, locks released, results told
//
// In both modes a member whose outcome is not binlogged (no events, or no
// binlog) has its record appended in FLUSH, so the engine's log decides and is
// durable before COMMIT (C4). Without a binlog the one sync of a group is the
// engine's, in SYNC.
//
// Recovery does what the records say, whichever mode the store is opened in. The
// mode changes behind a checkpoint, when all that was logged in the other one is
// settled (C13).
//
// # Dependencies
//
// A transaction reads the clock of commits (binlog.Log.MaxCommitted) when it has
// all its locks. FLUSH makes its stamps of that and of the keys that it has written
// (binlog/writeset), in the order of the log. COMMIT moves the clock before a lock
// goes and before anybody is told: so whoever waited for a lock, or decides a
// branch, reads a clock behind that.
//
// # After a crash
//
// Open lets the engine restore its prepared transactions, reads the binlog, with
// what the engine's log has of it, beyond the place that the engine knows
// (engine.Floor), lets package recovery decide, makes the decisions durable, and
// only then begins a new binlog file.
//
// # Failures
//
// On a full disk commits and prepares are refused before anything is logged;
// outcomes of prepared branches pass (engine.Admit), and no binlog file begins.
// A failed flush or sync stops both logs for this life. Whoever waited gets an
// error that wraps engine.ErrUnknownOutcome if the outcome is truly open, and
// the next Open settles it. A failure behind SYNC changes no outcome: it is
// reported to later callers, not to the group whose decision is durable (C12).
package tclog

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/binlog/writeset"
	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/groupcommit"
	"github.com/xadb/xadb/internal/disk"
	"github.com/xadb/xadb/xid"
)

// Options configure a Log.
type Options struct {
	// Engine configures the engine; its FS, Clock, Rand and Logger serve the
	// binlog too.
	Engine engine.Options
	// Binlog switches the binlog on. It can be changed at a restart, unless
	// a prepared branch that is in the binlog waits for its outcome.
	Binlog bool
	// TwoLog makes the binlog decide with a sync of its own, as MySQL's does,
	// instead of sharing the engine's log.
	TwoLog bool
	// BinlogSizeMax is the size, in bytes, at which a new binlog file begins.
	//
	// Default: the binlog package's, 128 MiB.
	BinlogSizeMax int64
	// Tracking is how the binlog's stamps of dependency are made, HistoryMax how
	// many hashes of keys are remembered for it: see binlog/writeset.
	//
	// Default: writeset.WriteSet, writeset.HistoryDefault.
	Tracking   writeset.Mode
	HistoryMax int
	// AnonymousGTID leaves the binlog's groups without GTIDs: see binlog.Options. Such
	// a binlog is no change feed.
	AnonymousGTID bool
	// BinlogSizeTotalMax is the size, in bytes, of all binlog files together above
	// which the oldest go; BinlogAgeMax is the age of a file's last change at which
	// it goes. Both are looked at when a file is full and from time to time, and
	// leave what somebody needs: see PurgeBinlog.
	//
	// Default: 0, all stay.
	BinlogSizeTotalMax int64
	BinlogAgeMax       time.Duration
	// ArchiveDir is a folder to which both logs are copied, so that a backup can
	// be brought to any later moment: see Restore. A file that is full is copied,
	// durably, before a checkpoint lets it go; ArchiveLagMax of the engine's
	// options says how long that can fail. Empty: there is no archive.
	ArchiveDir string
	// ServerID is the server id in binlog events, 1 to 2^32-1.
	//
	// Default: 1.
	ServerID uint32
	// SyncDelay is how long a group waits, before its sync, for more members;
	// SyncNoDelayCount members end the wait. As MySQL's
	// binlog_group_commit_sync_delay and _sync_no_delay_count.
	//
	// Default: 0, no wait.
	SyncDelay        time.Duration
	SyncNoDelayCount int
}

// A Log is an open store: engine and binlog. It is safe for concurrent use.
type Log struct {
	opts Options
	dir  string
	eng  *engine.Engine
	bl   *binlog.Log // nil: off
	// settled says that recovery is past what only the engine's log held of the
	// binlog: a checkpoint may let that go.
	settled atomic.Bool
	pipe    *groupcommit.Pipeline[*member]
	ids     *xid.MyXIDSource
	// archived are the files of the archive whose names are known to be durable.
	archived map[string]bool

	// rotateDue is set in FLUSH when the file is full; whoever clears it
	// rotates.
	rotateDue atomic.Bool
	queued    sync.Map // numbers of members in the pipeline, if SyncDelay is set
	closed    atomic.Bool

	// afterSync is told of each group that is durable before it is applied.
	afterSync atomic.Pointer[func(end binlog.Pos)]

	retention retention

	decisions []*engine.Decision // memory for those of a group; COMMIT's own

	ending   sync.Once // Close or Abandon, whichever comes first
	endError error     // what Close returns
}

// AfterSync has hook called, in the order of the binlog, with the place behind
// each group that is durable and can be read there, before the group is applied
// to the tables: whatever it waits for holds up all commits. nil ends that.
func (l *Log) AfterSync(hook func(end binlog.Pos)) {
	if hook == nil {
		l.afterSync.Store(nil)
		return
	}
	l.afterSync.Store(&hook)
}

// shared reports whether the engine's log holds the binlog's bytes.
func (l *Log) shared() bool { return l.bl != nil && !l.opts.TwoLog }

// BinlogOn reports whether the store writes a binlog.
func (l *Log) BinlogOn() bool { return l.bl != nil }

// Binlog is the binlog, for listings; nil when it is off.
func (l *Log) Binlog() *binlog.Log { return l.bl }

// Engine is the engine below, for listings.
func (l *Log) Engine() *engine.Engine { return l.eng }

// ServerID is the server id in binlog events.
func (l *Log) ServerID() uint32 { return l.opts.ServerID }

// Stats are the counters of the commit pipeline.
func (l *Log) Stats() groupcommit.Stats { return l.pipe.Stats() }

// ReserveXID registers the XID of a branch that begins. ErrDuplicateXID if any
// branch has it, xid.ErrInvalid if this store cannot carry it.
func (l *Log) ReserveXID(x xid.XID) error {
	if err := l.checkXID(x); err != nil {
		return err
	}
	return l.eng.ReserveXID(x)
}

func (l *Log) checkXID(x xid.XID) error {
	if x.IsNull() {
		return fmt.Errorf("tclog: %w: the null XID", xid.ErrInvalid)
	}
	if xid.IsInternalForm(x.Gtrid()) {
		return fmt.Errorf("tclog: %w: gtrid has the form of the server's own XIDs", xid.ErrInvalid)
	}
	if l.bl != nil {
		return xid.CheckBinlog(x)
	}
	return nil
}

// ReleaseXID gives back a reservation that no Prepare has used.
func (l *Log) ReleaseXID(x xid.XID) { l.eng.ReleaseXID(x) }

// Prepared lists the prepared branches of clients, oldest first.
func (l *Log) Prepared() []xid.Prepared { return l.eng.Prepared() }

// Checkpoint flushes the tables and cuts the engine's log.
func (l *Log) Checkpoint(ctx context.Context) error { return l.eng.Checkpoint(ctx) }

// Failed is why the store stopped, or nil while it works.
func (l *Log) Failed() error { return l.eng.Failed() }

// errBinlogOff: what was asked for needs a binlog.
var errBinlogOff = errors.New("tclog: the binlog is off; start the store with it on")

// Rotate begins a new binlog file. No group is in flight meanwhile, so no
// decision of the old file is open, and the engine's log is flushed first: the
// old file is never needed to decide anything.
func (l *Log) Rotate(ctx context.Context) error {
	if l.bl == nil {
		return errBinlogOff
	}
	return l.pipe.Exclusive(ctx, l.rotate)
}

func (l *Log) rotate() error { return l.turnBinlog(l.bl.Rotate) }

// turnBinlog has the binlog begin a file. No group is in flight.
func (l *Log) turnBinlog(turn func() error) error {
	if l.closed.Load() {
		return engine.ErrClosed
	}
	if err := l.eng.Writable(); err != nil {
		return err
	}
	if err := l.eng.FlushLogs(false); err != nil {
		return err
	}
	err := turn()
	l.retention.signal()
	if err != nil && !disk.IsFull(err) || errors.Is(err, binlog.ErrPoisoned) {
		return l.eng.Stop(err)
	}
	return err
}

// rotateIfDue rotates when the file has grown past its limit. One caller does
// it, the others go on.
func (l *Log) rotateIfDue(ctx context.Context) {
	if !l.rotateDue.CompareAndSwap(true, false) {
		return
	}

	err := l.pipe.Exclusive(ctx, func() error {
		if !l.bl.NeedRotate() {
			return nil
		}
		return l.rotate()
	})
	if err != nil && !errors.Is(err, engine.ErrDiskFull) {
		l.opts.Engine.Logger.Warn("tclog: rotating the binlog", "error", err)
	}
}

// Close waits for the groups in flight, whatever becomes of ctx, and closes
// both logs cleanly; ctx can end the checkpoint between the two. Whoever comes
// later hears engine.ErrClosed; a second Close waits for the first, and returns
// what it returned.
func (l *Log) Close(ctx context.Context) error {
	l.ending.Do(func() { l.endError = l.close(ctx) })
	return l.endError
}

func (l *Log) close(ctx context.Context) error {
	l.closed.Store(true)
	l.retention.stop()
	err := l.pipe.Exclusive(context.WithoutCancel(ctx), l.endBinlog)
	if l.eng.Failed() != nil {
		err = nil // the engine says so too
	} else if l.opts.ArchiveDir != "" && !l.eng.ReadOnly() {
		l.archiveLast(ctx)
	}
	if l.bl != nil {
		l.bl.Abandon()
	}
	return errors.Join(err, l.eng.Close(ctx))
}

// endBinlog closes the binlog cleanly, unless something has failed before.
func (l *Log) endBinlog() error {
	if !l.BinlogOn() || l.eng.Failed() != nil {
		return nil
	}
	if err := l.eng.FlushLogs(false); err != nil {
		return err
	}
	return l.bl.Close()
}

// Abandon drops the store as a crash would, unless it is closed.
func (l *Log) Abandon() {
	l.ending.Do(func() {
		l.closed.Store(true)
		l.retention.stop()
		if l.bl != nil {
			l.bl.Abandon()
		}
		l.eng.Abandon()
	})
}

// lockWait ends the delay of a group that somebody waits for.
func (l *Log) lockWait(holder uint64) {
	if _, queued := l.queued.Load(holder); queued {
		l.pipe.Hurry()
	}
}
