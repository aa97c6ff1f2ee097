package exec

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/rows"
)

// checkAlter refuses what package sql has to look at the rows for. The parser
// makes CREATE INDEX and DROP INDEX an ALTER TABLE, too.
func checkAlter(t *Tree, s *sqlparser.AlterTable) error {
	if len(s.PartitionSpecs) > 0 || len(s.Statements) == 0 {
		return unsupported("ALTER TABLE")
	}
	list, err := Clauses(t, s)
	if err != nil {
		return err
	}
	for _, c := range list {
		if c.kind() != alterIndexes {
			return unsupported("ALTER TABLE")
		}
	}
	return nil
}

// An altering is an ALTER TABLE on its way over its clauses.
type altering struct {
	*call
	old, table *catalog.Table  // table is the new definition
	dropped    []catalog.Index // by the statement's words
	gone       []catalog.ForeignKey
	added      []string // names of foreign keys
	next       uint64   // AUTO_INCREMENT, or 0
	more       bool     // clauses are to come that may bring the keys that are missing
}

// alter changes a table's indexes and constraints.
func (c *call) alter(s *sqlparser.AlterTable) (*Result, error) {
	t, err := c.openExclusive(s.Table)
	if err != nil {
		return nil, err
	}
	if t.Temporary {
		return nil, unsupported("ALTER TABLE of a temporary table") // which is package sql's
	}
	list, err := Clauses(c.stmt.from, s)
	if err != nil {
		return nil, err
	}
	a, err := c.altered(t, list, false)
	if err != nil {
		return nil, err
	}
	change := ChangeOf(c.env, c.stmt.from, t, a.table, list)
	for _, check := range []func() error{
		change.Refuse, func() error { return a.publish(c.autonomous()) },
		func() error { return CheckVisible(a.table) }, func() error { return CheckVectors(a.table) },
	} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	r := &Result{}
	if change.Copies() {
		if r.AffectedRows, err = CountRows(c.ctx, c.env.Txn, a.table); err != nil {
			return nil, err
		}
	}
	if !change.OnlyNames() {
		r.Info = fmt.Sprintf("Records: %d  Duplicates: 0  Warnings: %d", r.AffectedRows, c.warned())
	}
	return c.logged(c.env.DB, r)
}

// CountRows is how many rows a table has that is locked.
func CountRows(ctx context.Context, txn Txn, t *catalog.Table) (n uint64, err error) {
	cursor := rows.Read{Txn: txn, Table: t, Mode: rows.Latest}.Open(ctx, rows.All())
	defer func() {
		if cerr := cursor.Close(); err == nil {
			err = cerr
		}
	}()
	for cursor.Next() {
		n++
	}
	return n, cursor.Err()
}

// AlterBy runs clauses of an ALTER TABLE that are neither about columns nor the
// table's name, on a table that is open Exclusive. leftover says that rows were
// abandoned. Nobody has asked the rows about a new CHECK. more says that another call
// follows, before which nobody asks for the keys that columns need.
func (e *Executor) AlterBy(ctx context.Context, env Env, t *catalog.Table, list []Clause, more bool) (leftover bool, err error) {
	c := &call{Executor: e, ctx: ctx, env: env, strict: true}
	a, err := c.altered(t, list, more)
	if err == nil {
		err = a.publish(nil)
	}
	return c.leftover, err
}

// altered runs clauses in the order of drops, renames, additions, whatever the
// order in the statement, up to the new definition.
func (c *call) altered(t *catalog.Table, list []Clause, more bool) (*altering, error) {
	a := &altering{call: c, old: t, table: t.Copy(), more: more}
	for _, action := range []string{sqlparser.DropStr, sqlparser.RenameStr, sqlparser.CreateStr, ""} {
		for _, d := range list {
			if err := a.clause(action, d); err != nil {
				return nil, err
			}
		}
	}
	if !more {
		if err := checkAuto(a.table); err != nil {
			return nil, err
		}
	}
	if maps.Equal(t.Options, a.table.Options) {
		return a, nil
	}
	b := &builder{env: &a.env, table: a.table}
	err := b.checkOptions(false)
	for _, d := range b.remarks {
		a.add(d)
	}
	return a, err
}

// clause runs one, if it is of this action.
func (a *altering) clause(action string, d Clause) error {
	switch ix := d.IndexSpec; {
	case d.AutoIncSpec != nil && action == "":
		v, err := a.limitValue(d.AutoIncSpec.Value, 0)
		a.next = uint64(v)
		return err
	case d.AutoIncSpec != nil:
		return nil
	case d.ConstraintAction != "":
		return a.constraint(action, d.DDL)
	case ix != nil && ix.Columns == nil && strings.HasSuffix(strings.ToUpper(ix.Action), "ABLE"):
		e := mysqlerr.New(mysqlerr.IllegalHa, a.table.Name) // DISABLE KEYS and ENABLE KEYS, as of InnoDB
		if action == "" {
			a.add(Diagnostic{"Note", e.Code, e.Message})
		}
		return nil
	case ix != nil && ix.Action == action:
		return a.index(ix)
	case ix == nil && action == "":
		return a.option(d)
	}
	return nil
}

