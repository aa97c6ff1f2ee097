package catalog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/types"
)

var bg = context.Background()

// fake is a store of one transaction: rows in a map, and the locks asked for.
type fake struct {
	rows     map[string][]byte // by space and key
	snapshot map[string][]byte // what Get sees; nil: rows
	locks    []string
}

func newFake() *fake { return &fake{rows: make(map[string][]byte)} }

func place(s Space, key []byte) string { return string(rune(s.ID)) + string(key) }

func (f *fake) Get(s Space, key []byte) ([]byte, bool, error) {
	from := f.snapshot
	if from == nil {
		from = f.rows
	}
	v, ok := from[place(s, key)]
	return v, ok, nil
}

func (f *fake) GetForUpdate(_ context.Context, s Space, key []byte, m Mode) ([]byte, bool, error) {
	f.locks = append(f.locks, fmt.Sprintf("row %s %d", key, m))
	v, ok := f.rows[place(s, key)]
	return v, ok, nil
}

func (f *fake) Put(_ context.Context, s Space, key, val []byte) error {
	f.rows[place(s, key)] = bytes.Clone(val)
	return nil
}

func (f *fake) Delete(_ context.Context, s Space, key []byte) error {
	delete(f.rows, place(s, key))
	return nil
}

func (f *fake) LockTable(_ context.Context, s Space, m Mode) error {
	f.locks = append(f.locks, fmt.Sprintf("table %d %d", s.ID, m))
	return nil
}

func (f *fake) ScanLatest(s Space, start, end []byte) Iterator {
	it := &sliceIterator{f: f, at: -1}
	for k := range f.rows {
		key := strings.TrimPrefix(k, string(rune(s.ID)))
		if len(key) < len(k) && key >= string(start) && (end == nil || key < string(end)) {
			it.keys = append(it.keys, key)
			it.full = append(it.full, k)
		}
	}
	sort.Strings(it.keys)
	sort.Strings(it.full)
	return it
}

type sliceIterator struct {
	f          *fake
	keys, full []string
	at         int
}

func (it *sliceIterator) Next() bool    { it.at++; return it.at < len(it.keys) }
func (it *sliceIterator) Key() []byte   { return []byte(it.keys[it.at]) }
func (it *sliceIterator) Value() []byte { return it.f.rows[it.full[it.at]] }
func (it *sliceIterator) Err() error    { return nil }
func (it *sliceIterator) Close() error  { return nil }

func sample(name string) *Table {
	return &Table{
		DB: "d", Name: name, Collation: types.CollationGeneralCI, PrimaryKey: []int{1, 0},
		Columns: []Column{
			{Name: "Id", Type: types.Type{Kind: types.BigInt, Unsigned: true}},
			{Name: "v", Type: types.Type{Kind: types.VarChar, Length: 5, Collation: types.CollationBin}},
			{Name: "at", Type: types.Type{Kind: types.Timestamp, FSP: 2}, Nullable: true, Default: &Default{Now: true}, OnUpdateNow: true},
		},
	}
}

func create(t *testing.T, c *Catalog, f *fake, name string) *Table {
	t.Helper()
	def := sample(name)
	if created, err := c.CreateTable(bg, f, def, false); err != nil || !created {
		t.Fatalf("creating %s: %v, %v", name, created, err)
	}
	return def
}

