package exec

import (
	"reflect"
	"slices"
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/types"
)

// A Redefinition is a table as the clauses of an ALTER TABLE about its columns and its
// primary key make it. All of them speak of the columns as they were before, so that
// two columns may change names (MySQL manual, ALTER TABLE Statement).
type Redefinition struct {
	Old, Table *catalog.Table
	Origin     []int            // of each column: its place in Old, or -1
	Dropped    []string         // names that have no column any more
	Renamed    []catalog.Rename // of columns
	spelled    []bool           // of each column: the statement defines it
	Remarks    []Diagnostic
}

// A placing is a column with where it comes from.
type placing struct {
	catalog.Column
	origin  int
	spelled bool
}

// A redefining is a Redefinition on its way over the clauses.
type redefining struct {
	*Redefinition
	b       *builder
	list    []Clause
	done    []bool             // of each clause
	brought map[int][]indexDef // by clauses with their column
	columns []placing
	dropKey bool
	all     types.Collation
}

// Redefine makes a table's new definition; its indexes have no IDs of their own yet.
// Whether the expressions of generated columns fit is for CheckGenerated. A collation
// that all text is converted to is that of the columns that the clauses define, too,
// whatever they say; 0 is none.
func Redefine(env Env, t *catalog.Table, list []Clause, all types.Collation) (*Redefinition, error) {
	r := &redefining{all: all, Redefinition: &Redefinition{Old: t, Table: t.Copy()}, list: list, done: make([]bool, len(list)), brought: map[int][]indexDef{}}
	r.b = &builder{env: &env, zone: env.Location, table: r.Table, nulls: map[string]bool{}, srid: true}
	for _, step := range []func() error{r.keep, r.bring, r.place, r.keys, r.indexes} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	r.Remarks = r.b.remarks
	return r.Redefinition, nil
}

// CheckGenerated holds what the expressions of a table's generated columns may read.
func CheckGenerated(t *catalog.Table) error { return (&builder{table: t}).generated() }

// about finds the clause that changes or drops a column; -1 is none.
func (r *redefining) about(name string) int {
	return slices.IndexFunc(r.list, func(c Clause) bool {
		return c.ColumnAction != "" && c.ColumnAction != sqlparser.AddStr && strings.EqualFold(changed(c), name)
	})
}

// changed is the column that a clause changes or drops. MODIFY names it by its new name
// alone.
func changed(c Clause) string {
	if c.ColumnAction == sqlparser.ModifyStr {
		return c.TableSpec.Columns[0].Name.String()
	}
	return c.Column.String()
}

// keep takes over the columns that stay, each as it is from now on. What gets another
// place comes with those that are new.
func (r *redefining) keep() error {
	r.dropKey = slices.ContainsFunc(r.list, Clause.DropsPrimaryKey)
	for i := range r.Old.Columns {
		was := &r.Old.Columns[i]
		at := r.about(was.Name)
		if at < 0 {
			r.columns = append(r.columns, placing{*was, i, false})
			continue
		}
		c := r.list[at]
		r.done[at] = c.ColumnOrder == nil
		switch {
		case c.ColumnAction == sqlparser.DropStr:
			r.Dropped = append(r.Dropped, was.Name)
		case c.ColumnAction == sqlparser.RenameStr:
			col := *was
			col.Name = c.ToColumn.String()
			if !catalog.ValidName(col.Name) {
				return mysqlerr.New(mysqlerr.WrongFieldName, col.Name)
			}
			r.columns = append(r.columns, placing{col, i, false})
		case c.ColumnOrder == nil:
			p, err := r.define(at, i)
			if err != nil {
				return err
			}
			r.columns = append(r.columns, p)
		}
	}
	return nil
}

// define is the column that a clause defines.
func (r *redefining) define(clause, origin int) (placing, error) {
	c := r.list[clause]
	r.b.table.Columns, r.b.indexes = nil, nil // what they were is in Old
	err := r.b.column(c.TableSpec.Columns[0])
	made := r.b.table.Columns
	r.brought[clause] = r.b.indexes
	if err != nil {
		return placing{}, err
	}
	made[0].Invisible = c.Invisible()
	if r.all != 0 { // but a TEXT keeps the size that is spelled
		size := made[0].Type.Length
		convertType(&made[0].Type, r.all)
		made[0].Type.Length = size
	}
	if origin >= 0 && changesStorage(&r.Old.Columns[origin], &made[0]) {
		return placing{}, mysqlerr.New(mysqlerr.GeneratedAction, "Changing the STORED status")
	}
	return placing{made[0], origin, true}, nil
}

