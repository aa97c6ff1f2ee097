package sql

import (
	"slices"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/sql/walk"
)

// Texts of latin1 and other character sets of one byte a letter are UTF-8 here, and the
// library counts their bytes: it would refuse five letters é for VARCHAR(5). What is
// written goes past it as texts of any length, and package types counts the letters.

// wide is the type that the library may convert a value of a column to; ok is false if
// it is the column's. Dates are what they are by then.
func wide(t gms.Type) (_ gms.Type, ok bool) {
	own, ok := convert.FromType(t)
	if ok && own.HasDate() {
		return convert.NewAsIs(t), true
	}
	if !ok || !own.IsText() || own.IsSpecial() || own.Collation.BytesPerChar() != 1 {
		return t, false
	}
	return gtypes.LongText, true
}

// wideInsert has the library take what is inserted for texts of any length.
func wideInsert(into *plan.InsertInto) (*plan.InsertInto, error) {
	schema := slices.Clone(into.Destination.Schema())
	found := false
	for i, col := range schema {
		if t, is := wide(col.Type); is {
			col := col.Copy()
			col.Type, schema[i], found = t, col, true
		}
	}
	if !found {
		return into, nil
	}
	source, err := walk.Exprs(into.Source, wideDefault)
	if err != nil {
		return nil, err
	}
	out := *into
	out.Source = source
	if old, is := into.Destination.(*plan.InsertDestination); is {
		copied := *old
		copied.Sch, out.Destination = schema, &copied
		return &out, nil
	}
	if _, named := into.Destination.(gms.Nameable); !named {
		return into, nil
	}
	out.Destination = plan.NewInsertDestination(schema, into.Destination)
	return &out, nil
}

// wideDefault has a default be a text of any length.
func wideDefault(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
	d, is := e.(*gms.ColumnDefaultValue)
	if !is || d == nil || d.OutType == nil {
		return e, transform.SameTree, nil
	}
	t, is := wide(d.OutType)
	if !is || !gtypes.IsTextOnly(t) {
		return e, transform.SameTree, nil
	}
	out := *d
	out.OutType = t
	return &out, transform.NewTree, nil
}

// wideField is the column that SET names, as the library may convert to it.
func wideField(f *expression.GetField) gms.Expression {
	t, is := wide(f.Type())
	if !is {
		return f
	}
	return expression.NewGetFieldWithTable(int(f.Id()), int(f.TableId()), t, f.Database(), f.Table(), f.Name(), f.IsNullable()).WithIndex(f.Index())
}
