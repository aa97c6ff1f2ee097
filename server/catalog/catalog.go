package catalog

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/types"
)

// cacheMax bounds the definitions kept decoded.
const cacheMax = 4096

// A Catalog reads and writes definitions through the transactions it is
// given. It keeps decoded ones; what is stored decides.
type Catalog struct {
	mu    sync.Mutex // guards cache
	cache map[string]entry

	changes atomic.Uint64 // see Version
}

// An entry is a definition and the bytes it was decoded from.
type entry struct {
	raw   []byte
	table *Table
}

// New returns a Catalog.
func New() *Catalog { return &Catalog{cache: make(map[string]entry)} }

// A Database is a database's definition.
type Database struct {
	Name      string
	Collation types.Collation
}

const (
	databaseFormat = 1
	databaseSize   = 3
)

func (d Database) encode() []byte {
	return binary.LittleEndian.AppendUint16([]byte{databaseFormat}, uint16(d.Collation))
}

func decodeDatabase(name string, b []byte) (Database, error) {
	if len(b) != databaseSize || b[0] != databaseFormat {
		return Database{}, fmt.Errorf("%w: database %q", ErrCorrupt, name)
	}
	d := Database{Name: name, Collation: types.Collation(binary.LittleEndian.Uint16(b[1:]))}
	if d.Collation.Name() == "" {
		return Database{}, fmt.Errorf("%w: database %q has collation %d", ErrCorrupt, name, d.Collation)
	}
	return d, nil
}

// Databases lists them by name.
func (c *Catalog) Databases(s Store) ([]Database, error) {
	var out []Database
	err := walk(s, databasesSpace, nil, nil, func(key, val []byte) error {
		d, err := decodeDatabase(string(key), val)
		out = append(out, d)
		return err
	})
	return out, err
}

// Database finds one; ok is false if there is none.
func (c *Catalog) Database(s Store, name string) (d Database, ok bool, err error) {
	b, ok, err := latest(s, databasesSpace, []byte(name))
	if err != nil || !ok {
		return Database{}, false, err
	}
	d, err = decodeDatabase(name, b)
	return d, err == nil, err
}

// CreateDatabase writes a new one; created is false if it exists.
func (c *Catalog) CreateDatabase(ctx context.Context, s Store, d Database) (created bool, err error) {
	if !ValidName(d.Name) {
		return false, mysqlerr.New(mysqlerr.WrongDBName, d.Name)
	}
	exists, err := taken(ctx, s, databasesSpace, []byte(d.Name))
	if err != nil || exists {
		return false, err
	}
	return true, s.Put(ctx, databasesSpace, []byte(d.Name), d.encode())
}

// taken reports whether a name exists; if not, it is locked. One that is in
// use is answered without waiting for its users.
func taken(ctx context.Context, s Store, in Space, key []byte) (bool, error) {
	_, exists, err := latest(s, in, key)
	if err == nil && !exists {
		_, exists, err = s.GetForUpdate(ctx, in, key, Exclusive)
	}
	return exists, err
}

// AlterDatabase writes one anew that the caller has locked with LockDatabase.
func (c *Catalog) AlterDatabase(ctx context.Context, s Store, d Database) error {
	return s.Put(ctx, databasesSpace, []byte(d.Name), d.encode())
}

// DropDatabase removes one whose tables are gone already: the caller locks it
// with LockDatabase, drops them, then calls this.
func (c *Catalog) DropDatabase(ctx context.Context, s Store, name string) error {
	return s.Delete(ctx, databasesSpace, []byte(name))
}

// LockDatabase keeps others from dropping the database (Shared), or from
// creating tables in it (Exclusive).
func (c *Catalog) LockDatabase(ctx context.Context, s Store, name string, m Mode) (Database, bool, error) {
	b, ok, err := s.GetForUpdate(ctx, databasesSpace, []byte(name), m)
	if err != nil || !ok {
		return Database{}, false, err
	}
	d, err := decodeDatabase(name, b)
	return d, err == nil, err
}

var counterKey = []byte("i")

func tableKey(db, name string) []byte { return []byte("t" + db + "\x00" + name) }

// Tables lists the names of a database's tables.
func (c *Catalog) Tables(s Store, db string) ([]string, error) {
	prefix := tableKey(db, "")
	end := append(bytes.Clone(prefix[:len(prefix)-1]), 1)
	var out []string
	err := walk(s, tablesSpace, prefix, end, func(key, _ []byte) error {
		out = append(out, string(key[len(prefix):]))
		return nil
	})
	return out, err
}

// Find is the newest committed definition, without a lock: for listings.
func (c *Catalog) Find(s Store, db, name string) (*Table, bool, error) {
	b, ok, err := latest(s, tablesSpace, tableKey(db, name))
	if err != nil || !ok {
		return nil, false, err
	}
	t, err := c.decode(b, db, name)
	return t, err == nil, err
}

// decode is decodeTable, or the same table as last time if the bytes are.
func (c *Catalog) decode(b []byte, db, name string) (*Table, error) {
	key := string(tableKey(db, name))
	c.mu.Lock()
	e := c.cache[key]
	c.mu.Unlock()
	if e.table != nil && bytes.Equal(e.raw, b) {
		return e.table, nil
	}
	t, err := decodeTable(b)
	if err != nil {
		return nil, err
	}
	if t.DB != db || t.Name != name {
		return nil, fmt.Errorf("%w: %q.%q stored as %q.%q", ErrCorrupt, t.DB, t.Name, db, name)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.cache) >= cacheMax {
		clear(c.cache)
	}
	c.cache[key] = entry{raw: bytes.Clone(b), table: t}
	return t, nil
}