// changesStorage reports whether a column's values are to be where they were not: a
// VIRTUAL one has none.
func changesStorage(was, is *catalog.Column) bool {
	virtual := func(c *catalog.Column) bool { return c.Generated != "" && !c.Stored }
	return virtual(was) != virtual(is)
}

// bring adds the columns that are new or get another place.
func (r *redefining) bring() error {
	for i, c := range r.list {
		if r.done[i] || c.ColumnAction == "" {
			continue
		}
		origin := -1
		switch c.ColumnAction {
		case sqlparser.DropStr:
			return mysqlerr.New(mysqlerr.CantDropFieldOrKey, c.Column.String())
		case sqlparser.AddStr:
		default:
			name := changed(c)
			if origin = columnNamed(r.Old, name); origin < 0 || r.about(name) != i {
				return mysqlerr.New(mysqlerr.BadField, name, r.Old.Name)
			}
		}
		p, err := r.define(i, origin)
		if err != nil {
			return err
		}
		at := len(r.columns)
		if order := c.ColumnOrder; order != nil && order.First {
			at = 0
		} else if order != nil && order.AfterColumn.String() != "" {
			after := order.AfterColumn.String()
			at = slices.IndexFunc(r.columns, func(p placing) bool { return strings.EqualFold(p.Name, after) }) + 1
			if at == 0 {
				return mysqlerr.New(mysqlerr.BadField, after, r.Old.Name)
			}
		}
		r.columns = slices.Insert(r.columns, at, p)
	}
	return nil
}

// place gives the table its columns.
func (r *redefining) place() error {
	t := r.Table
	t.Columns = nil
	for _, p := range r.columns {
		if columnNamed(t, p.Name) >= 0 {
			return mysqlerr.New(mysqlerr.DupFieldName, p.Name)
		}
		t.Columns = append(t.Columns, p.Column)
		r.Origin, r.spelled = append(r.Origin, p.origin), append(r.spelled, p.spelled)
		if p.origin >= 0 && r.Old.Columns[p.origin].Name != p.Name {
			r.Renamed = append(r.Renamed, catalog.Rename{From: r.Old.Columns[p.origin].Name, To: p.Name})
		}
	}
	if len(t.Columns) == 0 {
		return mysqlerr.New(mysqlerr.CantRemoveAllFields)
	}
	if len(t.Columns) > catalog.ColumnsMax {
		return mysqlerr.New(mysqlerr.TooManyColumns)
	}
	counts := func(p placing) bool { return p.AutoIncrement }
	if first := slices.IndexFunc(r.columns, counts); first >= 0 && slices.ContainsFunc(r.columns[first+1:], counts) {
		return mysqlerr.New(mysqlerr.WrongAutoKey)
	}
	if err := r.wide(); err != nil {
		return err
	}
	return r.b.rowSize()
}

// wide refuses a VARCHAR that has no room for its characters once it is converted.
func (r *redefining) wide() error {
	for i := range r.Table.Columns {
		c := &r.Table.Columns[i]
		if c.Type.Kind == types.VarChar && c.Type.BytesMax() > types.VarCharBytesMax {
			return mysqlerr.New(mysqlerr.TooBigFieldLength, c.Name, types.VarCharBytesMax/c.Type.Collation.BytesPerChar())
		}
	}
	return nil
}

// now is where a column of before is, or -1.
func (r *redefining) now(old int) int { return slices.Index(r.Origin, old) }

