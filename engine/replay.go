package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sort"

	"github.com/xadb/xadb/engine/lock"
	"github.com/xadb/xadb/internal/bug"
	"github.com/xadb/xadb/internal/failpoint"
	"github.com/xadb/xadb/wal"
)

var (
	fpRecBegin    = failpoint.New("rec.begin")
	fpRecPrepared = failpoint.New("rec.after_prepared_set_built")
	fpRecRedone   = failpoint.New("rec.after_redo")
)

// A replayer rebuilds what the engine knew from the retained log. It is the
// work of Open; it changes nothing on disk but pebble's rows, and doing it
// again gives the same result (I13).
type replayer struct {
	e       *Engine
	applied uint64              // commit number that pebble had
	live    map[uint64]*Txn     // undecided, by prepare LSN
	seen    map[uint64]struct{} // every PREPARE in the retained log
	redo    []redoTxn
}

type redoTxn struct {
	number uint64
	txn    *Txn
}

func (e *Engine) replay(ctx context.Context) error {
	if err := fpRecBegin.Eval(); err != nil {
		return err
	}
	r, err := e.readLog(ctx)
	if err != nil {
		return err
	}
	if err := r.restoreBranches(); err != nil {
		return err
	}
	if err := fpRecPrepared.Eval(); err != nil {
		return err
	}
	if err := r.redoCommits(); err != nil {
		return err
	}
	return fpRecRedone.Eval()
}

// readLog rebuilds the undecided branches and the commits that pebble lacks.
func (e *Engine) readLog(ctx context.Context) (*replayer, error) {
	r := &replayer{e: e, applied: e.mu.applied.commitNo, live: map[uint64]*Txn{}, seen: map[uint64]struct{}{}}
	e.mu.commitNo, e.mu.floor = e.mu.applied.commitNo, e.mu.applied.tc
	err := e.log.Replay(e.log.KeepFrom(), func(rec *wal.Record) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := r.record(rec); err != nil {
			return fmt.Errorf("record %v at LSN %d: %w", rec.Type, rec.LSN, err)
		}
		return nil
	})
	return r, logError("reading the log", err)
}

// logError says what was done to the log. Damage is ErrCorrupt; what the log
// says of the place stays in the text.
func logError(doing string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, wal.ErrCorrupt) && !errors.Is(err, ErrCorrupt):
		return fmt.Errorf("engine: %s: %w: %w", doing, ErrCorrupt, err)
	}
	return fmt.Errorf("engine: %s: %w", doing, err)
}

func (r *replayer) record(rec *wal.Record) error {
	if n := r.e.nextTxn.Load(); rec.TxnID > n {
		r.e.nextTxn.Store(rec.TxnID)
	}
	switch rec.Type {
	case wal.TypePrepare:
		return r.prepare(rec)
	case wal.TypeCommit1PC:
		return r.commit1PC(rec)
	case wal.TypeCommit:
		return r.commit(rec)
	case wal.TypeRollback:
		return r.rollback(rec)
	case wal.TypePreparedInTC:
		return r.inTC(rec)
	case wal.TypeCheckpoint:
		return r.checkpoint(rec)
	}
	return fmt.Errorf("%w: unknown type", ErrCorrupt)
}

// txn makes a transaction out of a decoded body.
func (r *replayer) txn(rec *wal.Record, p *prepareRec) *Txn {
	return &Txn{
		e: r.e, id: lock.Owner(rec.TxnID), set: p.set, state: statePrepared,
		xid: p.xid, flags: p.flags, firstLSN: rec.LSN, prepLSN: rec.LSN, published: true,
	}
}

func (r *replayer) prepare(rec *wal.Record) error {
	p, err := decodePrepare(bytes.Clone(rec.Body))
	if err != nil || p.xid.IsNull() || len(p.rest) != 0 {
		return fmt.Errorf("%w: %w", ErrCorrupt, errBody)
	}
	r.live[uint64(rec.LSN)] = r.txn(rec, p)
	r.seen[uint64(rec.LSN)] = struct{}{}
	return nil
}

func (r *replayer) commit1PC(rec *wal.Record) error {
	p, err := decodePrepare(bytes.Clone(rec.Body))
	if err != nil || len(p.rest) != commitTail {
		return fmt.Errorf("%w: %w", ErrCorrupt, errBody)
	}
	r.committed(le.Uint64(p.rest), r.txn(rec, p))
	return nil
}

