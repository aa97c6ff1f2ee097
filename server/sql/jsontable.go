package sql

import (
	"strconv"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/sql/jsonpath"
	"github.com/xadb/xadb/server/sql/walk"
	"github.com/xadb/xadb/server/types"
)

// A jsonTable is JSON_TABLE: the library's has other paths, and other values, than
// MySQL's (MySQL manual, JSON Table Functions).
type jsonTable struct{ *plan.JSONTable }

var _ gms.ExecSourceRel = jsonTable{}

// WithChildren implements gms.Node.
func (t jsonTable) WithChildren(children ...gms.Node) (gms.Node, error) {
	if len(children) > 0 {
		return nil, gms.ErrInvalidChildrenNumber.New(t, len(children), 0)
	}
	return t, nil
}

// WithExpressions implements gms.Expressioner.
func (t jsonTable) WithExpressions(list ...gms.Expression) (gms.Node, error) {
	n, err := t.JSONTable.WithExpressions(list...)
	if err != nil {
		return nil, err
	}
	return jsonTable{n.(*plan.JSONTable)}, nil
}

// jsonTables puts it in the place of the library's, which does not know either that a
// subquery with one may be another for each row.
func jsonTables(node gms.Node) (gms.Node, error) {
	found := false
	node, err := walk.Nodes(node, func(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
		if t, is := n.(*plan.JSONTable); is {
			found = true
			return jsonTable{t}, transform.NewTree, nil
		}
		return n, transform.SameTree, nil
	})
	if err != nil || !found {
		return node, err
	}
	return walk.Exprs(node, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		sub, is := e.(*plan.Subquery)
		if !is {
			return e, transform.SameTree, nil
		}
		return sub.WithVolatile(), transform.NewTree, nil
	})
}

// RowIter implements gms.ExecSourceRel.
func (t jsonTable) RowIter(ctx *gms.Context, row gms.Row) (gms.RowIter, error) {
	data, err := t.DataExpr.Eval(ctx, row)
	if err != nil || data == nil {
		return gms.RowsToRowIter(), err
	}
	call := &expr.Function{Name: "json_table", Args: []gms.Expression{t.DataExpr}}
	tree, err := call.Document(ctx, 0, data)
	if err != nil {
		return nil, err
	}
	r := jsonRows{ctx: ctx, outer: row}
	found, err := followPath(tree, t.RootPath)
	if err != nil {
		return nil, err
	}
	var out []gms.Row
	for i, v := range found {
		rows, err := r.rows(t.Cols, v, i+1)
		if err != nil {
			return nil, err
		}
		out = append(out, rows...)
	}
	return gms.RowsToRowIter(out...), nil
}

// followPath is all that a path leads to.
func followPath(tree any, text string) ([]any, error) {
	path, err := jsonpath.Parse(text)
	if err != nil {
		return nil, err
	}
	f := jsonpath.Search{Places: map[string]bool{}}
	f.Find(tree, "", path.Legs)
	return f.Values, nil
}

// jsonRows makes rows of values.
type jsonRows struct {
	ctx   *gms.Context
	outer gms.Row
}

// rows of a value: those of each list of nested columns one after the other, in which the
// other lists are NULL. If no list has one, it is one row.
func (r jsonRows) rows(cols []plan.JSONTableCol, v any, ordinal int) ([]gms.Row, error) {
	base := make(gms.Row, 0, len(cols))
	type nested struct {
		at   int
		rows []gms.Row
	}
	var lists []nested
	for i := range cols {
		col := &cols[i]
		if col.Opts != nil {
			value, err := r.value(col, v, ordinal)
			if err != nil {
				return nil, err
			}
			base = append(base, value)
			continue
		}
		list := nested{at: len(base)}
		found, err := followPath(v, col.Path)
		if err != nil {
			return nil, err
		}
		for i, inner := range found {
			rows, err := r.rows(col.NestedCols, inner, i+1)
			if err != nil {
				return nil, err
			}
			list.rows = append(list.rows, rows...)
		}
		lists = append(lists, list)
		base = append(base, make(gms.Row, jsonColumns(col.NestedCols))...)
	}
	var out []gms.Row
	for _, list := range lists {
		for _, row := range list.rows {
			whole := append(gms.Row{}, base...)
			copy(whole[list.at:], row)
			out = append(out, whole)
		}
	}
	if out == nil {
		out = []gms.Row{base}
	}
	return out, nil
}

