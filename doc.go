// Package xadb is an embedded transactional store whose transactions can be
// prepared by XID, survive a crash while prepared, be listed by Recover, and
// then be committed or rolled back by XID.
//
//	db, err := xadb.Open(ctx, "data", nil)
//	accounts, err := db.Table(ctx, "accounts")
//	tx := db.Begin(ctx)
//	err = tx.Put(accounts, []byte("alice"), []byte("90"))
//	err = tx.Prepare(x)        // durable; tx is finished, its locks stay
//	...                        // crash, start again
//	for _, p := range db.Recover() {
//		err = db.CommitXID(ctx, p.XID) // or RollbackXID
//	}
//
// The package composes the engine, the optional binlog and recovery, and has
// no mechanism of its own. Programs that import it compile neither a SQL
// engine nor a wire protocol.
//
// # What holds
//
// A Commit or Prepare that returned nil survives any crash; a transaction that
// was rolled back, or never committed, leaves nothing behind. Reads see a
// snapshot taken at the transaction's first read, and its own writes. Two
// transactions that change the same row: the second waits, and fails with
// ErrConflict if the row has changed since its snapshot.
package xadb
