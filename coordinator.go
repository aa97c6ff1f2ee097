package xadb

import (
	"context"
	"errors"
	"fmt"

	"github.com/xadb/xadb/internal/failpoint"
	"github.com/xadb/xadb/xid"
)

var (
	fpCoPrepare   = failpoint.New("co.before_prepare")
	fpCoPrepared  = failpoint.New("co.after_prepare")
	fpCoDecide    = failpoint.New("co.before_decide")
	fpCoDecided   = failpoint.New("co.after_decide")
	fpCoCommitted = failpoint.New("co.after_commit")
)

// CoordinatorFormatID is the formatID of a Coordinator's branches; others
// cannot use it. Their gtrid is the first store's identity, its epoch and a
// number, 28 bytes, and their bqual the identity of the store they are in.
const CoordinatorFormatID = 0x58414442 // "XADB"

// A Coordinator commits transactions of several stores, open in this process,
// as one: all of it is there after any crash, or nothing. It is safe for
// concurrent use, and several may share stores.
//
// # How
//
// The decision is a row in the first store:
//
//	prepare   the branches of the other stores     crash: they are rolled back
//	decide    the first store's transaction        crash: before it was durable
//	          commits, with a row that names       as above, from then on as
//	          the branches                         below
//	commit    the branches of the others           crash: the row has them
//	                                               committed
//	forget    the row, in a later transaction
//
// What holds:
//
//   - Q1: a branch is committed only if its row was durable.
//   - Q2: a row goes only when each of its branches was committed, durably.
//   - Q3: a branch without a row, that nobody is busy with, is rolled back.
//
// So the first store must be there to settle what is in the others: after a
// crash open all of them and call NewCoordinator again. Restoring one of them
// from a backup breaks this.
type Coordinator struct {
	first  *DB
	others []*DB
}

// CoordinatorStores is how many stores a Coordinator can have.
const CoordinatorStores = 64

// NewCoordinator returns a coordinator of these stores, once it has settled
// what earlier ones, before a crash perhaps, have left in them. The first store
// decides: it must be the same one each time.
func NewCoordinator(ctx context.Context, first *DB, others ...*DB) (*Coordinator, error) {
	c := &Coordinator{first: first, others: others}
	if n := 1 + len(others); n > CoordinatorStores {
		return nil, fmt.Errorf("xadb: a coordinator of %d stores, limit %d", n, CoordinatorStores)
	}
	seen := map[storeID]bool{}
	for _, db := range c.stores() {
		if seen[db.id()] {
			return nil, errors.New("xadb: a coordinator of stores of which two are the same, or copies")
		}
		seen[db.id()] = true
	}
	leave, err := c.enter()
	if err != nil {
		return nil, err
	}
	defer leave()
	if err := c.settle(ctx); err != nil {
		return nil, fmt.Errorf("xadb: settling what was left of coordinated transactions: %w", err)
	}
	return c, nil
}

func (c *Coordinator) stores() []*DB { return append([]*DB{c.first}, c.others...) }

// enter begins a call in each store, so that a Close of any waits for it.
func (c *Coordinator) enter() (leave func(), err error) {
	var entered []*DB
	leave = func() {
		for _, db := range entered {
			db.calls.exit()
		}
	}
	for _, db := range c.stores() {
		if err := db.calls.enter(); err != nil {
			leave()
			return nil, err
		}
		entered = append(entered, db)
	}
	return leave, nil
}

// Run runs fn with a transaction in each store, txs[0] in the first, the rest
// in the order of the others, and commits them as one. It is Update otherwise,
// the retries and the panics: fn must neither end nor keep the transactions.
//
// The stores' snapshots are not taken at one moment. Two Runs that wait for
// each other in different stores are no deadlock that a store can see: the lock
// timeout ends it.
//
// ErrUnknownOutcome: the first store stopped while it decided. ErrUnfinished:
// the transaction is committed, and a store has stopped that has not heard of
// it. In both cases close the store, open it again and call NewCoordinator.
func (c *Coordinator) Run(ctx context.Context, fn func(txs []*Tx) error) error {
	leave, err := c.enter()
	if err != nil {
		return err
	}
	defer leave()
	if err := ctx.Err(); err != nil {
		return err
	}
	return c.first.retry(ctx, func() error { return c.runOnce(ctx, fn) })
}

