package exec

import (
	"slices"
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/types"
)

// A Change is what an ALTER TABLE makes of a table, as far as it matters to how MySQL does
// it: at once, in place, or by copying all rows (MySQL manual, Online DDL Operations).
type Change struct {
	method Method
	strict bool // NULLs are not converted

	onlyNames             bool // the table's, or whether keys are kept: nothing else
	keys                  bool // DISABLE KEYS and ENABLE KEYS
	ordered, checked      bool // ORDER BY; a CHECK is to be asked
	foreign, foreignAsked bool // foreign keys come or go; rows are asked about one
	indexes               bool // come or go
	indexWords            bool // names, or whether they are seen
	fulltexts             int  // come
	spatial, functional   bool // come
	addsPrimary, standIn  bool // a primary key, or what rows have for one
	dropsPrimary          bool
	rebuilt, options      bool // FORCE and its like; others

	columns columnChange

	hasFulltext, hasSpatial bool // before
}

// A columnChange is what becomes of the columns.
type columnChange struct {
	typed         bool // values have other bytes
	regenerated   bool // expressions, of columns or defaults, are to be computed
	notNull, null bool
	auto          bool // one that counts comes
	added         bool
	dropped       bool
	moved         bool
	renamed       bool
	widened       bool // a VARCHAR
	virtualAdded  bool
	virtualGone   bool
}

// ChangeOf is the change from one definition to another, by these clauses.
func ChangeOf(env Env, tree *Tree, old, t *catalog.Table, list []Clause) *Change {
	c := &Change{method: tree.Method, strict: env.Strict(), onlyNames: true}
	for _, ix := range old.Indexes {
		c.hasFulltext = c.hasFulltext || ix.Fulltext
		c.hasSpatial = c.hasSpatial || old.IsSpatial(&ix)
	}
	for _, clause := range list {
		c.take(clause, env.NoForeignKeys)
		c.standIn = c.standIn || standsForPrimary(t, clause.IndexSpec)
	}
	c.onlyNames = c.onlyNames && c.method.Algorithm != "COPY"
	for _, ix := range t.Indexes {
		_, was := old.Index(ix.Name)
		c.indexes = c.indexes || !was && !c.indexWords
	}
	for _, check := range t.Checks {
		at, was := checkNamed(old, check.Name)
		c.checked = c.checked || check.Enforced && (!was || !old.Checks[at].Enforced)
	}
	c.compare(old, t, list)
	return c
}

// take looks at one clause, but for what it does to columns.
func (c *Change) take(clause Clause, noForeignKeys bool) {
	ix := clause.IndexSpec
	keys := ix != nil && ix.Columns == nil && strings.HasSuffix(strings.ToUpper(ix.Action), "ABLE")
	silent := clause.begins("ALGORITHM") || clause.begins("LOCK") || clause.begins("WITH") || clause.begins("WITHOUT")
	if silent || clause.ByRename() {
		return
	}
	if c.keys = c.keys || keys; keys {
		return
	}
	c.onlyNames = false
	if clause.TableSpec != nil {
		for _, k := range clause.TableSpec.Constraints {
			check, is := k.Details.(*sqlparser.CheckConstraintDefinition)
			c.checked = c.checked || is && check.Enforced && clause.ConstraintAction != sqlparser.DropStr
			_, foreign := k.Details.(*sqlparser.ForeignKeyDefinition)
			c.foreign = c.foreign || foreign
			c.foreignAsked = c.foreignAsked || foreign && !noForeignKeys && clause.ConstraintAction != sqlparser.DropStr
		}
	}
	switch {
	case clause.ByOrder():
		c.ordered = true
	case clause.BringsPrimaryKey():
		c.addsPrimary = true
	case clause.DropsPrimaryKey():
		c.dropsPrimary = true
	case ix != nil:
		c.takeIndex(ix)
	case clause.begins("ALTER", "INDEX"):
		c.indexWords = true
	case clause.begins("FORCE"), clause.begins("ENGINE"), clause.begins("ROW_FORMAT"), clause.begins("KEY_BLOCK_SIZE"):
		c.rebuilt = true
	case clause.kind() == alterIndexes && clause.ConstraintAction == "" && clause.DefaultSpec == nil && !clause.begins("ALTER"), clause.ByCollation(), clause.ByConversion():
		c.options = true
	}
}

