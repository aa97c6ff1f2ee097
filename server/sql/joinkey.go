package sql

import (
	"encoding/binary"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/types"
)

// hashed makes keys of what a hash join looks for: to the library a DECIMAL is
// its address, and a value of one type no value of another. The join's condition
// is asked afterwards all the same, so a key may be too coarse, never too fine.
func hashed(ctx *gms.Context, n *plan.HashLookup) (gms.Node, transform.TreeIdentity, error) {
	left, right := sides(n.LeftProbeKey), sides(n.RightEntryKey)
	var l, r joinKey
	seen := map[string]bool{}
	for i := range left {
		pair := left[i].String() + "\x00" + right[i].String()
		if seen[pair] {
			continue
		}
		seen[pair] = true
		f := commonKey(ctx, left[i], right[i])
		l.add(left[i], f)
		r.add(right[i], f)
	}
	out, err := n.WithExpressions(&r, &l)
	return out, transform.NewTree, err
}

func sides(e gms.Expression) []gms.Expression {
	if tuple, ok := e.(expression.Tuple); ok {
		return tuple
	}
	return []gms.Expression{e}
}

// A keyFunc is bytes that all values have in common which are equal.
type keyFunc func(v binlog.Value, t types.Type) []byte

// commonKey is how values of two expressions are made keys.
func commonKey(ctx *gms.Context, l, r gms.Expression) keyFunc {
	if c, ok := expr.CommonCollation(ctx, l, r); ok {
		return func(v binlog.Value, t types.Type) []byte { return c.AppendKey(nil, types.Text(v, t)) }
	}
	lt, lok := convert.FromType(l.Type())
	rt, rok := convert.FromType(r.Type())
	switch {
	case !lok || !rok:
	case lt.IsFloat() && rt.IsNumber(), lt.IsNumber() && rt.IsFloat():
		return floatKey
	case lt.IsNumber() && rt.IsNumber():
		return exactKey
	case lt.IsString() && rt.IsString():
		return func(v binlog.Value, t types.Type) []byte { return types.Text(v, t) }
	case lt.HasDate() && rt.HasDate():
		return dateKey
	}
	return func(binlog.Value, types.Type) []byte { return nil } // all of them
}

func floatKey(v binlog.Value, t types.Type) []byte {
	f, _, _ := types.FloatOf(v, t)
	return []byte(types.FormatFloat(f+0, types.Double)) // +0: -0 is 0
}

func exactKey(v binlog.Value, t types.Type) []byte {
	if d, ok := types.Exact(v); ok {
		return []byte(d.String())
	}
	return floatKey(v, t)
}

func dateKey(v binlog.Value, _ types.Type) []byte {
	d, _ := v.(binlog.DateTime)
	return []byte(types.FormatDateTime(d, types.Type{Kind: types.DateTime, FSP: types.FSPMax}))
}

// A joinKey is the key of several expressions; NULL if one of them is.
type joinKey struct {
	expression.NaryExpression
	keys []keyFunc
}

func (k *joinKey) add(e gms.Expression, f keyFunc) {
	k.ChildExpressions = append(k.ChildExpressions, e)
	k.keys = append(k.keys, f)
}

// Type implements gms.Expression.
func (*joinKey) Type() gms.Type { return gtypes.LongBlob }

// String implements gms.Expression.
func (k *joinKey) String() string {
	list := make([]string, len(k.ChildExpressions))
	for i, e := range k.ChildExpressions {
		list[i] = e.String()
	}
	return "(" + strings.Join(list, ", ") + ")"
}

// WithChildren implements gms.Expression.
func (k *joinKey) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) != len(k.keys) {
		return nil, gms.ErrInvalidChildrenNumber.New(k, len(children), len(k.keys))
	}
	return &joinKey{expression.NaryExpression{ChildExpressions: children}, k.keys}, nil
}

// Eval implements gms.Expression.
func (k *joinKey) Eval(ctx *gms.Context, row gms.Row) (any, error) {
	out := []byte{}
	for i, e := range k.ChildExpressions {
		v, err := e.Eval(ctx, row)
		if err != nil || v == nil {
			return nil, err
		}
		value, from, err := convert.Down(ctx, v, e.Type())
		if err != nil {
			return nil, err
		}
		key := k.keys[i](value, from)
		out = binary.AppendUvarint(out, uint64(len(key)))
		out = append(out, key...)
	}
	return out, nil
}