func (c *Coordinator) runOnce(ctx context.Context, fn func(txs []*Tx) error) error {
	var txs []*Tx
	for _, db := range c.stores() {
		tx := db.begin(ctx, TxOptions{})
		defer tx.abort() // those that are prepared or committed stay so
		txs = append(txs, tx)
	}
	if err := fn(txs); err != nil {
		return err
	}
	var writers []*Tx
	for _, tx := range txs {
		if tx.txn.HasWrites() {
			writers = append(writers, tx)
		}
	}
	switch len(writers) {
	case 0:
		return nil
	case 1:
		return writers[0].commit(ctx) // nothing to agree on
	}
	if writers[0] == txs[0] {
		writers = writers[1:]
	}
	return c.commit(ctx, txs[0], writers)
}

// commit carries out the protocol with the branches of other stores.
func (c *Coordinator) commit(ctx context.Context, first *Tx, branches []*Tx) error {
	g := c.first.deciding.begin(c.first)
	defer c.first.deciding.end(g)
	forgotten, err := g.record(first, branches)
	if err == nil {
		err = g.prepare(ctx, branches)
	}
	if err == nil {
		err = g.decide(ctx, first)
	}
	if err != nil {
		c.first.deciding.forgetLater(forgotten...)
		if !errors.Is(err, ErrUnknownOutcome) {
			g.rollback(ctx, branches)
		}
		return err
	}
	return g.finish(ctx, branches)
}

// record writes the decision's row, and deletes those of earlier decisions that
// can be forgotten, which it returns.
func (g *global) record(first *Tx, branches []*Tx) (forgotten []decisionKey, err error) {
	var row []byte
	for _, tx := range branches {
		id := tx.db.id()
		row = append(row, id[:]...)
	}
	if err := first.txn.Put(first.ctx, decisions, g.key[:], row); err != nil {
		return nil, err
	}
	forgotten = first.db.deciding.takeForgettable()
	for _, key := range forgotten {
		if err := first.txn.Delete(first.ctx, decisions, key[:]); err != nil {
			return forgotten, err
		}
	}
	return forgotten, nil
}

func (g *global) prepare(ctx context.Context, branches []*Tx) error {
	for _, tx := range branches {
		x, err := g.branch(tx.db)
		if err == nil {
			err = fpCoPrepare.Eval()
		}
		if err == nil {
			err = tx.db.log.Prepare(ctx, tx.txn, x)
		}
		if err != nil {
			return notDecided(err)
		}
		if err := fpCoPrepared.Eval(); err != nil {
			return err
		}
	}
	return nil
}

// notDecided is what becomes of an error before the decision. A branch whose
// own fate is unknown is not the transaction's: without a decision it ends in a
// rollback.
func notDecided(err error) error {
	if errors.Is(err, ErrUnknownOutcome) {
		return fmt.Errorf("xadb: a store stopped while it prepared, so nothing is committed: %w: %s", ErrPoisoned, err)
	}
	return err
}

// decide commits in the first store. Unless its error is ErrUnknownOutcome, the
// decision is not in its log.
func (g *global) decide(ctx context.Context, first *Tx) error {
	if err := fpCoDecide.Eval(); err != nil {
		return err
	}
	return first.db.log.Commit(ctx, first.txn)
}

// rollback undoes the branches that are prepared; the others are rolled back
// as any transaction is. What it cannot undo now, NewCoordinator will (Q3).
func (g *global) rollback(ctx context.Context, branches []*Tx) {
	for _, tx := range branches {
		x, err := g.branch(tx.db)
		if err == nil {
			err = tx.db.log.RollbackXID(context.WithoutCancel(ctx), x)
		}
		if err != nil && !errors.Is(err, ErrUnknownXID) {
			tx.db.opts.Logger.Warn("xadb: a branch waits for NewCoordinator to roll it back", "xid", x, "error", err)
		}
	}
}

// finish carries the decision out; nothing can take it back.
func (g *global) finish(ctx context.Context, branches []*Tx) error {
	err := fpCoDecided.Eval()
	for _, tx := range branches {
		if err != nil {
			break
		}
		var x xid.XID
		if x, err = g.branch(tx.db); err == nil {
			err = tx.db.log.CommitXID(context.WithoutCancel(ctx), x)
		}
		if err == nil {
			err = fpCoCommitted.Eval()
		}
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnfinished, err)
	}
	g.first.deciding.forgetLater(g.key)
	return nil
}
