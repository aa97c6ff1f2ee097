package sql

import (
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/sql/spell"
	"github.com/xadb/xadb/server/types"
)

// A column is a column of a result: as the client sees it, and as values must
// be to go there.
type column struct {
	exec.Column
	from  gms.Type
	typ   types.Type
	typed bool        // typ says how values must be; otherwise they are text
	was   *types.Type // what a column was before it became text
	kept  bool        // a DECIMAL has the digits that it has
	// sealed: the client knows the column, which can no longer change.
	sealed bool
}

func wireOf(list []column) []exec.Column {
	out := make([]exec.Column, len(list))
	for i := range list {
		out[i] = list[i].Column
	}
	return out
}

// columns describes a result. told is what the query's columns are, if that is known.
func (c *call) columns(node gms.Node, schema gms.Schema, told []chosenColumn) []column {
	from := c.origins(node)
	exprs, letters := projected(node), aliasLetters(c.stmt.tree.Statement)
	out, expressions := make([]column, len(schema)), make([]bool, len(schema))
	for i, s := range schema {
		col := column{from: s.Type}
		col.Name, col.Table = s.Name, s.Source
		if as := letters[strings.ToLower(s.Source)]; as != "" {
			col.Table = as
		}
		if def := from[strings.ToLower(s.Source)]; def != nil {
			if at, ok := def.Column(s.Name); ok {
				out[i] = ofTable(col, s, def, at)
				continue
			}
		}
		out[i] = computed(col)
		expressions[i] = true
		if out[i].typ.Kind == types.Time && len(exprs) == len(schema) {
			out[i].typ.FSP = digits(from, exprs[i])
			out[i].Decimals = out[i].typ.Wire().Decimals
		}
	}
	shaper(from).describeAll(node, out, expressions)
	if len(told) == len(out) {
		for i := range out {
			out[i].tell(told[i], letters)
		}
	}
	tellInformation(node, schema, out, letters)
	for i := range out {
		out[i].Table = spell.Written(out[i].Table)
	}
	return out
}

// origins is the tables of a plan by name, or alias.
func (c *call) origins(node gms.Node) map[string]*catalog.Table {
	out := make(map[string]*catalog.Table)
	for id, t := range c.tables {
		out[strings.ToLower(id.name)] = t.def
	}
	for alias, t := range aliasedTables(node) {
		out[alias] = t.def
	}
	return out
}

// aliasedTables is the tables of a plan by their aliases.
func aliasedTables(node gms.Node) map[string]*table {
	out := make(map[string]*table)
	transform.Inspect(node, func(n gms.Node) bool {
		if a, ok := n.(*plan.TableAlias); ok {
			if t, ok := a.Child.(interface{ UnderlyingTable() gms.Table }); ok {
				switch u := gms.GetUnderlyingTable(t.UnderlyingTable()).(type) {
				case *table:
					out[strings.ToLower(a.Name())] = u
				case *indexed:
					out[strings.ToLower(a.Name())] = u.table
				}
			}
		}
		return true
	})
	return out
}

// ofTable describes a column that comes from a table as it is.
func ofTable(col column, s *gms.Column, def *catalog.Table, at int) column {
	table := col.Table
	col.Column = exec.TableColumn(def, at)
	col.Name, col.Table = s.Name, table
	col.typ, col.typed = def.Columns[at].Type, true
	return col
}

// computed describes an expression. Whole numbers are BIGINT, as in MySQL.
func computed(col column) column {
	t, ok := convert.FromType(col.from)
	if !ok {
		return special(col)
	}
	if t.IsInteger() && t.Kind != types.Year {
		t = types.Type{Kind: types.BigInt, Unsigned: t.Unsigned}
	}
	if col.from == gtypes.InternalDecimalType {
		t.Scale = 0 // and more as there are
	}
	w := t.Wire()
	col.Type, col.Charset, col.Own, col.Length, col.Decimals, col.Flags = w.Type, w.Charset, w.Own, w.Length, w.Decimals, w.Flags
	if t.Kind == types.Vector {
		col.Flags &^= types.FlagBlob
	}
	col.typ, col.typed = t, t.Kind != types.Null
	return col
}

