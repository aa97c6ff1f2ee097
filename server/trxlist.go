package server

import (
	"time"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/engine/lock"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/types"
	"github.com/xadb/xadb/server/wire"
	"github.com/xadb/xadb/server/xa"
	"github.com/xadb/xadb/xid"
)

// An openTxn is a transaction of a session, as other goroutines see it.
type openTxn struct {
	id       uint64 // 0: there is none
	since    time.Time
	level    isolation
	readOnly bool
	xid      xid.XID
	branch   string // the state of the XA branch it is; "" for a plain one
}

// noteTxn takes down, when a statement is over, what the session has open.
func (c *conn) noteTxn() {
	t := c.sess.txn
	c.lastTxn = c.sess.txnID.Load()
	if t == nil {
		c.txn = openTxn{}
		return
	}
	if c.txn.id != c.lastTxn {
		c.txn = openTxn{id: c.lastTxn, since: c.since, level: t.isolation, readOnly: t.readOnly, xid: c.sess.machine.XID()}
	}
	c.txn.branch = ""
	if st := c.sess.machine.State(); st != xa.NonExisting {
		c.txn.branch = st.String()
	}
}

// openTxn is the connection's transaction: the one it had after its last
// statement, or what the running one has begun. c.mu is held.
func (c *conn) openTxnLocked() openTxn {
	if id := c.sess.txnID.Load(); c.running && id != c.lastTxn {
		return openTxn{id: id, since: c.since, level: isolation(c.sess.txnLevel.Load())}
	}
	return c.txn
}

var isolationTexts = [...]string{
	readUncommitted: "READ UNCOMMITTED", readCommitted: "READ COMMITTED",
	repeatableRead: "REPEATABLE READ", serializable: "SERIALIZABLE",
}

// trxColumns are those of MySQL's INNODB_TRX that say something here, with the
// types and names it has.
var trxColumns = []wire.Column{
	intColumn("trx_id"), textColumn("trx_state"), timeColumn("trx_started"), textColumn("trx_requested_lock_id"),
	timeColumn("trx_wait_started"), intColumn("trx_weight"), intColumn("trx_mysql_thread_id"), textColumn("trx_query"),
	textColumn("trx_operation_state"), intColumn("trx_tables_in_use"), intColumn("trx_tables_locked"),
	intColumn("trx_lock_structs"), intColumn("trx_lock_memory_bytes"), intColumn("trx_rows_locked"), intColumn("trx_rows_modified"),
	intColumn("trx_concurrency_tickets"), textColumn("trx_isolation_level"), intColumn("trx_unique_checks"),
	intColumn("trx_foreign_key_checks"), textColumn("trx_last_foreign_key_error"), intColumn("trx_adaptive_hash_latched"),
	intColumn("trx_adaptive_hash_timeout"), intColumn("trx_is_read_only"), intColumn("trx_autocommit_non_locking"),
	intColumn("trx_schedule_weight"),
}

// behindOperation are the columns from trx_tables_in_use on. What is not counted here is
// NULL, not none.
func behindOperation(n *lockCount, level, readOnly binlog.Value) []binlog.Value {
	return []binlog.Value{
		nil, n.tables, n.tables + n.rows, nil, n.rows, nil, int64(0), level, int64(1), int64(1), nil, int64(0), int64(0), readOnly,
		int64(0), nil,
	}
}

// lockCount is how many locks a transaction has, by what they are on.
type lockCount struct {
	tables, rows int64
	prepared     bool
}

// countLocks counts the locks of each transaction, and lists the prepared
// branches.
func countLocks(held []lock.HeldLock) (locks map[uint64]*lockCount, prepared []uint64) {
	locks = map[uint64]*lockCount{}
	for _, l := range held {
		n := locks[l.Owner]
		if n == nil {
			n = &lockCount{prepared: l.Prepared}
			locks[l.Owner] = n
			if l.Prepared {
				prepared = append(prepared, l.Owner)
			}
		}
		switch {
		case catalog.IsReserved(l.Target.Table): // a definition
		case l.Target.Kind == lock.Table:
			n.tables++
		default:
			n.rows++
		}
	}
	return locks, prepared
}

// listTrx is the transactions that run, those of sessions and then the
// prepared branches, which have the connection 0 as in MySQL.
func (s *session) listTrx() (rows [][]binlog.Value, err error) {
	held, waits := s.srv.store.Locks()
	locks, prepared := countLocks(held)
	for _, p := range s.processes() {
		n := locks[p.open.id]
		if p.open.id == 0 || n != nil && n.prepared || p.id == s.id && s.txn == nil {
			continue // the last is the transaction that this is read in
		}
		if n == nil {
			n = &lockCount{}
		}
		rows = append(rows, s.trxRow(p, n, waits))
	}
	for _, id := range prepared {
		n := locks[id]
		rows = append(rows, append([]binlog.Value{
			int64(id), []byte("RUNNING"), nil, nil, nil, n.tables + n.rows, int64(0), nil, []byte("prepared"),
		}, behindOperation(n, nil, int64(0))...))
	}
	return rows, nil
}

func (s *session) trxRow(p process, n *lockCount, waits []lock.Wait) []binlog.Value {
	zone := s.settings.location
	state, wanted, since := "RUNNING", binlog.Value(nil), binlog.Value(nil)
	for _, w := range waits {
		if w.Owner == p.open.id {
			state, wanted, since = "LOCK WAIT", lockID(w.Owner, w.Lock), types.FromTime(w.Since.In(zone))
		}
	}
	return append([]binlog.Value{
		int64(p.open.id), []byte(state), types.FromTime(p.open.since.In(zone)), wanted, since, n.tables + n.rows, int64(p.id),
		orNull(p.info), orNull(p.state),
	}, behindOperation(n, []byte(isolationTexts[p.open.level]), truth(p.open.readOnly))...)
}

func truth(b bool) binlog.Value {
	if b {
		return int64(1)
	}
	return int64(0)
}
