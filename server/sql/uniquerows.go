package sql

import (
	"encoding/binary"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"

	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/types"
)

// rowKeys are what the columns of rows are compared by.
type rowKeys []gms.Expression

// newRowKeys: list are the types in which columns are compared; needed is false if the
// library compares them as well.
func newRowKeys(ctx *gms.Context, list []gms.Type) (keys rowKeys, needed bool) {
	fields := make([]gms.Expression, len(list))
	for i, t := range list {
		fields[i] = expression.NewGetField(i, t, "", true)
	}
	return expr.KeysOf(ctx, fields)
}

// of is what a row is compared by: each column with its length ahead.
func (k rowKeys) of(ctx *gms.Context, row gms.Row) (string, error) {
	row = row[len(row)-len(k):] // those of outer queries are in front
	var out []byte
	for _, e := range k {
		v, err := e.Eval(ctx, row)
		if err != nil {
			return "", err
		}
		if v == nil {
			out = append(out, 0)
			continue
		}
		value, from, err := convert.Down(ctx, v, e.Type())
		if err != nil {
			return "", err
		}
		text := types.Text(value, from)
		out = append(binary.AppendUvarint(out, uint64(len(text))+1), text...)
	}
	return string(out), nil
}

// A uniqueRows is DISTINCT by package types' keys: of rows that are equal the first one.
type uniqueRows struct {
	child  gms.Node
	schema gms.Schema
	keys   rowKeys
}

var _ gms.ExecSourceRel = (*uniqueRows)(nil)

// Resolved implements gms.Node.
func (u *uniqueRows) Resolved() bool { return u.child.Resolved() }

// String implements gms.Node.
func (*uniqueRows) String() string { return "Distinct" }

// Schema implements gms.Node.
func (u *uniqueRows) Schema() gms.Schema { return u.schema }

// IsReadOnly implements gms.Node.
func (u *uniqueRows) IsReadOnly() bool { return u.child.IsReadOnly() }

// Children implements gms.Node.
func (u *uniqueRows) Children() []gms.Node { return []gms.Node{u.child} }

// WithChildren implements gms.Node.
func (u *uniqueRows) WithChildren(children ...gms.Node) (gms.Node, error) {
	if len(children) != 1 {
		return nil, gms.ErrInvalidChildrenNumber.New(u, len(children), 1)
	}
	out := *u
	out.child = children[0]
	return &out, nil
}

// RowIter implements gms.ExecSourceRel.
func (u *uniqueRows) RowIter(ctx *gms.Context, row gms.Row) (gms.RowIter, error) {
	rows, err := callOf(ctx).lib.Analyzer.ExecBuilder.Build(ctx, u.child, row)
	if err != nil {
		return nil, err
	}
	return &uniqueIter{RowIter: rows, keys: u.keys, seen: map[string]struct{}{}}, nil
}

type uniqueIter struct {
	gms.RowIter
	keys rowKeys
	seen map[string]struct{}
}

// Next implements gms.RowIter.
func (i *uniqueIter) Next(ctx *gms.Context) (gms.Row, error) {
	for {
		row, err := i.RowIter.Next(ctx)
		if err != nil {
			return nil, err
		}
		key, err := i.keys.of(ctx, row)
		if err != nil {
			return nil, err
		}
		if _, before := i.seen[key]; !before {
			i.seen[key] = struct{}{}
			return row, nil
		}
	}
}
