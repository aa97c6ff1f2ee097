package catalog

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/types"
)

// PrimaryName is what MySQL calls the primary key. An index has the name if the key is
// of prefixes, or descending: the rows are then kept as those of a table without one.
const PrimaryName = "PRIMARY"

// IndexesMax is how many indexes a table may have beside its primary key, as
// in MySQL 8.0.
const IndexesMax = 64

// An Index is a secondary index's definition.
type Index struct {
	ID        uint32 `json:"id"` // of the engine's table that has its entries
	Name      string `json:"name"`
	Columns   []Part `json:"columns"`
	Unique    bool   `json:"unique,omitempty"`
	Fulltext  bool   `json:"fulltext,omitempty"`  // a definition only: no entries are kept
	Arrays    bool   `json:"arrays,omitempty"`    // of the values of arrays; a definition only, too
	Invisible bool   `json:"invisible,omitempty"` // kept, but not used to find rows
	Comment   string `json:"comment,omitempty"`
	Btree     bool   `json:"btree,omitempty"` // USING BTREE has been said
	// Implied: a FOREIGN KEY has made it, and it goes when another index serves the key.
	Implied bool `json:"implied,omitempty"`
}

// A Part is a column of an index, or its beginning.
type Part struct {
	Column int  `json:"column"`
	Prefix int  `json:"prefix,omitempty"` // characters of text or bytes; 0 is all
	Desc   bool `json:"desc,omitempty"`
}

// The byte ahead of a nullable column in an index.
const (
	isNull  = 0
	notNull = 1
)

// spaceNameMax is the engine's limit on a name, in bytes.
const spaceNameMax = 256

// SpatialPrefix is how many bytes of a geometry an index has, as MySQL shows it.
const SpatialPrefix = 32

// IsSpatial reports whether an index is of a geometry. It is kept up, but no rows are
// looked for in it.
func (t *Table) IsSpatial(ix *Index) bool {
	return t.Columns[ix.Columns[0].Column].Type.Kind == types.Geometry
}

// Finds reports whether rows may be looked for in an index.
func (t *Table) Finds(ix *Index) bool { return !ix.Invisible && !ix.IsEmpty() && !t.IsSpatial(ix) }

// IsEmpty reports whether an index is a definition only: it has no entries.
func (ix *Index) IsEmpty() bool { return ix.Fulltext || ix.Arrays }

// FulltextOf finds an index of exactly these columns, in any order, for MATCH.
func (t *Table) FulltextOf(columns []int) (*Index, bool) {
	for i := range t.Indexes {
		ix := &t.Indexes[i]
		other := func(p Part) bool { return !slices.Contains(columns, p.Column) }
		if ix.Fulltext && !ix.Invisible && len(ix.Columns) == len(columns) && !slices.ContainsFunc(ix.Columns, other) {
			return ix, true
		}
	}
	return nil, false
}

// FulltextColumn reports whether a column may be part of a FULLTEXT index: it is text, of
// the collation of the first one.
func (t *Table) FulltextColumn(ix *Index, col int) bool {
	typ := t.Columns[col].Type
	isText := typ.IsText() && (typ.Kind == types.Char || typ.Kind == types.VarChar || typ.Kind == types.Blob)
	return isText && typ.Collation == t.Columns[ix.Columns[0].Column].Type.Collation
}

// IndexSpace is where the entries of an index are.
func (t *Table) IndexSpace(ix *Index) Space {
	name := t.Name + "." + ix.Name
	return Space{ID: ix.ID, DB: t.DB, Name: name[:min(len(name), spaceNameMax)]}
}

// Index finds an index by name, in any case of letters.
func (t *Table) Index(name string) (int, bool) {
	for i := range t.Indexes {
		if strings.EqualFold(t.Indexes[i].Name, name) {
			return i, true
		}
	}
	return 0, false
}

// PrimaryParts is the primary key as the columns of an index.
func (t *Table) PrimaryParts() []Part { return t.parts }

// IsPrimary reports whether an index is the table's primary key.
func (ix *Index) IsPrimary() bool { return strings.EqualFold(ix.Name, PrimaryName) }

// HasPrimary reports whether there is a primary key of any kind.
func (t *Table) HasPrimary() bool {
	_, indexed := t.Index(PrimaryName)
	return indexed || len(t.PrimaryKey) > 0
}

