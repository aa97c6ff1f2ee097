package sql

import (
	gms "github.com/dolthub/go-mysql-server/sql"

	"github.com/xadb/xadb/server/catalog"
)

var _ gms.CheckTable = (*table)(nil)

// GetChecks implements gms.CheckTable, for who shows them: see checker.
func (t *table) GetChecks(*gms.Context) ([]gms.CheckDefinition, error) {
	if t.c.stmt.Kind == writeKind {
		return nil, nil
	}
	var out []gms.CheckDefinition
	for _, ch := range t.def.Checks {
		out = append(out, gms.CheckDefinition{Name: ch.Name, CheckExpression: "(" + ch.Expr + ")", Enforced: ch.Enforced})
	}
	return out, nil
}

// A listed is a table in information_schema. Only there the library knows of
// foreign keys; they are kept by package rows.
type listed struct{ *table }

var _ gms.ForeignKeyTable = listed{}

// GetDeclaredForeignKeys implements gms.ForeignKeyTable.
func (t listed) GetDeclaredForeignKeys(*gms.Context) ([]gms.ForeignKeyConstraint, error) {
	return declared(t.def), nil
}

func declared(t *catalog.Table) []gms.ForeignKeyConstraint {
	var out []gms.ForeignKeyConstraint
	for _, fk := range t.ForeignKeys {
		out = append(out, gms.ForeignKeyConstraint{
			Name: fk.Name, Database: t.DB, Table: t.Name, Columns: fk.Columns,
			ParentDatabase: fk.RefDB, ParentTable: fk.RefTable, ParentColumns: fk.RefColumns,
			OnUpdate: action(fk.OnUpdate), OnDelete: action(fk.OnDelete), IsResolved: true,
		})
	}
	return out
}

func action(name string) gms.ForeignKeyReferentialAction {
	if name == "" {
		return gms.ForeignKeyReferentialAction_NoAction
	}
	return gms.ForeignKeyReferentialAction(name)
}

// GetReferencedForeignKeys implements gms.ForeignKeyTable.
func (t listed) GetReferencedForeignKeys(*gms.Context) ([]gms.ForeignKeyConstraint, error) {
	var out []gms.ForeignKeyConstraint
	for _, r := range t.def.ReferencedBy {
		child, ok, err := t.c.catalog().Find(t.c.env.Txn, r.DB, r.Table)
		if err != nil || !ok {
			return nil, err
		}
		for _, fk := range declared(child) {
			if fk.Name == r.ForeignKey {
				out = append(out, fk)
			}
		}
	}
	return out, nil
}

// CreateIndexForForeignKey implements gms.ForeignKeyTable.
func (listed) CreateIndexForForeignKey(*gms.Context, gms.IndexDef) error {
	return unsupported("DDL here")
}

// AddForeignKey implements gms.ForeignKeyTable.
func (listed) AddForeignKey(*gms.Context, gms.ForeignKeyConstraint) error {
	return unsupported("DDL here")
}

// DropForeignKey implements gms.ForeignKeyTable.
func (listed) DropForeignKey(*gms.Context, string) error { return unsupported("DDL here") }

// UpdateForeignKey implements gms.ForeignKeyTable.
func (listed) UpdateForeignKey(*gms.Context, string, gms.ForeignKeyConstraint) error {
	return unsupported("DDL here")
}

// GetForeignKeyEditor implements gms.ForeignKeyTable. Nobody asks for one where
// nothing is changed.
func (listed) GetForeignKeyEditor(*gms.Context) gms.ForeignKeyEditor { return nil }
