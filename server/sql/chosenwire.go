package sql

import (
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/expression/function"
	"github.com/dolthub/go-mysql-server/sql/expression/function/aggregation"
	"github.com/dolthub/go-mysql-server/sql/plan"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/types"
)

// A chosenColumn is a column of a query: the one that CREATE TABLE ... SELECT makes of it,
// and what clients are told of it. Names and tables that the statement spells are not
// part of it: call.columns has them.
type chosenColumn struct {
	catalog.Column
	wire     exec.Column
	constant bool // a literal
	kept     bool // see keep
}

// chosen is an expression as a query's column.
func (x *chooser) chosen(e gms.Expression) chosenColumn {
	out := chosenColumn{Column: x.column(e), wire: x.wire(e)}
	if a, is := e.(*expression.Alias); is {
		e = a.Child
	}
	_, out.constant = e.(*expression.Literal)
	return out
}

// wire is what clients are told of an expression.
func (x *chooser) wire(e gms.Expression) exec.Column {
	switch e := e.(type) {
	case *expression.Alias:
		return x.wire(e.Child)
	case *expression.GetField:
		if out, ok := x.fieldWire(e); ok {
			if x.rolled || x.outer[strings.ToLower(e.Table())] {
				out.Flags &^= types.FlagNotNull
			}
			if x.rolled {
				out.DB, out.OrgTable, out.OrgName = "", "", ""
				out.Flags &^= ofKeys | types.FlagNoDefault
			}
			return out
		}
		if below := x.below[e.Id()]; below != nil {
			return x.wire(below)
		}
	}
	out := x.typeWire(e)
	if !x.column(e).Nullable {
		out.Flags |= types.FlagNotNull
	}
	return out
}

// fieldWire is wire of a column of a table, or of a derived one.
func (x *chooser) fieldWire(f *expression.GetField) (out exec.Column, ok bool) {
	table := strings.ToLower(f.Table())
	for _, col := range x.derived[table] {
		if strings.EqualFold(col.Name, f.Name()) {
			out = col.wire
			out.Table = f.Table()
			return out, true
		}
	}
	def := x.shaper[table]
	if def == nil {
		return out, false
	}
	at, ok := def.Column(f.Name())
	if ok {
		out = exec.TableColumn(def, at)
		out.Table = f.Table()
	}
	return out, ok
}

// typeWire is wire of what is computed, but for NULL.
func (x *chooser) typeWire(e gms.Expression) exec.Column {
	t := x.typeOf(e)
	if v, ok := variableWire(e, t); ok {
		return v
	}
	if own, ok := convert.FromType(e.Type()); ok && own.Kind == types.Null {
		t = own
	}
	whole := t.IsInteger() && t.Kind != types.Year
	if whole {
		t.Kind = x.wholeKind(e)
	}
	w := t.Wire()
	out := exec.Column{Type: w.Type, Charset: w.Charset, Own: w.Own, Length: w.Length, Decimals: w.Decimals, Flags: w.Flags}
	switch {
	case whole:
		out.Length = uint32(x.width(e))
	case t.Kind == types.Double:
		out.Length = doubleWidth
		if n := momentDigits(e); n > 0 {
			out.Decimals = n
		}
	case t.Kind == types.Time && alwaysDay(e):
		out.Length -= 2
	case t.Kind == types.Year:
		out.Flags &^= types.FlagZerofill
	case t.Kind == types.JSON:
		out.Charset, out.Length, out.Decimals = uint16(types.CollationGeneralCI), documentLength, floatDecimals
		out.Own = uint16(types.CollationBin)
		out.Flags = types.FlagBinary
	case t.Kind == types.Geometry, t.Kind == types.Vector:
		out.Flags &^= types.FlagBlob
	case t.IsNamed():
		out.Decimals = floatDecimals
		out.Flags &^= types.FlagEnum | types.FlagSet
	case t.IsString():
		x.textWire(e, t, &out)
	}
	if t.IsText() || t.IsNamed() {
		out.Own = uint16(expr.CollationOf(x.ctx, e))
	}
	if isCall(e, "pi") {
		out.Length, out.Decimals = piLength, types.FSPMax
	}
	if t.IsNumber() {
		out.Flags |= types.FlagBinary
	}
	return out
}

// piLength is that of PI, of which six digits are shown.
const piLength = 8

// documentLength is the length of a computed document.
const documentLength = 4294967292

// alwaysDay reports whether a TIME is one of a day, which has two digits for the hours.
func alwaysDay(e gms.Expression) bool {
	if _, is := e.(*function.CurrTime); is {
		return true
	}
	return isCall(e, "curtime") || isCall(e, "current_time") || isCall(e, "utc_time")
}

// momentDigits is how many digits behind the point the DOUBLE has that ABS or a minus makes of
// a date or a time.
func momentDigits(e gms.Expression) uint8 {
	switch f, is := e.(gms.FunctionExpression); {
	case isNegation(e), is && strings.EqualFold(f.FunctionName(), "abs"):
		if n, is := e.Children()[0].(*temporalNumber); is {
			return n.from.FSP
		}
	}
	return 0
}

// doubleWidth is the length of a DOUBLE that is no column.
const doubleWidth = 23

// wholeKind is the type of a whole number: BIGINT, if it is not one of a column's values.
func (x *chooser) wholeKind(e gms.Expression) types.Kind {
	ofAll := func(list []gms.Expression) types.Kind {
		out, signed, unsigned := types.TinyInt, false, false
		for _, e := range list {
			if t, ok := convert.FromType(e.Type()); ok && t.Kind != types.Null {
				out = max(out, x.wholeKind(e))
				signed, unsigned = signed || !t.Unsigned, unsigned || t.Unsigned
			}
		}
		if signed && unsigned && out < types.BigInt {
			out++ // both have a place in the next
		}
		return out
	}
	if isWindowed(e) {
		return types.BigInt
	}
	switch e := e.(type) {
	case *expression.Alias:
		return x.wholeKind(e.Child)
	case *expression.GetField:
		if _, col := x.field(e); col != nil {
			if col.Type.IsInteger() {
				return col.Type.Kind
			}
			return types.BigInt
		}
		if below := x.below[e.Id()]; below != nil {
			return x.wholeKind(below)
		}
	case *aggregation.AnyValue:
		return x.wholeKind(e.Child)
	case *expr.Choice:
		return ofAll(e.Values)
	case *assignment:
		return x.wholeKind(e.Child)
	case *plan.Subquery:
		if list, _ := sidesOf(e.Query); len(list) == 1 {
			return x.wholeKind(list[0])
		}
	case gms.FunctionExpression:
		if keepsType[strings.ToLower(e.FunctionName())] && len(e.Children()) > 0 {
			return x.wholeKind(e.Children()[0])
		}
	}
	return types.BigInt
}

// isWindowed reports whether an expression is a window function.
func isWindowed(e gms.Expression) bool {
	w, is := e.(gms.WindowAdaptableExpression)
	return is && w.Window() != nil
}

// keepsType are functions whose whole numbers have the type of the first operand.
var keepsType = map[string]bool{
	"max": true, "min": true, "any_value": true, "nullif": true, "first_value": true, "last_value": true, "nth_value": true, "lag": true, "lead": true,
}