// IsKeyed reports whether a column is part of the primary key or of an index.
func (t *Table) IsKeyed(col int) bool { return t.keyed[col] }

// IDs is every ID that has rows of the table: its own, then those of its
// indexes.
func (t *Table) IDs() []uint32 {
	out := []uint32{t.ID}
	for i := range t.Indexes {
		out = append(out, t.Indexes[i].ID)
	}
	return out
}

// AppendPart appends a value's key in part at of an index (T1).
func (t *Table) AppendPart(dst []byte, ix *Index, at int, v binlog.Value) ([]byte, error) {
	p := ix.Columns[at]
	c := &t.Columns[p.Column]
	start := len(dst)
	if c.Nullable {
		if v == nil {
			dst = append(dst, isNull)
		} else {
			dst = append(dst, notNull)
		}
	}
	if v != nil || !c.Nullable {
		var err error
		if dst, err = types.AppendKey(dst, c.Type, cut(v, c.Type, p.Prefix)); err != nil {
			return nil, fmt.Errorf("index %s, column %s: %w", ix.Name, c.Name, err)
		}
	}
	if p.Desc {
		invert(dst[start:])
	}
	return dst, nil
}

func invert(key []byte) {
	for i, b := range key {
		key[i] = ^b
	}
}

// Beginnings are where texts are in part at of an index which sort with, above or below
// one, if the part has their first letters only and they need not be those of the text;
// nil if AppendPart tells it.
func (t *Table) Beginnings(ix *Index, at int, v binlog.Value) *types.Beginnings {
	p := ix.Columns[at]
	c := &t.Columns[p.Column]
	s, ok := v.([]byte)
	if p.Prefix == 0 || !ok || !c.Type.IsText() || c.Type.Collation.Even() {
		return nil
	}
	out := c.Type.Collation.Beginnings(s, cut(v, c.Type, p.Prefix).([]byte), p.Prefix)
	whole := func(key []byte) []byte {
		if c.Nullable {
			key = append([]byte{notNull}, key...)
		}
		if p.Desc {
			invert(key)
		}
		return key
	}
	for i, key := range out.Keys {
		out.Keys[i] = whole(key)
	}
	out.From, out.To = whole(out.From), whole(out.To)
	return &out
}

// PartValue is what part at of an index has of a row: the column's value, or its
// beginning.
func (t *Table) PartValue(ix *Index, at int, row []binlog.Value) binlog.Value {
	p := ix.Columns[at]
	return cut(row[p.Column], t.Columns[p.Column].Type, p.Prefix)
}

// cut is a value's first characters or bytes; 0 of them is all.
func cut(v binlog.Value, t types.Type, n int) binlog.Value {
	b, ok := v.([]byte)
	if !ok || n == 0 || len(b) <= n {
		return v
	}
	if !t.IsText() {
		return b[:n]
	}
	end := 0
	for ; n > 0 && end < len(b); n-- {
		_, size := utf8.DecodeRune(b[end:])
		end += size
	}
	return b[:end]
}

// An Entry is what an index has of a row.
type Entry struct {
	Key, Value []byte
	// Unique: no other row may have this key. It is not of an index that is
	// unique, if a column of it is NULL.
	Unique bool
}

// IsNone: the index has nothing of the row.
func (e Entry) IsNone() bool { return len(e.Key) == 0 }

// Entry is the entry of a row whose primary key, or hidden ID, is given.
func (t *Table) Entry(ix *Index, row []binlog.Value, primary []byte) (Entry, error) {
	if ix.IsEmpty() {
		return Entry{}, nil
	}
	e := Entry{Unique: ix.Unique}
	for at, p := range ix.Columns {
		var err error
		if e.Key, err = t.AppendPart(e.Key, ix, at, row[p.Column]); err != nil {
			return Entry{}, err
		}
		e.Unique = e.Unique && row[p.Column] != nil
	}
	if e.Unique {
		e.Value = append([]byte{entryUnique}, primary...)
		return e, nil
	}
	e.Value = binary.AppendUvarint([]byte{entryPlain}, uint64(len(e.Key)))
	e.Key = append(e.Key, primary...)
	return e, nil
}

// The first byte of an entry's value.
const (
	entryPlain  = 0
	entryUnique = 1
)