// jsonColumns is how many columns a list has.
func jsonColumns(cols []plan.JSONTableCol) (n int) {
	for _, col := range cols {
		if n++; col.Opts == nil {
			n += jsonColumns(col.NestedCols) - 1
		}
	}
	return n
}

// value is what a column has of a value.
func (r jsonRows) value(col *plan.JSONTableCol, v any, ordinal int) (any, error) {
	o := col.Opts
	if o.ForOrd {
		value, _, err := o.Type.Convert(r.ctx, ordinal)
		return value, err
	}
	found, err := followPath(v, col.Path)
	if err != nil {
		return nil, err
	}
	to, ok := convert.FromType(o.Type)
	if !ok {
		return nil, unsupported("this type in JSON_TABLE")
	}
	switch {
	case o.Exists:
		return r.stored(o, to, int64(min(len(found), 1)))
	case len(found) == 0 && o.ErrorOnEmpty:
		return nil, mysqlerr.New(mysqlerr.JSONTableMissing, o.Name)
	case len(found) == 0:
		return r.otherwise(o, to, o.DefEmptyVal)
	case len(found) > 1 && to.Kind == types.JSON:
		return expr.DocumentOf(types.JSONArray(found))
	case len(found) > 1:
		err = mysqlerr.New(mysqlerr.JSONTableScalar, o.Name)
	default:
		v, err = r.stored(o, to, found[0])
	}
	if err != nil && !o.ErrorOnError {
		return r.otherwise(o, to, o.DefErrorVal)
	}
	return v, err
}

// otherwise is what ON EMPTY or ON ERROR says: the text of a document, or NULL.
func (r jsonRows) otherwise(o *plan.JSONTableColOpts, to types.Type, e gms.Expression) (any, error) {
	v, err := e.Eval(r.ctx, r.outer)
	if err != nil || v == nil {
		return nil, err
	}
	text, is := v.(string)
	if !is {
		return nil, unsupported("DEFAULT of JSON_TABLE that is no text")
	}
	tree, fault := types.ParseJSON([]byte(text))
	if fault != nil {
		return nil, expr.InvalidJSON("JSON_TABLE", 0, fault)
	}
	return r.stored(o, to, tree)
}

// stored is a value of a document as the column has it; null is NULL.
func (r jsonRows) stored(o *plan.JSONTableColOpts, to types.Type, tree any) (any, error) {
	if tree == nil {
		return nil, nil
	}
	if to.Kind == types.JSON {
		return expr.DocumentOf(tree)
	}
	text := types.Type{Kind: types.Blob, Length: 4, Collation: types.CollationModern}
	var value binlog.Value
	from := text
	switch tree := tree.(type) {
	case types.JSONArray, types.JSONObject:
		return nil, mysqlerr.New(mysqlerr.JSONTableScalar, o.Name)
	case bool:
		value = []byte(strconv.FormatBool(tree))
		if !to.IsString() {
			value, from = map[bool]int64{true: 1}[tree], types.Type{Kind: types.BigInt}
		}
	case string:
		value = []byte(tree)
		if to.IsNumber() {
			if _, clean := types.FloatOfString([]byte(tree)); !clean {
				return nil, mysqlerr.New(mysqlerr.JSONTableCast, castWord(to), o.Name, 1)
			}
		}
	case float64:
		value, from = tree, types.Type{Kind: types.Double}
	default:
		value = types.AppendJSONText(nil, tree)
	}
	zone := callOf(r.ctx).env.Location
	out, err := types.Store(value, from, types.Target{Name: o.Name, Type: to, Row: 1, Zone: zone})
	if err != nil {
		return nil, mysqlerr.New(mysqlerr.JSONTableRange, o.Name)
	}
	return convert.Up(out, to, zone)
}

// castWord is what an error calls the type of numbers that a column has.
func castWord(t types.Type) string {
	switch {
	case t.IsInteger():
		return "INTEGER"
	case t.IsFloat():
		return "DOUBLE"
	}
	return strings.ToUpper(expr.KindWord(t))
}
