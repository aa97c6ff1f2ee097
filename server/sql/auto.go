package sql

import (
	"math"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/catalog"
)

var _ gms.AutoIncrementTable = (*table)(nil)

// PeekNextAutoIncrementValue implements gms.AutoIncrementGetter.
func (t *table) PeekNextAutoIncrementValue(*gms.Context) (uint64, error) {
	if _, ok := t.def.AutoIncrement(); !ok {
		return 0, nil
	}
	return t.c.exec.Counters().Next(t.c.env.Txn, t.def, catalog.AutoInc)
}

// GetNextAutoIncrementValue implements gms.AutoIncrementTable. A value that is
// given raises the counter when its row is written.
func (t *table) GetNextAutoIncrementValue(ctx *gms.Context, given any) (uint64, error) {
	if given != nil {
		return 0, nil // not asked for
	}
	n, err := t.draw(ctx)
	if err == nil {
		t.drawn = n
	}
	return n, err
}

// draw is the next value.
func (t *table) draw(ctx *gms.Context) (n uint64, err error) {
	if d := t.c.env.Drawing; d != nil {
		return d.Draw(ctx, t.c.exec.Counters(), t.c.env.Txn, t.def)
	}
	return t.c.exec.Counters().Take(ctx, t.c.env.Txn, t.def, catalog.AutoInc, 1)
}

// inserted notes the AUTO_INCREMENT value of a row that is in the table now: one
// that was drawn in vain, because the row was there already, is nobody's.
func (t *table) inserted(values []binlog.Value) {
	n := t.autoValue(values)
	if n == 0 {
		return
	}
	t.c.told = n
	if n == t.drawn && t.c.generated == 0 {
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
