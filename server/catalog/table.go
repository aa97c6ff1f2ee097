package catalog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/types"
)

// ErrCorrupt: a stored row of the catalog cannot be one.
var ErrCorrupt = errors.New("catalog: corrupt row")

// Limits, as MySQL 8.0 has them.
const (
	NameMax    = 64 // characters
	ColumnsMax = 4096
	KeyMax     = 3072 // bytes
	KeyParts   = 16
)

const tableFormat = 3

// A Table is a table's definition.
type Table struct {
	ID         uint32          `json:"id"`
	DB         string          `json:"db"`
	Name       string          `json:"name"`
	Schema     uint64          `json:"schema"` // version of the columns, from 1
	Columns    []Column        `json:"columns"`
	PrimaryKey []int           `json:"primary_key,omitempty"` // none: rows have a hidden ID
	KeyBtree   bool            `json:"key_btree,omitempty"`   // USING BTREE has been said of it
	Indexes    []Index         `json:"indexes,omitempty"`
	Collation  types.Collation `json:"collation"` // default of new columns
	Comment    string          `json:"comment,omitempty"`

	Checks      []Check      `json:"checks,omitempty"`
	ForeignKeys []ForeignKey `json:"foreign_keys,omitempty"`
	// ReferencedBy names the foreign keys of other tables that point here.
	ReferencedBy []Reference `json:"referenced_by,omitempty"`
	Triggers     []Trigger   `json:"triggers,omitempty"` // in the order in which they run
	// Options are table options that are only kept and shown.
	Options map[string]string `json:"options,omitempty"`
	Created int64             `json:"created,omitempty"` // seconds since 1970; 0 is not known

	// Temporary: the table is one session's, and in no catalog row (Temporaries).
	Temporary bool `json:"-"`

	key    []byte // of the definition's row
	types  []types.Type
	byName map[string]int
	parts  []Part // of the primary key
	keyed  []bool // the columns of the primary key and of indexes
	auto   int    // the AUTO_INCREMENT column, or -1
	recode bool   // the binlog has some text in other bytes
	hidden bool   // some column is
	binlog *binlog.Table
}

// A Column is a column's definition.
type Column struct {
	Name          string     `json:"name"`
	Type          types.Type `json:"type"`
	Nullable      bool       `json:"nullable,omitempty"`
	Default       *Default   `json:"default,omitempty"` // nil: NULL if nullable, else none
	OnUpdateNow   bool       `json:"on_update_now,omitempty"`
	AutoIncrement bool       `json:"auto_increment,omitempty"`
	// Generated is the text of the expression that gives the column its value, and
	// Uses the columns that it reads. Rows have the value, whether the column is
	// declared STORED or VIRTUAL.
	Generated string   `json:"generated,omitempty"`
	Uses      []string `json:"uses,omitempty"`
	Stored    bool     `json:"stored,omitempty"`
	Invisible bool     `json:"invisible,omitempty"` // SELECT * and INSERT without columns leave it out
	// Hidden: an index on an expression has made it, and only the index shows it. It is
	// Invisible, too.
	Hidden bool `json:"hidden,omitempty"`
	// Array: the expression is an array's values, of which no row has any.
	Array   bool   `json:"array,omitempty"`
	Comment string `json:"comment,omitempty"`
}

// A Default is the current time, a value, or an expression.
type Default struct {
	Now   bool   `json:"now,omitempty"`
	Value []byte `json:"value,omitempty"` // a row of this one column (types.AppendRow)
	Expr  string `json:"expr,omitempty"`  // text
}

// A Check is a CHECK constraint.
type Check struct {
	Name     string   `json:"name"`
	Expr     string   `json:"expr"`              // text
	Columns  []string `json:"columns,omitempty"` // that the expression reads
	Enforced bool     `json:"enforced"`
}

// A ForeignKey binds columns to those of another table, or of its own.
type ForeignKey struct {
	Name       string   `json:"name"`
	Columns    []string `json:"columns"`
	RefDB      string   `json:"ref_db"`
	RefTable   string   `json:"ref_table"`
	RefColumns []string `json:"ref_columns"`
	OnDelete   string   `json:"on_delete,omitempty"` // RESTRICT, CASCADE, SET NULL, NO ACTION; "" is not said
	OnUpdate   string   `json:"on_update,omitempty"`
}

// A Trigger is a trigger's definition.
type Trigger struct {
	Name    string    `json:"name"`
	Create  string    `json:"create"` // the whole CREATE TRIGGER
	SQLMode string    `json:"sql_mode,omitempty"`
	Created time.Time `json:"created"`
	Definer Definer   `json:"definer,omitzero"`
	Written Written   `json:"written,omitzero"`
}

