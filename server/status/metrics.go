package status

import (
	"maps"
	"net/http"
	"runtime"
	"runtime/metrics"
	"slices"
	"strconv"

	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/groupcommit"
	"github.com/xadb/xadb/server"
	"github.com/xadb/xadb/tclog"
)

func (s *Server) metrics(w http.ResponseWriter, _ *http.Request) {
	s.making.Lock()
	defer s.making.Unlock()
	var p page
	s.state(&p)
	if store := s.store.Load(); store != nil {
		storeMetrics(&p, store)
	}
	if front := s.front.Load(); front != nil {
		frontMetrics(&p, front.Stats())
	}
	processMetrics(&p)
	header(w, contentType)
	_, _ = w.Write(p.Bytes()) // nobody to tell
}

// state is what is there from the start.
func (s *Server) state(p *page) {
	p.family("xadb_build_info", "gauge", "The version that runs; always 1.")
	p.sample("xadb_build_info", 1, label{"version", s.opts.Version}, label{"go", runtime.Version()})
	p.gauge("xadb_uptime_seconds", "Since the start of the process.", s.opts.Clock.Now().Sub(s.started).Seconds())
	now := s.readiness().State
	p.gauge("xadb_ready", "Whether clients are served without restriction.", flag(now == stateReady))
	p.gauge("xadb_poisoned", "Whether the store has stopped after a failed write or sync.", flag(now == stateReadOnly))
	p.gauge("xadb_disk_full", "Whether the disk is full and no new writes are taken.", flag(now == stateDiskFull))
	r := s.progress()
	p.gauge("xadb_recovery_read_bytes", "Log that the last recovery has read.", float64(r.Read))
	p.gauge("xadb_recovery_total_bytes", "Log that the last recovery had to read.", float64(r.Total))
}

// storeMetrics leaves out what a store that was closed no longer tells.
func storeMetrics(p *page, store *tclog.Log) {
	m, err := store.Metrics()
	if err != nil {
		return
	}
	transactions(p, &m.Engine)
	groups(p, &m.Groups)
	redoLog(p, &m.Engine)
	tables(p, &m.Engine.Tables)
	binaryLog(p, store)
}

func transactions(p *page, m *engine.Metrics) {
	p.counter("xadb_commits_total", "Transactions with writes that were committed.", float64(m.Commits))
	p.counter("xadb_rollbacks_total", "Transactions that were rolled back: prepared ones, and others that had written.", float64(m.Rollbacks))
	p.counter("xadb_prepares_total", "Transactions that were prepared, by clients or for the binary log.", float64(m.Prepares))
	p.counter("xadb_conflicts_total", "Write conflicts under snapshot isolation.", float64(m.Conflicts))
	p.gauge("xadb_prepared_branches", "Branches of clients that wait for their outcome.", float64(m.Prepared.Clients))
	p.gauge("xadb_prepared_oldest_seconds", "Age of the oldest of them; 0 without any.", m.Prepared.Oldest.Seconds())
	p.gauge("xadb_prepared_relocated", "Those of them that no longer keep the log from being cut.", float64(m.Prepared.Relocated))
	p.gauge("xadb_read_views", "Named read views.", float64(m.Views))
	p.gauge("xadb_snapshots", "Snapshots and scans that are open.", float64(m.Snapshots))
	p.counter("xadb_lock_waits_total", "Waits for locks that have ended, in whatever way.", float64(m.Locks.Waits))
	p.counter("xadb_lock_wait_seconds_total", "Time of those waits.", m.Locks.WaitTime.Seconds())
	p.gauge("xadb_lock_waiting", "Transactions that wait for a lock.", float64(m.Locks.Waiting))
	p.counter("xadb_lock_timeouts_total", "Waits for locks that took too long.", float64(m.LockTimeouts))
	p.counter("xadb_deadlocks_total", "Transactions that were the victim of a deadlock.", float64(m.Deadlocks))
	p.counter("xadb_events_missed_total", "Events that a slow listener was not told of.", float64(m.EventsMissed))
}

