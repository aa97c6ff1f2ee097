package xadb

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/xid"
)

// decisions is the table of a Coordinator's first store that has a row for each
// commit that some branch may not know of yet:
//
//	key    u32 epoch of the first store, u64 number; big-endian
//	value  the identities of the stores that have a branch, 16 bytes each
var decisions = engine.Table{ID: engine.TableDecisions, DB: tableDB, Name: "decisions"}

type (
	storeID     [16]byte
	decisionKey [12]byte
)

func (db *DB) id() storeID { return db.log.Engine().StoreID() }

// A global is one run of the protocol.
type global struct {
	first *DB
	key   decisionKey
}

// branch names the branch in db.
func (g *global) branch(db *DB) (xid.XID, error) {
	first, own := g.first.id(), db.id()
	return xid.New(CoordinatorFormatID, append(first[:], g.key[:]...), own[:])
}

// decisionOf is the key of the decision about a branch of store own whose first
// store is first; ok is false if the branch is another's.
func decisionOf(x xid.XID, first, own storeID) (key decisionKey, ok bool) {
	gtrid := x.Gtrid()
	if x.FormatID() != CoordinatorFormatID || len(gtrid) != len(first)+len(key) ||
		!bytes.HasPrefix(gtrid, first[:]) || !bytes.Equal(x.Bqual(), own[:]) {
		return key, false
	}
	copy(key[:], gtrid[len(first):])
	return key, true
}

// forgetBatch bounds how many rows one transaction deletes beside its own work.
const forgetBatch = 64

// deciding is what the coordinators of one first store share. The zero value is
// ready.
type deciding struct {
	settling sync.Mutex // held by the one who settles; taken before mu

	mu          sync.Mutex
	last        uint64 // number of the last run in this life
	busy        map[decisionKey]struct{}
	forgettable []decisionKey // their branches are committed (Q2)
}

func (d *deciding) begin(first *DB) *global {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.last++
	g := &global{first: first}
	binary.BigEndian.PutUint32(g.key[:], first.log.Engine().Epoch())
	binary.BigEndian.PutUint64(g.key[4:], d.last)
	if d.busy == nil {
		d.busy = map[decisionKey]struct{}{}
	}
	d.busy[g.key] = struct{}{}
	return g
}

func (d *deciding) end(g *global) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.busy, g.key)
}

func (d *deciding) isBusy(key decisionKey) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, busy := d.busy[key]
	return busy
}

func (d *deciding) forgetLater(keys ...decisionKey) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.forgettable = append(d.forgettable, keys...)
}

// takeForgettable takes some keys; whoever fails to delete them gives them back.
func (d *deciding) takeForgettable() []decisionKey {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := min(len(d.forgettable), forgetBatch)
	keys := d.forgettable[:n:n]
	d.forgettable = d.forgettable[n:]
	return keys
}

// settle decides the branches that nobody is busy with, and forgets what the
// stores here have carried out. The rows to forget are chosen first: of a run
// that was over by then, every branch is found, and decided, behind it (Q2).
// One settles at a time, so a branch that has gone meanwhile was decided.
// REQUIRES: a call in each store.
func (c *Coordinator) settle(ctx context.Context) error {
	c.first.deciding.settling.Lock()
	defer c.first.deciding.settling.Unlock()
	settled, err := c.settledBy(ctx)
	if err != nil {
		return err
	}
	for _, db := range c.others {
		if err := c.settleStore(ctx, db); err != nil {
			return err
		}
	}
	for keys := range slices.Chunk(settled, forgetBatch) {
		if err := c.first.forget(ctx, keys); err != nil {
			return err
		}
	}
	return nil
}

// settledBy lists the decisions of runs that are over, and that concern none
// but the stores here.
func (c *Coordinator) settledBy(ctx context.Context) ([]decisionKey, error) {
	here := map[storeID]bool{}
	for _, db := range c.others {
		here[db.id()] = true
	}
	s, err := c.first.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	var keys []decisionKey
	it := s.rows.Scan(decisions, nil, nil)
	for it.Next() && err == nil {
		var key decisionKey
		if n := copy(key[:], it.Key()); n < len(key) || len(it.Value())%len(storeID{}) != 0 {
			err = fmt.Errorf("xadb: %w: a decision of %d and %d bytes", ErrCorrupt, n, len(it.Value()))
		}
		if allIn(it.Value(), here) && !c.first.deciding.isBusy(key) {
			keys = append(keys, key)
		}
	}
	return keys, errors.Join(err, it.Close())
}

// allIn reports whether a row names only stores that are here.
func allIn(row []byte, here map[storeID]bool) bool {
	for id := range slices.Chunk(row, len(storeID{})) {
		if len(id) < len(storeID{}) || !here[storeID(id)] {
			return false
		}
	}
	return true
}

// settleStore decides the branches in one store. A branch is listed, then found
// to be nobody's, then looked up, in this order: a run that ends meanwhile has
// left a row, or no branch.
func (c *Coordinator) settleStore(ctx context.Context, db *DB) error {
	for _, p := range db.log.Prepared() {
		key, ours := decisionOf(p.XID, c.first.id(), db.id())
		if !ours || c.first.deciding.isBusy(key) {
			continue
		}
		commit, err := c.first.decided(ctx, key)
		if err != nil {
			return err
		}
		if commit {
			err = db.log.CommitXID(ctx, p.XID)
		} else {
			err = db.log.RollbackXID(ctx, p.XID)
		}
		if err != nil && !errors.Is(err, ErrUnknownXID) {
			return err
		}
		db.opts.Logger.Info("xadb: settled a coordinated branch", "xid", p.XID, "commit", commit)
	}
	return nil
}

// decided reports whether the row is there.
func (db *DB) decided(ctx context.Context, key decisionKey) (bool, error) {
	s, err := db.snapshot(ctx)
	if err != nil {
		return false, err
	}
	defer s.Close()
	_, ok, err := s.rows.Get(decisions, key[:])
	return ok, err
}

// forget deletes rows whose branches are committed.
func (db *DB) forget(ctx context.Context, keys []decisionKey) error {
	tx := db.begin(ctx, TxOptions{})
	defer tx.abort()
	for _, key := range keys {
		if err := tx.txn.Delete(ctx, decisions, key[:]); err != nil {
			return err
		}
	}
	return tx.commit(ctx)
}
