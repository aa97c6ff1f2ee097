package xadb

import (
	"context"

	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/tclog"
)

// A Snap is the store as it was at one moment: what was committed then, and
// nothing that came later. One goroutine at a time may use it.
type Snap struct {
	db  *DB
	txn *tclog.Txn // never writes
}

func (db *DB) snapshot(ctx context.Context) (*Snap, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s := &Snap{db: db, txn: db.log.BeginWith(engine.TxnOptions{ReadOnly: true})}
	if err := s.txn.TakeSnapshot(); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// Get returns the value of key; ok is false if there is none. The value is the
// caller's.
func (s *Snap) Get(t *Table, key []byte) (val []byte, ok bool, err error) {
	return s.txn.Get(t.rows, key)
}

// Scan iterates over the rows of r. A row's bytes are valid until the next
// one. An error comes last, with an empty Row.
func (s *Snap) Scan(t *Table, r Range) RowSeq { return scan(s.txn, t, r) }

func (s *Snap) close() { _ = s.db.log.Rollback(s.txn) }