func groups(p *page, g *groupcommit.Stats) {
	stages := []groupcommit.Stage{groupcommit.Flush, groupcommit.Sync, groupcommit.Commit}
	each := func(name, kind, help string, value func(groupcommit.StageStats) float64) {
		p.family(name, kind, help)
		for _, st := range stages {
			p.sample(name, value(g.Stages[st]), label{"stage", st.String()})
		}
	}
	each("xadb_groups_total", "counter", "Groups that went through a stage of the commit pipeline.",
		func(s groupcommit.StageStats) float64 { return float64(s.Groups) })
	each("xadb_group_members_total", "counter", "Members of those groups.",
		func(s groupcommit.StageStats) float64 { return float64(s.Members) })
	each("xadb_group_members_max", "gauge", "Members of the largest group.",
		func(s groupcommit.StageStats) float64 { return float64(s.GroupMax) })
	p.gauge("xadb_group_queued", "Transactions that wait for the pipeline's first stage.", float64(g.Queued))
	p.histogram("xadb_group_size", "Members of the groups that were made durable by one sync.", g.Sizes, 1)
}

func redoLog(p *page, m *engine.Metrics) {
	l := &m.Log
	p.counter("xadb_log_records_total", "Records written to the redo log.", float64(l.Appends))
	p.counter("xadb_log_written_bytes_total", "Bytes of those.", float64(l.Bytes))
	p.counter("xadb_log_writes_total", "Write calls on the redo log.", float64(l.Writes))
	p.counter("xadb_log_syncs_total", "Syncs of the redo log.", float64(l.Syncs))
	p.histogram("xadb_log_sync_seconds", "How long those took.", m.Syncs, nanosecond)
	p.gauge("xadb_log_segments", "Files of the redo log.", float64(l.Segments))
	p.counter("xadb_log_segments_created_total", "Files begun.", float64(l.Created))
	p.counter("xadb_log_segments_recycled_total", "Files begun in one that was retired, or made ahead.", float64(l.Recycled))
	p.gauge("xadb_log_live_bytes", "Redo log that a recovery would read.", float64(m.LogLive))
	c := &m.Checkpoints
	p.counter("xadb_checkpoints_total", "Checkpoints, which cut the redo log.", float64(c.Count))
	p.counter("xadb_checkpoints_failed_total", "Checkpoints that failed.", float64(c.Failed))
	p.gauge("xadb_checkpoint_last_seconds", "How long the last one took.", c.LastDuration.Seconds())
}

func tables(p *page, t *engine.TableMetrics) {
	p.gauge("xadb_memtables", "Tables in memory.", float64(t.MemTables))
	p.gauge("xadb_memtable_bytes", "Memory of those.", float64(t.MemTableBytes))
	p.counter("xadb_flushes_total", "Tables in memory that were written to disk.", float64(t.Flushes))
	p.gauge("xadb_table_files", "Table files on disk.", float64(t.Files))
	p.gauge("xadb_table_bytes", "Bytes of those.", float64(t.FileBytes))
	p.gauge("xadb_disk_bytes", "Disk space of the tables, obsolete files included.", float64(t.DiskBytes))
	p.gauge("xadb_l0_files", "Table files that are not sorted in yet.", float64(t.L0Files))
	p.gauge("xadb_l0_sublevels", "Layers of those; too many stop writes.", float64(t.L0Sublevels))
	p.gauge("xadb_read_amplification", "Layers that a read may look into.", float64(t.ReadAmplification))
	p.counter("xadb_compactions_total", "Compactions.", float64(t.Compactions))
	p.gauge("xadb_compactions_running", "Compactions that run.", float64(t.CompactionsNow))
	p.gauge("xadb_compaction_debt_bytes", "Bytes to compact until all levels are in shape.", float64(t.CompactionDebt))
	p.gauge("xadb_cache_bytes", "Memory of the block cache.", float64(t.CacheBytes))
	p.counter("xadb_cache_hits_total", "Blocks found in the cache.", float64(t.CacheHits))
	p.counter("xadb_cache_misses_total", "Blocks read from disk.", float64(t.CacheMisses))
}