func TestTablesOfADatabase(t *testing.T) {
	c, f := New(), newFake()
	for _, db := range []string{"d", "d2", "e"} {
		if created, err := c.CreateDatabase(bg, f, Database{Name: db, Collation: types.CollationBin}); !created || err != nil {
			t.Fatal(created, err)
		}
	}
	for _, name := range []string{"b", "a", "c.x"} {
		create(t, c, f, name)
	}
	other := sample("z")
	other.DB = "d2"
	if _, err := c.CreateTable(bg, f, other, false); err != nil {
		t.Fatal(err)
	}
	names, err := c.Tables(f, "d")
	if err != nil || !reflect.DeepEqual(names, []string{"a", "b", "c.x"}) {
		t.Errorf("%q, %v", names, err)
	}
	list, err := c.Databases(f)
	if err != nil || len(list) != 3 || list[1] != (Database{Name: "d2", Collation: types.CollationBin}) {
		t.Errorf("%v, %v", list, err)
	}
	if created, err := c.CreateDatabase(bg, f, Database{Name: "d", Collation: types.CollationBin}); created || err != nil {
		t.Errorf("created twice: %v, %v", created, err)
	}
	if _, err := c.CreateDatabase(bg, f, Database{Name: "trailing ", Collation: types.CollationBin}); !mysqlerr.Is(err, mysqlerr.WrongDBName) {
		t.Errorf("a name that is none: %v", err)
	}
}

func TestG1_IDsAreNotReused(t *testing.T) {
	c, f := New(), newFake()
	seen := make(map[uint32]bool)
	for range 5 {
		def := create(t, c, f, "t")
		if seen[def.ID] || def.ID < firstID {
			t.Fatalf("ID %d again", def.ID)
		}
		seen[def.ID] = true
		if created, err := c.CreateTable(bg, f, sample("t"), false); created || err != nil {
			t.Fatalf("created twice: %v, %v", created, err)
		}
		if err := c.DropTable(bg, f, def); err != nil {
			t.Fatal(err)
		}
	}
}

func TestG2_DefinitionThenTable(t *testing.T) {
	c, f := New(), newFake()
	def := create(t, c, f, "t")
	for _, m := range []Mode{Shared, Exclusive} {
		f.locks = nil
		got, ok, err := c.Open(bg, f, "d", "t", m)
		if err != nil || !ok || got.ID != def.ID {
			t.Fatalf("%+v, %v, %v", got, ok, err)
		}
		want := []string{fmt.Sprintf("row td\x00t %d", m), fmt.Sprintf("table %d %d", def.ID, m)}
		if !reflect.DeepEqual(f.locks, want) {
			t.Errorf("locked %q, want %q", f.locks, want)
		}
	}
	f.locks = nil
	if _, ok, err := c.Open(bg, f, "d", "nope", Shared); ok || err != nil || len(f.locks) != 1 {
		t.Errorf("a table that is not there: %v, %v, locked %q", ok, err, f.locks)
	}
}

