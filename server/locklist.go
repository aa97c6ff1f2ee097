package server

import (
	"fmt"
	"strings"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/engine/lock"
	"github.com/xadb/xadb/server/wire"
)

// Listings of locks. The last three have the names and columns that tools read
// in MySQL 8; columns of theirs that mean nothing here are NULL.

var kindNames = map[lock.Kind]string{lock.Table: "TABLE", lock.Row: "ROW", lock.Range: "RANGE"}

var lockColumns = []wire.Column{
	intColumn("Transaction"), intColumn("Connection"), textColumn("Kind"), intColumn("Table_id"), textColumn("Table_name"),
	textColumn("Target"), textColumn("Mode"), textColumn("Prepared"),
}

func (s *session) listLocks() (rows [][]binlog.Value, err error) {
	tables, err := s.tableNames()
	if err != nil {
		return nil, err
	}
	held, _ := s.srv.store.Locks()
	clients := s.srv.connections()
	for _, l := range held {
		client := connectionOf(clients, l.Owner)
		if l.Prepared {
			client = nil
		}
		rows = append(rows, []binlog.Value{
			int64(l.Owner), client, []byte(kindNames[l.Target.Kind]), int64(l.Target.Table), fullName(tables, l.Target.Table),
			[]byte(l.Target.String()), []byte(l.Mode.String()), yes(l.Prepared),
		})
	}
	return rows, nil
}

var lockWaitColumns = []wire.Column{
	intColumn("Transaction"), intColumn("Connection"), textColumn("Target"), textColumn("Mode"), intColumn("Time_ms"),
	textColumn("Blocked_by"),
}

func (s *session) listLockWaits() (rows [][]binlog.Value, err error) {
	_, waits := s.srv.store.Locks()
	clients, now := s.srv.connections(), s.srv.clock.Now()
	for _, w := range waits {
		rows = append(rows, []binlog.Value{
			int64(w.Owner), connectionOf(clients, w.Owner), []byte(w.Target.String()), []byte(w.Mode.String()),
			max(now.Sub(w.Since), 0).Milliseconds(), []byte(strings.Trim(fmt.Sprint(w.For), "[]")),
		})
	}
	return rows, nil
}

var dataLockColumns = []wire.Column{
	textColumn("ENGINE"), textColumn("ENGINE_LOCK_ID"), intColumn("ENGINE_TRANSACTION_ID"), intColumn("THREAD_ID"),
	intColumn("EVENT_ID"), textColumn("OBJECT_SCHEMA"), textColumn("OBJECT_NAME"), textColumn("PARTITION_NAME"),
	textColumn("SUBPARTITION_NAME"), textColumn("INDEX_NAME"), intColumn("OBJECT_INSTANCE_BEGIN"), textColumn("LOCK_TYPE"),
	textColumn("LOCK_MODE"), textColumn("LOCK_STATUS"), textColumn("LOCK_DATA"),
}

func (s *session) listDataLocks() (rows [][]binlog.Value, err error) {
	tables, err := s.tableNames()
	if err != nil {
		return nil, err
	}
	held, waits := s.srv.store.Locks()
	clients := s.srv.connections()
	add := func(owner uint64, client binlog.Value, l lock.Lock, status string) {
		kind, data := "RECORD", binlog.Value([]byte(l.Target.String()))
		if l.Target.Kind == lock.Table {
			kind, data = "TABLE", nil
		}
		t := tables[l.Target.Table]
		rows = append(rows, []binlog.Value{
			[]byte("INNODB"), lockID(owner, l), int64(owner), client, nil, orNull(t.DB), orNull(t.Table), nil, nil, orNull(t.Index), nil,
			[]byte(kind), []byte(l.Mode.String()), []byte(status), data,
		})
	}
	for _, l := range held {
		client := connectionOf(clients, l.Owner)
		if l.Prepared {
			client = nil
		}
		add(l.Owner, client, l.Lock, "GRANTED")
	}
	for _, w := range waits {
		add(w.Owner, connectionOf(clients, w.Owner), w.Lock, "WAITING")
	}
	return rows, nil
}

// lockID names a lock in the tables that refer to it.
func lockID(owner uint64, l lock.Lock) binlog.Value { return fmt.Appendf(nil, "%d: %v", owner, l) }

var dataLockWaitColumns = []wire.Column{
	textColumn("ENGINE"), textColumn("REQUESTING_ENGINE_LOCK_ID"), intColumn("REQUESTING_ENGINE_TRANSACTION_ID"),
	intColumn("REQUESTING_THREAD_ID"), intColumn("REQUESTING_EVENT_ID"), intColumn("REQUESTING_OBJECT_INSTANCE_BEGIN"),
	textColumn("BLOCKING_ENGINE_LOCK_ID"), intColumn("BLOCKING_ENGINE_TRANSACTION_ID"), intColumn("BLOCKING_THREAD_ID"),
	intColumn("BLOCKING_EVENT_ID"), intColumn("BLOCKING_OBJECT_INSTANCE_BEGIN"),
}

// listDataLockWaits has a row for each who waits and each it waits for. Which
// of the other's locks is in the way is not known: it may itself be waiting.
func (s *session) listDataLockWaits() (rows [][]binlog.Value, err error) {
	_, waits := s.srv.store.Locks()
	clients := s.srv.connections()
	for _, w := range waits {
		for _, by := range w.For {
			rows = append(rows, []binlog.Value{
				[]byte("INNODB"), lockID(w.Owner, w.Lock), int64(w.Owner), connectionOf(clients, w.Owner), nil, nil,
				nil, int64(by), connectionOf(clients, by), nil, nil,
			})
		}
	}
	return rows, nil
}

// tableNames is what the store's numbers of tables mean.
func (s *session) tableNames() (map[uint32]TableName, error) {
	t, done := s.peek()
	defer done()
	return s.srv.exec.TableNames(t)
}

// fullName is NULL for tables of the catalog, and for those that are gone.
func fullName(tables map[uint32]TableName, id uint32) binlog.Value {
	t, ok := tables[id]
	if !ok {
		return nil
	}
	name := t.DB + "." + t.Table
	if t.Index != "" {
		name += "." + t.Index
	}
	return []byte(name)
}

// connections is who runs which transaction.
func (srv *Server) connections() map[uint64]uint32 {
	m := map[uint64]uint32{}
	for _, p := range srv.processes() {
		m[p.txn] = p.id
	}
	return m
}

// connectionOf is NULL for a transaction without a client: a prepared branch.
func connectionOf(m map[uint64]uint32, txn uint64) binlog.Value {
	if id, ok := m[txn]; ok {
		return int64(id)
	}
	return nil
}