func (c *Change) takeIndex(ix *sqlparser.IndexSpec) {
	if ix.Action == sqlparser.RenameStr {
		c.indexWords = true
		return
	}
	if c.indexes = true; ix.Action != sqlparser.CreateStr {
		return
	}
	if ix.Type == sqlparser.FulltextStr {
		c.fulltexts++
	}
	c.spatial = c.spatial || ix.Type == sqlparser.SpatialStr
}

// standsForPrimary reports whether rows have a key by an index that is to come, should they
// have no primary one.
func standsForPrimary(t *catalog.Table, ix *sqlparser.IndexSpec) bool {
	if ix == nil || ix.Action != sqlparser.CreateStr || ix.Type != sqlparser.UniqueStr {
		return false
	}
	return !slices.ContainsFunc(ix.Columns, func(p *sqlparser.IndexColumn) bool {
		at := columnNamed(t, p.Column.String())
		return at < 0 || t.Columns[at].Nullable
	})
}

// compare finds what becomes of the columns.
func (c *Change) compare(old, t *catalog.Table, list []Clause) {
	was := make(map[string]int, len(old.Columns))
	for i := range old.Columns {
		was[strings.ToLower(old.Columns[i].Name)] = i
	}
	for _, clause := range list {
		if clause.ColumnAction == sqlparser.RenameStr || clause.ColumnAction == sqlparser.ChangeStr {
			to := clause.ToColumn.String()
			if clause.TableSpec != nil {
				to = clause.TableSpec.Columns[0].Name.String()
			}
			if at, ok := old.Column(clause.Column.String()); ok {
				delete(was, strings.ToLower(old.Columns[at].Name))
				was[strings.ToLower(to)] = at
			}
		}
	}
	d := &c.columns
	kept, last := map[int]bool{}, -1
	for i := range t.Columns {
		is := &t.Columns[i]
		at, there := was[strings.ToLower(is.Name)]
		switch {
		case is.Hidden:
			c.functional = c.functional || !there
			continue
		case !there:
			d.add(is)
			continue
		}
		kept[at] = true
		d.change(&old.Columns[at], is)
		d.moved = d.moved || at < last
		last = max(last, at)
	}
	for i := range old.Columns {
		if gone := &old.Columns[i]; !kept[i] && !gone.Hidden {
			virtual := gone.Generated != "" && !gone.Stored
			d.virtualGone = d.virtualGone || virtual
			d.dropped = d.dropped || !virtual
			if slices.Contains(old.PrimaryKey, i) {
				c.dropsPrimary, c.addsPrimary = true, c.addsPrimary || len(t.PrimaryKey) > 0
			}
			c.indexes = c.indexes || slices.ContainsFunc(old.Indexes, func(ix catalog.Index) bool {
				return slices.ContainsFunc(ix.Columns, func(p catalog.Part) bool { return p.Column == i })
			})
		}
	}
}

func (d *columnChange) add(is *catalog.Column) {
	switch {
	case is.Stored, is.Default != nil && is.Default.Expr != "":
		d.regenerated = true
	case is.Generated != "":
		d.virtualAdded = true
	case is.AutoIncrement:
		d.auto = true
	default:
		d.added = true
	}
}

func (d *columnChange) change(was, is *catalog.Column) {
	d.renamed = d.renamed || was.Name != is.Name
	d.regenerated = d.regenerated || was.Generated != is.Generated
	d.typed = d.typed || was.AutoIncrement != is.AutoIncrement || !extends(was.Type, is.Type)
	d.notNull = d.notNull || was.Nullable && !is.Nullable
	d.null = d.null || !was.Nullable && is.Nullable
	d.widened = d.widened || was.Type.Kind == types.VarChar && was.Type.Length < is.Type.Length
}

// OnlyNames reports whether nothing changes but the table's name, if so much.
func (c *Change) OnlyNames() bool { return c.onlyNames }

