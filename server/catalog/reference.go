package catalog

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/xadb/xadb/server/mysqlerr"
)

// A foreign key is known in two places: to its table, which has it, and to its
// parent, which has a Reference; or, while there is no parent, to a note under
// the parent's name. These functions keep the two alike. Tables other than the
// one they are given they open Exclusive, and write; that one is the caller's to
// write.

const waitingTag = 'f'

func waitingKey(parentDB, parent, db, name string) []byte {
	return []byte(string(waitingTag) + parentDB + "\x00" + parent + "\x00" + db + "\x00" + name)
}

// Bind tells parents of foreign keys that t has now. A parent that is not there
// is an error, unless absent ones are allowed.
func (c *Catalog) Bind(ctx context.Context, s Store, t *Table, list []ForeignKey, absent bool) error {
	for i := range list {
		fk := &list[i]
		ref := Reference{DB: t.DB, Table: t.Name, ForeignKey: fk.Name}
		if fk.Own(t) {
			if err := fk.fits(t, t); err != nil {
				return err
			}
			t.ReferencedBy = append(t.ReferencedBy, ref)
			continue
		}
		parent, ok, err := c.Open(ctx, s, fk.RefDB, fk.RefTable, Exclusive)
		switch {
		case err != nil:
			return err
		case !ok && !absent:
			return mysqlerr.New(mysqlerr.FKCannotOpenParent, fk.RefTable)
		case !ok:
			if err := s.Put(ctx, tablesSpace, waitingKey(fk.RefDB, fk.RefTable, t.DB, t.Name), []byte{}); err != nil {
				return err
			}
			continue
		}
		if err := fk.fits(t, parent); err != nil {
			return err
		}
		parent = parent.Copy()
		parent.ReferencedBy = append(parent.ReferencedBy, ref)
		if err := c.Alter(ctx, s, parent); err != nil {
			return err
		}
	}
	return nil
}

// Unbind is the reverse of Bind.
func (c *Catalog) Unbind(ctx context.Context, s Store, t *Table, list []ForeignKey) error {
	for i := range list {
		fk := &list[i]
		is := func(r Reference) bool { return r == Reference{DB: t.DB, Table: t.Name, ForeignKey: fk.Name} }
		if fk.Own(t) {
			t.ReferencedBy = slices.DeleteFunc(t.ReferencedBy, is)
			continue
		}
		parent, ok, err := c.Open(ctx, s, fk.RefDB, fk.RefTable, Exclusive)
		if err != nil {
			return err
		}
		if !ok {
			if err := s.Delete(ctx, tablesSpace, waitingKey(fk.RefDB, fk.RefTable, t.DB, t.Name)); err != nil {
				return err
			}
			continue
		}
		parent = parent.Copy()
		parent.ReferencedBy = slices.DeleteFunc(parent.ReferencedBy, is)
		if err := c.Alter(ctx, s, parent); err != nil {
			return err
		}
	}
	return nil
}

// AdoptReferences gives t, which is new under its name, the foreign keys that wait for a
// table of it.
func (c *Catalog) AdoptReferences(ctx context.Context, s Store, t *Table) error {
	prefix := waitingKey(t.DB, t.Name, "", "")
	prefix = prefix[:len(prefix)-1]
	var keys [][]byte
	err := walk(s, tablesSpace, prefix, After(prefix), func(key, _ []byte) error {
		keys = append(keys, bytes.Clone(key))
		return nil
	})
	if err != nil {
		return err
	}
	for _, key := range keys {
		db, name, _ := bytes.Cut(key[len(prefix):], []byte{0})
		if err := s.Delete(ctx, tablesSpace, key); err != nil {
			return err
		}
		child, ok, err := c.Open(ctx, s, string(db), string(name), Exclusive)
		if err != nil {
			return err
		}
		if !ok {
			return fmt.Errorf("%w: table %q.%q waits for a parent and is not there", ErrCorrupt, db, name)
		}
		for i := range child.ForeignKeys {
			fk := &child.ForeignKeys[i]
			if !fk.Own(t) {
				continue
			}
			if err := fk.fits(child, t); err != nil {
				return err
			}
			t.ReferencedBy = append(t.ReferencedBy, Reference{DB: child.DB, Table: child.Name, ForeignKey: fk.Name})
		}
	}
	return nil
}

// leave lets the foreign keys of other tables wait for another parent than t,
// which goes.
func (c *Catalog) leave(ctx context.Context, s Store, t *Table) error {
	for _, r := range t.ReferencedBy {
		if r.DB == t.DB && r.Table == t.Name {
			continue
		}
		if err := s.Put(ctx, tablesSpace, waitingKey(t.DB, t.Name, r.DB, r.Table), []byte{}); err != nil {
			return err
		}
	}
	return nil
}