func TestG3_Counters(t *testing.T) {
	c, f := New(), newFake()
	def := create(t, c, f, "t")
	take := func(of Counter, least, n, want, wantTaken uint64) {
		t.Helper()
		first, taken, err := c.Take(bg, f, def, of, least, n)
		if err != nil || first != want || taken != wantTaken {
			t.Fatalf("%d, %d, %v, want %d, %d", first, taken, err, want, wantTaken)
		}
	}
	take(RowIDs, 0, 1, 1, 1)
	take(RowIDs, 0, 10, 2, 10)
	take(AutoInc, 0, 5, 1, 5)
	take(AutoInc, 100, 1, 100, 1)
	take(AutoInc, 50, 1, 101, 1) // not lowered (C20)
	for _, next := range []uint64{7, 0, 2000} {
		if err := c.Reset(bg, f, def, AutoInc, next); err != nil {
			t.Fatal(err)
		}
		take(AutoInc, 0, 3, max(next, 1), 3)
	}
	take(RowIDs, 0, 1, 12, 1)
	take(AutoInc, math.MaxUint64-2, 10, math.MaxUint64-2, 2)
	take(AutoInc, 0, 1, math.MaxUint64, 0)
	if n, err := c.Next(f, def, RowIDs); n != 13 || err != nil {
		t.Errorf("next %d, %v", n, err)
	}
	if err := f.Put(bg, tablesSpace, RowIDs.key(def.ID), []byte("short")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.Take(bg, f, def, RowIDs, 0, 1); !errors.Is(err, ErrCorrupt) {
		t.Errorf("a damaged counter: %v", err)
	}
}

func TestG5_Orphans(t *testing.T) {
	c, f := New(), newFake()
	for _, id := range []uint32{70, 20} {
		if err := c.Abandon(bg, f, id); err != nil {
			t.Fatal(err)
		}
	}
	if ids, err := c.Orphans(f); err != nil || !reflect.DeepEqual(ids, []uint32{20, 70}) {
		t.Fatalf("%v, %v", ids, err)
	}
	for _, want := range []bool{true, false} {
		if ok, err := c.Adopt(bg, f, 20); err != nil || ok != want {
			t.Fatal(ok, err)
		}
	}
	if ids, err := c.Orphans(f); err != nil || !reflect.DeepEqual(ids, []uint32{70}) {
		t.Fatalf("%v, %v", ids, err)
	}
}

func TestG4_Snapshot(t *testing.T) {
	c, f := New(), newFake()
	old := create(t, c, f, "t")
	f.snapshot = make(map[string][]byte)
	for k, v := range f.rows {
		f.snapshot[k] = v
	}
	if got, ok, err := c.OpenSnapshot(bg, f, "d", "t"); err != nil || !ok || got.ID != old.ID {
		t.Errorf("%v, %v", ok, err)
	}
	indexed := old.Copy()
	indexed.Indexes = []Index{{ID: 500, Name: "i", Columns: []Part{{Column: 0}}}}
	if err := c.Alter(bg, f, indexed); err != nil {
		t.Fatal(err)
	}
	if got, ok, err := c.OpenSnapshot(bg, f, "d", "t"); err != nil || !ok || len(got.Indexes) != 0 {
		t.Errorf("an index younger than the snapshot: %v, %v, %v", got, ok, err)
	}
	if got, _, err := c.Open(bg, f, "d", "t", Shared); err != nil || len(got.Indexes) != 1 {
		t.Errorf("%v, %v", got, err)
	}
	newer := create(t, c, f, "newer")
	if got, ok, err := c.OpenSnapshot(bg, f, "d", "newer"); err != nil || !ok || got.ID != newer.ID {
		t.Errorf("younger than the snapshot: %v, %v", ok, err)
	}
	if err := c.DropTable(bg, f, old); err != nil {
		t.Fatal(err)
	}
	create(t, c, f, "t")
	if _, _, err := c.OpenSnapshot(bg, f, "d", "t"); !mysqlerr.Is(err, mysqlerr.TableDefChanged) {
		t.Errorf("replaced since the snapshot: %v", err)
	}
}

func TestDefinitionRoundTrip(t *testing.T) {
	def := sample("t")
	def.ID, def.Schema, def.Comment = 77, 1, "said 'so'"
	def.Columns = append(def.Columns, Column{Name: "n", Type: types.Type{Kind: types.Int}, AutoIncrement: true},
		Column{Name: "g", Type: types.Type{Kind: types.Int}, Nullable: true, Generated: "n+1", Stored: true, Default: nil})
	def.Indexes = []Index{
		{ID: 78, Name: "n", Columns: []Part{{Column: 3}}, Unique: true},
		{ID: 79, Name: "v", Columns: []Part{{Column: 1, Prefix: 2, Desc: true}, {Column: 2}}, Invisible: true, Comment: "x"},
	}
	def.Checks = []Check{{Name: "c", Expr: "n > 0", Enforced: true}}
	def.ForeignKeys = []ForeignKey{{Name: "f", Columns: []string{"n"}, RefDB: "d", RefTable: "p", RefColumns: []string{"id"}, OnDelete: "CASCADE"}}
	def.ReferencedBy = []Reference{{DB: "d", Table: "k", ForeignKey: "kf"}}
	def.Options = map[string]string{"ROW_FORMAT": "DYNAMIC"}
	def.Columns[0].Default = mustDefault(t, def.Columns[0].Type, uint64(1<<63))
	if err := def.Prepare(); err != nil {
		t.Fatal(err)
	}
	b, err := def.encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := decodeTable(b)
	if err != nil || !reflect.DeepEqual(got, def) {
		t.Errorf("%v\n%+v\n%+v", err, got, def)
	}
	if i, ok := got.Column("iD"); !ok || i != 0 || !got.IsPrimary(0) || got.IsPrimary(2) {
		t.Error("columns by name and key")
	}
	v, err := got.Columns[0].Default.Get(&got.Columns[0], time.Time{}, time.UTC)
	if err != nil || v != uint64(1<<63) {
		t.Errorf("default %v, %v", v, err)
	}
	for cut := range b {
		if _, err := decodeTable(b[:cut]); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("%d of %d bytes: %v", cut, len(b), err)
		}
	}
}