// committed queues a commit that pebble may lack.
func (r *replayer) committed(number uint64, t *Txn) {
	r.e.mu.commitNo = max(r.e.mu.commitNo, number)
	if number > r.applied {
		r.redo = append(r.redo, redoTxn{number, t})
	}
}

// take removes the branch that a record decides or marks. A branch may be
// missing only if its PREPARE was cut, which C1 allows for those alone that
// need no redo.
func (r *replayer) take(prepareLSN uint64, crc uint32, remove bool) (*Txn, error) {
	t := r.live[prepareLSN]
	if t == nil {
		return nil, nil
	}
	if xidCRC(t.xid) != crc {
		return nil, fmt.Errorf("%w: names another XID than the PREPARE at LSN %d", ErrCorrupt, prepareLSN)
	}
	if remove {
		delete(r.live, prepareLSN)
	}
	return t, nil
}

func (r *replayer) commit(rec *wal.Record) error {
	c, err := decodeCommit(rec.Body)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	t, err := r.take(c.prepareLSN, c.crc, true)
	if err != nil {
		return err
	}
	r.raiseFloor(c.tc)
	if t == nil {
		if c.commitNo > r.applied {
			return fmt.Errorf("%w: its PREPARE at LSN %d is missing", ErrCorrupt, c.prepareLSN)
		}
		return nil
	}
	r.committed(c.commitNo, t)
	return nil
}

func (r *replayer) rollback(rec *wal.Record) error {
	b, err := decodeRollback(rec.Body)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	r.raiseFloor(b.tc)
	_, err = r.take(b.prepareLSN, b.crc, true)
	return err
}

func (r *replayer) inTC(rec *wal.Record) error {
	m, err := decodeInTC(rec.Body)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	r.raiseFloor(m.tc)
	t, err := r.take(m.prepareLSN, m.crc, false)
	if t != nil {
		t.inTC = true
	}
	return err
}

// checkpoint checks that what it lists is there: a log cut too high would
// otherwise lose branches in silence, and so would tables that came back older
// than they were. Pebble takes a damaged MANIFEST for one that ends there.
func (r *replayer) checkpoint(rec *wal.Record) error {
	c, err := decodeCheckpoint(rec.Body)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	r.raiseFloor(c.tc)
	if c.commitNo > r.applied {
		return fmt.Errorf("%w: the tables end at commit %d, but held commit %d", ErrCorrupt, r.applied, c.commitNo)
	}
	if rec.LSN != r.e.log.CheckpointLSN() {
		return nil
	}
	for _, lsn := range c.branches {
		if _, ok := r.seen[lsn]; !ok {
			return fmt.Errorf("%w: the prepared branch at LSN %d is missing", ErrCorrupt, lsn)
		}
	}
	return nil
}

func (r *replayer) raiseFloor(tc TCPos) { r.e.mu.floor = maxPos(r.e.mu.floor, tc) }

// restoreBranches puts every undecided branch back, with its locks, before
// anybody is let in.
func (r *replayer) restoreBranches() error {
	e := r.e
	for _, t := range r.live {
		if e.mu.branches[t.xid.Key()] != nil {
			return fmt.Errorf("engine: %w: XID %s is prepared twice", ErrCorrupt, t.xid)
		}
		e.mu.branches[t.xid.Key()] = &branchEntry{txn: t}
		e.mu.logged[t] = struct{}{}
		if bug.On(bug.LocksNotRestored) {
			continue
		}
		if err := t.restoreLocks(); err != nil {
			return err
		}
	}
	return nil
}

// redoCommits applies, in commit order, what pebble lacks. The log is durable
// up to its end since wal.Open, so the applied row may say so (C2).
func (r *replayer) redoCommits() error {
	sort.Slice(r.redo, func(i, j int) bool { return r.redo[i].number < r.redo[j].number })
	group := make([]*Decision, len(r.redo))
	for i, c := range r.redo {
		r.e.mu.logged[c.txn] = struct{}{}
		group[i] = &Decision{Txn: c.txn, Commit: true, number: c.number, logged: true}
	}
	if err := r.e.applyRows(group); err != nil {
		return err
	}
	for _, d := range group {
		delete(r.e.mu.logged, d.Txn)
		r.e.mu.unflushed = append(r.e.mu.unflushed, appliedTxn{d.number, d.Txn.firstLSN})
	}
	return nil
}

// Floor is the largest position in the coordinator's log that a decision or a
// mark in this store's log carries: what lies beyond is news to the engine.
func (e *Engine) Floor() TCPos {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.mu.floor
}
