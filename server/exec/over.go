package exec

import (
	"context"

	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/engine/lock"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/tclog"
)

// Over makes statements run in a transaction of the store. Errors of package
// engine pass through as they are.
func Over(t *tclog.Txn) Txn { return storeTxn{t} }

// storeTxn fits tclog's transaction to the interface that statements use.
type storeTxn struct{ *tclog.Txn }

func mode(m catalog.Mode) lock.Mode {
	if m == catalog.Exclusive {
		return lock.Exclusive
	}
	return lock.Shared
}

func (t storeTxn) Get(s catalog.Space, key []byte) ([]byte, bool, error) {
	return t.Txn.Get(engine.Table(s), key)
}

func (t storeTxn) GetForUpdate(ctx context.Context, s catalog.Space, key []byte, m catalog.Mode) ([]byte, bool, error) {
	return t.Txn.GetForUpdate(ctx, engine.Table(s), key, mode(m))
}

func (t storeTxn) Put(ctx context.Context, s catalog.Space, key, val []byte) error {
	return t.Txn.Put(ctx, engine.Table(s), key, val)
}

func (t storeTxn) Delete(ctx context.Context, s catalog.Space, key []byte) error {
	return t.Txn.Delete(ctx, engine.Table(s), key)
}

func (t storeTxn) Scan(s catalog.Space, start, end []byte) catalog.Iterator {
	return t.Txn.Scan(engine.Table(s), start, end)
}

func (t storeTxn) ScanReverse(s catalog.Space, start, end []byte) catalog.Iterator {
	return t.Txn.ScanReverse(engine.Table(s), start, end)
}

func (t storeTxn) LockRange(ctx context.Context, s catalog.Space, start, end []byte, m catalog.Mode) error {
	return t.Txn.LockRange(ctx, engine.Table(s), start, end, mode(m))
}

func (t storeTxn) TryLock(s catalog.Space, key []byte, m catalog.Mode) (bool, error) {
	return t.Txn.TryLock(engine.Table(s), key, mode(m))
}

func (t storeTxn) ScanLatest(s catalog.Space, start, end []byte) catalog.Iterator {
	return t.Txn.ScanLatest(engine.Table(s), start, end)
}

func (t storeTxn) ScanNow(s catalog.Space, start, end []byte) catalog.Iterator {
	return t.Txn.ScanNow(engine.Table(s), start, end)
}

func (t storeTxn) KeepLock(s catalog.Space, key []byte) { t.Txn.KeepLock(engine.Table(s), key) }

func (t storeTxn) LockTable(ctx context.Context, s catalog.Space, m catalog.Mode) error {
	return t.Txn.LockTable(ctx, engine.Table(s), mode(m))
}
