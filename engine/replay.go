package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/cockroachdb/pebble/v2"

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
	applied uint64                // commit number that pebble had
	live    map[uint64]*Txn       // undecided, by prepare LSN
	seen    map[uint64]struct{}   // every PREPARE in the retained log or in the tables
	partial map[uint64]int        // rows of bodies that have not moved completely
	decided map[uint64]struct{}   // outcomes whose PREPARE is gone
	listed  []uint64              // branches that must be there: those of the last CHECKPOINT
	chunks  map[uint64]redoChunks // by transaction, until its record
	carry   func(redoTxn) error   // out a commit that pebble lacks
	redone  int                   // how many of those
	drop    []*Txn                // with an outcome, and rows of their bodies in the tables

	progress *progress
}

// redoChunks are the bodies of a transaction's REDO_CHUNKs.
type redoChunks struct {
	first  wal.LSN
	bodies [][]byte
}

// A redoTxn is a commit that pebble lacks.
type redoTxn struct {
	number   uint64
	firstLSN wal.LSN
	set      *writeSet
}

func (e *Engine) replay(ctx context.Context) error {
	if err := fpRecBegin.Eval(); err != nil {
		return err
	}
	redo := redoer{e: e, row: e.mu.applied, room: func() error { return e.Admit(ctx, true) }}
	r, err := e.readLog(ctx, redo.add)
	if err != nil {
		return err
	}
	if err := r.restoreBranches(); err != nil {
		return err
	}
	if err := fpRecPrepared.Eval(); err != nil {
		return err
	}
	if err := redo.finish(r.drop); err != nil {
		return err
	}
	r.progress.done(r)
	return fpRecRedone.Eval()
}

// readLog rebuilds the undecided branches, and calls carry for the commits that
// pebble lacks. Two of these that wrote the same row come in the order of their
// commits: the record of the first went ahead of the release of its locks.
func (e *Engine) readLog(ctx context.Context, carry func(redoTxn) error) (*replayer, error) {
	r := &replayer{e: e, applied: e.mu.applied.commitNo, carry: carry,
		live: map[uint64]*Txn{}, seen: map[uint64]struct{}{}, chunks: map[uint64]redoChunks{},
		partial: map[uint64]int{}, decided: map[uint64]struct{}{}}
	e.mu.commitNo, e.mu.floor = e.mu.applied.commitNo, e.mu.applied.tc
	if err := r.loadMoved(); err != nil {
		return nil, err
	}
	r.progress = e.beginProgress()
	err := e.log.Replay(e.log.KeepFrom(), func(rec *wal.Record) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		r.progress.record(rec, r)
		if err := r.record(rec); err != nil {
			return e.recordError(rec, err)
		}
		return nil
	})
	if err != nil {
		return nil, e.logError("reading the log", err)
	}
	if bug.On(bug.ChunksAlone) {
		if err := r.chunksAlone(); err != nil {
			return nil, err
		}
	}
	return r, r.checkListed()
}

// chunksAlone is the seeded bug of that name.
func (r *replayer) chunksAlone() error {
	for _, c := range r.chunks {
		p := loggedTxn{set: newWriteSet(math.MaxInt)}
		p.set.tables = make([]Table, tablesMax)
		for _, body := range c.bodies {
			if _, err := p.decodeOps(body[chunkHead:]); err != nil {
				return err
			}
		}
		if err := r.committed(redoTxn{r.e.mu.commitNo + 1, c.first, p.set}); err != nil {
			return err
		}
	}
	return nil
}

