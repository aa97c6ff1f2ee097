package sql

import (
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/types"
)

// MySQL keeps the rows of some queries in a table of its own before it goes on. Clients can
// tell: such a table has no keys, and what was computed is a column there, with its
// own name for the original one.

// ofKeys are the flags that are lost.
const ofKeys = types.FlagPrimaryKey | types.FlagUniqueKey | types.FlagMultipleKey | types.FlagPartOfKey | types.FlagAutoInc

// keepAll makes columns those of rows that are kept.
func keepAll(list []chosenColumn) {
	for i := range list {
		list[i].keep()
	}
}

func (c *chosenColumn) keep() {
	if c.constant {
		return
	}
	c.kept = true
	c.wire.Flags &^= ofKeys | types.FlagTimestamp | types.FlagOnUpdateNow
	if c.wire.OrgTable != "" {
		return
	}
	if c.Type.IsNumber() {
		c.wire.Flags &^= types.FlagBinary
	}
	if c.Type.IsString() {
		c.wire.Decimals = 0
	}
}

// both is the column of a UNION, of one on each side.
func both(l, r chosenColumn) chosenColumn {
	out := chosenColumn{wire: l.wire}
	out.Type, out.Nullable, out.Default = widerChosen(l.Type, r.Type), l.Nullable || r.Nullable, ofType()
	if t, ok := exactOfBoth(l, r); ok {
		out.Type = t
	}
	out.wire.DB, out.wire.Table, out.wire.OrgTable, out.wire.OrgName = "", "", "", ""
	out.keep()
	w := &out.wire
	if r.wire.Flags&types.FlagNotNull == 0 {
		w.Flags &^= types.FlagNotNull
	}
	w.Flags &^= types.FlagNoDefault
	whole := func(t types.Type) bool { return t.IsInteger() && t.Kind != types.Year }
	switch {
	case out.isNull(l):
		*w = r.wire
		w.Flags &^= types.FlagNotNull
	case out.isNull(r):
		w.Flags &^= types.FlagNotNull
	case whole(l.Type) && whole(r.Type):
		if wideness[r.wire.Type] > wideness[w.Type] {
			w.Type = r.wire.Type
		}
		w.Length = max(w.Length, r.wire.Length)
		if l.Type.Unsigned != r.Type.Unsigned {
			w.Flags &^= types.FlagUnsigned
			w.Type = nextWider(w.Type)
		}
		out.Type.Kind, out.Type.Unsigned = wideness[w.Type], w.Flags&types.FlagUnsigned != 0
	default:
		t := out.Type.Wire()
		w.Type, w.Charset, w.Length, w.Decimals = t.Type, t.Charset, t.Length, t.Decimals
		w.Flags = w.Flags&types.FlagNotNull | t.Flags
	}
	return out
}

// exactOfBoth is the DECIMAL that has a DECIMAL's values and those of another, or of a whole
// number.
func exactOfBoth(l, r chosenColumn) (types.Type, bool) {
	digits := func(c chosenColumn) (whole, fraction uint8, ok bool) {
		switch {
		case c.Type.Kind == types.Decimal:
			return c.Type.Precision - c.Type.Scale, c.Type.Scale, true
		case c.Type.IsInteger() && c.Type.Kind != types.Year && c.wire.Length > 0:
			n := c.wire.Length
			if !c.Type.Unsigned && n > 1 {
				n-- // the sign
			}
			return uint8(min(n, types.DecimalPrecisionMax)), 0, true
		}
		return 0, 0, false
	}
	w1, f1, ok1 := digits(l)
	w2, f2, ok2 := digits(r)
	if !ok1 || !ok2 || l.Type.Kind != types.Decimal && r.Type.Kind != types.Decimal {
		return types.Type{}, false
	}
	scale := max(f1, f2)
	return types.Type{Kind: types.Decimal, Precision: min(max(w1, w2)+scale, types.DecimalPrecisionMax), Scale: scale}, true
}

// isNull reports whether a side is always NULL.
func (chosenColumn) isNull(side chosenColumn) bool { return side.wire.Type == types.WireNull }

// wideness orders the types of whole numbers.
var wideness = func() map[byte]types.Kind {
	out := map[byte]types.Kind{}
	for _, k := range []types.Kind{types.TinyInt, types.SmallInt, types.MediumInt, types.Int, types.BigInt} {
		out[(types.Type{Kind: k}).Wire().Type] = k
	}
	return out
}()

// nextWider is the type of whole numbers that has all of another's, with and without a
// sign.
func nextWider(t byte) byte {
	for typ, kind := range wideness {
		if kind == wideness[t]+1 {
			return typ
		}
	}
	return t
}

// keepsRows reports whether a derived table's rows are kept.
func keepsRows(node gms.Node) bool {
	found := false
	transform.Inspect(node, func(n gms.Node) bool {
		switch n.(type) {
		case *plan.SetOp, *plan.Limit, *plan.GroupBy, *plan.Distinct, *plan.Window, *plan.Having, *plan.RecursiveCte, *plan.ValueDerivedTable:
			found = true
		case *plan.SubqueryAlias:
			return false
		}
		return !found
	})
	return found
}

// hasWindow reports whether a query has window functions.
func hasWindow(node gms.Node) bool {
	found := false
	transform.Inspect(node, func(n gms.Node) bool {
		switch n.(type) {
		case *plan.Window:
			found = true
		case *plan.SubqueryAlias:
			return false
		}
		return !found
	})
	return found
}

// tell makes a result's column what the client is told of a query's.
func (col *column) tell(of chosenColumn, letters map[string]string) {
	if !sameEncoding(col, of.wire) {
		col.Flags &^= types.FlagNotNull
		col.Flags |= of.wire.Flags & types.FlagNotNull
		return
	}
	w := of.wire
	if of.kept && w.OrgName == "" {
		w.OrgName = col.Name
	}
	switch as := letters[strings.ToLower(w.Table)]; {
	case w.Table == "":
	case w.Table == unnamedValues:
		w.Table = ""
	case col.Table != "":
		w.Table = col.Table
	case as != "":
		w.Table = as
	}
	w.Name = col.Name
	col.Column = w
}

// unnamedValues is the library's name of VALUES that have none.
const unnamedValues = "values"

// Forms of numbers.
const (
	wholeForm   = 1
	decimalForm = 2
	floatForm   = 3
	doubleForm  = 4
	momentForm  = 5 // and more: of each type its own
)

// sameEncoding reports whether a column's values can be sent as what the query's column
// is: numbers have their form, and all else is text.
func sameEncoding(col *column, w exec.Column) bool {
	form := func(t byte) int {
		switch {
		case wideness[t] != 0 || t == (types.Type{Kind: types.TinyInt}).Wire().Type:
			return wholeForm
		case t == (types.Type{Kind: types.Decimal}).Wire().Type:
			return decimalForm
		case t == (types.Type{Kind: types.Float}).Wire().Type:
			return floatForm
		case t == (types.Type{Kind: types.Double}).Wire().Type:
			return doubleForm
		case t == types.WireTime, t == types.WireDateTime, t == types.WireTimestamp, t == (types.Type{Kind: types.Date}).Wire().Type, t == types.WireNull:
			return momentForm + int(t)
		}
		return 0
	}
	if form(col.Type) == floatForm && form(w.Type) == doubleForm {
		return true
	}
	return form(col.Type) == form(w.Type) || col.Type == types.WireNull && form(w.Type) == 0
}
