package server

import (
	"errors"
	"net"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/go-mysql-org/go-mysql/mysql"
)

// A counter is a row of SHOW STATUS.
type counter struct {
	name  string
	value int64
}

// traffic is what came from clients and went to them.
type traffic struct {
	received, sent    atomic.Int64 // bytes, as they are on the network
	commands          [mysql.COM_RESET_CONNECTION + 1]atomic.Int64
	failedLogins      atomic.Int64
	vanished          atomic.Int64 // clients that left without COM_QUIT
	connectedMax      atomic.Int64
	accepted, refused atomic.Int64
}

// command counts one of the protocol; those that nobody knows are all COM_SLEEP.
func (t *traffic) command(c byte) {
	if int(c) >= len(t.commands) {
		c = mysql.COM_SLEEP
	}
	t.commands[c].Add(1)
}

// all is how many commands have come.
func (t *traffic) all() (n int64) {
	for i := range t.commands {
		n += t.commands[i].Load()
	}
	return n
}

// of is how many of these commands have come.
func (t *traffic) of(commands ...byte) (n int64) {
	for _, c := range commands {
		n += t.commands[c].Load()
	}
	return n
}

// connected notes how many connections there are.
func (t *traffic) connected(n int) {
	for {
		most := t.connectedMax.Load()
		if int64(n) <= most || t.connectedMax.CompareAndSwap(most, int64(n)) {
			return
		}
	}
}

// A meter counts the bytes of a connection.
type meter struct {
	net.Conn
	of *traffic
}

func (m *meter) Read(b []byte) (int, error) {
	n, err := m.Conn.Read(b)
	m.of.received.Add(int64(n))
	return n, err
}

func (m *meter) Write(b []byte) (int, error) {
	n, err := m.Conn.Write(b)
	m.of.sent.Add(int64(n))
	return n, err
}

// SyscallConn implements syscall.Conn, if the connection is a socket.
func (m *meter) SyscallConn() (syscall.RawConn, error) {
	s, ok := m.Conn.(syscall.Conn)
	if !ok {
		return nil, errors.ErrUnsupported
	}
	return s.SyscallConn()
}

func (srv *Server) counters() []counter {
	st, t := srv.Stats(), &srv.traffic
	return append([]counter{
		{"Aborted_clients", t.vanished.Load()},
		{"Aborted_connects", t.failedLogins.Load()},
		{"Bytes_received", t.received.Load()},
		{"Bytes_sent", t.sent.Load()},
		{"Connection_errors_max_connections", st.Refused},
		{"Connections", st.Accepted},
		{"Max_used_connections", t.connectedMax.Load()},
		{"Prepared_xa_transactions", int64(len(srv.store.Prepared()))},
		{"Queries", st.Commands},
		{"Questions", srv.questions()},
		{"Slow_queries", int64(st.Slow)},
		{"Threads_cached", 0},
		{"Threads_connected", int64(st.Connected)},
		{"Threads_created", st.Accepted},
		{"Threads_running", int64(st.Running)},
		{"Uptime", int64(st.Uptime / time.Second)},
		{"Uptime_since_flush_status", int64(st.Uptime / time.Second)},
	}, neverCounted()...)
}

// neverCounted are what tools divide or add up, of things that are not here: caches of
// table definitions and MyISAM's keys, temporary tables on disk.
func neverCounted() (list []counter) {
	for _, name := range []string{
		"Binlog_cache_disk_use", "Binlog_cache_use", "Created_tmp_disk_tables", "Created_tmp_files", "Created_tmp_tables", "Flush_commands",
		"Key_blocks_unused", "Key_blocks_used", "Key_read_requests", "Key_reads", "Key_write_requests", "Key_writes", "Open_files",
		"Open_table_definitions", "Open_tables", "Opened_files", "Opened_table_definitions", "Opened_tables", "Select_full_join",
		"Select_range_check", "Sort_merge_passes", "Sort_range", "Sort_rows", "Sort_scan", "Table_locks_immediate", "Table_locks_waited",
	} {
		list = append(list, counter{name, 0})
	}
	return list
}

// notQuestions are the commands that Queries counts and Questions does not
// (MySQL manual, Server Status Variables).
var notQuestions = []byte{
	mysql.COM_PING, mysql.COM_STATISTICS, mysql.COM_STMT_PREPARE, mysql.COM_STMT_CLOSE, mysql.COM_STMT_RESET,
}

func (srv *Server) questions() int64 { return srv.traffic.all() - srv.traffic.of(notQuestions...) }

// commandCounters are the Com_ of commands that are no statements.
func (t *traffic) commandCounters() []counter {
	return []counter{
		{"Com_stmt_close", t.of(mysql.COM_STMT_CLOSE)},
		{"Com_stmt_execute", t.of(mysql.COM_STMT_EXECUTE)},
		{"Com_stmt_fetch", t.of(mysql.COM_STMT_FETCH)},
		{"Com_stmt_prepare", t.of(mysql.COM_STMT_PREPARE)},
		{"Com_stmt_reset", t.of(mysql.COM_STMT_RESET)},
		{"Com_stmt_send_long_data", t.of(mysql.COM_STMT_SEND_LONG_DATA)},
	}
}

// alsoCommands are the statements that there are commands for, too.
var alsoCommands = map[string][]byte{
	"admin_commands": {
		mysql.COM_PING, mysql.COM_STATISTICS, mysql.COM_SET_OPTION, mysql.COM_RESET_CONNECTION, mysql.COM_CHANGE_USER,
	},
	"change_db": {mysql.COM_INIT_DB}, "kill": {mysql.COM_PROCESS_KILL}, "show": {mysql.COM_FIELD_LIST},
}

// storeCounters are Com_*, Binlog_* and those of the store, which has none once
// it was closed.
func (srv *Server) storeCounters() []counter {
	list := srv.traffic.commandCounters()
	for _, c := range srv.recorder.statements.list() {
		list = append(list, counter{"Com_" + c.Kind, int64(c.Count) + srv.traffic.of(alsoCommands[c.Kind]...)})
	}
	if log := srv.store.Binlog(); log != nil {
		st, semi := log.Stats(), srv.semiSync.Stats()
		waiting := int64(0)
		if semi.Waiting {
			waiting = 1
		}
		list = append(list, counter{"Rpl_semi_sync_source_status", waiting}, counter{"Rpl_semi_sync_source_clients", int64(semi.Followers)},
			counter{"Rpl_semi_sync_source_yes_tx", semi.Yes}, counter{"Rpl_semi_sync_source_no_tx", semi.No})
		list = append(list, counter{"Binlog_bytes_written", st.Bytes}, counter{"Binlog_num_commits", int64(log.MaxCommitted())},
			counter{"Binlog_num_group_commits", st.Groups})
	}
	m, err := srv.store.Metrics()
	if err != nil {
		return list
	}
	e := &m.Engine
	return append(list, []counter{
		{"Handler_commit", int64(e.Commits)},
		{"Handler_prepare", int64(e.Prepares)},
		{"Handler_rollback", int64(e.Rollbacks)},
		{"Innodb_row_lock_current_waits", int64(e.Locks.Waiting)},
		{"Innodb_row_lock_time", e.Locks.WaitTime.Milliseconds()},
		{"Innodb_row_lock_waits", int64(e.Locks.Waits)},
		{"Innodb_rows_read", int64(srv.recorder.rowsRead.Load())},
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
