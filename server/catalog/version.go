package catalog

import "context"

// Version counts the definitions that were written. Whoever has seen a table's
// definition under a lock of the table need not look at it again as long as the
// version is the same: it grows before a change is committed, while the table is
// locked exclusively.
func (c *Catalog) Version() uint64 { return c.changes.Load() }

func (c *Catalog) put(ctx context.Context, s Store, db, name string, raw []byte) error {
	c.changes.Add(1)
	return s.Put(ctx, tablesSpace, tableKey(db, name), raw)
}

func (c *Catalog) delete(ctx context.Context, s Store, db, name string) error {
	c.changes.Add(1)
	return s.Delete(ctx, tablesSpace, tableKey(db, name))
}

// A Holder is a transaction that can lock without waiting.
type Holder interface {
	Store
	// TryLock locks a key if nobody is in the way.
	TryLock(t Space, key []byte, m Mode) (bool, error)
}

// Hold locks a table and its definition as Open does, Shared, without reading
// the definition: whether t is still what the definition says, Version tells. It
// is false if somebody is about to change it.
func (c *Catalog) Hold(ctx context.Context, s Holder, t *Table) (bool, error) {
	held, err := s.TryLock(tablesSpace, t.key, Shared)
	if err != nil || !held {
		return false, err
	}
	return true, s.LockTable(ctx, t.Space(), Shared)
}

// Seen reports whether the transaction's snapshot has exactly this definition.
func (c *Catalog) Seen(s Store, t *Table) (bool, error) {
	b, ok, err := s.Get(tablesSpace, t.key)
	if err != nil || !ok {
		return false, err
	}
	old, err := c.decode(b, t.DB, t.Name)
	return old == t, err
}
