package sql

import (
	"math"

	gms "github.com/dolthub/go-mysql-server/sql"

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
	n, err := t.c.exec.Counters().Take(ctx, t.c.env.Txn, t.def, catalog.AutoInc, 1)
	if err == nil && t.c.generated == 0 && !t.c.byTrigger[tableID{t.def.DB, t.def.Name}] {
		t.c.generated = n
	}
	return n, err
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
