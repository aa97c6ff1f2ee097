package exec

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/types"
)

// constraints adds CHECK and FOREIGN KEY to the table. A CHECK that is written
// with a column may be about that only.
func (b *builder) constraints(spec *sqlparser.TableSpec) error {
	of := make(map[*sqlparser.ConstraintDefinition]string)
	for _, d := range spec.Columns {
		if d.Type.Constraint != nil {
			of[d.Type.Constraint] = d.Name.String()
		}
	}
	for _, d := range spec.Constraints {
		var err error
		switch details := d.Details.(type) {
		case *sqlparser.CheckConstraintDefinition:
			err = b.env.addCheck(b.table, d.Name, details, of[d])
		case *sqlparser.ForeignKeyDefinition:
			err = b.call.addForeignKey(b.table, d.Name, details)
		default:
			err = unsupported("a constraint of this kind")
		}
		if err != nil {
			return err
		}
	}
	return b.generated()
}

// addCheck adds a CHECK to a definition; column is the one that it is written
// with, or "".
func (e *Env) addCheck(t *catalog.Table, name string, d *sqlparser.CheckConstraintDefinition, column string) error {
	if name == "" {
		name = freeCheckName(t)
	}
	switch _, exists := checkNamed(t, name); {
	case exists:
		return mysqlerr.New(mysqlerr.CheckDupName, name)
	case !catalog.ValidConstraint(name):
		return mysqlerr.New(mysqlerr.WrongSpec, name)
	}
	def := e.kept(d.Expr)
	if err := def.allowed(inCheck, name); err != nil {
		return err
	}
	if !isTruth(d.Expr) {
		return mysqlerr.New(mysqlerr.CheckNotTruth, name)
	}
	for _, n := range def.columns {
		at := columnNamed(t, n)
		switch {
		case column != "" && !strings.EqualFold(n, column):
			return mysqlerr.New(mysqlerr.CheckOtherColumn, name)
		case at < 0:
			return mysqlerr.New(mysqlerr.CheckUnknownColumn, name, n)
		case t.Columns[at].AutoIncrement:
			return mysqlerr.New(mysqlerr.CheckAutoInc, name)
		}
	}
	t.Checks = append(t.Checks, catalog.Check{Name: name, Expr: def.text, Columns: def.columns, Enforced: d.Enforced})
	return nil
}

func checkNamed(t *catalog.Table, name string) (int, bool) {
	for i := range t.Checks {
		if strings.EqualFold(t.Checks[i].Name, name) {
			return i, true
		}
	}
	return 0, false
}

func freeNumber(t *catalog.Table, prefix string, taken []string) string {
	used, last := map[int]bool{}, 0
	for _, name := range taken {
		n := numbered(name, prefix)
		used[n], last = true, max(last, n)
	}
	n := 1
	for t.ID == 0 && used[n] {
		n++
	}
	if t.ID != 0 {
		n = last + 1
	}
	return fmt.Sprintf("%s%d", prefix, n)
}

// numbered is the number behind a prefix that a made name has, or 0.
func numbered(name, prefix string) int {
	if len(name) <= len(prefix) || !strings.EqualFold(name[:len(prefix)], prefix) {
		return 0
	}
	n, err := strconv.ParseUint(name[len(prefix):], 10, 31)
	if err != nil {
		return 0
	}
	return int(n)
}

// freeCheckName is the first name that is free in a new table, and counts on from the
// last one in another.
func freeCheckName(t *catalog.Table) string {
	var taken []string
	for i := range t.Checks {
		taken = append(taken, t.Checks[i].Name)
	}
	return freeNumber(t, t.Name+"_chk_", taken)
}

var referenceActions = map[sqlparser.ReferenceAction]string{
	sqlparser.DefaultAction: "", sqlparser.Restrict: catalog.Restrict, sqlparser.Cascade: catalog.Cascade,
	sqlparser.NoAction: catalog.NoAction, sqlparser.SetNull: catalog.SetNull,
}

