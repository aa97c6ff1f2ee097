package binlog

import (
	"context"
	"fmt"
)

// Committed says that all groups up to seq, which ends at that place, are durable
// and about to be committed by the engine: transactions that prepare from now on
// may depend on them, and their GTIDs count as executed. A number below an
// earlier one changes nothing.
func (l *Log) Committed(seq int64, end Pos) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if seq <= l.maxCommitted.Load() {
		return
	}
	l.maxCommitted.Store(seq)
	l.executed = end
	if l.reached != nil {
		close(l.reached)
		l.reached = nil
	}
}

// ExecutedGTIDs is the set of all groups found by Open and of those since
// then that Committed covers.
func (l *Log) ExecutedGTIDs() GTIDSet { return l.gtidsUpTo(l.maxCommitted.Load()) }

// LoggedGTIDs is ExecutedGTIDs with those of the groups that were appended and
// are not committed yet: whoever follows the log may have them already.
func (l *Log) LoggedGTIDs() GTIDSet { return l.gtidsUpTo(l.groups.Load()) }

// Executed is the set of what is executed, and the place in the log that has
// just that in front of it.
func (l *Log) Executed() (Pos, GTIDSet) {
	l.settle()
	l.mu.Lock()
	seq, at, n := l.maxCommitted.Load(), l.executed, l.numbers.Load()
	l.mu.Unlock()
	return at, n.set(seq)
}

// gtidsUpTo is the set after seq groups since Open. Of those in front of a Reset nothing
// is left.
func (l *Log) gtidsUpTo(seq int64) GTIDSet { return l.numbers.Load().set(seq) }

// WaitExecuted waits until all of set is executed. It fails when ctx ends, and
// with ErrPoisoned or ErrClosed when nothing more can come.
func (l *Log) WaitExecuted(ctx context.Context, set GTIDSet) error {
	for {
		l.mu.Lock()
		seq, err := l.maxCommitted.Load(), l.failedLocked()
		if l.reached == nil {
			l.reached = make(chan struct{})
		}
		reached := l.reached
		l.mu.Unlock()
		if l.gtidsUpTo(seq).ContainsSet(set) {
			return nil
		}
		if err != nil {
			return err
		}
		select {
		case <-reached:
		case <-ctx.Done():
			return fmt.Errorf("binlog: waiting for GTIDs: %w", ctx.Err())
		}
	}
}

// PurgedGTIDs is the set of those whose files are gone (B7).
func (l *Log) PurgedGTIDs() (GTIDSet, error) {
	defer l.Hold()()
	files := l.Files()
	if len(files) == 0 {
		return GTIDSet{}, nil
	}
	r, err := l.openGroups(files[0].Number)
	if err != nil {
		return GTIDSet{}, err
	}
	return r.previous, r.Close()
}
