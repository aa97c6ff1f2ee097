package server

import (
	"fmt"
	"strings"
	"time"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/engine/lock"
	"github.com/xadb/xadb/groupcommit"
	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/wire"
)

// A listing is what SHOW followed by its words answers with: the inside of the
// store as rows, as of one moment.
type listing struct {
	words   []string
	needs   auth.Needs
	columns []wire.Column
	rows    func(srv *Server) ([][]binlog.Value, error)
}

var listings = []listing{
	{[]string{"XA", "TRANSACTIONS"}, recoverers, []wire.Column{
		textColumn("Xid"), intColumn("Format_id"), textColumn("Gtrid"), textColumn("Bqual"), textColumn("State"),
		intColumn("Age"), textColumn("Tables"), intColumn("Keys_changed"), textColumn("Binlogged"),
	}, (*Server).listBranches},
	{[]string{"LOCKS"}, monitors, []wire.Column{
		intColumn("Transaction"), intColumn("Connection"), textColumn("Kind"), intColumn("Table_id"), textColumn("Target"),
		textColumn("Mode"), textColumn("Prepared"),
	}, (*Server).listLocks},
	{[]string{"LOCK", "WAITS"}, monitors, []wire.Column{
		intColumn("Transaction"), intColumn("Connection"), textColumn("Target"), textColumn("Mode"), intColumn("Time_ms"),
		textColumn("Blocked_by"),
	}, (*Server).listLockWaits},
	{[]string{"WAL", "SEGMENTS"}, monitors, []wire.Column{
		textColumn("File"), intColumn("Number"), intColumn("First_lsn"), intColumn("Epoch"),
	}, (*Server).listSegments},
	{[]string{"GROUP", "COMMIT"}, monitors, []wire.Column{
		textColumn("Stage"), intColumn("Groups"), intColumn("Members"), intColumn("Largest"), textColumn("Mean"),
	}, (*Server).listStages},
}

// list answers with a listing.
func (l *listing) list(srv *Server) (*Result, error) {
	rows, err := l.rows(srv)
	return &Result{Columns: l.columns, Rows: rows}, err
}

func yes(b bool) binlog.Value {
	if b {
		return []byte("YES")
	}
	return []byte("NO")
}

func (srv *Server) listBranches() (rows [][]binlog.Value, err error) {
	now := srv.clock.Now()
	for _, p := range srv.store.Prepared() {
		tables := make([]string, len(p.Tables))
		for i, t := range p.Tables {
			tables[i] = t.String()
		}
		rows = append(rows, []binlog.Value{
			[]byte(p.XID.String()), p.XID.FormatID(), p.XID.Gtrid(), p.XID.Bqual(), []byte("PREPARED"),
			int64(max(now.Sub(p.PreparedAt), 0) / time.Second), []byte(strings.Join(tables, ",")), int64(p.Keys), yes(p.Binlogged),
		})
	}
	return rows, nil
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

var kindNames = map[lock.Kind]string{lock.Table: "TABLE", lock.Row: "ROW", lock.Range: "RANGE"}

func (srv *Server) listLocks() (rows [][]binlog.Value, err error) {
	held, _ := srv.store.Locks()
	clients := srv.connections()
	for _, l := range held {
		client := connectionOf(clients, l.Owner)
		if l.Prepared {
			client = nil
		}
		rows = append(rows, []binlog.Value{
			int64(l.Owner), client, []byte(kindNames[l.Target.Kind]), int64(l.Target.Table), []byte(l.Target.String()),
			[]byte(l.Mode.String()), yes(l.Prepared),
		})
	}
	return rows, nil
}

func (srv *Server) listLockWaits() (rows [][]binlog.Value, err error) {
	_, waits := srv.store.Locks()
	clients, now := srv.connections(), srv.clock.Now()
	for _, w := range waits {
		rows = append(rows, []binlog.Value{
			int64(w.Owner), connectionOf(clients, w.Owner), []byte(w.Target.String()), []byte(w.Mode.String()),
			max(now.Sub(w.Since), 0).Milliseconds(), []byte(strings.Trim(fmt.Sprint(w.For), "[]")),
		})
	}
	return rows, nil
}

func (srv *Server) listSegments() (rows [][]binlog.Value, err error) {
	for _, s := range srv.store.Segments() {
		rows = append(rows, []binlog.Value{[]byte(s.File), int64(s.Number), int64(s.First), int64(s.Epoch)})
	}
	return rows, nil
}

func (srv *Server) listStages() (rows [][]binlog.Value, err error) {
	m, err := srv.store.Metrics()
	if err != nil {
		return nil, err
	}
	for i, s := range m.Groups.Stages {
		mean := float64(s.Members) / float64(max(s.Groups, 1))
		rows = append(rows, []binlog.Value{
			[]byte(groupcommit.Stage(i).String()), int64(s.Groups), int64(s.Members), int64(s.GroupMax), fmt.Appendf(nil, "%.2f", mean),
		})
	}
	return rows, nil
}
