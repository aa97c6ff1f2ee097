package engine

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"github.com/xadb/xadb/internal/bug"
	"github.com/xadb/xadb/internal/failpoint"
	"github.com/xadb/xadb/wal"
)

var (
	fpMoveBegin = failpoint.New("ckpt.before_relocation")
	fpMovePart  = failpoint.New("ckpt.mid_relocation")
	fpMoveEnd   = failpoint.New("ckpt.after_relocation")
)

const (
	// settledAfter is how many checkpoints a branch is kept by its PREPARE in
	// the log; then its body moves to the tables (C1b).
	settledAfter = 2
	// movedChunk is the size of a row, in bytes, unless one op is larger. Not an
	// option: another life may go on with a move.
	movedChunk = 1 << 20
	// movedHead is what precedes the body in the first row.
	movedHead = 16
	movedInTC = 1 // flag: the coordinator's log has the prepare
)

// movedPrefix begins the keys of moved bodies. The prepare LSN names the
// branch: an XID may be used again (C5).
var movedPrefix = []byte("\x00prep")

func movedKey(lsn wal.LSN, row int) []byte {
	b := binary.BigEndian.AppendUint64(bytes.Clone(movedPrefix), uint64(lsn))
	return binary.BigEndian.AppendUint32(b, uint32(row))
}

// relocate moves the bodies of branches that have been prepared for long from
// the log to the tables. The log goes on keeping a branch until a cut finds the
// rows durable.
func (e *Engine) relocate() error {
	if err := e.enter(); err != nil {
		return err
	}
	defer e.exit()
	if e.full() {
		return nil // what room there is, outcomes need
	}
	e.mu.Lock()
	list := e.preparedLocked((*Txn).mayMove)
	e.mu.Unlock()
	for _, t := range list {
		if err := e.move(t); err != nil {
			return e.poison(fmt.Errorf("relocating branch %s: %w", t.xid, err))
		}
	}
	return nil
}

// mayMove reports whether the branch should move. Whatever may still be marked
// as known to the coordinator's log stays: the mark is in the row. REQUIRES:
// Engine.mu.
func (t *Txn) mayMove() bool {
	return t.published && !t.claimed && !t.moved && t.checkpoints >= settledAfter &&
		t.flags&flagExternal != 0 && (t.inTC || !t.Binlogged())
}

// move writes one branch's rows. A large one takes several batches; the branch
// may be decided between two, and takes what is there along.
func (e *Engine) move(t *Txn) error {
	if err := fpMoveBegin.Eval(); err != nil {
		return err
	}
	rows, err := t.movedRows()
	if err != nil {
		return err
	}
	for from := 0; from < len(rows); {
		n, err := e.moveSome(t, rows, from)
		if err != nil || n == 0 {
			return err
		}
		if from += n; from < len(rows) {
			if err := fpMovePart.Eval(); err != nil {
				return err
			}
		}
	}
	return fpMoveEnd.Eval()
}

// movedRows is what the tables will hold of a branch: a head with the PREPARE's
// body, and the bodies of its REDO_CHUNKs. The tail's position is not kept: what
// counts of it is the flag.
func (t *Txn) movedRows() ([][]byte, error) {
	rows := [][]byte{nil}
	body, err := encodeTxn(t.xid.Encode(nil), t.flags&^flagChunked, t.set, spill{movedChunk, func(chunk []byte) error {
		rows = append(rows, chunk)
		return nil
	}})
	if err != nil {
		return nil, err
	}
	var flags uint32
	if t.inTC {
		flags = movedInTC
	}
	body = appendPrepareTail(body, TCPos{}, t.preparedAt)
	head := le.AppendUint64(make([]byte, 0, movedHead+len(body)), t.id)
	head = le.AppendUint32(head, flags)
	head = le.AppendUint32(head, uint32(len(rows)))
	rows[0] = append(head, body...)
	return rows, nil
}

