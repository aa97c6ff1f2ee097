package exec

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/types"
)

// An indexDef is an index as a statement of DDL writes it.
type indexDef struct {
	name     string // "": the first column's
	unique   bool
	spatial  bool // declared so
	fulltext bool
	arrays   bool // of the values of an array
	columns  []*sqlparser.IndexColumn
	options  []*sqlparser.IndexOption
	implied  bool // by a FOREIGN KEY
	primary  bool // a primary key that is an index
}

// commentMax is MySQL's limit on the comment of an index, in characters.
const commentMax = 1024

// usesBtree reports whether the last USING says so.
func usesBtree(list []*sqlparser.IndexOption) (btree bool) {
	for _, o := range list {
		if strings.EqualFold(o.Name, "using") {
			btree = strings.EqualFold(o.Using, "btree")
		}
	}
	return btree
}

// addIndex adds an index without an ID to a definition.
func addIndex(t *catalog.Table, d indexDef) error {
	ix := catalog.Index{Name: d.name, Unique: d.unique, Fulltext: d.fulltext, Arrays: d.arrays, Implied: d.implied}
	for _, o := range d.options {
		switch strings.ToLower(o.Name) {
		case "comment":
			if ix.Comment = string(o.Value.Val); len([]rune(ix.Comment)) > commentMax {
				return mysqlerr.New(mysqlerr.TooLongIndexComment, ix.Name, commentMax)
			}
		case "invisible":
			ix.Invisible = true
		case "using":
			ix.Btree = usesBtree([]*sqlparser.IndexOption{o})
		case "key_block_size", "visible":
		default:
			return unsupported("index option " + o.Name)
		}
	}
	var err error
	if d.fulltext {
		ix.Columns, err = fulltextParts(t, d)
	} else {
		ix.Columns, err = indexParts(t, d.columns)
	}
	if err != nil {
		return err
	}
	if err := CheckSpatial(t, &ix, d.spatial); err != nil {
		return err
	}
	if !ix.IsEmpty() {
		t.DropImplied(ix.Columns)
	}
	switch {
	case ix.Name == "":
		ix.Name = FreeName(t, t.Columns[ix.Columns[0].Column].Name)
	case ix.IsPrimary() && !d.primary || !catalog.ValidName(ix.Name):
		return mysqlerr.New(mysqlerr.WrongNameForIndex, ix.Name)
	}
	if _, exists := t.Index(ix.Name); exists {
		return mysqlerr.New(mysqlerr.DupKeyName, ix.Name)
	}
	if len(t.Indexes) == catalog.IndexesMax {
		return mysqlerr.New(mysqlerr.TooManyKeys, catalog.IndexesMax)
	}
	t.Indexes = append(t.Indexes, ix)
	sortIndexes(t)
	return nil
}

// addIndex adds an index, and warns if the table has it already, by another name.
func (c *call) addIndex(t *catalog.Table, d indexDef) error {
	known := map[string]bool{}
	for i := range t.Indexes {
		known[t.Indexes[i].Name] = true
	}
	if err := addIndex(t, d); err != nil {
		return err
	}
	added := slices.IndexFunc(t.Indexes, func(ix catalog.Index) bool { return !known[ix.Name] })
	if added < 0 {
		return nil
	}
	if slices.ContainsFunc(d.options, func(o *sqlparser.IndexOption) bool { return strings.EqualFold(o.Using, "hash") }) {
		e := mysqlerr.New(mysqlerr.NoHashIndexes)
		c.add(Diagnostic{"Note", e.Code, e.Message})
	}
	ix := &t.Indexes[added]
	if slices.ContainsFunc(t.Indexes, func(other catalog.Index) bool { return other.Name != ix.Name && sameIndex(ix, &other) }) {
		e := mysqlerr.New(mysqlerr.DuplicateIndex, ix.Name, t.DB, t.Name)
		c.add(Diagnostic{"Warning", e.Code, e.Message})
	}
	return nil
}