// Primary is the key of the row that an entry is of; parts of key or val.
func Primary(key, val []byte) ([]byte, error) {
	if len(val) > 0 && val[0] == entryUnique {
		return val[1:], nil
	}
	if len(val) > 1 && val[0] == entryPlain {
		if n, size := binary.Uvarint(val[1:]); size == len(val)-1 && n <= uint64(len(key)) {
			return key[n:], nil
		}
	}
	return nil, fmt.Errorf("%w: an index entry's value %x", ErrCorrupt, bytes.Clone(val))
}

// Copy is a table to change and write with Alter.
func (t *Table) Copy() *Table {
	out := *t
	out.Columns = slices.Clone(t.Columns)
	out.PrimaryKey = slices.Clone(t.PrimaryKey)
	out.Indexes = slices.Clone(t.Indexes)
	out.Checks, out.ForeignKeys = slices.Clone(t.Checks), slices.Clone(t.ForeignKeys)
	out.ReferencedBy, out.Options = slices.Clone(t.ReferencedBy), maps.Clone(t.Options)
	out.Triggers = slices.Clone(t.Triggers)
	return &out
}

// withIndexesOf is t without the indexes that old has not.
func (t *Table) withIndexesOf(old *Table) *Table {
	missing := func(ix Index) bool {
		return !slices.ContainsFunc(old.Indexes, func(o Index) bool { return o.ID == ix.ID })
	}
	if !slices.ContainsFunc(t.Indexes, missing) {
		return t
	}
	out := t.Copy()
	out.Indexes = slices.DeleteFunc(out.Indexes, missing)
	return out
}

// tellsRows reports whether no two rows have the same key in an index.
func (t *Table) tellsRows(ix Index) bool {
	return ix.Unique && !slices.ContainsFunc(ix.Columns, func(p Part) bool { return t.Columns[p.Column].Nullable })
}

// rowKey are the columns that tell rows apart: those of the primary key, or of the
// first index that does; nil if none does.
func (t *Table) rowKey() (columns []int) {
	if len(t.PrimaryKey) > 0 {
		return t.PrimaryKey
	}
	shown := func(ix Index) bool { return t.tellsRows(ix) && !t.IsFunctional(&ix) }
	if i := slices.IndexFunc(t.Indexes, shown); i >= 0 {
		for _, p := range t.Indexes[i].Columns {
			columns = append(columns, p.Column)
		}
	}
	return columns
}

func (t *Table) validateIndexes() error {
	if len(t.Indexes) > IndexesMax {
		return fmt.Errorf("%d indexes", len(t.Indexes))
	}
	ids, names := map[uint32]bool{t.ID: true}, map[string]bool{strings.ToLower(PrimaryName): len(t.PrimaryKey) > 0}
	for i := range t.Indexes {
		ix := &t.Indexes[i]
		lower := strings.ToLower(ix.Name)
		if ids[ix.ID] || ix.ID < firstID || names[lower] || !ValidName(ix.Name) {
			return fmt.Errorf("index %d: bad ID %d or name %q", i+1, ix.ID, ix.Name)
		}
		ids[ix.ID], names[lower] = true, true
		if err := t.validateParts(ix); err != nil {
			return fmt.Errorf("index %q: %w", ix.Name, err)
		}
	}
	return nil
}

func (t *Table) validateParts(ix *Index) error {
	if len(ix.Columns) == 0 || len(ix.Columns) > KeyParts {
		return fmt.Errorf("%d columns", len(ix.Columns))
	}
	seen := make(map[int]bool)
	for _, p := range ix.Columns {
		if p.Column < 0 || p.Column >= len(t.Columns) || seen[p.Column] {
			return errors.New("bad column")
		}
		seen[p.Column] = true
		typ := t.Columns[p.Column].Type
		if ix.Fulltext {
			if !t.FulltextColumn(ix, p.Column) || ix.Unique || p.Prefix != 0 || p.Desc {
				return errors.New("no fulltext index")
			}
			continue
		}
		if p.Prefix < 0 || p.Prefix > KeyMax || p.Prefix > 0 && !typ.IsString() && typ.Kind != types.Geometry || p.Prefix == 0 && typ.Kind == types.Blob {
			return errors.New("bad prefix")
		}
		if typ.Kind == types.Geometry && (len(ix.Columns) > 1 || ix.Unique || p.Prefix != SpatialPrefix) {
			return errors.New("no spatial index")
		}
	}
	return nil
}
