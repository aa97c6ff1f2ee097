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

// takeIDs takes IDs that are noted as abandoned, should the definition not be
// committed. The transaction that publishes it takes the notes back, and so
// holds their locks: Purge leaves these IDs alone (G5).
func (b *Build) takeIDs(ctx context.Context) error {
	var first uint32
	take := func(txn Txn) (err error) {
		first, err = b.Catalog.TakeIDs(ctx, txn, len(b.Indexes))
		for i := range b.Indexes {
			if err == nil && b.Autonomous != nil {
				err = b.Catalog.Abandon(ctx, txn, first+uint32(i))
			}
		}
		return err
	}
	for ours := false; !ours; {
		if b.Autonomous == nil {
			if err := take(b.Txn); err != nil {
				return err
			}
		} else if err := b.Autonomous(ctx, take); err != nil {
			return err
		}
		ours = true
		for i, ix := range b.Indexes {
			ix.ID = first + uint32(i)
			if b.Autonomous == nil {
				continue
			}
			ok, err := b.Catalog.Adopt(ctx, b.Txn, ix.ID)
			if err != nil {
				return err
			}
			ours = ours && ok // else Purge was quicker: other IDs
		}
	}
	return nil
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
