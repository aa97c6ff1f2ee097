package sql

import (
	"math"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/sql/convert"
)

var _ gms.AutoIncrementTable = (*table)(nil)

// PeekNextAutoIncrementValue implements gms.AutoIncrementGetter.
func (t *table) PeekNextAutoIncrementValue(*gms.Context) (uint64, error) {
	if _, ok := t.def.AutoIncrement(); !ok {
		return 0, nil
	}
	return t.c.exec.Counters().Next(t.c.env.Txn, t.def, catalog.AutoInc)
}

// GetNextAutoIncrementValue implements gms.AutoIncrementTable. The library asks when it
// makes a row, where MySQL's rows have none before they are written: so triggers see a 0,
// and a row that a CHECK refuses uses up no value (asked).
func (t *table) GetNextAutoIncrementValue(*gms.Context, any) (uint64, error) { return 0, nil }

// An asked is the AUTO_INCREMENT column of a new row, in place of the library's: what the
// statement says, or 0, and the table hears whether that stands for the next value.
type asked struct {
	expression.UnaryExpression
	t   *table
	typ gms.Type
}

// asksWhenWritten has values drawn when rows are written.
func (c *call) asksWhenWritten(node gms.Node) (gms.Node, error) {
	node, _, err := transform.Node(node, func(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
		into, is := n.(*plan.InsertInto)
		if !is {
			return n, transform.SameTree, nil
		}
		t := c.destination(into.Destination)
		if t == nil {
			return n, transform.SameTree, nil
		}
		source, same, err := transform.NodeExprs(into.Source, func(x gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
			auto, is := x.(*expression.AutoIncrement)
			if !is {
				return x, transform.SameTree, nil
			}
			return &asked{expression.UnaryExpression{Child: auto.Child}, t, auto.Type()}, transform.NewTree, nil
		})
		return into.WithSource(source), same, err
	})
	return node, err
}

// Eval implements gms.Expression.
func (a *asked) Eval(ctx *gms.Context, row gms.Row) (any, error) {
	v, err := a.Child.Eval(ctx, row)
	if err != nil {
		return nil, err
	}
	zero := a.typ.Zero()
	if a.t.asks = v == nil; a.t.asks {
		return zero, nil
	}
	if v, _, err = a.typ.Convert(ctx, v); err != nil || a.t.c.env.Mode("NO_AUTO_VALUE_ON_ZERO") {
		return v, err
	}
	sign, err := a.typ.Compare(ctx, v, zero)
	a.t.asks = sign == 0
	return v, err
}

// Type implements gms.Expression.
func (a *asked) Type() gms.Type { return a.typ }

// IsNullable implements gms.Expression.
func (*asked) IsNullable() bool { return false }

// String implements gms.Expression.
func (a *asked) String() string { return a.Child.String() }

// WithChildren implements gms.Expression.
func (a *asked) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) != 1 {
		return nil, gms.ErrInvalidChildrenNumber.New(a, len(children), 1)
	}
	return &asked{expression.UnaryExpression{Child: children[0]}, a.t, a.typ}, nil
}

// expected is how many rows the statement inserts, if its text says so.
func (c *call) expected() int {
	if s, is := c.stmt.tree.Statement.(*sqlparser.Insert); is {
		if list, is := s.Rows.(*sqlparser.AliasedValues); is {
			return len(list.Values)
		}
	}
	return 0
}

// ask says in a new row's values whether it asks for one. A trigger may have given another.
func (e *editor) ask(values []binlog.Value) (asks bool) {
	at, ok := e.t.def.AutoIncrement()
	asks = ok && (values[at] == nil || e.t.asks && e.t.autoValue(values) == 0)
	if asks {
		values[at] = nil
	}
	return asks
}

// drawn has the row know the value that was drawn for it: it may be written again, or read
// by ON DUPLICATE KEY UPDATE. One that is not written leaves it to the next, but in REPLACE.
func (e *editor) drawn(row gms.Row, values []binlog.Value, asks bool, err error) error {
	if !asks {
		return err
	}
	at, _ := e.t.def.AutoIncrement()
	v, uerr := convert.Up(values[at], e.t.def.Columns[at].Type, e.t.c.env.Location)
	if uerr != nil {
		return uerr
	}
	row[at], e.t.drew, e.t.asks = v, e.t.autoValue(values), false
	s, is := e.t.c.stmt.tree.Statement.(*sqlparser.Insert)
	if err != nil && is && !strings.EqualFold(s.Action, sqlparser.ReplaceStr) {
		e.w.GiveBack()
		e.t.drew = 0
	}
	return err
}

// inserted notes the AUTO_INCREMENT value of a row that is in the table now: one
// that was drawn in vain, because the row was there already, is nobody's.
func (t *table) inserted(values []binlog.Value) {
	n := t.autoValue(values)
	if n == 0 {
		return
	}
	t.c.told = n
	if n == t.drew && t.c.generated == 0 {
		t.c.generated = n
	}
}

// updated notes that of a row that an INSERT of values has changed instead.
func (t *table) updated(values []binlog.Value) {
	ins, is := t.c.stmt.tree.Statement.(*sqlparser.Insert)
	if !is {
		return
	}
	if _, selected := ins.Rows.(sqlparser.SelectStatement); selected {
		return
	}
	if n := t.autoValue(values); n != 0 {
		t.c.told = n
	}
}

// autoValue is a row's AUTO_INCREMENT value; 0 if it has none.
func (t *table) autoValue(values []binlog.Value) uint64 {
	at, ok := t.def.AutoIncrement()
	if !ok {
		return 0
	}
	switch n := values[at].(type) {
	case int64:
		return uint64(max(n, 0))
	case uint64:
		return n
	}
	return 0
}

// AutoIncrementSetter implements gms.AutoIncrementTable.
func (t *table) AutoIncrementSetter(*gms.Context) gms.AutoIncrementSetter { return setter{t} }

type setter struct{ t *table }

// SetAutoIncrementValue implements gms.AutoIncrementSetter: the counter never
// goes down.
func (s setter) SetAutoIncrementValue(ctx *gms.Context, n uint64) error {
	if n == math.MaxUint64 {
		n--
	}
	s.t.c.defined = true
	return s.t.c.exec.Counters().Raise(ctx, s.t.c.env.Txn, s.t.def, catalog.AutoInc, max(n, 1)-1)
}

// AcquireAutoIncrementLock implements gms.AutoIncrementSetter.
func (setter) AcquireAutoIncrementLock(*gms.Context) (func(), error) { return func() {}, nil }

// Close implements gms.Closer.
func (setter) Close(*gms.Context) error { return nil }
