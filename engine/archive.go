package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/xadb/xadb/wal"
	"github.com/xadb/xadb/xid"
)

// archive brings the log's filled segments to the archive before a checkpoint
// lets any of them go. While that fails the log is not cut, until it is larger
// than Options.ArchiveLagMax: then the store goes on and the archive has a gap,
// which restoring across it reports.
func (e *Engine) archive() error {
	if e.opts.Archive == nil {
		return nil
	}
	err := e.opts.Archive(e.log)
	if err == nil {
		return nil
	}
	if size := e.log.Size(); size > e.opts.ArchiveLagMax {
		e.opts.Logger.Error("engine: the archive lags too far behind: log is dropped that was not archived; make a new backup",
			"bytes", size, "limit", e.opts.ArchiveLagMax, "cause", err)
		return nil
	}
	return fmt.Errorf("engine: archiving the log: %w", err)
}

// ArchiveNow makes the log durable and calls fn while no checkpoint runs: what
// is in the log stays there.
func (e *Engine) ArchiveNow(ctx context.Context, fn func(*wal.Log) error) error {
	e.ckpt.mu.Lock()
	defer e.ckpt.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if e.ReadOnly() {
		return ErrReadOnly
	}
	if err := e.FlushLogs(false); err != nil {
		return err
	}
	return fn(e.log)
}

// A LogMark is the place in history that a record of the log stands for.
type LogMark struct {
	TC       TCPos     // in the coordinator's log; zero if the record is not in it
	CommitNo uint64    // 0 if it commits nothing
	Time     time.Time // of a commit
}

// MarkOf reads a record's mark.
func MarkOf(rec *wal.Record) (m LogMark, err error) {
	switch rec.Type {
	case wal.TypePrepare:
		if len(rec.Body) < xid.EncodedSize+bodyHead+prepareTail {
			err = errBody
			break
		}
		m.TC = tailPos(rec.Body)
	case wal.TypeCommit1PC:
		if len(rec.Body) < bodyHead+commitTail {
			err = errBody
			break
		}
		tail := rec.Body[len(rec.Body)-commitTail:]
		m = LogMark{TC: tailPos(tail), CommitNo: le.Uint64(tail), Time: time.Unix(0, int64(le.Uint64(tail[8:])))}
	case wal.TypeCommit:
		var c commitRec
		c, err = decodeCommit(rec.Body)
		m = LogMark{TC: c.tc, CommitNo: c.commitNo, Time: time.Unix(0, c.unixNano)}
	case wal.TypeRollback:
		var r rollbackRec
		r, err = decodeRollback(rec.Body)
		m.TC = r.tc
	case wal.TypePreparedInTC:
		var r inTCRec
		r, err = decodeInTC(rec.Body)
		m.TC = r.tc
	case wal.TypeTCBytes:
		var c TCBytes
		c, err = decodeTCBytes(rec.Body)
		m.TC = c.end()
	}
	if err != nil {
		return m, fmt.Errorf("engine: record %v at LSN %d: %w: %w", rec.Type, rec.LSN, ErrCorrupt, err)
	}
	return m, nil
}

// CommitNo is the number of the last commit.
func (e *Engine) CommitNo() uint64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.mu.commitNo
}