// moveSome writes rows of a branch in one batch, in its place among the commit
// groups (C5), and returns how many: none of a branch that is resolved.
func (e *Engine) moveSome(t *Txn, rows [][]byte, from int) (n int, err error) {
	e.publishMu.Lock()
	defer e.publishMu.Unlock()
	e.mu.Lock()
	entry := e.mu.branches[t.xid.Key()]
	e.mu.Unlock()
	if entry == nil || entry.txn != t {
		return 0, nil
	}
	b := e.db.NewBatch()
	for ; from+n < len(rows); n++ {
		if n > 0 && b.Len()+len(rows[from+n]) > batchMax {
			break
		}
		if err := b.Set(movedKey(t.prepLSN, from+n), rows[from+n], nil); err != nil {
			return 0, err
		}
	}
	if err := e.writeBatch(b, e.nextApplied()); err != nil {
		return 0, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	t.rows = max(t.rows, from+n) // more, if another life has begun it
	if from+n == len(rows) {
		t.moved = true
		e.mu.moving[t] = struct{}{}
	}
	return n, nil
}

// removeRows adds the removal of a decided branch's rows to the batch that
// carries out the decision.
func (t *Txn) removeRows(b *pebble.Batch) error {
	if bug.On(bug.MovedKept) {
		return nil
	}
	for i := range t.rows {
		if err := b.Delete(movedKey(t.prepLSN, i), nil); err != nil {
			return err
		}
	}
	return nil
}

// durableMoves is the moving branches whose rows pebble would come back with:
// the last row tells, for batches survive in order.
func (e *Engine) durableMoves(it *pebble.Iterator) (list []*Txn) {
	e.mu.Lock()
	last := make(map[*Txn][]byte, len(e.mu.moving))
	for t := range e.mu.moving {
		last[t] = movedKey(t.prepLSN, t.rows-1)
	}
	e.mu.Unlock()
	for t, key := range last {
		if it.SeekGE(key) && bytes.Equal(it.Key(), key) || bug.On(bug.MovedNotDurable) {
			list = append(list, t)
		}
	}
	return list
}

// unpinLocked lets the log drop moved branches, unless one is just being
// decided: its outcome's record relies on the pin. REQUIRES: e.mu.
func (e *Engine) unpinLocked(moved []*Txn) {
	for _, t := range moved {
		if _, moving := e.mu.moving[t]; moving && !t.deciding {
			delete(e.mu.moving, t)
			delete(e.mu.logged, t)
		}
	}
}

// settled takes in the outcome, at lsn, of a branch. It returns from where the
// log must be kept until the tables have it: a body that has moved is there.
func (r *replayer) settled(t *Txn, lsn wal.LSN) wal.LSN {
	if t.rows > 0 {
		r.drop = append(r.drop, t)
	}
	if t.moved {
		t.firstLSN = lsn
	}
	return t.firstLSN
}

// loadMoved reads the branches whose bodies are in the tables. Of one whose rows
// are incomplete the log still has the PREPARE.
func (r *replayer) loadMoved() error {
	it, err := r.e.db.NewIter(&pebble.IterOptions{LowerBound: movedPrefix, UpperBound: []byte{prefixRow}})
	if err != nil {
		return r.e.tableError("reading moved branches", err)
	}
	var rows [][]byte
	of := uint64(0)
	for ok := it.First(); ok && err == nil; ok = it.Next() {
		var val []byte
		if val, err = it.ValueAndErr(); err != nil {
			continue
		}
		lsn, row, known := parseMovedKey(it.Key())
		if row == 0 {
			rows, of = nil, lsn
		}
		if !known || lsn != of || row != len(rows) {
			err = fmt.Errorf("%w: key %x is out of place", ErrCorrupt, it.Key())
			continue
		}
		rows = append(rows, bytes.Clone(val))
		err = r.movedRow(lsn, rows)
	}
	if err = errors.Join(err, it.Error(), it.Close()); err != nil {
		return r.e.tableError("reading moved branches", err)
	}
	return nil
}

func parseMovedKey(key []byte) (lsn uint64, row int, ok bool) {
	rest, ok := bytes.CutPrefix(key, movedPrefix)
	if !ok || len(rest) != 12 {
		return 0, 0, false
	}
	return binary.BigEndian.Uint64(rest), int(binary.BigEndian.Uint32(rest[8:])), true
}

// movedRow takes in the first rows of a branch; the last completes it.
func (r *replayer) movedRow(lsn uint64, rows [][]byte) error {
	head := rows[0]
	if len(head) < movedHead {
		return fmt.Errorf("%w: the moved branch at LSN %d has no head", ErrCorrupt, lsn)
	}
	r.partial[lsn] = len(rows)
	if uint32(len(rows)) != le.Uint32(head[12:]) {
		return nil
	}
	p, err := decodePrepare(head[movedHead:], rows[1:])
	if err != nil || len(p.rest) != prepareTail {
		return fmt.Errorf("%w: the moved branch at LSN %d: %w", ErrCorrupt, lsn, errors.Join(err, errBody))
	}
	if bug.On(bug.MovedLocksLost) {
		p.set.locks = nil
	}
	t := &Txn{
		e: r.e, id: le.Uint64(head), set: p.set, state: statePrepared, xid: &p.xid, flags: p.flags,
		firstLSN: wal.LSN(lsn), prepLSN: wal.LSN(lsn), published: true,
		inTC: le.Uint32(head[8:])&movedInTC != 0, rows: len(rows), moved: true, preparedAt: tailTime(p.rest),
	}
	r.e.nextTxn.Store(max(r.e.nextTxn.Load(), t.id))
	r.live[lsn] = t
	r.seen[lsn] = struct{}{}
	delete(r.partial, lsn)
	return nil
}

// checkListed checks, at the end of the log, that every branch of the last
// checkpoint is there or has its outcome in the log, and that no branch is
// there in parts alone.
func (r *replayer) checkListed() error {
	for _, lsn := range r.listed {
		_, seen := r.seen[lsn]
		if _, decided := r.decided[lsn]; !seen && !decided {
			return fmt.Errorf("engine: reading the log: %w: the prepared branch at LSN %d is missing", ErrCorrupt, lsn)
		}
	}
	for lsn := range r.partial {
		if _, seen := r.seen[lsn]; !seen {
			return fmt.Errorf("engine: reading the log: %w: of the moved branch at LSN %d there are only parts", ErrCorrupt, lsn)
		}
	}
	return nil
}
