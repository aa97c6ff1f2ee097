// Package xadb is an embedded transactional store whose transactions can be
// prepared by XID, survive a crash while prepared, be listed by Recover, and
// then be committed or rolled back by XID.
//
//	db, err := xadb.Open(ctx, "data", xadb.Options{})
//	defer db.Close(ctx)
//	users, err := xadb.NewTable(ctx, db, "users", xadb.Uint64Key, xadb.JSON[User]())
//
//	err = db.Update(ctx, func(tx *xadb.Tx) error { // again on a conflict
//		u, ok, err := users.Get(tx, 7)
//		if err != nil || !ok {
//			return err
//		}
//		u.Balance -= 10
//		return users.Put(tx, 7, u)
//	})
//	err = db.View(ctx, func(s *xadb.Snap) error { // never blocks a writer
//		for e, err := range users.Scan(s, users.Range(1, 100)) {
//			...
//		}
//		return nil
//	})
//
//	tx, err := db.Begin(ctx, xadb.TxOptions{})
//	...
//	p, err := tx.Prepare(ctx, x)          // durable; the locks stay
//	...                                   // crash, start again
//	for p, err := range db.Recover(ctx) { // what waits for a decision
//		err = db.CommitXID(ctx, p.XID) // or RollbackXID
//	}
//
// The package composes the engine, the optional binlog and recovery, and has
// no mechanism of its own. Programs that import it compile neither a SQL
// engine nor a wire protocol.
//
// # Which call for what
//
//	Get                 one row, as it was committed last
//	Update, View        a closure in a transaction, tried again on a conflict
//	Begin               a transaction by hand: isolation, savepoints, Prepare
//	Table, NewTable     rows of bytes; rows of Go values, through codecs
//	Recover, CommitXID  branches that wait for an outcome, also after a crash
//	NewCoordinator      several stores that commit as one
//	Changes             what was committed, in order, resumable
//	Snapshot, OpenView  a moment to read from later, by others too, by name
//	Metrics             what the store does, in numbers; Options.Events, as it happens
//	OpenMem             a store in memory; package enginetest crashes one
//
// # What holds
//
//   - A Commit or Prepare that returned nil survives any crash; a transaction
//     that was rolled back, or never committed, leaves nothing behind. There is
//     no weaker level of durability to choose by mistake.
//   - Reads of a transaction see one snapshot, taken at its first read, and its
//     own writes. Two transactions that change the same row: the second waits,
//     and fails with ErrConflict if the row has changed since its snapshot.
//   - A prepared branch keeps its locks until it is decided, by XID, in this
//     process or after any number of restarts. Exactly one decision succeeds.
//   - Close waits for the calls that run, and whoever calls later gets ErrClosed.
//
// # Contexts
//
// The context given to Begin (Update, View) ends the transaction's waits for
// locks. The one given to Commit or Prepare ends the wait for a place in a
// commit group; once the group is on its way the true outcome is returned,
// whatever becomes of the context.
//
// # Limits
//
//	key                16 KiB (KeyMax)                    ErrKey
//	value              16 MiB (ValueMax)                  ErrKey
//	table name         64 bytes (NameMax)                 ErrTableName
//	one transaction    16 MiB, Options.WriteSetMax        ErrTooLarge
//	prepared branches  100,000, Options.PreparedMax       ErrTooManyPrepared
//
// A value of 16 MiB needs a larger WriteSetMax than the default. With a binlog the
// events of one transaction, which have the old values of its rows too, may take
// 512 MiB; beyond that it is ErrTooLarge as well.
//
// Nothing has been written when one of these is returned. Behind the last the
// transaction is rolled back, behind the others it can go on. A transaction may
// have up to 256 MiB if Options.WriteSetMax says so; XIDs, X/Open's limits: a
// gtrid of 1 to 64 and a bqual of 0 to 64 bytes. Whoever locks more than 100,000
// rows of a table waits for the lock of all its rows instead.
package xadb
