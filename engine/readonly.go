package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"github.com/xadb/xadb/wal"
	"github.com/xadb/xadb/xid"
)

// overlayMax bounds, in bytes, the rows that a read-only engine keeps in memory
// because the tables lack them.
const overlayMax = 256 << 20

// ErrNeedsRecovery: the tables lack more than a read-only engine keeps in
// memory, or a crash has left them unmade. Opening the store for writing, once, brings it to the tables.
var ErrNeedsRecovery = errors.New("engine: the store needs recovery; open it for writing once")

// OpenReadOnly opens the stopped store in dir, crashed or not, and writes
// nothing (C21): what the tables lack is kept in memory above them. Every
// transaction is as if begun with TxnOptions.ReadOnly, and whatever else would
// write is ErrReadOnly. Branches of a coordinator are then to be decided as
// after Open, in memory too: see DecideInMemory. ErrLocked if the store is open.
func OpenReadOnly(ctx context.Context, dir string, o Options) (*Engine, error) {
	e, err := openToRead(dir, o)
	if err != nil {
		return nil, err
	}
	if err := e.openAsRead(ctx); err != nil {
		e.abandon()
		return nil, e.placed(err)
	}
	return e, nil
}

// openToRead makes an engine for a store that must exist.
func openToRead(dir string, o Options) (*Engine, error) {
	o = o.withDefaults()
	if err := o.validate(); err != nil {
		return nil, err
	}
	if _, err := o.FS.Stat(o.FS.PathJoin(dir, walDir)); err != nil {
		return nil, fmt.Errorf("engine: no store in %s: %w", dir, err)
	}
	return newEngine(dir, o), nil
}

func (e *Engine) openAsRead(ctx context.Context) error {
	if err := e.openFilesToRead(ctx); err != nil {
		return err
	}
	e.overlay = e.db.NewIndexedBatch()
	_, err := e.readBranches(ctx, func(c redoTxn) error { return e.addToOverlay(c.set) })
	return err
}

// openFilesToRead opens the tables and the log without changing them.
func (e *Engine) openFilesToRead(ctx context.Context) error {
	if err := e.lockDir(ctx); err != nil {
		return err
	}
	if err := e.checkFormat(); err != nil {
		return err
	}
	if err := e.openPebble(true); err != nil {
		return err
	}
	if err := e.loadApplied(); err != nil {
		return err
	}
	log, err := wal.OpenReadOnly(e.opts.FS.PathJoin(e.dir, walDir), e.logOptions())
	if err != nil {
		return e.logError("opening the log", err)
	}
	e.log, e.id = log, log.StoreID()
	return nil
}

// readBranches reads the log and lists the undecided branches.
func (e *Engine) readBranches(ctx context.Context, carry func(redoTxn) error) (*replayer, error) {
	r, err := e.readLog(ctx, carry)
	if err != nil {
		return nil, err
	}
	for _, t := range r.live {
		e.mu.branches[t.xid.Key()] = &branchEntry{txn: t}
	}
	return r, nil
}

func (e *Engine) addToOverlay(set *writeSet) error {
	if e.overlay.Len()+set.size > overlayMax {
		return fmt.Errorf("%w: more than %d bytes", ErrNeedsRecovery, overlayMax)
	}
	return addRows(e.overlay, set)
}

// ReadOnly reports whether the engine writes nothing.
func (e *Engine) ReadOnly() bool { return e.overlay != nil }

// newest is where the newest committed rows are read.
func (e *Engine) newest() pebble.Reader {
	if e.overlay != nil {
		return e.overlay
	}
	return e.db
}

// DecideInMemory carries out, in memory, what the coordinator's log says of a
// branch of a read-only engine. REQUIRES: nobody reads yet.
func (e *Engine) DecideInMemory(x xid.XID, commit bool) error {
	b := e.mu.branches[x.Key()]
	if b == nil {
		return fmt.Errorf("%w: %s", ErrUnknownXID, x)
	}
	delete(e.mu.branches, x.Key())
	if !commit {
		return nil
	}
	return e.addToOverlay(b.txn.set)
}
