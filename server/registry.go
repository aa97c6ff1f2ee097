package server

import (
	"cmp"
	"slices"
	"time"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/wire"
)

// kill ends a connection, or only the statement that it runs.
func (srv *Server) kill(id uint32, queryOnly bool) bool {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	for c := range srv.conns {
		if c.id() != id {
			continue
		}
		if queryOnly {
			c.cancelStatement()
		} else {
			c.kill()
		}
		return true
	}
	return false
}

// A process is a row of SHOW PROCESSLIST.
type process struct {
	id                   uint32
	user, host, db       string
	account              auth.Name
	command, state, info string
	since                time.Time
	txn                  uint64 // the last one's number
}

// What a running statement does; stateNames are for SHOW PROCESSLIST.
const (
	stateExecuting = iota
	stateCommitting
)

// MySQL's names for the same, and one of ours.
var stateNames = [...]string{stateExecuting: "executing", stateCommitting: "waiting for handler commit"}

const stateWaiting = "Waiting for lock"

// processes lists the connections that are logged in, oldest first.
func (srv *Server) processes() []process {
	srv.mu.Lock()
	list := make([]process, 0, len(srv.conns))
	for c := range srv.conns {
		if p, ok := c.process(); ok {
			list = append(list, p)
		}
	}
	srv.mu.Unlock()
	slices.SortFunc(list, func(a, b process) int { return cmp.Compare(a.id, b.id) })
	return list
}

// infoMax is what SHOW PROCESSLIST without FULL shows of a statement.
const infoMax = 100

// showProcesslist is SHOW PROCESSLIST. Without PROCESS a session sees those of
// its account; nobody sees the values of a statement that has a password.
func (s *session) showProcesslist(full bool) *Result {
	srv := s.srv
	res := &Result{Columns: []wire.Column{
		intColumn("Id"), textColumn("User"), textColumn("Host"), textColumn("db"), textColumn("Command"),
		intColumn("Time"), textColumn("State"), textColumn("Info"),
	}}
	now := srv.clock.Now()
	waiting := map[uint64]bool{}
	_, waits := srv.store.Locks()
	for _, w := range waits {
		waiting[w.Owner] = true
	}
	all := s.rights().Has(auth.Process)
	for _, p := range srv.processes() {
		if !all && p.account != s.account {
			continue
		}
		info := withoutSecrets(p.info)
		if !full && len(info) > infoMax {
			info = info[:infoMax]
		}
		if p.state != "" && waiting[p.txn] {
			p.state = stateWaiting
		}
		row := []binlog.Value{
			int64(p.id), []byte(p.user), []byte(p.host), orNull(p.db), []byte(p.command),
			int64(max(now.Sub(p.since), 0) / time.Second), []byte(p.state), orNull(info),
		}
		res.Rows = append(res.Rows, row)
	}
	return res
}

func orNull(s string) binlog.Value {
	if s == "" {
		return nil
	}
	return []byte(s)
}

// A counter is a row of SHOW STATUS.
type counter struct {
	name  string
	value int64
}

func (srv *Server) counters() []counter {
	st := srv.Stats()
	return []counter{
		{"Aborted_connects", st.Refused},
		{"Connections", st.Accepted},
		{"Prepared_xa_transactions", int64(len(srv.store.Prepared()))},
		{"Queries", st.Commands},
		{"Questions", st.Commands},
		{"Slow_queries", int64(st.Slow)},
		{"Threads_connected", int64(st.Connected)},
		{"Threads_running", int64(st.Running)},
		{"Uptime", int64(st.Uptime / time.Second)},
	}
}

// storeCounters are Com_*, Binlog_* and those of the store, which has none once
// it was closed.
func (srv *Server) storeCounters() []counter {
	var list []counter
	for _, c := range srv.recorder.statements.list() {
		list = append(list, counter{"Com_" + c.Kind, int64(c.Count)})
	}
	if log := srv.store.Binlog(); log != nil {
		st := log.Stats()
		list = append(list, counter{"Binlog_bytes_written", st.Bytes}, counter{"Binlog_num_commits", int64(log.MaxCommitted())},
			counter{"Binlog_num_group_commits", st.Groups})
	}
	m, err := srv.store.Metrics()
	if err != nil {
		return list
	}
	e := &m.Engine
	return append(list, []counter{
		{"Innodb_row_lock_current_waits", int64(e.Locks.Waiting)},
		{"Innodb_row_lock_time", e.Locks.WaitTime.Milliseconds()},
		{"Innodb_row_lock_waits", int64(e.Locks.Waits)},
		{"Xadb_checkpoints", int64(e.Checkpoints.Count)},
		{"Xadb_commits", int64(e.Commits)},
		{"Xadb_deadlocks", int64(e.Deadlocks)},
		{"Xadb_lock_timeouts", int64(e.LockTimeouts)},
		{"Xadb_log_live_bytes", e.LogLive},
		{"Xadb_log_segments", int64(e.Log.Segments)},
		{"Xadb_log_syncs", e.Log.Syncs},
		{"Xadb_log_written_bytes", e.Log.Bytes},
		{"Xadb_prepared_oldest_seconds", int64(e.Prepared.Oldest / time.Second)},
		{"Xadb_prepares", int64(e.Prepares)},
		{"Xadb_read_views", int64(e.Views)},
		{"Xadb_rollbacks", int64(e.Rollbacks)},
		{"Xadb_rows_read", int64(srv.recorder.rowsRead.Load())},
		{"Xadb_rows_sent", int64(srv.recorder.rowsSent.Load())},
	}...)
}