func (r *replayer) record(rec *wal.Record) error {
	if n := r.e.nextTxn.Load(); rec.TxnID > n {
		r.e.nextTxn.Store(rec.TxnID)
	}
	switch rec.Type {
	case wal.TypeRedoChunk:
		c, more := r.chunks[rec.TxnID]
		if !more {
			c.first = rec.LSN
		}
		c.bodies = append(c.bodies, bytes.Clone(rec.Body))
		r.chunks[rec.TxnID] = c
		return nil
	case wal.TypeTCBytes:
		r.e.hasTCBytes = true
		return nil
	case wal.TypePad:
		return nil
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

// decode decodes a PREPARE or COMMIT_1PC with the chunks in front of it. The
// ops alias the record's body if keep is false; the set is nil if the log was
// cut amid the chunks, which C1 allows for what needs no redo. First is the LSN
// of its first record.
func (r *replayer) decode(rec *wal.Record, tail int, keep bool) (p *loggedTxn, first wal.LSN, err error) {
	body, first := rec.Body, rec.LSN
	if keep {
		body = bytes.Clone(body)
	}
	c, chunked := r.chunks[rec.TxnID]
	if chunked {
		first = c.first
		delete(r.chunks, rec.TxnID)
	}
	decode := decodeTxn
	if rec.Type == wal.TypePrepare {
		decode = decodePrepare
	}
	if p, err = decode(body, c.bodies); err != nil && !errors.Is(err, errChunks) {
		return nil, 0, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	if len(p.rest) != tail {
		return nil, 0, fmt.Errorf("%w: %w", ErrCorrupt, errBody)
	}
	r.raiseFloor(tailPos(p.rest))
	return p, first, nil
}

func (r *replayer) prepare(rec *wal.Record) error {
	if _, moved := r.seen[uint64(rec.LSN)]; moved {
		delete(r.chunks, rec.TxnID)
		return nil
	}
	p, first, err := r.decode(rec, prepareTail, true)
	if err != nil {
		return err
	}
	if p.set == nil {
		r.listed = append(r.listed, uint64(rec.LSN)) // it must have its outcome behind
		return nil
	}
	r.live[uint64(rec.LSN)] = &Txn{
		e: r.e, id: rec.TxnID, set: p.set, state: statePrepared, xid: &p.xid, flags: p.flags,
		firstLSN: first, prepLSN: rec.LSN, published: true, inTC: tailPos(p.rest) != TCPos{},
		rows: r.partial[uint64(rec.LSN)], preparedAt: tailTime(p.rest),
	}
	r.seen[uint64(rec.LSN)] = struct{}{}
	return nil
}

func (r *replayer) commit1PC(rec *wal.Record) error {
	p, first, err := r.decode(rec, commitTail, false)
	if err != nil {
		return err
	}
	number := le.Uint64(p.rest)
	if p.set == nil && number > r.applied {
		return fmt.Errorf("%w: %w", ErrCorrupt, errChunks)
	}
	return r.committed(redoTxn{number, first, p.set})
}

// committed carries out a commit that pebble may lack.
func (r *replayer) committed(c redoTxn) error {
	r.e.mu.commitNo = max(r.e.mu.commitNo, c.number)
	if c.number <= r.applied {
		return nil
	}
	r.redone++
	return r.carry(c)
}

// take removes the branch that a record decides or marks. A branch may be
// missing only if its PREPARE was cut, which C1 allows for those alone that
// need no redo.
func (r *replayer) take(prepareLSN uint64, crc uint32, remove bool) (*Txn, error) {
	t := r.live[prepareLSN]
	if t == nil {
		r.decided[prepareLSN] = struct{}{}
		return nil, nil
	}
	if xidCRC(*t.xid) != crc {
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
	if t.rows > 0 && t.HasWrites() && c.commitNo <= r.applied {
		return fmt.Errorf("%w: the tables hold commit %d and still the branch at LSN %d", ErrCorrupt, c.commitNo, c.prepareLSN)
	}
	return r.committed(redoTxn{c.commitNo, r.settled(t, rec.LSN), t.set})
}

func (r *replayer) rollback(rec *wal.Record) error {
	b, err := decodeRollback(rec.Body)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	r.raiseFloor(b.tc)
	t, err := r.take(b.prepareLSN, b.crc, true)
	if t != nil {
		r.settled(t, rec.LSN)
	}
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
	r.e.tcMode, r.e.tcSynced = c.mode, c.tc
	r.listed = append(r.listed, c.branches...)
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
		if t.flags&flagExternal != 0 {
			e.mu.clients++
		}
		t.checkpoints = settledAfter // it has outlived a whole life
		if !t.moved {
			e.mu.logged[t] = struct{}{}
		}
		if bug.On(bug.LocksNotRestored) {
			continue
		}
		if err := t.restoreLocks(); err != nil {
			return err
		}
	}
	return nil
}

// A redoer applies what pebble lacks, in batches. Until the last one the applied
// row stays as it was: a crash in between has the next Open begin again, and
// every write is absolute (I13). The log is durable up to its end since
// wal.Open, so the last one may say so (C2).
type redoer struct {
	e        *Engine
	room     func() error // waits until the tables can take another batch
	row      appliedRow   // of the last commit so far
	firstLSN wal.LSN      // lowest of all; 0 if there is none
	batch    *pebble.Batch
}

func (r *redoer) add(c redoTxn) error {
	if r.batch != nil && r.batch.Len()+c.set.size > batchMax {
		if err := r.room(); err != nil {
			return err
		}
		if err := r.flush(); err != nil {
			return err
		}
	}
	if r.batch == nil {
		r.batch = r.e.db.NewBatch()
	}
	r.row.commitNo = max(r.row.commitNo, c.number)
	if r.firstLSN == 0 || c.firstLSN < r.firstLSN {
		r.firstLSN = c.firstLSN
	}
	return addRows(r.batch, c.set)
}

func (r *redoer) flush() error {
	b := r.batch
	r.batch = nil
	if err := r.e.apply.write(r.e, b); err != nil {
		return err // pebble may still be reading the batch
	}
	r.e.door.applied(b)
	return b.Close()
}

// finish writes the last batch. It also removes what moved branches that are
// resolved have in the tables: sooner, the next Open might need it again.
func (r *redoer) finish(drop []*Txn) error {
	for _, t := range drop {
		if err := r.add(redoTxn{firstLSN: t.firstLSN, set: newWriteSet(0)}); err != nil {
			return err
		}
	}
	if r.batch == nil {
		return nil
	}
	if err := r.room(); err != nil {
		return err
	}
	for _, t := range drop {
		if err := t.removeRows(r.batch); err != nil {
			return err
		}
	}
	r.row.batch++
	r.row.logEnd, r.row.tc = uint64(r.e.log.End()), r.e.mu.floor
	if err := r.batch.Set(appliedKey, r.row.encode(), nil); err != nil {
		return err
	}
	if err := errors.Join(fpCommitBeforeApply.Eval(), r.flush(), fpCommitAfterApply.Eval()); err != nil {
		return r.e.poison(err)
	}
	r.e.mu.applied = r.row
	r.e.mu.unflushed = r.e.mu.unflushed.add(r.row.batch, r.firstLSN)
	return nil
}

// Floor is the largest position in the coordinator's log that a decision, a
// mark or a checkpoint in this store's log carries: what lies beyond is news to
// the engine.
func (e *Engine) Floor() TCPos {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.mu.floor
}
