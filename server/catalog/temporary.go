package catalog

import (
	"context"
	"slices"
	"strings"
)

// Temporaries are the temporary tables of one session. No row of the catalog
// tells of them; their own rows lie under IDs that are noted as abandoned from
// the beginning, so that they are garbage once the session is gone, by a crash
// too (G5). A nil one has none. It belongs to the session's goroutine.
type Temporaries struct {
	tables map[string]*Table
	ids    []uint32 // of all that there ever were
}

// Find finds one; it hides the table or view of its name.
func (t *Temporaries) Find(db, name string) (*Table, bool) {
	if t == nil || len(t.tables) == 0 {
		return nil, false
	}
	def, ok := t.tables[string(tableKey(db, name))]
	return def, ok
}

// Set makes a definition known, or known anew, which has IDs of Reserve.
func (t *Temporaries) Set(def *Table) error {
	def.Temporary = true
	if err := def.Prepare(); err != nil {
		return err
	}
	if t.tables == nil {
		t.tables = make(map[string]*Table)
	}
	t.tables[string(tableKey(def.DB, def.Name))] = def
	for _, id := range def.IDs() {
		if !slices.Contains(t.ids, id) {
			t.ids = append(t.ids, id)
		}
	}
	return nil
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

// Reserve gives a definition IDs that are noted as abandoned.
func (c *Catalog) Reserve(ctx context.Context, s Store, t *Table) error {
	if err := c.NewIDs(ctx, s, t); err != nil {
		return err
	}
	for _, id := range t.IDs() {
		if err := c.Abandon(ctx, s, id); err != nil {
			return err
		}
	}
	return nil
}
