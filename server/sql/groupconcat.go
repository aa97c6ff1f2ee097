package sql

import (
	"encoding/binary"
	"fmt"
	"reflect"
	"sort"
	"unicode/utf8"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/expression/function/aggregation"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/sql/walk"
	"github.com/xadb/xadb/server/types"
)

// A groupConcat is GROUP_CONCAT as MySQL has it: of all of its arguments, of which none
// is NULL; distinct by their collations; cut with a warning. The library joins the
// first of them only.
type groupConcat struct {
	*aggregation.GroupConcat
	args      []gms.Expression
	by        gms.SortFields
	distinct  bool
	separator string
	max       int // bytes
}

// ownAggregates puts ours in the place of aggregates that the library gets wrong.
func ownAggregates(ctx *gms.Context, node gms.Node) (gms.Node, error) {
	return walk.Exprs(node, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		switch e := e.(type) {
		case *aggregation.GroupConcat:
			return newGroupConcat(ctx, e), transform.NewTree, nil
		case *aggregation.JsonArray:
			if e.Window() == nil {
				return ownArray(e)
			}
		case *aggregation.Max:
			return ownCollect(e)
		}
		return e, transform.SameTree, nil
	})
}

// ownArray has moments as documents, each by its own type: the library has one type for
// all of them.
func ownArray(e *aggregation.JsonArray) (gms.Expression, transform.TreeIdentity, error) {
	if from, known := convert.FromType(e.Child.Type()); known && from.IsTemporal() {
		with, err := e.WithChildren(expr.NewTemporalDocument(e.Child))
		if err != nil {
			return nil, transform.SameTree, err
		}
		e = with.(*aggregation.JsonArray)
	}
	return &jsonArray{e}, transform.NewTree, nil
}

// newGroupConcat reads in the library's function what that tells nobody.
func newGroupConcat(ctx *gms.Context, g *aggregation.GroupConcat) *groupConcat {
	inside := reflect.ValueOf(g).Elem()
	order := inside.FieldByName("sf")
	children := g.Children()
	out := &groupConcat{
		GroupConcat: g, args: children[order.Len():], distinct: inside.FieldByName("distinct").String() != "",
		separator: inside.FieldByName("separator").String(), max: int(inside.FieldByName("maxLen").Int()),
	}
	keys, _ := expr.OrderKeys(ctx, children[:order.Len()])
	for i, key := range keys {
		out.by = append(out.by, gms.SortField{Column: key, Order: gms.SortOrder(order.Index(i).FieldByName("Order").Uint())})
	}
	return out
}

// NewBuffer implements gms.Aggregation.
func (g *groupConcat) NewBuffer() (gms.AggregationBuffer, error) {
	return &concatBuffer{groupConcat: g, seen: map[string]bool{}}, nil
}

// A concatBuffer is a group on its way.
type concatBuffer struct {
	*groupConcat
	rows []gms.Row // what they are sorted by, then the text
	seen map[string]bool
}

// Update implements gms.AggregationBuffer.
func (b *concatBuffer) Update(ctx *gms.Context, row gms.Row) error {
	var text, key []byte
	for _, e := range b.args {
		v, err := e.Eval(ctx, row)
		if err != nil || v == nil {
			return err
		}
		value, from, err := convert.Down(ctx, v, e.Type())
		if err != nil {
			return err
		}
		part := types.Text(value, from)
		text = append(text, part...)
		if c, ok := expr.CommonCollation(ctx, e, e); ok {
			part = c.AppendKey(nil, part)
		}
		key = append(binary.AppendUvarint(key, uint64(len(part))), part...)
	}
	if b.distinct && b.seen[string(key)] {
		return nil
	}
	b.seen[string(key)] = b.distinct
	out := make(gms.Row, 0, len(b.by)+1)
	for _, f := range b.by {
		v, err := f.Column.Eval(ctx, row)
		if err != nil {
			return err
		}
		out = append(out, v)
	}
	b.rows = append(b.rows, append(out, text))
	return nil
}

// Eval implements gms.AggregationBuffer.
func (b *concatBuffer) Eval(ctx *gms.Context) (any, error) {
	if len(b.rows) == 0 {
		return nil, nil
	}
	by := make(gms.SortFields, len(b.by))
	for i, f := range b.by {
		by[i] = gms.SortField{Column: expression.NewGetField(i, f.Column.Type(), "", true), Order: f.Order}
	}
	s := &expression.Sorter{SortFields: by, Rows: b.rows, Ctx: ctx}
	if sort.Stable(s); s.LastError != nil {
		return nil, s.LastError
	}
	var text []byte
	for i, row := range b.rows {
		if i > 0 {
			text = append(text, b.separator...)
		}
		text = append(text, row[len(row)-1].([]byte)...)
		if len(text) > b.max {
			ctx.Warn(mysqlerr.CutGroupConcat, "%s", fmt.Sprintf("Row %d was cut by GROUP_CONCAT()", i+1))
			return string(cutText(text, b.max)), nil
		}
	}
	return string(text), nil
}

// cutText is the whole characters among the first bytes of a text.
func cutText(text []byte, most int) []byte {
	for n := 0; most > 0 && n < utf8.UTFMax && !utf8.RuneStart(text[most]); n++ {
		most--
	}
	return text[:most]
}

// Dispose implements gms.Disposable.
func (b *concatBuffer) Dispose() {}

// A jsonArray is JSON_ARRAYAGG: NULL of no rows, where the library has an empty array.
type jsonArray struct{ *aggregation.JsonArray }

// NewBuffer implements gms.Aggregation.
func (j *jsonArray) NewBuffer() (gms.AggregationBuffer, error) {
	b, err := j.JsonArray.NewBuffer()
	return &jsonArrayBuffer{AggregationBuffer: b}, err
}

// A jsonArrayBuffer knows whether there were rows.
type jsonArrayBuffer struct {
	gms.AggregationBuffer
	some bool
}

// Update implements gms.AggregationBuffer.
func (b *jsonArrayBuffer) Update(ctx *gms.Context, row gms.Row) error {
	b.some = true
	return b.AggregationBuffer.Update(ctx, row)
}

// Eval implements gms.AggregationBuffer.
func (b *jsonArrayBuffer) Eval(ctx *gms.Context) (any, error) {
	if !b.some {
		return nil, nil
	}
	return b.AggregationBuffer.Eval(ctx)
}
