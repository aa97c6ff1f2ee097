package tclog

import (
	"context"
	"fmt"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/wal"
)

// PurgeBinlog removes the oldest binlog files, as binlog.Log.Purge does; what
// recovery needs stays whatever the request says. With an archive the files are
// copied there first.
func (l *Log) PurgeBinlog(ctx context.Context, r binlog.PurgeRequest) (binlog.Purged, error) {
	p, err := l.purge(ctx, r)
	if err != nil || !p.AtFloor {
		return p, err
	}
	// What is in those files is settled, and a checkpoint says so.
	if err := l.eng.Checkpoint(ctx); err != nil {
		return p, err
	}
	more, err := l.purge(ctx, r)
	more.Files, more.Wanted = append(p.Files, more.Files...), more.Wanted+len(p.Files)
	return more, err
}

// purge takes the engine as it is.
func (l *Log) purge(ctx context.Context, r binlog.PurgeRequest) (binlog.Purged, error) {
	if l.bl == nil {
		return binlog.Purged{}, errBinlogOff
	}
	if l.closed.Load() {
		return binlog.Purged{}, engine.ErrClosed
	}
	if err := l.eng.Failed(); err != nil {
		return binlog.Purged{}, err
	}
	if l.opts.ArchiveDir != "" {
		if err := l.eng.ArchiveNow(ctx, func(*wal.Log) error { return l.archiveBinlog(false) }); err != nil {
			return binlog.Purged{}, fmt.Errorf("tclog: archiving binlog files that are to be purged: %w", err)
		}
	}
	r.Floor = binlog.Pos(l.eng.Floor())
	if err := l.eng.FlushLogs(false); err != nil { // then the next Open has that floor, or a later one
		return binlog.Purged{}, err
	}
	return l.bl.Purge(r)
}

// knownApart is how far the engine knows a binlog that decides by itself: what is
// in the files in front of the current one was settled, durably, before that
// began.
func (l *Log) knownApart() engine.TCPos {
	floor := l.eng.Floor()
	if l.bl == nil {
		return floor
	}
	if began := (engine.TCPos{File: l.bl.DurablePos().File}); floor.Less(began) {
		return began
	}
	return floor
}