// A Reference is a foreign key as its parent knows it.
type Reference struct {
	DB         string `json:"db"`
	Table      string `json:"table"`
	ForeignKey string `json:"foreign_key"`
}

// NewDefault is the default of a column with this value, as types.Store
// returned it.
func NewDefault(t types.Type, v binlog.Value) (*Default, error) {
	b, err := types.AppendRow(nil, 1, []types.Type{t}, []binlog.Value{v})
	if err != nil {
		return nil, err
	}
	return &Default{Value: b}, nil
}

// Get is the default, as a row stores it. The current time comes in now, and
// is rounded down to the column's digits.
//
// An expression is for whoever can compute one: here it is an error.
func (d *Default) Get(c *Column, now time.Time, zone *time.Location) (binlog.Value, error) {
	if d.Expr != "" {
		return nil, fmt.Errorf("catalog: the default of column %s is an expression", c.Name)
	}
	if !d.Now {
		row, err := types.DecodeRow(d.Value, 1, []types.Type{c.Type})
		if err != nil {
			return nil, err
		}
		return row[0], nil
	}
	return types.Store(types.FromTime(types.TruncateTime(now, c.Type.FSP).In(zone)),
		types.Type{Kind: types.DateTime, FSP: types.FSPMax},
		types.Target{Name: c.Name, Type: c.Type, Row: 1, Zone: zone})
}

// Literal is a default that is a value as a statement has it in a zone; nil is UTC.
func (d *Default) Literal(c *Column, zone *time.Location) (binlog.Value, error) {
	v, err := d.Get(c, time.Time{}, time.UTC)
	if at, ok := v.(binlog.DateTime); ok && c.Type.Kind == types.Timestamp && zone != nil {
		v = types.LocalTimestamp(at, zone)
	}
	return v, err
}

// Space is where the rows are.
func (t *Table) Space() Space { return Space{ID: t.ID, DB: t.DB, Name: t.Name} }

// Types is the columns' types, for types.AppendRow and DecodeRow.
func (t *Table) Types() []types.Type { return t.types }

// Column finds a column by name, in any case of letters.
func (t *Table) Column(name string) (int, bool) {
	i, ok := t.byName[strings.ToLower(name)]
	return i, ok
}

// AutoIncrement is the AUTO_INCREMENT column; ok is false if there is none.
func (t *Table) AutoIncrement() (col int, ok bool) { return t.auto, t.auto >= 0 }

// Hides reports whether a column is invisible.
func (t *Table) Hides() bool {
	return slices.ContainsFunc(t.Columns, func(c Column) bool { return c.Invisible })
}

// Plain reports whether rows can be changed without computing expressions:
// those of generated columns, defaults, checks and triggers.
func (t *Table) Plain() bool {
	for i := range t.Columns {
		if c := &t.Columns[i]; c.Generated != "" || c.Default != nil && c.Default.Expr != "" {
			return false
		}
	}
	return len(t.Triggers) == 0 && !slices.ContainsFunc(t.Checks, func(c Check) bool { return c.Enforced })
}

// Binlog is the table as TABLE_MAP events tell it; the same pointer each time.
func (t *Table) Binlog() *binlog.Table { return t.binlog }

// Logged is a row as the binlog has it.
func (t *Table) Logged(row []binlog.Value) []binlog.Value {
	if !t.recode && !t.hidden || row == nil {
		return row
	}
	out := make([]binlog.Value, 0, len(row))
	for i, v := range row {
		if !t.Columns[i].Hidden {
			out = append(out, t.types[i].Logged(v))
		}
	}
	return out
}

// IsPrimary reports whether column i is part of the primary key.
func (t *Table) IsPrimary(i int) bool {
	for _, k := range t.PrimaryKey {
		if k == i {
			return true
		}
	}
	return false
}

// AppendKey appends a row's primary key.
func (t *Table) AppendKey(dst []byte, row []binlog.Value) ([]byte, error) {
	var err error
	for _, i := range t.PrimaryKey {
		if dst, err = types.AppendKey(dst, t.types[i], row[i]); err != nil {
			return nil, fmt.Errorf("key column %s: %w", t.Columns[i].Name, err)
		}
	}
	return dst, nil
}

