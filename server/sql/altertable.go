package sql

import (
	"slices"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/reword"
	"github.com/xadb/xadb/server/types"
)

// An alteration is an ALTER TABLE on its way over its clauses: constraints and
// indexes go, columns change (the library), collations, constraints and indexes
// come; then the rows are asked about checks, and the table gets its new name.
// It is one transaction, whatever happens.
type alteration struct {
	*call
	ctx  *gms.Context
	id   tableID
	from sqlparser.TableName

	drops, columns, later []exec.Clause
	converts              []exec.Clause
	renames               []exec.Clause
	collations            []exec.Clause
	orders                []exec.Clause
	rows                  bool // they must be asked about checks

	old  *catalog.Table
	list []exec.Clause
}

func (c *call) alterTable(ctx *gms.Context, s *sqlparser.AlterTable, r *exec.Result) error {
	if len(s.PartitionSpecs) > 0 {
		return unsupported("PARTITION")
	}
	list, err := exec.Clauses(c.stmt.tree, s)
	if err != nil {
		return err
	}
	a := &alteration{call: c, ctx: ctx, from: s.Table, id: tableID{s.Table.DbQualifier.String(), s.Table.Name.String()}}
	if a.id.db == "" {
		a.id.db = c.env.DB
	}
	if a.id.db == "" {
		return mysqlerr.New(mysqlerr.NoDB)
	}
	for _, c := range list {
		if c.TableSpec != nil && len(c.TableSpec.Columns) > 0 && c.TableSpec.Columns[0].Type.ForeignKeyDef != nil {
			return unsupported("REFERENCES here")
		}
		if !a.private && a.env.Txn.Logged() && c.ColumnAction == sqlparser.AddStr && exec.Unrepeatable(c.TableSpec) {
			return mysqlerr.New(mysqlerr.UnsafeSystemFunction)
		}
	}
	t, err := a.open()
	if err != nil {
		return err
	}
	a.old, a.list = t, list
	a.sort(list, t)
	return a.run(func() error { return a.tellCopied(r) })
}

// sort puts the clauses into the stages that run them.
func (a *alteration) sort(list []exec.Clause, t *catalog.Table) {
	dropsIndex := func(c exec.Clause) bool { // the primary key is one
		return c.DropsPrimaryKey() && t.HasPrimary() && len(t.PrimaryKey) == 0
	}
	several := slices.ContainsFunc(list, func(c exec.Clause) bool { return c.ByColumns() && !dropsIndex(c) })
	for _, c := range list {
		drops := dropsIndex(c) || c.ConstraintAction == sqlparser.DropStr || c.IndexSpec != nil && c.IndexSpec.Action == sqlparser.DropStr
		switch {
		case c.ByColumns() && !dropsIndex(c):
			column, constraints := parted(c)
			a.columns = append(a.columns, column)
			a.later = append(a.later, constraints...)
			a.rows = true
		case c.ByConversion():
			a.converts = append(a.converts, c)
		case c.ByCollation():
			a.collations = append(a.collations, c)
		case c.ByOrder():
			a.orders = append(a.orders, c)
		case c.ByRename():
			a.renames = append(a.renames, c)
		case drops && several:
			a.drops = append(a.drops, c)
		default:
			a.later = append(a.later, c)
			a.rows = true
		}
	}
}

// parted takes the constraints off a column's definition.
func parted(c exec.Clause) (column exec.Clause, constraints []exec.Clause) {
	if c.TableSpec == nil || len(c.TableSpec.Columns) == 0 {
		return c, nil
	}
	d, def := *c.DDL, *c.TableSpec.Columns[0]
	def.Type.Constraint = nil
	d.ConstraintAction, d.TableSpec = "", &sqlparser.TableSpec{Columns: []*sqlparser.ColumnDefinition{&def}}
	for _, k := range c.TableSpec.Constraints {
		add := c
		add.DDL = &sqlparser.DDL{
			Action: sqlparser.AlterStr, ConstraintAction: sqlparser.AddStr, Column: def.Name,
			TableSpec: &sqlparser.TableSpec{Constraints: []*sqlparser.ConstraintDefinition{k}},
		}
		constraints = append(constraints, add)
	}
	c.DDL = &d
	return c, constraints
}

