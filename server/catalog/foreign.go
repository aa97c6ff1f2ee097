package catalog

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/types"
)

// What a foreign key does with rows whose parent goes, or gets another key.
// NO ACTION is RESTRICT, and is what is meant if nothing is said.
const (
	Cascade  = "CASCADE"
	SetNull  = "SET NULL"
	Restrict = "RESTRICT"
	NoAction = "NO ACTION"
)

// SQL is the constraint as SHOW CREATE TABLE and errors write it, for a table of
// this database.
func (fk *ForeignKey) SQL(db string) string {
	parent := quoted(fk.RefTable)
	if fk.RefDB != db {
		parent = quoted(fk.RefDB) + "." + parent
	}
	out := fmt.Sprintf("CONSTRAINT %s FOREIGN KEY (%s) REFERENCES %s (%s)",
		quoted(fk.Name), quotedList(fk.Columns), parent, quotedList(fk.RefColumns))
	if a := fk.OnDelete; a != "" && a != NoAction {
		out += " ON DELETE " + a
	}
	if a := fk.OnUpdate; a != "" && a != NoAction {
		out += " ON UPDATE " + a
	}
	return out
}

// Of is SQL with the table that has the constraint, as errors name it.
func (fk *ForeignKey) Of(t *Table) string {
	return quoted(t.DB) + "." + quoted(t.Name) + ", " + fk.SQL(t.DB)
}

func quoted(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

func quotedList(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = quoted(n)
	}
	return strings.Join(out, ", ")
}

// Own reports whether the constraint points to the table that has it.
func (fk *ForeignKey) Own(t *Table) bool { return fk.RefDB == t.DB && fk.RefTable == t.Name }

// ForeignKey finds a foreign key by name, in any case of letters.
func (t *Table) ForeignKey(name string) (int, bool) {
	i := slices.IndexFunc(t.ForeignKeys, func(fk ForeignKey) bool { return strings.EqualFold(fk.Name, name) })
	return i, i >= 0
}

// ColumnsOf is the places of named columns; missing is the first that is not
// there.
func (t *Table) ColumnsOf(names []string) (cols []int, missing string) {
	for _, n := range names {
		i := slices.IndexFunc(t.Columns, func(c Column) bool { return strings.EqualFold(c.Name, n) })
		if i < 0 {
			return nil, n
		}
		cols = append(cols, i)
	}
	return cols, ""
}

// A Lookup is the way to rows by the values of some columns: the first ones of
// the primary key, or of an index.
type Lookup struct {
	Index *Index // nil: the primary key
	Cols  int    // how many
	Whole bool   // they are all of a unique key: one row at most, if none is NULL
}

// Lookup finds a key that begins with these columns, whole and unique if there
// is one. An index on beginnings of values is none.
func (t *Table) Lookup(cols []int) (Lookup, bool) {
	begins := func(list []Part) bool {
		if len(list) < len(cols) {
			return false
		}
		for i, col := range cols {
			if list[i].Column != col || list[i].Prefix > 0 {
				return false
			}
		}
		return true
	}
	var primary []Part // t may not be prepared
	for _, col := range t.PrimaryKey {
		primary = append(primary, Part{Column: col})
	}
	leads := len(primary) > 0 && begins(primary)
	if leads && len(primary) == len(cols) {
		return Lookup{Cols: len(cols), Whole: true}, true
	}
	first := -1
	for i := range t.Indexes {
		ix := &t.Indexes[i]
		switch {
		case ix.IsEmpty() || !begins(ix.Columns):
		case ix.Unique && len(ix.Columns) == len(cols):
			return Lookup{Index: ix, Cols: len(cols), Whole: true}, true
		case first < 0:
			first = i
		}
	}
	switch {
	case leads:
		return Lookup{Cols: len(cols)}, true
	case first >= 0:
		return Lookup{Index: &t.Indexes[first], Cols: len(cols)}, true
	}
	return Lookup{}, false
}

// Key is how the keys of rows with these values begin, none of them NULL; of a
// whole one all of it.
func (t *Table) Key(by Lookup, values []binlog.Value) (key []byte, err error) {
	for i, v := range values[:by.Cols] {
		if by.Index != nil {
			key, err = t.AppendPart(key, by.Index, i, v)
		} else {
			key, err = types.AppendKey(key, t.Columns[t.PrimaryKey[i]].Type, v)
		}
		if err != nil {
			return nil, err
		}
	}
	return key, nil
}

