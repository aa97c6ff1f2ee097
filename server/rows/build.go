package rows

import (
	"bytes"
	"context"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/catalog"
)

// An Autonomous runs f in a transaction of its own and commits it.
type Autonomous = func(ctx context.Context, f func(Txn) error) error

// A Build fills new indexes of a table that is locked exclusively.
type Build struct {
	Txn        Txn // that publishes the definition
	Autonomous Autonomous
	Catalog    *catalog.Catalog
	Table      *catalog.Table   // the definition with the indexes
	Indexes    []*catalog.Index // those to fill, of Table
	BatchMax   int              // bytes written in one transaction
	Numbered   bool             // the indexes have their IDs

	pending []pendingEntry
	size    int
	batches int
}

type pendingEntry struct {
	index  *catalog.Index
	entry  catalog.Entry
	values []binlog.Value
	row    []byte
}

// Run gives the indexes their IDs and writes an entry for each row. What does
// not fit into one transaction goes into others, which are committed: until the
// definition is, the IDs are abandoned (G5). Two rows with one unique key are a
// *DuplicateError.
func (b *Build) Run(ctx context.Context) error {
	if len(b.Indexes) == 0 {
		return nil
	}
	if !b.Numbered {
		if err := b.takeIDs(ctx); err != nil {
			return err
		}
	}
	if err := b.scan(ctx); err != nil {
		return err
	}
	if b.batches == 0 {
		return b.write(ctx, b.Txn)
	}
	return b.flush(ctx)
}

func (b *Build) takeIDs(ctx context.Context) error {
	first, err := TakeIDs(ctx, b.Catalog, b.Txn, b.Autonomous, len(b.Indexes))
	for i, ix := range b.Indexes {
		ix.ID = first + uint32(i)
	}
	return err
}

// TakeIDs takes n IDs, of which it returns the first. They are noted as abandoned,
// should the definition that has them not be committed. txn, which publishes it, takes
// the notes back, and so holds their locks: Purge leaves these IDs alone (G5). Without
// autonomous there are no notes, and nobody else may write under these IDs.
func TakeIDs(ctx context.Context, c *catalog.Catalog, txn Txn, autonomous Autonomous, n int) (first uint32, err error) {
	if autonomous == nil {
		return c.TakeIDs(ctx, txn, n)
	}
	for ours := false; !ours; { // else Purge was quicker: other IDs
		err := autonomous(ctx, func(t Txn) (err error) {
			first, err = c.Reserve(ctx, t, n)
			return err
		})
		if err != nil {
			return 0, err
		}
		ours = true
		for i := range n {
			ok, err := c.Adopt(ctx, txn, first+uint32(i))
			if err != nil {
				return 0, err
			}
			ours = ours && ok
		}
	}
	return first, nil
}

func (b *Build) scan(ctx context.Context) (err error) {
	c := Read{Txn: b.Txn, Table: b.Table, Mode: Latest}.Open(ctx, All())
	defer func() {
		if cerr := c.Close(); err == nil {
			err = cerr
		}
	}()
	for n := 1; c.Next(); n++ {
		if n%checkEvery == 0 && ctx.Err() != nil {
			return interrupted(ctx)
		}
		if err := b.add(c.Row()); err != nil {
			return err
		}
		if b.size > b.BatchMax && b.Autonomous != nil {
			if err := b.flush(ctx); err != nil {
				return err
			}
		}
	}
	return c.Err()
}

func (b *Build) add(r Row) error {
	for _, ix := range b.Indexes {
		e, err := b.Table.Entry(ix, r.Values, r.Key)
		if err != nil {
			return err
		}
		if e.IsNone() {
			continue
		}
		b.pending = append(b.pending, pendingEntry{ix, e, r.Values, r.Key})
		b.size += len(e.Key) + len(e.Value) + keyCost
	}
	return nil
}

func (b *Build) flush(ctx context.Context) error {
	err := b.Autonomous(ctx, func(txn Txn) error { return b.write(ctx, txn) })
	b.pending, b.size = b.pending[:0], 0
	b.batches++
	return err
}

func (b *Build) write(ctx context.Context, txn Txn) error {
	for _, p := range b.pending {
		space := b.Table.IndexSpace(p.index)
		if p.entry.Unique {
			val, taken, err := txn.GetForUpdate(ctx, space, p.entry.Key, catalog.Exclusive)
			if err != nil {
				return err
			}
			if taken && !bytes.Equal(val, p.entry.Value) {
				return duplicateEntry(b.Table, p.index, p.values, p.row)
			}
		}
		if err := txn.Put(ctx, space, p.entry.Key, p.entry.Value); err != nil {
			return err
		}
	}
	return nil
}