// Referrer is another table's foreign key that points to t; also is asked
// whether a table goes together with t. ok is false if there is none.
func (t *Table) Referrer(also func(db, name string) bool) (r Reference, ok bool) {
	i := slices.IndexFunc(t.ReferencedBy, func(r Reference) bool {
		return (r.DB != t.DB || r.Table != t.Name) && !also(r.DB, r.Table)
	})
	if i < 0 {
		return Reference{}, false
	}
	return t.ReferencedBy[i], true
}

// RenameIn makes the tables that t has foreign keys to, and those that have some
// to it, know it by its new name. t is the new definition, which is not written
// yet; foreign keys may have other names there, too.
func (c *Catalog) RenameIn(ctx context.Context, s Store, old, t *Table) error {
	if err := c.Unbind(ctx, s, old.Copy(), old.ForeignKeys); err != nil {
		return err
	}
	own := func(r Reference) bool { return r.DB == old.DB && r.Table == old.Name }
	t.ReferencedBy = slices.DeleteFunc(t.ReferencedBy, own)
	for i := range t.ForeignKeys {
		if fk := &t.ForeignKeys[i]; fk.Own(old) {
			fk.RefDB, fk.RefTable = t.DB, t.Name
		}
	}
	for _, r := range t.ReferencedBy {
		err := c.changeForeignKey(ctx, s, r, func(fk *ForeignKey) { fk.RefDB, fk.RefTable = t.DB, t.Name })
		if err != nil {
			return err
		}
	}
	if err := c.Bind(ctx, s, t, t.ForeignKeys, true); err != nil {
		return err
	}
	return c.AdoptReferences(ctx, s, t)
}

// A Rename gives a column another name.
type Rename struct{ From, To string }

// RenameColumns makes all foreign keys that have the columns know them by their new
// names. t is the new definition.
func (c *Catalog) RenameColumns(ctx context.Context, s Store, t *Table, list []Rename) error {
	to := func(name string) string {
		for _, r := range list {
			if strings.EqualFold(r.From, name) {
				return r.To
			}
		}
		return name
	}
	t.ForeignKeys = slices.Clone(t.ForeignKeys)
	for i := range t.ForeignKeys {
		fk := &t.ForeignKeys[i]
		fk.Columns = renamed(fk.Columns, to)
		if fk.Own(t) {
			fk.RefColumns = renamed(fk.RefColumns, to)
		}
	}
	for _, r := range t.ReferencedBy {
		if r.DB == t.DB && r.Table == t.Name {
			continue
		}
		err := c.changeForeignKey(ctx, s, r, func(fk *ForeignKey) { fk.RefColumns = renamed(fk.RefColumns, to) })
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *Catalog) changeForeignKey(ctx context.Context, s Store, r Reference, change func(*ForeignKey)) error {
	child, i, err := c.Referring(ctx, s, r, Exclusive)
	if err != nil {
		return err
	}
	child = child.Copy()
	change(&child.ForeignKeys[i])
	return c.Alter(ctx, s, child)
}

// Referring opens the table that has a foreign key, and finds that.
func (c *Catalog) Referring(ctx context.Context, s Store, r Reference, m Mode) (child *Table, fk int, err error) {
	child, ok, err := c.Open(ctx, s, r.DB, r.Table, m)
	if err != nil {
		return nil, 0, err
	}
	if ok {
		fk, ok = child.ForeignKey(r.ForeignKey)
	}
	if !ok {
		return nil, 0, fmt.Errorf("%w: foreign key %q of %q.%q is not there", ErrCorrupt, r.ForeignKey, r.DB, r.Table)
	}
	return child, fk, nil
}

// Refit holds that the foreign keys of t, and those that point to it, still fit,
// once its columns or indexes are others. A foreign key whose parent is missing
// waits for one that fits.
func (c *Catalog) Refit(ctx context.Context, s Store, t *Table) error {
	if err := t.CheckForeignKeys(); err != nil {
		return err
	}
	for i := range t.ForeignKeys {
		fk := &t.ForeignKeys[i]
		parent, ok := t, true
		if !fk.Own(t) {
			var err error
			if parent, ok, err = c.Open(ctx, s, fk.RefDB, fk.RefTable, Shared); err != nil {
				return err
			}
		}
		if ok {
			if err := fk.fits(t, parent); err != nil {
				return err
			}
		}
	}
	for _, r := range t.ReferencedBy {
		if r.DB == t.DB && r.Table == t.Name {
			continue
		}
		child, i, err := c.Referring(ctx, s, r, Shared)
		if err == nil {
			err = child.ForeignKeys[i].fits(child, t)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func renamed(list []string, to func(string) string) []string {
	out := slices.Clone(list)
	for i, n := range out {
		out[i] = to(n)
	}
	return out
}
