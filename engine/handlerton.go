package engine

import "github.com/xadb/xadb/xid"

// A Handlerton is the contract between a storage engine and whoever
// coordinates its transactions: the calls of MySQL's handlerton that two-phase
// commit and recovery need. "All" distinguishes the whole transaction from the
// statement just executed.
type Handlerton interface {
	// Prepare makes the transaction ready to commit under the XID set on it.
	// Its record is durable after the next FlushLogs. A transaction that must
	// roll back answers an error, and the caller rolls it back.
	Prepare(t *Txn, all bool) error
	// Commit makes the transaction visible. It never rolls back by itself.
	Commit(t *Txn, all bool) error
	// Rollback undoes the transaction or the statement.
	Rollback(t *Txn, all bool) error
	// FlushLogs makes every record so far durable; group says that a commit
	// group asks, once for all its members.
	FlushLogs(group bool) error
	// Recover lists prepared transactions with the tables they changed, at
	// most len(list) a call; the next call gives the rest.
	Recover(list []xid.Prepared) int
	// CommitByXID commits a prepared transaction nobody is attached to.
	// ErrUnknownXID if there is none, also the second time.
	CommitByXID(x xid.XID) error
	// RollbackByXID undoes such a transaction; the same errors.
	RollbackByXID(x xid.XID) error
	// SetPreparedInTC notes that the coordinator's log has the prepare.
	SetPreparedInTC(x xid.XID, tc TCPos) error
	// RecoverPreparedInTC calls fn for each client's branch so noted.
	RecoverPreparedInTC(fn func(xid.XID))
	// Detach ends a session's hold on a transaction: a prepared one stays, any
	// other is rolled back.
	Detach(t *Txn) error
}

var _ Handlerton = (*Engine)(nil)