func (a *altering) index(ix *sqlparser.IndexSpec) error {
	switch ix.Action {
	case sqlparser.CreateStr:
		if ix.Type == sqlparser.PrimaryStr {
			return a.addPrimary(ix)
		}
		unique, spatial, fulltext := ix.Type == sqlparser.UniqueStr, ix.Type == sqlparser.SpatialStr, ix.Type == sqlparser.FulltextStr
		switch {
		case ix.Type != "" && !unique && !spatial && !fulltext:
			return unsupported(strings.ToUpper(ix.Type) + " index")
		case fulltext && a.table.Temporary:
			return mysqlerr.New(mysqlerr.FulltextTemporary)
		}
		d, err := a.functionalParts(a.table, indexDef{name: ix.ToName.String(), unique: unique, spatial: spatial, fulltext: fulltext, columns: ix.Columns, options: indexOptions(ix)})
		if err != nil {
			return err
		}
		return a.addIndex(a.table, d)
	case sqlparser.DropStr:
		name := ix.ToName.String()
		if ix.Type == sqlparser.PrimaryStr {
			name = catalog.PrimaryName
		}
		at, ok := a.table.Index(name)
		if !ok {
			return mysqlerr.New(mysqlerr.CantDropFieldOrKey, name)
		}
		a.dropped = append(a.dropped, a.table.Indexes[at])
		a.table.Indexes = slices.Delete(a.table.Indexes, at, at+1)
	case sqlparser.RenameStr:
		return a.rename(ix.FromName.String(), ix.ToName.String())
	}
	return nil
}

// indexOptions are those behind the columns, and the USING that CREATE INDEX has ahead of
// its table.
func indexOptions(ix *sqlparser.IndexSpec) []*sqlparser.IndexOption {
	if ix.Using.IsEmpty() {
		return ix.Options
	}
	return append([]*sqlparser.IndexOption{{Name: "using", Using: ix.Using.Lowered()}}, ix.Options...)
}

// addPrimary adds a primary key that is an index.
func (a *altering) addPrimary(ix *sqlparser.IndexSpec) error {
	for _, c := range ix.Columns {
		if at := columnNamed(a.table, c.Column.String()); at >= 0 && a.table.Columns[at].Nullable {
			return unsupported("ADD PRIMARY KEY of a prefix, or descending, of a column that may be NULL (MODIFY it to NOT NULL ahead)")
		}
	}
	return addPrimary(a.table, ix.Columns, ix.Options)
}

// constraint drops or adds a CHECK or a FOREIGN KEY.
func (a *altering) constraint(action string, d *sqlparser.DDL) error {
	def := d.TableSpec.Constraints[0]
	switch {
	case d.ConstraintAction == sqlparser.RenameStr && action == "":
		return unsupported("RENAME CONSTRAINT")
	case d.ConstraintAction == sqlparser.DropStr && action == sqlparser.DropStr:
		return a.dropConstraint(def)
	case d.ConstraintAction != sqlparser.AddStr || action != sqlparser.CreateStr:
		return nil
	}
	switch details := def.Details.(type) {
	case *sqlparser.CheckConstraintDefinition:
		return a.env.addCheck(a.table, def.Name, details, d.Column.String())
	case *sqlparser.ForeignKeyDefinition:
		if a.table.Temporary {
			return mysqlerr.New(mysqlerr.CannotAddForeign)
		}
		if err := a.addForeignKey(a.table, def.Name, details); err != nil {
			return err
		}
		a.added = append(a.added, a.table.ForeignKeys[len(a.table.ForeignKeys)-1].Name)
	}
	return nil
}

func (a *altering) dropConstraint(def *sqlparser.ConstraintDefinition) error {
	_, check := def.Details.(*sqlparser.CheckConstraintDefinition)
	_, foreign := def.Details.(*sqlparser.ForeignKeyDefinition)
	if at, ok := checkNamed(a.table, def.Name); ok && !foreign {
		a.table.Checks = slices.Delete(a.table.Checks, at, at+1)
		return nil
	}
	if at, ok := a.table.ForeignKey(def.Name); ok && !check {
		a.gone = append(a.gone, a.table.ForeignKeys[at])
		a.table.ForeignKeys = slices.Delete(a.table.ForeignKeys, at, at+1)
		return nil
	}
	if at, ok := a.table.Index(def.Name); ok && !check && !foreign && a.table.Indexes[at].Unique {
		a.dropped = append(a.dropped, a.table.Indexes[at])
		a.table.Indexes = slices.Delete(a.table.Indexes, at, at+1)
		return nil
	}
	switch {
	case check:
		return mysqlerr.New(mysqlerr.CheckNotFound, def.Name)
	case foreign:
		return mysqlerr.New(mysqlerr.CantDropFieldOrKey, def.Name)
	}
	return mysqlerr.New(mysqlerr.ConstraintNotFound, def.Name)
}

