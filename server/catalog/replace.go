package catalog

import "context"

// Number gives a definition that is not written yet, and its indexes, the IDs from first
// on, so that rows can be written under them before Replace.
func (t *Table) Number(first uint32) {
	t.ID, t.Schema = first, 1
	for i := range t.Indexes {
		t.Indexes[i].ID = first + 1 + uint32(i)
	}
}

// Replace writes a definition in the place of a table opened Exclusive, maybe
// under another name, which must be free. What lay under IDs that the new one
// does not have is the caller's.
func (c *Catalog) Replace(ctx context.Context, s Store, old, t *Table) error {
	if old.ID != t.ID {
		if err := c.DropCounters(ctx, s, old.ID); err != nil {
			return err
		}
	}
	if old.DB != t.DB || old.Name != t.Name {
		if err := c.delete(ctx, s, old.DB, old.Name); err != nil {
			return err
		}
	}
	return c.Alter(ctx, s, t)
}

// Taken reports whether a table or a view has the name; if not, nobody else
// can give it away while the transaction lasts.
func (c *Catalog) Taken(ctx context.Context, s Store, db, name string) (bool, error) {
	exists, err := taken(ctx, s, tablesSpace, tableKey(db, name))
	if err != nil || exists {
		return exists, err
	}
	return taken(ctx, s, tablesSpace, viewKey(db, name))
}
