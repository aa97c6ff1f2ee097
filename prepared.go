package xadb

import (
	"context"
	"fmt"
	"iter"
	"sync"
	"time"

	"github.com/xadb/xadb/xid"
)

// A Prepared is a branch that waits for its outcome.
type Prepared struct {
	XID xid.XID
	// Tables are those that it changes.
	Tables []TableName
	// PreparedAt is when it was prepared, in UTC, to the second.
	PreparedAt time.Time
	// Keys is how many rows it changes.
	Keys int
	// Coordinated says that it is a Coordinator's: NewCoordinator decides it,
	// and CommitXID and RollbackXID refuse to.
	Coordinated bool
}

// A TableName names one table: its database, "xadb" for a table of this API,
// and its name.
type TableName = xid.TableName

// Recover lists the prepared branches, oldest first: those found at Open and
// those prepared since, as of the call. The loop may decide them as it goes,
// or end early and be run again later. An error comes last, with an empty
// Prepared: ErrClosed, or ctx's.
func (db *DB) Recover(ctx context.Context) iter.Seq2[Prepared, error] {
	return func(yield func(Prepared, error) bool) {
		list, err := db.prepared()
		for _, p := range list {
			if err = ctx.Err(); err != nil {
				break
			}
			if !yield(p, nil) {
				return
			}
		}
		if err != nil {
			yield(Prepared{}, err)
		}
	}
}

func (db *DB) prepared() ([]Prepared, error) {
	if err := db.calls.enter(); err != nil {
		return nil, err
	}
	defer db.calls.exit()
	var list []Prepared
	for _, p := range db.log.Prepared() {
		list = append(list, Prepared{
			XID: p.XID, PreparedAt: p.PreparedAt, Tables: p.Tables, Keys: p.Keys, Coordinated: coordinated(p.XID),
		})
	}
	return list, nil
}

// CommitXID commits the prepared branch x; durable when it returns.
// ErrUnknownXID if there is no such branch, also the second time;
// ErrCoordinated if the branch is a Coordinator's.
func (db *DB) CommitXID(ctx context.Context, x xid.XID) error {
	return db.decide(ctx, x, true)
}

// RollbackXID undoes the prepared branch x; otherwise as CommitXID.
func (db *DB) RollbackXID(ctx context.Context, x xid.XID) error {
	return db.decide(ctx, x, false)
}

func (db *DB) decide(ctx context.Context, x xid.XID, commit bool) error {
	if err := db.calls.enter(); err != nil {
		return err
	}
	defer db.calls.exit()
	if coordinated(x) {
		return fmt.Errorf("%w: %s", ErrCoordinated, x)
	}
	if commit {
		return db.log.CommitXID(ctx, x)
	}
	return db.log.RollbackXID(ctx, x)
}

func coordinated(x xid.XID) bool { return x.FormatID() == CoordinatorFormatID }

// A PreparedTx is a handle on a branch that this process has prepared. It is
// safe for concurrent use, and may be dropped: the branch stays.
type PreparedTx struct {
	db *DB
	x  xid.XID

	mu        sync.Mutex // held while a decision is on its way
	decided   bool
	committed bool
}

// XID is the branch's name.
func (p *PreparedTx) XID() xid.XID { return p.x }

// Commit commits the branch; durable when it returns. Again: it does nothing.
// ErrDecided after Rollback; ErrUnknownXID if the branch was decided by its
// XID. On any other error the branch is still prepared, unless the store has
// stopped.
func (p *PreparedTx) Commit(ctx context.Context) error { return p.decide(ctx, true) }

// Rollback undoes the branch; otherwise as Commit.
func (p *PreparedTx) Rollback(ctx context.Context) error { return p.decide(ctx, false) }

func (p *PreparedTx) decide(ctx context.Context, commit bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.decided {
		if p.committed != commit {
			return ErrDecided
		}
		return nil
	}
	if err := p.db.decide(ctx, p.x, commit); err != nil {
		return err
	}
	p.decided, p.committed = true, commit
	return nil
}
