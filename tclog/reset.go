package tclog

import (
	"context"
	"fmt"

	"github.com/xadb/xadb/internal/bug"
)

// A ResetError says why the binlog cannot begin anew, and what to do.
type ResetError struct{ Reason string }

// Error implements error.
func (e *ResetError) Error() string { return "tclog: the binlog cannot be reset: " + e.Reason }

// ResetBinlog ends the binlog and begins an empty one: see binlog.Log.Reset. The
// tables stay as they are. A *ResetError while a prepared branch is in the binlog,
// as its outcome would have no PREPARE there, and with an archive, which goes on
// from what would be gone.
func (l *Log) ResetBinlog(ctx context.Context) error {
	if l.bl == nil {
		return errBinlogOff
	}
	if l.opts.ArchiveDir != "" {
		return &ResetError{"the store has an archive, which cannot go on behind it; start the store without the archive, " +
			"reset, take a backup, and begin an archive in another folder"}
	}
	return l.pipe.Exclusive(ctx, func() error {
		if err := l.checkReset(); err != nil {
			return err
		}
		return l.turnBinlog(l.bl.Reset)
	})
}

// checkReset runs while no group is in flight: no PREPARE is on its way.
func (l *Log) checkReset() error {
	for _, p := range l.eng.Prepared() {
		if p.Binlogged && !bug.On(bug.ResetWithBranch) {
			return &ResetError{fmt.Sprintf("branch %s is prepared there; commit it or roll it back first", p.XID)}
		}
	}
	return nil
}
