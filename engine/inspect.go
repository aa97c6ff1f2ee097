package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"github.com/xadb/xadb/wal"
	"github.com/xadb/xadb/xid"
)

// An Inspection is what a stopped store holds, read without changing it
// (C21): what the next Open would begin with.
type Inspection struct {
	StoreID  [16]byte
	Epoch    uint32         // of the last life
	CommitNo uint64         // of the last commit
	Redo     int            // commits that the tables lack
	Prepared []xid.Prepared // undecided branches, internal ones included, oldest first
	Floor    TCPos          // see Engine.Floor
	KeepFrom wal.LSN        // where the retained log begins
	End      wal.LSN        // and ends
	Rows     int            // in the tables; counted by a verifying inspection only
	TCBytes  []TCBytes      // see Engine.TCBytes
}

// Inspect reads the stopped store in dir. With verify it also reads every row,
// and so checks every block of the tables. ErrLocked if the store is open,
// ErrCorrupt if durable bytes are damaged.
func Inspect(ctx context.Context, dir string, o Options, verify bool) (*Inspection, error) {
	e, err := openToRead(dir, o)
	if err != nil {
		return nil, err
	}
	ins, err := e.inspect(ctx, verify)
	e.abandon()
	return ins, e.placed(err)
}

func (e *Engine) inspect(ctx context.Context, verify bool) (*Inspection, error) {
	if err := e.openFilesToRead(ctx); err != nil {
		return nil, err
	}
	r, err := e.readBranches(ctx, func(redoTxn) error { return nil })
	if err != nil {
		return nil, err
	}
	log := e.log
	ins := &Inspection{
		StoreID: log.StoreID(), Epoch: log.Epoch(), CommitNo: e.mu.commitNo, Redo: r.redone,
		Floor: e.mu.floor, KeepFrom: log.KeepFrom(), End: log.End(),
	}
	for _, t := range e.preparedLocked(func(*Txn) bool { return true }) {
		ins.Prepared = append(ins.Prepared, t.describe())
	}
	if ins.TCBytes, err = e.TCBytes(); err == nil && verify {
		ins.Rows, err = e.readAllRows(ctx)
	}
	return ins, err
}

func (e *Engine) readAllRows(ctx context.Context) (n int, err error) {
	it, err := e.db.NewIter(&pebble.IterOptions{LowerBound: []byte{prefixRow}})
	if err != nil {
		return 0, e.tableError("opening a scan", err)
	}
	for ok := it.First(); ok && err == nil; ok = it.Next() {
		n++
		if _, err = it.ValueAndErr(); err == nil {
			err = ctx.Err()
		}
	}
	if err = errors.Join(err, it.Error(), it.Close()); err != nil {
		return n, e.tableError("reading the tables", err)
	}
	return n, nil
}

// DescribeRecord says in one line what a record of a store's log holds.
func DescribeRecord(rec *wal.Record) string {
	text, err := describe(rec)
	if err != nil {
		text = err.Error()
	}
	return fmt.Sprintf("%-14v txn %d  %s", rec.Type, rec.TxnID, text)
}

func describe(rec *wal.Record) (string, error) {
	switch rec.Type {
	case wal.TypePrepare, wal.TypeCommit1PC:
		return describeTxn(rec)
	case wal.TypeTCBytes:
		c, err := decodeTCBytes(rec.Body)
		return fmt.Sprintf("TC %d:%d, %d bytes", c.Begin.File, c.Begin.Offset, len(c.Data)), err
	case wal.TypeCommit:
		c, err := decodeCommit(rec.Body)
		return fmt.Sprintf("commit %d of the PREPARE at %d, TC %d:%d", c.commitNo, c.prepareLSN, c.tc.File, c.tc.Offset), err
	case wal.TypeRollback:
		r, err := decodeRollback(rec.Body)
		return fmt.Sprintf("of the PREPARE at %d, TC %d:%d", r.prepareLSN, r.tc.File, r.tc.Offset), err
	case wal.TypePreparedInTC:
		m, err := decodeInTC(rec.Body)
		return fmt.Sprintf("the PREPARE at %d, TC %d:%d", m.prepareLSN, m.tc.File, m.tc.Offset), err
	case wal.TypeCheckpoint:
		c, err := decodeCheckpoint(rec.Body)
		return fmt.Sprintf("durable to commit %d, keep from %d, %d branches, TC %d:%d",
			c.commitNo, c.keepFrom, len(c.branches), c.tc.File, c.tc.Offset), err
	}
	return fmt.Sprintf("%d bytes", len(rec.Body)), nil
}

// describeTxn reads a PREPARE or COMMIT_1PC by itself: its ops may be in chunks.
func describeTxn(rec *wal.Record) (string, error) {
	var x xid.XID
	body, err := rec.Body, error(nil)
	if rec.Type == wal.TypePrepare {
		x, body, err = cutXID(body)
	}
	if err != nil {
		return "", err
	}
	p, err := decodeTxnHead(body)
	if err != nil {
		return "", err
	}
	if rec.Type == wal.TypePrepare {
		return fmt.Sprintf("%s, flags %d, %d ops, tables %v", x, p.flags, p.ops, p.set.tables), nil
	}
	if len(p.rest) < commitTail {
		return "", errBody
	}
	number := le.Uint64(p.rest[len(p.rest)-commitTail:])
	return fmt.Sprintf("commit %d, %d ops, tables %v", number, p.ops, p.set.tables), nil
}