func (a *altering) rename(from, to string) error {
	if strings.EqualFold(from, catalog.PrimaryName) {
		return mysqlerr.New(mysqlerr.WrongNameForIndex, from)
	}
	at, ok := a.table.Index(from)
	if !ok {
		return mysqlerr.New(mysqlerr.KeyDoesNotExist, from, a.table.Name)
	}
	if other, taken := a.table.Index(to); taken && other != at {
		return mysqlerr.New(mysqlerr.DupKeyName, to)
	}
	if !catalog.ValidName(to) || strings.EqualFold(to, catalog.PrimaryName) {
		return mysqlerr.New(mysqlerr.WrongNameForIndex, to)
	}
	a.table.Indexes[at].Name, a.table.Indexes[at].Implied = to, false
	return nil
}

// publish fills the new indexes, writes the definition, discards the old ones,
// and tells parents.
func (a *altering) publish(apart rows.Autonomous) error {
	b := &rows.Build{
		Txn: a.env.Txn, Autonomous: apart, Catalog: a.catalog, Table: a.table, BatchMax: a.opts.BatchMax,
	}
	for i := range a.table.Indexes {
		if a.table.Indexes[i].ID == 0 {
			b.Indexes = append(b.Indexes, &a.table.Indexes[i])
		}
	}
	if err := a.bind(); err != nil {
		return err
	}
	if a.table.DropHidden(); !slices.EqualFunc(a.table.Columns, a.old.Columns, func(c, was catalog.Column) bool { return c.Name == was.Name }) {
		return a.rewrite()
	}
	if err := a.Fill(a.ctx, a.env, b); err != nil {
		return err
	}
	if err := a.Define(a.ctx, a.env, a.table); err != nil {
		return err
	}
	for i := range a.old.Indexes {
		ix := &a.old.Indexes[i]
		if slices.ContainsFunc(a.table.Indexes, func(left catalog.Index) bool { return left.ID == ix.ID }) || a.old.Temporary {
			continue
		}
		if err := a.discardSpace(a.old.IndexSpace(ix)); err != nil {
			return err
		}
	}
	return a.settle()
}

// settle is what is left to do with the new definition.
func (a *altering) settle() error {
	if err := a.orphans(); err != nil {
		return err
	}
	if at, ok := a.table.AutoIncrement(); ok && a.next > 0 {
		return a.count(at)
	}
	return nil
}

// rewrite is publish of a table whose hidden columns are others: the rows, and all
// indexes, are written anew.
func (a *altering) rewrite() error {
	if a.env.Deriver == nil {
		return unsupported("index on an expression")
	}
	leftover, err := a.env.Deriver.Rewrite(a.ctx, a.env, a.old, a.table)
	a.leftover = a.leftover || leftover
	if err != nil {
		return err
	}
	return a.settle()
}

// bind tells the parents of foreign keys that come and go, and holds that those
// that stay have their indexes.
func (a *altering) bind() error {
	if err := a.catalog.Unbind(a.ctx, a.env.Txn, a.table, a.gone); err != nil {
		return err
	}
	if err := a.catalog.Refit(a.ctx, a.env.Txn, a.table); err != nil && !a.more {
		if len(a.dropped) > 0 && (mysqlerr.Is(err, mysqlerr.FKNoIndexParent) || mysqlerr.Is(err, mysqlerr.CannotAddForeign)) {
			return mysqlerr.New(mysqlerr.DropIndexForeignKey, a.dropped[0].Name)
		}
		return err
	}
	for _, name := range a.added {
		at, _ := a.table.ForeignKey(name)
		if err := a.catalog.Bind(a.ctx, a.env.Txn, a.table, a.table.ForeignKeys[at:at+1], a.env.NoForeignKeys); err != nil {
			return err
		}
	}
	return nil
}

// orphans refuses new foreign keys that rows do not keep.
func (a *altering) orphans() error {
	if a.env.NoForeignKeys {
		return nil
	}
	for _, name := range a.added {
		at, _ := a.table.ForeignKey(name)
		if err := rows.FindOrphan(a.ctx, a.env.Txn, a.catalog, a.table, &a.table.ForeignKeys[at]); err != nil {
			return err
		}
	}
	return nil
}