// addForeignKey adds a FOREIGN KEY to a definition, and the index that it needs
// if there is none. The parent is not looked at yet, but for a primary key that is implied.
func (c *call) addForeignKey(t *catalog.Table, name string, d *sqlparser.ForeignKeyDefinition) error {
	fk := catalog.ForeignKey{
		Name: name, RefDB: d.ReferencedTable.DbQualifier.String(), RefTable: d.ReferencedTable.Name.String(),
		OnDelete: referenceActions[d.OnDelete], OnUpdate: referenceActions[d.OnUpdate],
	}
	if d.OnDelete == sqlparser.SetDefault || d.OnUpdate == sqlparser.SetDefault {
		return mysqlerr.New(mysqlerr.CannotAddForeign)
	}
	if fk.RefDB == "" {
		fk.RefDB = t.DB
	}
	indexName := name
	if name == "" {
		fk.Name, indexName = freeForeignKeyName(t), d.Index
	}
	switch _, exists := t.ForeignKey(fk.Name); {
	case exists:
		return mysqlerr.New(mysqlerr.FKDupName, fk.Name)
	case !catalog.ValidConstraint(fk.Name):
		return mysqlerr.New(mysqlerr.WrongSpec, fk.Name)
	}
	var err error
	if fk.RefColumns, err = c.referred(t, d); err != nil {
		return err
	}
	if len(d.Source) != len(fk.RefColumns) {
		if name == "" {
			name = "foreign key without name"
		}
		return mysqlerr.New(mysqlerr.WrongFKDef, name, "Key reference and table reference don't match")
	}
	var list []*sqlparser.IndexColumn
	for _, col := range d.Source {
		fk.Columns = append(fk.Columns, col.String())
		list = append(list, &sqlparser.IndexColumn{Column: col})
	}
	cols, missing := t.ColumnsOf(fk.Columns)
	if missing != "" {
		return mysqlerr.New(mysqlerr.KeyColumnMissing, missing)
	}
	for i, col := range cols {
		fk.Columns[i] = t.Columns[col].Name // in its own letters
		if t.Columns[col].Generated != "" && !t.Columns[col].Stored {
			return mysqlerr.New(mysqlerr.FKVirtualColumn, fk.Name, fk.Columns[i])
		}
	}
	if _, ok := t.Lookup(cols); !ok {
		if _, taken := t.Index(indexName); taken {
			indexName = ""
		}
		if err := addIndex(t, indexDef{name: indexName, columns: list, implied: true}); err != nil {
			return err
		}
	}
	t.ForeignKeys = append(t.ForeignKeys, fk)
	return nil
}

func freeForeignKeyName(t *catalog.Table) string {
	var taken []string
	for i := range t.ForeignKeys {
		taken = append(taken, t.ForeignKeys[i].Name)
	}
	return freeNumber(t, t.Name+"_ibfk_", taken)
}

// generated holds what the expressions of generated columns and defaults may read, once
// all columns are there.
func (b *builder) generated() error {
	t := b.table
	for i := range t.Columns {
		c := &t.Columns[i]
		if c.Generated == "" {
			if err := defaultReads(t, i); err != nil {
				return err
			}
			continue
		}
		for _, n := range c.Uses {
			at := columnNamed(t, n)
			switch {
			case at < 0:
				return mysqlerr.New(mysqlerr.BadField, n, "generated column function")
			case t.Columns[at].AutoIncrement:
				return mysqlerr.New(mysqlerr.GeneratedAutoInc, c.Name)
			case t.Columns[at].Generated != "" && at >= i:
				return mysqlerr.New(mysqlerr.GeneratedNonPrior)
			}
		}
		if t.IsPrimary(i) && !c.Stored {
			return mysqlerr.New(mysqlerr.GeneratedAction, "Defining a virtual generated column as primary key")
		}
	}
	return nil
}