// run runs the stages; tell is called of the table that has changed.
func (a *alteration) run(tell func() error) error {
	if len(a.drops) > 0 {
		if err := a.definitions(a.drops, slices.ContainsFunc(slices.Concat(a.columns, a.later), bringsKey)); err != nil {
			return err
		}
	}
	for _, c := range a.collations {
		if err := a.collate(c.AlterCollationSpec); err != nil {
			return err
		}
	}
	if len(a.columns) > 0 || len(a.converts) > 0 {
		if err := a.changeColumns(); err != nil {
			return err
		}
		if err := a.deriveAgain(); err != nil {
			return err
		}
	}
	if err := a.definitions(a.later, false); err != nil {
		return err
	}
	for _, c := range a.orders {
		if err := a.order(c); err != nil {
			return err
		}
	}
	t, err := a.open()
	if err != nil {
		return err
	}
	if err := exec.CheckVisible(t); err != nil {
		return err
	}
	if err := exec.CheckVectors(t); err != nil {
		return err
	}
	if a.rows { // they are asked about the checks as they are now
		if err := a.checkRows(a.ctx, t); err != nil {
			return err
		}
	}
	if err := tell(); err != nil {
		return err
	}
	if len(a.renames) > 0 && t.Temporary {
		return a.renameTemporary(t)
	}
	for _, c := range a.renames {
		to, err := a.named(c.ToTables[0])
		if err == nil && to != a.id {
			err = a.rename(a.id, to)
		}
		if err != nil {
			return err
		}
		a.id = to
	}
	return nil
}

// open locks the table as it is by now.
func (a *alteration) open() (*catalog.Table, error) {
	if t, ok, err := a.env.Temporary(a.id.db, a.id.name); ok || err != nil {
		return t, err
	}
	t, ok, err := a.catalog().Open(a.ctx, a.env.Txn, a.id.db, a.id.name, catalog.Exclusive)
	if err == nil && !ok {
		err = a.absent(a.id)
	}
	return t, err
}

// absent says what is not there, or that it is a view.
func (c *call) absent(id tableID) error {
	if _, ok, err := c.catalog().Database(c.env.Txn, id.db); err != nil || !ok {
		if err == nil {
			err = mysqlerr.New(mysqlerr.BadDB, id.db)
		}
		return err
	}
	if _, ok, err := c.catalog().View(c.env.Txn, id.db, id.name); err != nil || ok {
		if err == nil {
			err = mysqlerr.New(mysqlerr.WrongObject, id.db+"."+id.name, "BASE TABLE")
		}
		return err
	}
	return mysqlerr.New(mysqlerr.NoSuchTable, id.db, id.name)
}

// bringsKey reports whether after a clause a column may have a key, or need none.
func bringsKey(c exec.Clause) bool {
	return c.IndexSpec != nil && c.IndexSpec.Action == sqlparser.CreateStr || c.ColumnAction != "" && c.ColumnAction != sqlparser.AddStr
}

// definitions runs the clauses of package exec; more says that keys may come later.
func (a *alteration) definitions(list []exec.Clause, more bool) error {
	t, err := a.open()
	if err != nil {
		return err
	}
	leftover, err := a.exec.AlterBy(a.ctx, a.env, t, list, more)
	a.leftover = a.leftover || leftover
	drops := slices.ContainsFunc(slices.Concat(a.drops, a.columns), exec.Clause.DropsPrimaryKey)
	if drops && (mysqlerr.Is(err, mysqlerr.FKNoIndexParent) || mysqlerr.Is(err, mysqlerr.CannotAddForeign)) {
		return mysqlerr.New(mysqlerr.DropIndexForeignKey, catalog.PrimaryName)
	}
	if err != nil {
		return err
	}
	a.define(a.id)
	return nil
}

// changeColumns: what depends on a column keeps it as it is, but for foreign
// keys, which follow its name.
func (a *alteration) changeColumns() error {
	t, err := a.open()
	if err != nil {
		return err
	}
	was, all, err := a.converted(t)
	if err != nil {
		return err
	}
	r, err := exec.Redefine(a.env, was, a.columns, all)
	if err != nil {
		return err
	}
	if err := a.leave(r); err != nil {
		return err
	}
	if err := exec.ChangeOf(a.env, a.stmt.tree, a.old, r.Table, a.list).Refuse(); err != nil && !a.private {
		return err
	}
	if err := exec.CheckGenerated(r.Table); err != nil {
		return err
	}
	if err := knownPlaces(r.Table); err != nil {
		return err
	}
	a.remark(r.Remarks)
	if len(r.Renamed) > 0 {
		if err := a.catalog().RenameColumns(a.ctx, a.env.Txn, r.Table, r.Renamed); err != nil {
			return err
		}
	}
	if len(a.converts) == 0 && r.SameRows() {
		if err := a.exec.Define(a.ctx, a.env, r.Table); err != nil {
			return err
		}
		a.define(a.id)
		return nil
	}
	return a.rebuild(t, r.Table, r.Origin)
}