// mustCopy: no engine does this in place.
func (c *Change) mustCopy() bool { return c.ordered || c.checked || c.keys && !c.onlyNames }

// instant reports whether only what is known of the table changes, and no row.
func (c *Change) instant(algorithm string) bool {
	d := &c.columns
	virtual, stored := d.virtualAdded || d.virtualGone, d.added || d.dropped
	switch {
	case c.foreign || c.indexes || c.indexWords || c.addsPrimary || c.dropsPrimary || c.rebuilt || c.options,
		d.typed || d.regenerated || d.notNull || d.null || d.auto || d.widened:
		return false
	case stored:
		return algorithm != "INPLACE" && !c.hasFulltext && !(d.added && d.virtualGone) && !(virtual && d.renamed)
	case virtual:
		return !d.renamed && !d.moved
	}
	return !d.moved
}

// innerCopy reports whether InnoDB has to copy the rows, and why.
func (c *Change) innerCopy() (copies bool, reason string) {
	d := &c.columns
	switch virtual := d.virtualAdded || d.virtualGone; {
	case d.typed:
		return true, reasonType
	case d.regenerated:
		return true, ""
	case c.foreignAsked:
		return true, reasonForeign
	case d.notNull && !c.strict:
		return true, reasonNotNull
	case c.dropsPrimary && !c.addsPrimary && !c.standIn:
		return true, reasonNoPrimary
	case virtual && (d.added || d.dropped || d.auto || d.moved || d.renamed || d.widened || d.notNull || d.null || c.addsPrimary ||
		c.rebuilt || c.options || c.foreign || c.indexWords || c.fulltexts > 0 || c.spatial):
		return true, reasonVirtual
	case c.fulltexts > 1, c.hasFulltext && c.rebuilds():
		return true, reasonTwoFulltext
	}
	return false, ""
}

// rebuilds reports whether all rows are written, in place.
func (c *Change) rebuilds() bool {
	d := &c.columns
	return c.rebuilt || c.addsPrimary || d.added || d.dropped || d.auto || d.moved || d.notNull || d.null
}

// locks reports whether others may not write meanwhile, and why.
func (c *Change) locks() (locks bool, reason string) {
	switch {
	case c.functional:
		return true, reasonFunctional
	case c.columns.auto:
		return true, reasonAuto
	case c.spatial, c.hasSpatial && c.rebuilds():
		return true, reasonSpatial
	case c.fulltexts > 0:
		return true, reasonFulltext
	}
	return false, ""
}

// Refuse is an error if the statement says a way in which MySQL does not do this.
func (c *Change) Refuse() error { return c.method.refuse(c) }

// Copies reports whether MySQL copies all rows for it, and says how many.
func (c *Change) Copies() bool {
	switch {
	case c.onlyNames:
		return false
	case c.method.Algorithm == "COPY" || c.mustCopy():
		return true
	case c.instant(c.method.Algorithm):
		return false
	}
	copies, _ := c.innerCopy()
	return copies
}

// extends reports whether values of one type are those of the other, byte by byte.
func extends(was, is types.Type) bool {
	if was.Kind != is.Kind {
		return false
	}
	switch {
	case was.IsNamed():
		n := len(was.Members)
		return len(is.Members) >= n && slices.Equal(was.Members, is.Members[:n]) && was.Collation == is.Collation && width(was) == width(is)
	case was.Kind == types.VarChar:
		const short = 255 // bytes that a length of one byte counts
		return was.Collation == is.Collation && was.Length <= is.Length && (was.BytesMax() <= short) == (is.BytesMax() <= short)
	case was.IsText():
		return was.Collation == is.Collation && was.Length == is.Length
	case was.Kind == types.Geometry:
		return was.Shape == is.Shape
	}
	return was.SQL() == is.SQL()
}

// width is how many bytes MySQL keeps an ENUM or SET in.
func width(t types.Type) int {
	const oneByte = 255
	n := len(t.Members)
	switch {
	case t.Kind == types.Enum && n > oneByte:
		return 2
	case t.Kind == types.Enum:
		return 1
	case n > 32:
		return 8
	}
	return (n + 7) / 8
}
