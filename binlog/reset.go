package binlog

import "errors"

// ErrReset: the log has begun anew, and the numbers of its GTIDs with it. What a
// Stream reads from before is no longer the log's; a copy does not go on there.
var ErrReset = errors.New("binlog: the log was reset, and its numbers began anew")

// A restart is where the numbers of GTIDs began anew: the first group of that
// file has number 1, and an index of one more than before. The zero value is the
// beginning of all.
type restart struct {
	file   uint32
	before int64
}

// Reset ends the log and begins an empty one, whose first group gets GTID number
// 1. Files go on with their numbers, so places still grow, and so do indexes (see
// Transaction.Index). The caller guarantees what Rotate asks for, and that no
// prepared branch is in the log. An error poisons the log, as Rotate's does.
//
// The index is made durable with the new file alone, and in the same step says
// that numbers begin anew there: a crash leaves the old log or the new one. The
// old files go then, or, those that somebody reads, when nobody does; the next
// Open removes the rest (B8). A Stream of the old log ends with ErrReset; a
// Follower reads what is left of it and goes on in the new one.
func (l *Log) Reset() error {
	l.purgeMu.Lock()
	defer l.purgeMu.Unlock()
	if err := resetBefore.Eval(); err != nil {
		return err
	}
	if err := l.turn(true); err != nil {
		return err
	}
	l.removeDead()
	return nil
}

// renumbered is the numbering of a log that is reset now. FLUSH owns the counter.
func (l *Log) renumbered() *numbering {
	now := l.numbers.Load()
	return &numbering{from: l.counter, before: now.index(l.counter)}
}

// startAnew makes file n the only one. l.mu is held.
func (l *Log) startAnew(n uint32, to *numbering) {
	l.dead = append(l.dead, l.files...)
	l.files = nil
	l.restarts = append(l.restarts, restart{n, to.before})
	l.numbers.Store(to)
	l.next = 1
	l.resets.Add(1)
}

// restarted is the restart that counts for file n.
func (l *Log) restarted(n uint32) (r restart) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.restarts {
		if s.file <= n {
			r = s
		}
	}
	return r
}

// openGroups is folder.openGroups, with the indexes that the file's groups have.
func (l *Log) openGroups(n uint32) (*groupReader, error) {
	r, err := l.folder.openGroups(n)
	if err == nil {
		r.d.before = l.restarted(n).before + r.previous.Count() // B7
	}
	return r, err
}

// removeDead removes what is left of logs before a Reset, as far as nobody reads
// it. An error is not the caller's: the next Open removes the rest.
func (l *Log) removeDead() {
	l.mu.Lock()
	n, _ := l.pinnedLocked(l.dead)
	if l.closed {
		n = 0
	}
	gone := l.dead[:n:n]
	l.dead = l.dead[n:]
	l.mu.Unlock()
	if n == 0 {
		return
	}
	err := l.removeAll(gone)
	if err == nil {
		err = l.sync()
	}
	if err != nil {
		l.o.Logger.Warn("binlog: files from before a reset stay until the next start", "first", gone[0].Name, "err", err)
	}
}

// removeAll removes files that the index does not name.
func (l *Log) removeAll(gone []FileInfo) error {
	for _, f := range gone {
		err := purgeBeforeUnlink.Eval()
		if err == nil {
			err = l.remove(f.Name)
		}
		if err == nil {
			err = purgeAfterUnlink.Eval()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// LastIndex is the index of the newest group that Committed covers; what a Reset
// has removed counts.
func (l *Log) LastIndex() int64 {
	seq := l.maxCommitted.Load() // ahead of the numbering, which may change meanwhile
	return l.numbers.Load().index(seq)
}

// FirstIndex is the index that the log goes on behind.
func (l *Log) FirstIndex() (int64, error) {
	defer l.Hold()()
	files := l.Files()
	if len(files) == 0 {
		return l.numbers.Load().before, nil
	}
	r, err := l.openGroups(files[0].Number)
	if err != nil {
		return 0, err
	}
	return r.behind(), r.Close()
}
