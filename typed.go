package xadb

import (
	"context"
	"fmt"
	"iter"
)

// A TypedTable is a Table whose rows are Go values. It is safe for concurrent
// use, if its codecs are.
type TypedTable[K, V any] struct {
	table  *Table
	keys   KeyCodec[K]
	values ValueCodec[V]
}

// NewTable returns the named table with its rows read and written by the two
// codecs, creating it if there is none. A table's codecs are the program's to
// remember: the store does not know them.
func NewTable[K, V any](ctx context.Context, db *DB, name string, keys KeyCodec[K], values ValueCodec[V]) (*TypedTable[K, V], error) {
	t, err := db.Table(ctx, name)
	if err != nil {
		return nil, err
	}
	return &TypedTable[K, V]{table: t, keys: keys, values: values}, nil
}

// Raw is the table of bytes below.
func (t *TypedTable[K, V]) Raw() *Table { return t.table }

// key is never nil: a Range with a nil End has none.
func (t *TypedTable[K, V]) key(k K) []byte { return t.keys.AppendKey([]byte{}, k, true) }

// Get returns the value of k; ok is false if there is none.
func (t *TypedTable[K, V]) Get(r Reader, k K) (v V, ok bool, err error) {
	return t.decoded(r.Get(t.table, t.key(k)))
}

// GetForUpdate is Get with the row locked until the transaction ends.
func (t *TypedTable[K, V]) GetForUpdate(tx *Tx, k K) (v V, ok bool, err error) {
	return t.decoded(tx.GetForUpdate(t.table, t.key(k)))
}

func (t *TypedTable[K, V]) decoded(b []byte, ok bool, err error) (V, bool, error) {
	var none V
	if err != nil || !ok {
		return none, false, err
	}
	v, err := t.values.DecodeValue(b)
	if err != nil {
		return none, false, fmt.Errorf("xadb: table %s: %w", t.table.Name(), err)
	}
	return v, true, nil
}

// Put writes a row; the errors are those of Tx.Put and of the codec.
func (t *TypedTable[K, V]) Put(tx *Tx, k K, v V) error {
	b, err := t.values.EncodeValue(v)
	if err != nil {
		return fmt.Errorf("xadb: table %s: encoding a value: %w", t.table.Name(), err)
	}
	return tx.Put(t.table, t.key(k), b)
}

// Delete removes a row; it is fine if there is none.
func (t *TypedTable[K, V]) Delete(tx *Tx, k K) error { return tx.Delete(t.table, t.key(k)) }

// DeleteRange removes the rows of a range and returns how many they were.
func (t *TypedTable[K, V]) DeleteRange(tx *Tx, r Range) (n int, err error) {
	return tx.DeleteRange(t.table, r)
}

// An Entry is a key and its value.
type Entry[K, V any] struct {
	Key   K
	Value V
}

// Range is the keys from start up to, not including, end.
func (t *TypedTable[K, V]) Range(start, end K) Range {
	return Range{Start: t.key(start), End: t.key(end)}
}

// From is the keys from start to the end of the table.
func (t *TypedTable[K, V]) From(start K) Range { return Range{Start: t.key(start)} }

// To is the keys from the beginning of the table up to, not including, end.
func (t *TypedTable[K, V]) To(end K) Range { return Range{End: t.key(end)} }

// Prefix is the keys whose bytes begin with those of p: with StringKey and
// BytesKey, what begins with p.
func (t *TypedTable[K, V]) Prefix(p K) Range { return Prefix(t.key(p)) }

// Scan iterates over the rows of a range in the order of their keys; the zero
// Range is all. An error comes last, with an empty Entry: a row that cannot be
// decoded ends the scan.
func (t *TypedTable[K, V]) Scan(r Reader, in Range) iter.Seq2[Entry[K, V], error] {
	return func(yield func(Entry[K, V], error) bool) {
		for row, err := range r.Scan(t.table, in) {
			var e Entry[K, V]
			if err == nil {
				e, err = t.entry(row)
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

func (t *TypedTable[K, V]) entry(row Row) (e Entry[K, V], err error) {
	e.Key, _, err = t.keys.TakeKey(row.Key, true)
	if err == nil {
		e.Value, err = t.values.DecodeValue(row.Value)
	}
	if err != nil {
		return Entry[K, V]{}, fmt.Errorf("xadb: table %s, key %.40x: %w", t.table.Name(), row.Key, err)
	}
	return e, nil
}
