package binlog

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/xadb/xadb/xid"
)

// preparedMax bounds how many prepared branches a Follower remembers the place
// of.
const preparedMax = 1 << 20

// An IndexError says that the log does not hold what follows an index.
type IndexError struct {
	Index       int64
	First, Last int64 // the indexes that the log can go on behind
}

// Error implements error.
func (e *IndexError) Error() string {
	return fmt.Sprintf("binlog: cannot read on behind index %d: the log goes on behind %d to %d", e.Index, e.First, e.Last)
}

// FollowOptions say where a Follower begins and ends.
type FollowOptions struct {
	// After is the index of the last transaction that is not wanted; 0 is
	// before the first.
	After int64
	// ToEnd ends the Follower where the log is durable now.
	ToEnd bool
}

// A Follower reads the transactions of a log, in order, as they become
// durable. It holds one of them at a time, and of branches that are prepared
// only where their rows are. It is not safe for concurrent use.
type Follower struct {
	l       *Log
	toEnd   bool
	end     Pos          // if toEnd
	at      Pos          // what is before it was returned
	durable Pos          // as last heard of
	r       *groupReader // of at.File; nil: to be opened
	pin     *pin         // keeps the files from at.File on

	// prepared is where undecided branches were prepared: those since
	// the beginning of file number oldest, and it may hold some that were
	// decided since.
	prepared map[xid.XID]Pos
	oldest   uint32
	back     *groupReader // reads prepared rows again; nil: none yet
}

// Follow returns a Follower of l. An *IndexError if o.After was never in the
// log, or what follows it is gone.
func (l *Log) Follow(o FollowOptions) (*Follower, error) {
	if l.o.AnonymousGTID {
		return nil, fmt.Errorf("%w: a log without GTIDs has no indexes", ErrInvalid)
	}
	if l.DurablePos() == (Pos{}) {
		return nil, fmt.Errorf("%w: not started", ErrClosed)
	}
	for {
		resets := l.resets.Load()
		f := &Follower{l: l, toEnd: o.ToEnd, prepared: map[xid.XID]Pos{}, pin: l.pinOldest()}
		f.end = l.DurablePos()
		f.durable = f.end
		err := f.seek(o.After)
		if err == nil {
			l.movePin(f.pin, f.at.File)
			return f, nil
		}
		err = errors.Join(err, f.Close())
		if resets == l.resets.Load() {
			return nil, err
		} // it may have looked into two logs
	}
}

// Close releases the files.
func (f *Follower) Close() error {
	var err error
	f.l.unpin(f.pin)
	for _, r := range []**groupReader{&f.r, &f.back} {
		if *r != nil {
			err = errors.Join(err, (*r).Close())
			*r = nil
		}
	}
	return err
}

// Next returns the next transaction, waiting for it if need be; the caller may
// keep it. An XACommit has the rows of its branch. io.EOF at the end, if there
// is one; otherwise ctx ends the wait, and ErrClosed or ErrPoisoned says that
// nothing more will come. After an error the Follower can only be closed,
// unless ctx ended it.
func (f *Follower) Next(ctx context.Context) (*Transaction, error) {
	for {
		if f.toEnd && !f.at.Less(f.end) {
			return nil, io.EOF
		}
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("binlog: following the log: %w", err)
		}
		if !f.at.Less(f.durable) {
			durable, err := f.l.WaitDurable(ctx, f.at)
			if err != nil {
				return nil, err
			}
			f.durable = durable
		}
		if t, err := f.step(); t != nil || err != nil {
			return t, err
		}
	}
}

// step reads one group, or goes to the next file.
func (f *Follower) step() (*Transaction, error) {
	if err := f.reach(); err != nil {
		return nil, err
	}
	t, ended, err := f.r.next()
	if err != nil {
		return nil, err
	}
	switch {
	case t != nil:
		f.at = t.End
		return t, f.branch(t)
	case ended:
		f.at = Pos{f.r.number + 1, 0}
		err, f.r = f.r.Close(), nil
		f.l.movePin(f.pin, f.at.File)
		return nil, err
	case f.at.File < f.durable.File:
		return nil, &CorruptError{f.r.name, f.r.Offset(), "nothing ends the file"} // B6
	}
	f.at = f.r.at()
	return nil, nil
}

// reach lets f.r read what is durable of the file of f.at.
func (f *Follower) reach() error {
	if f.r == nil {
		r, err := f.l.openGroups(f.at.File)
		if err != nil {
			return err
		}
		f.r = r
	}
	return f.extend(f.r)
}

// extend lets r read up to what is durable.
func (f *Follower) extend(r *groupReader) error {
	limit := int64(f.durable.Offset)
	if r.number < f.durable.File {
		size, ok, err := f.l.size(r.name)
		if err != nil {
			return err
		}
		if !ok {
			return fmt.Errorf("%w: %s, which is being followed", ErrMissingFile, r.name)
		}
		limit = size
	}
	if r.Limit() != limit {
		r.SetLimit(limit)
	}
	return nil
}

// branch notes a PREPARE's place, and gives a commit the branch's rows.
func (f *Follower) branch(t *Transaction) error {
	if t.Kind == XACommit {
		at, err := f.findPrepare(t)
		if err != nil {
			return err
		}
		if t.Changes, err = f.rowsAt(at, t.Branch); err != nil {
			return err
		}
	}
	return note(f.prepared, t.Group)
}

// note keeps the places of prepared branches up to date.
func note(prepared map[xid.XID]Pos, g Group) error {
	switch g.Kind {
	case XAPrepare:
		if len(prepared) >= preparedMax {
			return fmt.Errorf("%w: more than %d prepared branches", ErrTooLarge, preparedMax)
		}
		prepared[g.Branch] = g.Start
	case XACommit, XARollback:
		delete(prepared, g.Branch)
	}
	return nil
}

// rowsAt reads the rows of branch x, prepared at that place, again.
func (f *Follower) rowsAt(at Pos, x xid.XID) ([]TableChanges, error) {
	if f.back != nil && f.back.number != at.File {
		err := f.back.Close()
		if f.back = nil; err != nil {
			return nil, err
		}
	}
	if f.back == nil {
		r, err := f.l.openGroups(at.File)
		if err != nil {
			return nil, err
		}
		f.back = r
		// The file may be in the middle of a write. From here on the reader ends where
		// a group does: one that begins in front of that is there.
		if err := f.extend(r); err != nil {
			return nil, err
		}
	}
	if int64(at.Offset) >= f.back.Limit() {
		if err := f.extend(f.back); err != nil {
			return nil, err
		}
	}
	if err := f.back.SeekTo(int64(at.Offset)); err != nil {
		return nil, err
	}
	t, _, err := f.back.next()
	if err != nil {
		return nil, err
	}
	if t == nil || t.Kind != XAPrepare || t.Branch != x {
		return nil, &CorruptError{f.back.name, int64(at.Offset), fmt.Sprintf("the rows of branch %v are no longer here", x)}
	}
	return t.Changes, nil
}