// DropImplied takes the indexes off that foreign keys have made and another makes needless,
// because it begins with their columns.
func (t *Table) DropImplied(by []Part) (gone []Index) {
	t.Indexes = slices.DeleteFunc(t.Indexes, func(ix Index) bool {
		needless := ix.Implied && len(ix.Columns) <= len(by) && slices.Equal(ix.Columns, by[:len(ix.Columns)])
		if needless {
			gone = append(gone, ix)
		}
		return needless
	})
	return gone
}

// LookupSpace is where the keys of a Lookup are.
func (t *Table) LookupSpace(by Lookup) Space {
	if by.Index == nil {
		return t.Space()
	}
	return t.IndexSpace(by.Index)
}

// After is the first key behind all that begin with prefix; nil is the end of
// the table.
func After(prefix []byte) []byte {
	for i := len(prefix) - 1; i >= 0; i-- {
		if prefix[i] != 0xff {
			out := slices.Clone(prefix[:i+1])
			out[i]++
			return out
		}
	}
	return nil
}

// fits holds MySQL's rules on a foreign key of child, whose parent is known.
func (fk *ForeignKey) fits(child, parent *Table) error {
	cols, missing := child.ColumnsOf(fk.Columns)
	if missing != "" {
		return mysqlerr.New(mysqlerr.KeyColumnMissing, missing)
	}
	refs, missing := parent.ColumnsOf(fk.RefColumns)
	if missing != "" {
		return mysqlerr.New(mysqlerr.FKNoColumnParent, missing, fk.Name, fk.RefTable)
	}
	for i, col := range cols {
		c, p := &child.Columns[col], &parent.Columns[refs[i]]
		switch {
		case !comparable(c.Type, p.Type):
			return mysqlerr.New(mysqlerr.FKIncompatibleColumns, c.Name, p.Name, fk.Name)
		case !c.Nullable && (fk.OnDelete == SetNull || fk.OnUpdate == SetNull):
			return mysqlerr.New(mysqlerr.FKColumnNotNull, c.Name, fk.Name)
		case p.Generated != "" && !p.Stored:
			return mysqlerr.New(mysqlerr.CannotAddForeign)
		}
	}
	if _, ok := parent.Lookup(refs); !ok {
		return mysqlerr.New(mysqlerr.FKNoIndexParent, fk.Name, fk.RefTable)
	}
	if _, ok := child.Lookup(cols); !ok {
		return mysqlerr.New(mysqlerr.CannotAddForeign)
	}
	return nil
}

// comparable reports whether a value of one type has the same key in the other:
// integers of one size and sign, strings of one collation, else the same type.
func comparable(a, b types.Type) bool {
	if a.IsString() && b.IsString() {
		return a.Collation == b.Collation && (a.Kind == types.Blob) == (b.Kind == types.Blob)
	}
	a.Length, b.Length = 0, 0 // of TINYINT(1)
	return reflect.DeepEqual(a, b)
}

// withoutActions refuses referential actions that would change what an
// expression is computed from (MySQL manual, FOREIGN KEY Constraints).
func (fk *ForeignKey) withoutActions(t *Table) error {
	changes := fk.OnUpdate == Cascade || fk.OnUpdate == SetNull || fk.OnDelete == SetNull
	if !changes {
		return nil
	}
	uses := func(list []string, col string) bool {
		return slices.ContainsFunc(list, func(n string) bool { return strings.EqualFold(n, col) })
	}
	for _, col := range fk.Columns {
		for _, ch := range t.Checks {
			if uses(ch.Columns, col) {
				return mysqlerr.New(mysqlerr.CheckReferAction, col, ch.Name, fk.Name)
			}
		}
		for i := range t.Columns {
			if c := &t.Columns[i]; c.Generated != "" && (strings.EqualFold(c.Name, col) || uses(c.Uses, col)) {
				return mysqlerr.New(mysqlerr.CannotAddForeign)
			}
		}
	}
	return nil
}

// CheckForeignKeys holds that what foreign keys need of their tables is there,
// once t is to be defined anew.
func (t *Table) CheckForeignKeys() error {
	names := make(map[string]bool)
	for i := range t.ForeignKeys {
		fk := &t.ForeignKeys[i]
		if lower := strings.ToLower(fk.Name); names[lower] {
			return mysqlerr.New(mysqlerr.FKDupName, fk.Name)
		} else {
			names[lower] = true
		}
		if err := fk.withoutActions(t); err != nil {
			return err
		}
	}
	return nil
}
