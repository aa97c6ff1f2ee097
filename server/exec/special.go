package exec

import (
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/types"
)

// alignSpecial makes operands of ENUM, SET and BIT strings or numbers, as what
// they are compared with says (MySQL manual, The ENUM Type).
func alignSpecial(l, r *expr) (*expr, *expr, error) {
	if !l.typ.IsSpecial() && !r.typ.IsSpecial() {
		return l, r, nil
	}
	left, err := l.beside(r)
	if err != nil {
		return nil, nil, err
	}
	right, err := r.beside(l)
	return left, right, err
}

func (e *expr) beside(other *expr) (*expr, error) {
	t, o := e.typ, other.typ
	isText := o.IsString() && !other.hex
	switch {
	case !t.IsSpecial():
		return e, nil
	case t.IsOpaque() || o.IsOpaque() || o.IsTemporal() || t.Kind == types.Bit && (isText || o.IsNamed()):
		return nil, unsupported("comparison of " + strings.ToUpper(t.Family()) + " with " + strings.ToUpper(o.Family()))
	case t.IsNamed() && isText && o.IsBytes():
		return nil, unsupported("comparison of names with bytes")
	case t.IsNamed() && (isText || o.IsNamed()):
		return e.asText(), nil
	}
	out := *e
	out.typ, out.col = types.Type{Kind: types.BigInt, Unsigned: true}, -1
	return &out, nil
}

// asText is the names of an ENUM or a SET.
func (e *expr) asText() *expr {
	out := *e
	out.typ, out.col = types.Type{Kind: types.Blob, Length: 4, Collation: e.typ.Collation}, -1
	out.eval = func(rec *record) (binlog.Value, error) {
		v, err := e.eval(rec)
		if err != nil || v == nil {
			return nil, err
		}
		return types.Text(v, e.typ), nil
	}
	return &out
}

// specialKey is a constant as the number that a key of an ENUM, SET or BIT has;
// ok is false where the two are not compared as numbers.
func specialKey(t types.Type, e *expr, op string) (binlog.Value, bool) {
	v, err := e.number().eval(nil)
	if err != nil {
		return nil, false
	}
	if b, ok := v.([]byte); ok {
		if op != sqlparser.EqualStr || !t.IsNamed() {
			return nil, false
		}
		n, ok := t.Named(b)
		return n, ok
	}
	d, ok := types.Exact(v)
	if !ok || !d.IsInteger() || d.Sign() < 0 || !d.BigInt().IsUint64() || d.BigInt().Uint64() > t.NumberMax() {
		return nil, false
	}
	return d.BigInt().Uint64(), true
}