// defaultReads holds what the default of a column may read: what has a value before it.
func defaultReads(t *catalog.Table, i int) error {
	c := &t.Columns[i]
	for _, name := range DefaultReads(c) {
		at := columnNamed(t, name)
		if at < 0 {
			return mysqlerr.New(mysqlerr.BadField, name, "default value expression")
		}
		switch of := &t.Columns[at]; {
		case of.AutoIncrement:
			return mysqlerr.New(mysqlerr.DefaultAutoInc, c.Name)
		case of.Generated != "", at >= i && of.Default != nil && of.Default.Expr != "":
			return mysqlerr.New(mysqlerr.DefaultNonPrior, c.Name)
		}
	}
	return nil
}

// DefaultReads is the names of the columns that a column's default reads.
func DefaultReads(c *catalog.Column) (names []string) {
	if c.Default == nil || c.Default.Expr == "" {
		return nil
	}
	tree, err := ReadSQL("select " + c.Default.Expr)
	one, is := tree.(*sqlparser.Select)
	if err != nil || !is {
		return nil // which is said elsewhere
	}
	for _, e := range one.SelectExprs {
		if e, is := e.(*sqlparser.AliasedExpr); is {
			names = append(names, readExpr(e.Expr).columns...)
		}
	}
	return names
}

// generate takes the expression of a generated column.
func (b *builder) generate(c *catalog.Column, ct *sqlparser.ColumnType) error {
	if ct.GeneratedExpr == nil {
		return nil
	}
	e := b.env.kept(ct.GeneratedExpr)
	switch {
	case ct.Default != nil:
		return mysqlerr.New(mysqlerr.WrongUsage, "DEFAULT", "generated column")
	case ct.OnUpdate != nil:
		return mysqlerr.New(mysqlerr.WrongUsage, "ON UPDATE", "generated column")
	case c.AutoIncrement:
		return mysqlerr.New(mysqlerr.WrongUsage, "AUTO_INCREMENT", "generated column")
	}
	if err := e.allowed(inGenerated, c.Name); err != nil {
		return err
	}
	c.Generated, c.Uses, c.Stored = e.text, e.columns, bool(ct.Stored)
	return nil
}

// defaultExpr takes a default that is computed for each row.
func (b *builder) defaultExpr(c *catalog.Column, n sqlparser.Expr) error {
	e := b.env.kept(n)
	if err := e.allowed(inDefault, c.Name); err != nil {
		return err
	}
	c.Default = &catalog.Default{Expr: e.text}
	return nil
}

// Collation is what a character set and a collation, of which one may be "", name over
// what held before.
func Collation(before types.Collation, charset, collation string) (c types.Collation, err error) {
	c = before
	if charset != "" {
		c, err = collationOption("character set", charset, c)
	}
	if of := c.Charset(); err == nil && collation != "" {
		c, err = collationOption("collate", collation, c)
		if err == nil && charset != "" && c.Charset() != of {
			err = mysqlerr.New(mysqlerr.CollationMismatch, c.Name(), string(of))
		}
	}
	return c, err
}

// Convert gives a table and its columns of text another collation.
func Convert(t *catalog.Table, charset, collation string) error {
	c, err := Collation(t.Collation, charset, collation)
	if err != nil {
		return err
	}
	t.Collation = c
	for i := range t.Columns {
		convertType(&t.Columns[i].Type, c)
	}
	return nil
}

// convertType: a TEXT keeps room for as many characters as it had.
func convertType(typ *types.Type, c types.Collation) {
	if typ.IsNamed() {
		typ.Collation = c
	}
	if !typ.IsText() {
		return
	}
	grows := c.BytesPerChar() > typ.Collation.BytesPerChar()
	if typ.Collation = c; typ.Kind == types.Blob && grows {
		typ.Length = prefixFor(typ.BytesMax() * uint64(c.BytesPerChar()))
	}
}