func binaryLog(p *page, store *tclog.Log) {
	log := store.Binlog()
	p.gauge("xadb_binlog_enabled", "Whether a binary log is written.", flag(log != nil))
	if log == nil {
		return
	}
	pos, st := log.DurablePos(), log.Stats()
	size := int64(0)
	files := log.Files()
	for _, f := range files {
		size += f.Size
	}
	p.gauge("xadb_binlog_file", "Number of the file that is written.", float64(pos.File))
	p.gauge("xadb_binlog_position_bytes", "Position behind the last durable event.", float64(pos.Offset))
	p.gauge("xadb_binlog_files", "Files that are there.", float64(len(files)))
	p.gauge("xadb_binlog_bytes", "Bytes of those.", float64(size))
	p.counter("xadb_binlog_groups_total", "Event groups written.", float64(st.Groups))
	p.counter("xadb_binlog_written_bytes_total", "Bytes written.", float64(st.Bytes))
	p.counter("xadb_binlog_syncs_total", "Syncs of the binary log by the commit pipeline.", float64(st.Syncs))
}

func frontMetrics(p *page, st server.Stats) {
	p.gauge("xadb_connections", "Clients that are logged in.", float64(st.Connected))
	p.gauge("xadb_connections_running", "Those of them that run a statement.", float64(st.Running))
	p.counter("xadb_connections_accepted_total", "Connections that were accepted.", float64(st.Accepted))
	p.counter("xadb_connections_refused_total", "Connections that were refused because there were too many.", float64(st.Refused))
	p.counter("xadb_commands_total", "Commands of the protocol.", float64(st.Commands))
	p.family("xadb_statements_total", "counter", "Statements by kind.")
	for _, c := range st.Statements {
		p.sample("xadb_statements_total", float64(c.Count), label{"kind", c.Kind})
	}
	p.family("xadb_errors_total", "counter", "Errors that clients were told, by MySQL's number.")
	for _, number := range slices.Sorted(maps.Keys(st.Errors)) {
		p.sample("xadb_errors_total", float64(st.Errors[number]), label{"number", strconv.Itoa(int(number))})
	}
	p.histogram("xadb_statement_seconds", "How long statements took, rows sent included.", st.Latency, nanosecond)
	p.counter("xadb_slow_statements_total", "Statements that took long_query_time.", float64(st.Slow))
	p.counter("xadb_slow_logged_total", "Those of them that are in the slow log.", float64(st.SlowLogged))
	p.counter("xadb_rows_read_total", "Rows that statements read.", float64(st.RowsRead))
	p.counter("xadb_rows_sent_total", "Rows that clients were sent.", float64(st.RowsSent))
	p.counter("xadb_statement_lock_wait_seconds_total", "Time that statements waited for locks.", st.LockWait.Seconds())
}

// processMetrics are the Go runtime's, read without stopping it.
func processMetrics(p *page) {
	samples := []metrics.Sample{
		{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/total:bytes"}, {Name: "/gc/cycles/total:gc-cycles"},
	}
	metrics.Read(samples)
	p.gauge("xadb_goroutines", "Goroutines.", float64(runtime.NumGoroutine()))
	p.gauge("xadb_heap_bytes", "Memory of live and not yet collected objects.", float64(samples[0].Value.Uint64()))
	p.gauge("xadb_go_memory_bytes", "All memory that the Go runtime has mapped.", float64(samples[1].Value.Uint64()))
	p.counter("xadb_gc_cycles_total", "Collections of garbage.", float64(samples[2].Value.Uint64()))
	if n, ok := openFiles(); ok {
		p.gauge("xadb_open_files", "File descriptors in use.", float64(n))
	}
}