// leave refuses to drop or rename columns that others need, and drops the checks that
// read nothing but columns that go.
func (a *alteration) leave(r *exec.Redefinition) error {
	gone := slices.Clone(r.Dropped)
	for _, name := range r.Dropped {
		if err := a.dropColumn(r, name); err != nil {
			return err
		}
	}
	for _, n := range r.Renamed {
		if !strings.EqualFold(n.From, n.To) {
			gone = append(gone, n.From)
		}
	}
	for _, name := range gone {
		if err := independent(r, name); err != nil {
			return err
		}
	}
	return nil
}

func mentions(list []string, col string) bool {
	return slices.ContainsFunc(list, func(n string) bool { return strings.EqualFold(n, col) })
}

// independent refuses to take a column from an expression that reads it.
func independent(r *exec.Redefinition, col string) error {
	for _, ch := range r.Table.Checks {
		if mentions(ch.Columns, col) {
			return mysqlerr.New(mysqlerr.CheckDependent, ch.Name, col)
		}
	}
	for i := range r.Table.Columns {
		c := &r.Table.Columns[i]
		if mentions(c.Uses, col) && c.Hidden {
			return mysqlerr.New(mysqlerr.FunctionalDependent, col)
		}
		if mentions(c.Uses, col) && !r.Spelled(i) {
			return mysqlerr.New(mysqlerr.GeneratedDependent, col)
		}
		if mentions(exec.DefaultReads(c), col) && !r.Spelled(i) {
			return mysqlerr.New(mysqlerr.DefaultDependent, col, r.Table.Name)
		}
	}
	return nil
}

// dropColumn takes the checks off that read this column only, and refuses if
// a foreign key needs it.
func (a *alteration) dropColumn(r *exec.Redefinition, col string) error {
	t := r.Table
	t.Checks = slices.DeleteFunc(t.Checks, func(ch catalog.Check) bool {
		return len(ch.Columns) == 1 && strings.EqualFold(ch.Columns[0], col)
	})
	for _, fk := range t.ForeignKeys {
		if mentions(fk.Columns, col) {
			return mysqlerr.New(mysqlerr.FKColumnCannotDrop, col, fk.Name)
		}
	}
	for _, r := range t.ReferencedBy {
		child, i, err := a.catalog().Referring(a.ctx, a.env.Txn, r, catalog.Shared)
		if err != nil {
			return err
		}
		if mentions(child.ForeignKeys[i].RefColumns, col) {
			return mysqlerr.New(mysqlerr.FKColumnCannotDropFrom, col, r.ForeignKey, r.Table)
		}
	}
	return nil
}

// converted is the table as CONVERT TO CHARACTER SET leaves it, and the collation that it
// brings, if any: a key that goes by the same statement is not made of the values that
// it changes.
func (a *alteration) converted(t *catalog.Table) (def *catalog.Table, all types.Collation, err error) {
	def = t.Copy()
	for _, c := range a.converts {
		charset, collation, err := a.charset(c.AlterCollationSpec)
		if err == nil {
			err = exec.Convert(def, charset, collation)
		}
		if err != nil {
			return nil, 0, err
		}
		all = def.Collation
	}
	if len(a.collations) > 0 {
		def.Collation = t.Collation
	}
	return def, all, nil
}

// charset is the character set and the collation that a clause says, of which one may be "".
func (a *alteration) charset(s *sqlparser.AlterCollationSpec) (charset, collation string, err error) {
	if s.CharacterSet != reword.DefaultCharset {
		return s.CharacterSet, s.Collation, nil
	}
	db, _, err := a.catalog().Database(a.env.Txn, a.id.db)
	if s.Collation != "" {
		return string(db.Collation.Charset()), s.Collation, err
	}
	return "", db.Collation.Name(), err
}

// collate changes the collation that new columns have.
func (a *alteration) collate(s *sqlparser.AlterCollationSpec) error {
	t, err := a.open()
	if err != nil {
		return err
	}
	def := t.Copy()
	charset, collation, err := a.charset(s)
	if err == nil {
		def.Collation, err = exec.Collation(t.Collation, charset, collation)
	}
	if err != nil {
		return err
	}
	err = a.exec.Define(a.ctx, a.env, def)
	a.define(a.id)
	return err
}

// remark notes what a definition asks for and does not get.
func (a *alteration) remark(list []exec.Diagnostic) {
	for _, d := range list {
		a.s.Warn(&gms.Warning{Level: d.Level, Code: int(d.Code), Message: d.Message})
	}
}