// keys gives the table its primary key: what is left of the one that it had, or the
// one that the statement brings.
func (r *redefining) keys() error {
	t := r.Table
	t.PrimaryKey, t.KeyBtree = nil, t.KeyBtree && !r.dropKey
	var left []string
	for _, col := range r.Old.PrimaryKey {
		if at := r.now(col); at >= 0 {
			left = append(left, t.Columns[at].Name)
		}
	}
	_, asIndex := r.Old.Index(catalog.PrimaryName)
	if r.dropKey && !asIndex && len(r.Old.PrimaryKey) == 0 {
		return mysqlerr.New(mysqlerr.CantDropFieldOrKey, catalog.PrimaryName)
	}
	for _, c := range r.list {
		if !c.AddsPrimaryKey() {
			continue
		}
		if r.b.haveKey {
			return mysqlerr.New(mysqlerr.MultiplePriKey)
		}
		r.b.haveKey, t.KeyBtree = true, usesBtree(indexOptions(c.IndexSpec))
		for _, col := range c.IndexSpec.Columns {
			r.b.key = append(r.b.key, col.Column.String())
		}
	}
	switch {
	case r.b.haveKey && (asIndex || len(left) > 0 && !r.dropKey):
		return mysqlerr.New(mysqlerr.MultiplePriKey)
	case !r.b.haveKey && !r.dropKey:
		r.b.key = left
	}
	return r.b.primaryKey()
}

// indexes lose the columns that are dropped, and go with their last one; then those come
// that columns' definitions bring.
func (r *redefining) indexes() error {
	t := r.Table
	var kept []catalog.Index
	for _, ix := range t.Indexes {
		was := ix.Columns
		ix.Columns = nil
		for _, p := range was {
			at := r.now(p.Column)
			if at < 0 {
				continue
			}
			if ix.IsPrimary() {
				if r.b.nulls[strings.ToLower(t.Columns[at].Name)] {
					return mysqlerr.New(mysqlerr.PrimaryCantHaveNull)
				}
				t.Columns[at].Nullable = false
			}
			p.Column = at
			ix.Columns = append(ix.Columns, p)
		}
		if len(ix.Columns) == 0 {
			continue
		}
		if err := refit(t, &ix); err != nil {
			return err
		}
		kept = append(kept, ix)
	}
	t.Indexes = kept
	var key []catalog.Part
	for _, i := range t.PrimaryKey {
		key = append(key, catalog.Part{Column: i})
	}
	t.DropImplied(key)
	for i := range r.list {
		for _, d := range r.brought[i] {
			if err := addIndex(t, d); err != nil {
				return err
			}
		}
	}
	return nil
}

// refit makes the prefixes of an index fit its columns' types as they are now.
func refit(t *catalog.Table, ix *catalog.Index) error {
	if ix.Fulltext {
		return CheckFulltext(t, ix)
	}
	size := 0
	for i := range ix.Columns {
		p := &ix.Columns[i]
		c := &t.Columns[p.Column]
		switch typ := c.Type; {
		case typ.Kind == types.JSON:
			return mysqlerr.New(mysqlerr.JSONUsedAsKey, c.Name)
		case typ.Kind == types.Geometry:
			p.Prefix = catalog.SpatialPrefix
		case !typ.IsString(), typ.Kind != types.Blob && p.Prefix >= typ.Length:
			p.Prefix = 0
		case typ.Kind == types.Blob && p.Prefix == 0:
			return mysqlerr.New(mysqlerr.BlobKeyWithoutLength, c.Name)
		}
		typ := c.Type
		if p.Prefix > 0 && typ.IsString() {
			typ.Kind, typ.Length = types.VarChar, p.Prefix
		}
		size += keyBytes(typ)
	}
	if size > catalog.KeyMax {
		return mysqlerr.New(mysqlerr.TooLongKey, catalog.KeyMax)
	}
	return CheckSpatial(t, ix, false)
}

// Spelled reports whether the statement defines a column of the table.
func (r *Redefinition) Spelled(column int) bool { return r.spelled[column] }

// SameRows reports whether rows, and entries of indexes, stay as they are.
func (r *Redefinition) SameRows() bool {
	old, t := r.Old, r.Table
	if len(old.Columns) != len(t.Columns) || !slices.Equal(old.PrimaryKey, t.PrimaryKey) || len(old.Indexes) != len(t.Indexes) {
		return false
	}
	for i := range t.Columns {
		was, is := &old.Columns[i], &t.Columns[i]
		if r.Origin[i] != i || !reflect.DeepEqual(was.Type, is.Type) || was.Nullable != is.Nullable ||
			was.AutoIncrement != is.AutoIncrement || was.Generated != is.Generated {
			return false
		}
	}
	for i := range t.Indexes {
		if t.Indexes[i].ID == 0 || !reflect.DeepEqual(old.Indexes[i].Columns, t.Indexes[i].Columns) {
			return false
		}
	}
	return true
}