// special describes types that no column has here: they come as text.
func special(col column) column {
	t := types.Type{Kind: types.Blob, Length: 4, Collation: types.CollationGeneralCI}
	w := t.Wire()
	col.Type, col.Charset, col.Own, col.Length, col.Flags = w.Type, w.Charset, w.Own, w.Length, w.Flags
	return col
}

// result converts a row for the client, and says how large it is.
func (c *call) result(ctx *gms.Context, row gms.Row, columns []column) ([]binlog.Value, int, error) {
	out := make([]binlog.Value, len(columns))
	size := 16 * len(columns)
	for i := range columns {
		col := &columns[i]
		typ := col.from
		if col.kept {
			typ = gtypes.InternalDecimalType
		}
		v, from, err := convert.Down(ctx, row[i], typ)
		if err != nil {
			return nil, 0, err
		}
		switch {
		case v == nil:
		case !col.typed:
			v = binlog.Value(types.Text(v, from))
		case from.IsSpecial() && from.Kind == col.typ.Kind:
			v = types.Shown(v, from)
		case from.IsSpecial() || !convert.Fits(v, col.typ):
			if v, err = c.coerce(v, from, col); err != nil {
				return nil, 0, err
			}
		}
		if d, ok := v.(binlog.Decimal); ok && col.from == gtypes.InternalDecimalType && !col.sealed {
			_, fraction, _ := strings.Cut(string(d), ".")
			col.Decimals = max(col.Decimals, uint8(len(fraction)))
		}
		if b, ok := v.([]byte); ok {
			size += len(b)
		}
		out[i] = v
	}
	return out, size, nil
}

// coerce makes a value what its column says it is; if it cannot be that, the
// column becomes one of text, for the rows to come and in settle those before.
func (c *call) coerce(v binlog.Value, from types.Type, col *column) (binlog.Value, error) {
	if col.typ.IsString() || col.typ.IsNamed() || col.typ.Kind == types.JSON {
		return types.Text(v, from), nil
	}
	if d, ok := v.(binlog.Decimal); ok && col.typ.IsFloat() && col.OrgTable == "" && (!col.sealed || col.isDecimal()) {
		return c.asDecimal(d, col), nil
	}
	out, err := types.Store(v, from, types.Target{
		Name: col.Name, Type: col.typ, Row: 1, Zone: c.env.Location, ZeroDates: true, Display: true,
	})
	if err == nil || col.sealed {
		return out, err
	}
	was := col.typ
	col.from, col.typed, col.was = gtypes.LongText, false, &was
	return types.Text(v, from), nil
}

// isDecimal reports whether the client has been told that the column is one of
// decimals.
func (col *column) isDecimal() bool { return col.Type == (types.Type{Kind: types.Decimal}).Wire().Type }

// asDecimal: the library announces sums of decimals as floats.
func (c *call) asDecimal(d binlog.Decimal, col *column) binlog.Value {
	_, fraction, _ := strings.Cut(string(d), ".")
	scale := uint8(max(len(fraction), int(col.Decimals)%floatDecimals))
	w := types.Type{Kind: types.Decimal, Precision: types.DecimalPrecisionMax, Scale: scale}.Wire()
	if col.sealed {
		return d
	}
	col.Type, col.Length, col.Decimals = w.Type, w.Length, w.Decimals
	return d
}

// floatDecimals says that a float has as many decimals as it takes.
const floatDecimals = 31

// settle brings the rows of columns that became text in line.
func settle(r *exec.Result, columns []column) {
	for i := range columns {
		col := &columns[i]
		if col.was == nil {
			continue
		}
		w := (types.Type{Kind: types.Blob, Length: 4, Collation: types.CollationGeneralCI}).Wire()
		col.Type, col.Charset, col.Own, col.Length, col.Decimals, col.Flags = w.Type, w.Charset, w.Own, w.Length, w.Decimals, w.Flags
		for _, row := range r.Rows {
			if row[i] != nil {
				row[i] = binlog.Value(types.Text(row[i], *col.was))
			}
		}
	}
	r.Columns = wireOf(columns)
}
