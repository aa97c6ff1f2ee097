package xadb

import (
	"bytes"
	"iter"

	"github.com/xadb/xadb/engine"
)

// A Reader is what rows are read from: a *Tx, which sees its own writes too,
// or a *Snap.
type Reader interface {
	// Get returns the value of key; ok is false if there is none.
	Get(t *Table, key []byte) (val []byte, ok bool, err error)
	// Scan iterates over the rows of a range.
	Scan(t *Table, r Range) RowSeq
}

var (
	_ Reader = (*Tx)(nil)
	_ Reader = (*Snap)(nil)
)

// A Row is one key and its value.
type Row struct {
	Key, Value []byte
}

// A RowSeq yields rows in order. An error comes last, with an empty Row.
type RowSeq = iter.Seq2[Row, error]

// A Range is the keys of [Start, End), in the order of their bytes. The zero
// value is the whole table; a nil End is the end of the table.
type Range struct {
	Start, End []byte
	// Reverse begins with the last row.
	Reverse bool
}

// Backward is the range from its last row to its first.
func (r Range) Backward() Range {
	r.Reverse = true
	return r
}

// Prefix is the range of the keys that begin with p.
func Prefix(p []byte) Range { return Range{Start: bytes.Clone(p), End: after(p)} }

// after is the first key behind all those that begin with p; nil if there is
// none, as p is empty or all ones.
func after(p []byte) []byte {
	for i := len(p) - 1; i >= 0; i-- {
		if p[i] != 0xff {
			end := bytes.Clone(p[:i+1])
			end[i]++
			return end
		}
	}
	return nil
}

// A scanner is what the engine scans: a transaction or a read view.
type scanner interface {
	Scan(tbl engine.Table, start, end []byte) *engine.Iterator
	ScanReverse(tbl engine.Table, start, end []byte) *engine.Iterator
}

func scan(db *DB, s scanner, t *Table, r Range) RowSeq {
	return func(yield func(Row, error) bool) {
		if err := db.owns(t); err != nil {
			yield(Row{}, err)
			return
		}
		find := s.Scan
		if r.Reverse {
			find = s.ScanReverse
		}
		it := find(t.rows, r.Start, r.End)
		defer it.Close() // the loop's body may panic
		for it.Next() {
			if !yield(Row{Key: it.Key(), Value: it.Value()}, nil) {
				return
			}
		}
		if err := it.Close(); err != nil {
			yield(Row{}, err)
		}
	}
}