// Open locks a definition, then the table, and returns the definition; ok is
// false if there is no such table. The lock on the definition's row is there
// even then: nobody creates the table while the transaction lasts.
func (c *Catalog) Open(ctx context.Context, s Store, db, name string, m Mode) (t *Table, ok bool, err error) {
	b, ok, err := s.GetForUpdate(ctx, tablesSpace, tableKey(db, name), m)
	if err != nil || !ok {
		return nil, false, err
	}
	if t, err = c.decode(b, db, name); err != nil {
		return nil, false, err
	}
	if err := s.LockTable(ctx, t.Space(), m); err != nil {
		return nil, false, err
	}
	return t, true, nil
}

// OpenSnapshot is Open for a plain read: the definition must be the one that
// the transaction's snapshot has, or newer than all of the snapshot (G4). It
// has those indexes only whose entries the snapshot has.
func (c *Catalog) OpenSnapshot(ctx context.Context, s Store, db, name string) (*Table, bool, error) {
	t, ok, err := c.Open(ctx, s, db, name, Shared)
	if err != nil || !ok {
		return nil, false, err
	}
	b, ok, err := s.Get(tablesSpace, tableKey(db, name))
	if err != nil || !ok {
		return t, err == nil, err
	}
	old, err := c.decode(b, db, name)
	if err != nil {
		return nil, false, err
	}
	if old.ID != t.ID || old.Schema != t.Schema {
		return nil, false, mysqlerr.New(mysqlerr.TableDefChanged)
	}
	return t.withIndexesOf(old), true, nil
}

// CreateTable gives the table and its indexes their IDs and writes it; created
// is false if there is a table or view of this name. The database must be locked
// (Shared). absent is as for Bind.
func (c *Catalog) CreateTable(ctx context.Context, s Store, t *Table, absent bool) (created bool, err error) {
	exists, err := c.Taken(ctx, s, t.DB, t.Name)
	if err != nil || exists {
		return false, err
	}
	if err := t.CheckForeignKeys(); err != nil {
		return false, err
	}
	if err := c.Bind(ctx, s, t, t.ForeignKeys, absent); err != nil {
		return false, err
	}
	if err := c.AdoptReferences(ctx, s, t); err != nil {
		return false, err
	}
	t.Schema = 1
	return true, c.renew(ctx, s, t)
}

// renew gives a table and its indexes new IDs and writes it.
func (c *Catalog) renew(ctx context.Context, s Store, t *Table) error {
	id, err := c.TakeIDs(ctx, s, 1+len(t.Indexes))
	if err != nil {
		return err
	}
	t.ID = id
	for i := range t.Indexes {
		t.Indexes[i].ID = id + 1 + uint32(i)
	}
	return c.Alter(ctx, s, t)
}

// Alter writes the definition of a table opened Exclusive anew: t is a Copy of
// it, changed. An index that is new has an ID of TakeIDs, and its entries.
func (c *Catalog) Alter(ctx context.Context, s Store, t *Table) error {
	if err := t.Prepare(); err != nil {
		return err
	}
	raw, err := t.encode()
	if err != nil {
		return err
	}
	return c.put(ctx, s, t.DB, t.Name, raw)
}

// Renew replaces a table opened Exclusive by an empty one of the same
// definition under new IDs, whose counters begin anew: whoever read the old
// one in a snapshot is told (G4). The old rows are the caller's.
func (c *Catalog) Renew(ctx context.Context, s Store, t *Table) (*Table, error) {
	if err := c.DropCounters(ctx, s, t.ID); err != nil {
		return nil, err
	}
	out := t.Copy()
	return out, c.renew(ctx, s, out)
}

// TakeIDs takes n table IDs and returns the first (G1). The counter stays
// locked until the transaction ends.
func (c *Catalog) TakeIDs(ctx context.Context, s Store, n int) (first uint32, err error) {
	b, ok, err := s.GetForUpdate(ctx, tablesSpace, counterKey, Exclusive)
	if err != nil {
		return 0, err
	}
	first = firstID
	if ok {
		if len(b) != 4 || binary.LittleEndian.Uint32(b) < firstID {
			return 0, fmt.Errorf("%w: counter of table IDs", ErrCorrupt)
		}
		first = binary.LittleEndian.Uint32(b)
	}
	if uint64(first)+uint64(n) > endID {
		return 0, fmt.Errorf("%w: table IDs are used up", ErrCorrupt)
	}
	return first, s.Put(ctx, tablesSpace, counterKey, binary.LittleEndian.AppendUint32(nil, first+uint32(n)))
}

// DropTable removes the definition of a table opened Exclusive; foreign keys
// that point to it wait for another one of its name. Its rows and index entries
// are the caller's.
func (c *Catalog) DropTable(ctx context.Context, s Store, t *Table) error {
	if err := c.DropCounters(ctx, s, t.ID); err != nil {
		return err
	}
	if err := c.Unbind(ctx, s, t.Copy(), t.ForeignKeys); err != nil {
		return err
	}
	if err := c.leave(ctx, s, t); err != nil {
		return err
	}
	return c.delete(ctx, s, t.DB, t.Name)
}