// sameIndex reports whether two indexes find the same rows in the same order.
func sameIndex(a, b *catalog.Index) bool {
	return a.Unique == b.Unique && a.Fulltext == b.Fulltext && a.Arrays == b.Arrays && !b.IsPrimary() && slices.Equal(a.Columns, b.Columns)
}

// asIndex reports whether a primary key is kept as an index: it is of a prefix, or
// descending.
func asIndex(list []*sqlparser.IndexColumn) bool {
	return slices.ContainsFunc(list, func(c *sqlparser.IndexColumn) bool {
		return c.Length != nil || strings.EqualFold(c.Order, sqlparser.DescScr)
	})
}

// addPrimary adds a primary key as an index. Its columns are NOT NULL by now.
func addPrimary(t *catalog.Table, list []*sqlparser.IndexColumn, options []*sqlparser.IndexOption) error {
	if t.HasPrimary() {
		return mysqlerr.New(mysqlerr.MultiplePriKey)
	}
	return addIndex(t, indexDef{name: catalog.PrimaryName, unique: true, primary: true, columns: list, options: options})
}

// CheckSpatial refuses an index that may not have the geometries that it has, or, if it
// is declared SPATIAL, has none.
func CheckSpatial(t *catalog.Table, ix *catalog.Index, declared bool) error {
	isGeometry := func(p catalog.Part) bool { return t.Columns[p.Column].Type.Kind == types.Geometry }
	has := slices.ContainsFunc(ix.Columns, isGeometry)
	switch {
	case !has && declared:
		return mysqlerr.New(mysqlerr.SpatialMustHaveGeometry)
	case !has:
		return nil
	case ix.Unique:
		return mysqlerr.New(mysqlerr.SpatialNotUnique)
	case len(ix.Columns) > 1:
		return mysqlerr.New(mysqlerr.TooManyKeyParts, 1)
	case t.Columns[ix.Columns[0].Column].Nullable:
		return mysqlerr.New(mysqlerr.SpatialCantBeNull)
	}
	return nil
}

// FreeName is the name of an index that has none: its first column's, numbered
// if that is taken.
func FreeName(t *catalog.Table, column string) string {
	for n := 1; ; n++ {
		name := column
		if n > 1 {
			name = fmt.Sprintf("%s_%d", column, n)
		}
		if _, exists := t.Index(name); !exists && !strings.EqualFold(name, catalog.PrimaryName) {
			return name
		}
	}
}

// sortIndexes puts them in MySQL's order: the primary key, those unique without NULL, the other
// unique ones, the rest, those of words.
func sortIndexes(t *catalog.Table) {
	rank := func(ix catalog.Index) int {
		switch {
		case ix.IsPrimary():
			return -1
		case ix.Fulltext:
			return 3
		case !ix.Unique:
			return 2
		case hasNullable(t, &ix):
			return 1
		}
		return 0
	}
	slices.SortStableFunc(t.Indexes, func(a, b catalog.Index) int { return rank(a) - rank(b) })
}

func hasNullable(t *catalog.Table, ix *catalog.Index) bool {
	return slices.ContainsFunc(ix.Columns, func(p catalog.Part) bool { return t.Columns[p.Column].Nullable })
}

// indexParts resolves an index's columns and holds MySQL's limits on keys.
func indexParts(t *catalog.Table, list []*sqlparser.IndexColumn) ([]catalog.Part, error) {
	if len(list) == 0 {
		return nil, unsupported("index on an expression")
	}
	if len(list) > catalog.KeyParts {
		return nil, mysqlerr.New(mysqlerr.TooManyKeyParts, catalog.KeyParts)
	}
	var out []catalog.Part
	size := 0
	for _, n := range list {
		col := columnNamed(t, n.Column.String())
		if col < 0 {
			return nil, mysqlerr.New(mysqlerr.KeyColumnMissing, n.Column.String())
		}
		c := &t.Columns[col]
		if slices.ContainsFunc(out, func(p catalog.Part) bool { return p.Column == col }) {
			return nil, mysqlerr.New(mysqlerr.DupFieldName, c.Name)
		}
		p := catalog.Part{Column: col, Desc: strings.EqualFold(n.Order, sqlparser.DescScr)}
		bytes, err := prefixOf(c, n, &p)
		if err != nil {
			return nil, err
		}
		if size += bytes; size > catalog.KeyMax {
			return nil, mysqlerr.New(mysqlerr.TooLongKey, catalog.KeyMax)
		}
		out = append(out, p)
	}
	return out, nil
}