func mustDefault(t *testing.T, typ types.Type, v any) *Default {
	t.Helper()
	d, err := NewDefault(typ, v)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestBadDefinitions(t *testing.T) {
	for name, spoil := range map[string]func(*Table){
		"reserved ID":       func(d *Table) { d.ID = 2 },
		"no columns":        func(d *Table) { d.Columns = nil },
		"name twice":        func(d *Table) { d.Columns[1].Name = "ID" },
		"name with a zero":  func(d *Table) { d.Name = "a\x00b" },
		"name too long":     func(d *Table) { d.Name = strings.Repeat("é", NameMax+1) },
		"key out of range":  func(d *Table) { d.PrimaryKey = []int{3} },
		"key twice":         func(d *Table) { d.PrimaryKey = []int{0, 0} },
		"nullable key":      func(d *Table) { d.PrimaryKey = []int{2} },
		"type":              func(d *Table) { d.Columns[0].Type.Kind = 99 },
		"collation":         func(d *Table) { d.Columns[1].Type.Collation = 999 },
		"now for a number":  func(d *Table) { d.Columns[0].Default = &Default{Now: true} },
		"default's bytes":   func(d *Table) { d.Columns[0].Default = &Default{Value: []byte{1, 1, 0}} },
		"no schema version": func(d *Table) { d.Schema = 0 },
		"index's name":      func(d *Table) { d.Indexes = []Index{{ID: 21, Name: "primary", Columns: []Part{{}}}} },
		"index's ID":        func(d *Table) { d.Indexes = []Index{{ID: 20, Name: "i", Columns: []Part{{}}}} },
		"index's column":    func(d *Table) { d.Indexes = []Index{{ID: 21, Name: "i", Columns: []Part{{Column: 9}}}} },
		"index's prefix":    func(d *Table) { d.Indexes = []Index{{ID: 21, Name: "i", Columns: []Part{{Prefix: 2}}}} },
		"AUTO_INCREMENT":    func(d *Table) { d.Columns[1].AutoIncrement = true },
	} {
		def := sample("t")
		def.ID, def.Schema = 20, 1
		spoil(def)
		if err := def.Prepare(); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzDecodeTable(f *testing.F) {
	def := sample("t")
	def.ID, def.Schema = 20, 1
	b, err := def.encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte{tableFormat})
	f.Add([]byte("\x02{}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		def, err := decodeTable(b)
		if err != nil {
			if !errors.Is(err, ErrCorrupt) {
				t.Fatalf("an error of another kind: %v", err)
			}
			return
		}
		if _, err := def.encode(); err != nil || def.Binlog() == nil {
			t.Fatalf("what was decoded does not encode: %v", err)
		}
	})
}

func FuzzDecodeDatabase(f *testing.F) {
	f.Add(Database{Name: "d", Collation: types.CollationBin}.encode())
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := decodeDatabase("d", b)
		if err == nil && !bytes.Equal(d.encode(), b) {
			t.Fatalf("%x came back as %x", b, d.encode())
		}
	})
}