// Prepare checks a definition and fills what is derived from it. Every
// definition goes through it once, before it is used.
func (t *Table) Prepare() error {
	if err := t.validate(); err != nil {
		return fmt.Errorf("%w: table %q.%q: %w", ErrCorrupt, t.DB, t.Name, err)
	}
	t.key = tableKey(t.DB, t.Name)
	t.types = make([]types.Type, len(t.Columns))
	t.keyed = make([]bool, len(t.Columns))
	t.parts, t.recode, t.hidden = nil, false, false
	for _, col := range t.PrimaryKey {
		t.keyed[col] = true
		t.parts = append(t.parts, Part{Column: col})
	}
	for _, ix := range t.Indexes {
		for _, p := range ix.Columns {
			if ix.IsEmpty() {
				continue // no row is found by it
			}
			t.keyed[p.Column] = true
		}
	}
	t.binlog = &binlog.Table{
		ID: uint64(t.ID), DB: t.DB, Name: t.Name, PrimaryKey: t.loggedPlaces(t.PrimaryKey),
		Checked: len(t.ForeignKeys)+len(t.ReferencedBy) > 0,
		RowKey:  t.loggedPlaces(t.rowKey()),
		Parent:  len(t.ReferencedBy) > 0,
	}
	for i := range t.Columns {
		c := &t.Columns[i]
		t.types[i] = c.Type
		t.recode, t.hidden = t.recode || c.Type.Recoded(), t.hidden || c.Hidden
		if c.Hidden {
			continue // replicas compute it (MySQL's binlog has none of them)
		}
		logged := c.Type.Binlog(c.Name, c.Nullable)
		logged.Invisible = c.Invisible
		t.binlog.Columns = append(t.binlog.Columns, logged)
	}
	return nil
}

func (t *Table) validate() error {
	switch {
	case t.ID < firstID:
		return fmt.Errorf("ID %d is reserved", t.ID)
	case !ValidName(t.DB) || !ValidName(t.Name):
		return errors.New("bad name")
	case t.Schema == 0 || t.Collation.Name() == "":
		return errors.New("no schema version or collation")
	case len(t.Columns) == 0 || len(t.Columns) > ColumnsMax:
		return fmt.Errorf("%d columns", len(t.Columns))
	case len(t.PrimaryKey) > KeyParts:
		return fmt.Errorf("a key of %d columns", len(t.PrimaryKey))
	}
	t.byName, t.auto = make(map[string]int, len(t.Columns)), -1
	for i := range t.Columns {
		if err := t.validateColumn(i); err != nil {
			return fmt.Errorf("column %d: %w", i+1, err)
		}
	}
	seen := make(map[int]bool)
	for _, i := range t.PrimaryKey {
		if i < 0 || i >= len(t.Columns) || seen[i] || t.Columns[i].Nullable {
			return errors.New("bad primary key")
		}
		seen[i] = true
	}
	return t.validateIndexes()
}

func (t *Table) validateColumn(i int) error {
	c := &t.Columns[i]
	lower := strings.ToLower(c.Name)
	if _, twice := t.byName[lower]; twice || !ValidName(c.Name) {
		return fmt.Errorf("bad name %q", c.Name)
	}
	t.byName[lower] = i
	if err := c.Type.Validate(); err != nil {
		return err
	}
	hasNow := c.OnUpdateNow || c.Default != nil && c.Default.Now
	if hasNow && c.Type.Kind != types.DateTime && c.Type.Kind != types.Timestamp {
		return errors.New("the current time is no default here")
	}
	if c.AutoIncrement {
		if t.auto >= 0 || !c.Type.IsInteger() || c.Nullable || c.Default != nil || c.Generated != "" {
			return errors.New("bad AUTO_INCREMENT")
		}
		t.auto = i
	}
	if (c.Stored || c.Hidden) && c.Generated == "" || c.Hidden && !c.Invisible || c.Array && !c.Hidden {
		return errors.New("stored or hidden, but not generated")
	}
	if c.Default == nil || c.Default.Now || c.Default.Expr != "" {
		return nil
	}
	_, err := c.Default.Get(c, time.Time{}, time.UTC)
	return err
}

// ValidName reports whether a name can be an identifier, and part of a key.
func ValidName(s string) bool {
	return ValidConstraint(s) && !strings.HasSuffix(s, " ")
}

// ValidConstraint reports whether a name can be that of a CHECK or a foreign key, which
// may end in a space.
func ValidConstraint(s string) bool {
	return s != "" && utf8.ValidString(s) && utf8.RuneCountInString(s) <= NameMax && !strings.ContainsRune(s, 0)
}

func (t *Table) encode() ([]byte, error) {
	b, err := json.Marshal(t)
	if err != nil {
		return nil, fmt.Errorf("catalog: writing table %q.%q: %w", t.DB, t.Name, err)
	}
	return append([]byte{tableFormat}, b...), nil
}

func decodeTable(b []byte) (*Table, error) {
	if len(b) == 0 || b[0] != tableFormat {
		return nil, fmt.Errorf("%w: no definition of format %d", ErrCorrupt, tableFormat)
	}
	dec := json.NewDecoder(bytes.NewReader(b[1:]))
	dec.DisallowUnknownFields()
	t := new(Table)
	if err := dec.Decode(t); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	if dec.More() {
		return nil, fmt.Errorf("%w: bytes behind a definition", ErrCorrupt)
	}
	return t, t.Prepare()
}