// prefixOf sets the part's prefix, and returns its bytes of MySQL's limit.
func prefixOf(c *catalog.Column, n *sqlparser.IndexColumn, p *catalog.Part) (bytes int, err error) {
	length, err := number(n.Length)
	switch {
	case err != nil:
		return 0, err
	case c.Type.Kind == types.Vector:
		return 0, mysqlerr.New(mysqlerr.VectorAsKey, c.Name)
	case c.Type.Kind == types.JSON:
		return 0, mysqlerr.New(mysqlerr.JSONUsedAsKey, c.Name)
	case c.Type.Kind == types.Geometry && length < 0:
		p.Prefix = catalog.SpatialPrefix
		return p.Prefix, nil
	case length < 0 && c.Type.Kind == types.Blob:
		return 0, mysqlerr.New(mysqlerr.BlobKeyWithoutLength, c.Name)
	case length < 0:
		return keyBytes(c.Type), nil
	case length == 0:
		return 0, mysqlerr.New(mysqlerr.KeyPartLengthZero, c.Name)
	case !c.Type.IsString() || c.Type.Kind != types.Blob && length > c.Type.Length:
		return 0, mysqlerr.New(mysqlerr.WrongSubKey)
	}
	if c.Type.Kind == types.Blob || length < c.Type.Length {
		p.Prefix = length
	}
	if c.Type.IsText() {
		return int(types.Type{Kind: types.VarChar, Length: length, Collation: c.Type.Collation}.BytesMax()), nil
	}
	return length, nil
}

// columnNamed finds a column of a definition that is still being made, or -1.
func columnNamed(t *catalog.Table, name string) int {
	return slices.IndexFunc(t.Columns, func(c catalog.Column) bool { return strings.EqualFold(c.Name, name) })
}

// checkAuto holds that there is one AUTO_INCREMENT column at most, and that it
// is the first of a key.
func checkAuto(t *catalog.Table) error {
	auto := -1
	for i := range t.Columns {
		if !t.Columns[i].AutoIncrement {
			continue
		}
		if auto >= 0 {
			return mysqlerr.New(mysqlerr.WrongAutoKey)
		}
		auto = i
	}
	leads := func(ix catalog.Index) bool { return !ix.IsEmpty() && ix.Columns[0].Column == auto }
	if auto < 0 || len(t.PrimaryKey) > 0 && t.PrimaryKey[0] == auto || slices.ContainsFunc(t.Indexes, leads) {
		return nil
	}
	return mysqlerr.New(mysqlerr.WrongAutoKey)
}

// Column keys as DESCRIBE shows them.
const (
	keyPRI = "PRI"
	keyUNI = "UNI"
	keyMUL = "MUL"
)

// ColumnKey is what a column is to the table's keys: PRI, UNI, MUL, or nothing.
// Without a primary key, the first unique one without NULL stands in for it
// (MySQL manual, SHOW COLUMNS).
func ColumnKey(t *catalog.Table, col int) string {
	if t.IsPrimary(col) {
		return keyPRI
	}
	key := ""
	for i := range t.Indexes {
		ix := &t.Indexes[i]
		if len(t.PrimaryKey) == 0 && i == 0 && ix.Unique && !hasNullable(t, ix) &&
			slices.ContainsFunc(ix.Columns, func(p catalog.Part) bool { return p.Column == col }) {
			return keyPRI
		}
		switch {
		case ix.Columns[0].Column != col:
		case ix.Unique && len(ix.Columns) == 1:
			return keyUNI
		default:
			key = keyMUL
		}
	}
	return key
}
