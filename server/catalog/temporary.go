package catalog

import (
	"context"
	"maps"
	"slices"
	"strings"
)

// Temporaries are the temporary tables of one session. No row of the catalog
// tells of them; their own rows lie under IDs that are noted as abandoned from
// the beginning, so that they are garbage once the session is gone, by a crash
// too (G5). A nil one has none. It belongs to the session's goroutine.
type Temporaries struct {
	tables map[string]*Table
	ids    []uint32 // that were reserved for them, and not given back
}

// Find finds one; it hides the table or view of its name.
func (t *Temporaries) Find(db, name string) (*Table, bool) {
	if t == nil || len(t.tables) == 0 {
		return nil, false
	}
	def, ok := t.tables[string(tableKey(db, name))]
	return def, ok
}

// Set makes a definition known, or known anew, whose IDs are of Reserve.
func (t *Temporaries) Set(def *Table) error {
	def.Temporary = true
	if err := def.Prepare(); err != nil {
		return err
	}
	if t.tables == nil {
		t.tables = make(map[string]*Table)
	}
	t.tables[string(tableKey(def.DB, def.Name))] = def
	return nil
}

// Draft is what a statement may change that can still fail: Settle takes it over.
func (t *Temporaries) Draft() *Temporaries {
	return &Temporaries{tables: maps.Clone(t.tables), ids: slices.Clone(t.ids)}
}

// Settle ends a draft: its tables count from now on if they are committed. spare are
// the IDs that no table has any more; nobody may have changed a row under them in a
// transaction that lasts.
func (t *Temporaries) Settle(draft *Temporaries, committed bool) (spare []uint32) {
	if committed {
		t.tables = draft.tables
	}
	used := make(map[uint32]bool)
	for _, def := range t.tables {
		for _, id := range def.IDs() {
			used[id] = true
		}
	}
	t.ids = nil
	for _, id := range draft.ids {
		if used[id] {
			t.ids = append(t.ids, id)
		} else {
			spare = append(spare, id)
		}
	}
	return spare
}

// Drop forgets one; its rows stay until the session ends, because the
// transaction may not have.
func (t *Temporaries) Drop(db, name string) { delete(t.tables, string(tableKey(db, name))) }

// DropIn forgets those of a database.
func (t *Temporaries) DropIn(db string) {
	if t == nil {
		return
	}
	for key := range t.tables {
		if strings.HasPrefix(key, "t"+db+"\x00") {
			delete(t.tables, key)
		}
	}
}

// IDs are those under which there may be rows.
func (t *Temporaries) IDs() []uint32 { return t.ids }

// Reserve takes IDs that are noted as abandoned, and returns the first.
func (c *Catalog) Reserve(ctx context.Context, s Store, n int) (first uint32, err error) {
	if first, err = c.TakeIDs(ctx, s, n); err != nil {
		return 0, err
	}
	for i := range n {
		if err := c.Abandon(ctx, s, first+uint32(i)); err != nil {
			return 0, err
		}
	}
	return first, nil
}

// Reserved notes n IDs of Reserve as the session's.
func (t *Temporaries) Reserved(first uint32, n int) {
	for i := range n {
		t.ids = append(t.ids, first+uint32(i))
	}
}
