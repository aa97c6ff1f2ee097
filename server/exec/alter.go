package exec

import (
	"slices"
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/rows"
)

// checkAlter refuses what is not about indexes or AUTO_INCREMENT. The parser
// makes CREATE INDEX and DROP INDEX an ALTER TABLE, too.
func checkAlter(s *sqlparser.AlterTable) error {
	for _, d := range s.Statements {
		switch ix := d.IndexSpec; {
		case d.AutoIncSpec != nil:
		case ix == nil:
			return unsupported("ALTER TABLE")
		case ix.Type == sqlparser.PrimaryStr || strings.EqualFold(ix.ToName.String(), catalog.PrimaryName):
			return unsupported("ALTER TABLE of a primary key")
		case ix.Type != "" && ix.Type != sqlparser.UniqueStr:
			return unsupported(strings.ToUpper(ix.Type) + " index")
		}
	}
	if len(s.PartitionSpecs) > 0 || len(s.Statements) == 0 {
		return unsupported("ALTER TABLE")
	}
	return nil
}

// An altering is an ALTER TABLE on its way over its clauses.
type altering struct {
	*call
	old, table *catalog.Table // table is the new definition
	dropped    []catalog.Index
	next       uint64 // AUTO_INCREMENT, or 0
}

// alter changes a table's indexes: in the order of drops, renames, additions,
// whatever the order of the clauses.
func (c *call) alter(s *sqlparser.AlterTable) (*Result, error) {
	t, err := c.openExclusive(s.Table)
	if err != nil {
		return nil, err
	}
	a := &altering{call: c, old: t, table: t.Copy()}
	for _, action := range []string{sqlparser.DropStr, sqlparser.RenameStr, sqlparser.CreateStr, ""} {
		for _, d := range s.Statements {
			if err := a.clause(action, d); err != nil {
				return nil, err
			}
		}
	}
	if err := checkAuto(a.table); err != nil {
		return nil, err
	}
	if err := a.publish(); err != nil {
		return nil, err
	}
	return c.logged(c.env.DB, &Result{Info: "Records: 0  Duplicates: 0  Warnings: 0"})
}

// clause runs one, if it is of this action.
func (a *altering) clause(action string, d *sqlparser.DDL) error {
	if d.AutoIncSpec != nil {
		if action != "" {
			return nil
		}
		v, err := a.limitValue(d.AutoIncSpec.Value, 0)
		a.next = uint64(v)
		return err
	}
	ix := d.IndexSpec
	if ix.Action != action {
		return nil
	}
	switch action {
	case sqlparser.CreateStr:
		return addIndex(a.table, indexDef{ix.ToName.String(), ix.Type == sqlparser.UniqueStr, ix.Columns, ix.Options})
	case sqlparser.DropStr:
		at, ok := a.table.Index(ix.ToName.String())
		if !ok {
			return mysqlerr.New(mysqlerr.CantDropFieldOrKey, ix.ToName.String())
		}
		if len(a.old.ForeignKeys)+len(a.old.ReferencedBy) > 0 {
			return unsupported("DROP INDEX on a table with foreign keys")
		}
		a.dropped = append(a.dropped, a.table.Indexes[at])
		a.table.Indexes = slices.Delete(a.table.Indexes, at, at+1)
	case sqlparser.RenameStr:
		return a.rename(ix.FromName.String(), ix.ToName.String())
	}
	return nil
}

func (a *altering) rename(from, to string) error {
	at, ok := a.table.Index(from)
	if !ok {
		return mysqlerr.New(mysqlerr.KeyDoesNotExist, from, a.table.Name)
	}
	if other, taken := a.table.Index(to); taken && other != at {
		return mysqlerr.New(mysqlerr.DupKeyName, to)
	}
	if !catalog.ValidName(to) {
		return mysqlerr.New(mysqlerr.WrongNameForIndex, to)
	}
	a.table.Indexes[at].Name = to
	return nil
}

// publish fills the new indexes, writes the definition, and discards the old
// ones.
func (a *altering) publish() error {
	b := &rows.Build{
		Txn: a.env.Txn, Autonomous: a.autonomous(), Catalog: a.catalog, Table: a.table, BatchMax: a.opts.BatchMax,
	}
	for i := range a.table.Indexes {
		if a.table.Indexes[i].ID == 0 {
			b.Indexes = append(b.Indexes, &a.table.Indexes[i])
		}
	}
	if err := b.Run(a.ctx); err != nil {
		return err
	}
	if err := a.catalog.Alter(a.ctx, a.env.Txn, a.table); err != nil {
		return err
	}
	for i := range a.dropped {
		if err := a.discardSpace(a.old.IndexSpace(&a.dropped[i])); err != nil {
			return err
		}
	}
	if _, ok := a.table.AutoIncrement(); ok && a.next > 1 {
		return a.counters.Raise(a.ctx, a.env.Txn, a.table, catalog.AutoInc, a.next-1)
	}
	return nil
}
