package server

import (
	"fmt"
	"strings"
	"time"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/engine/lock"
	"github.com/xadb/xadb/groupcommit"
	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/xid"
)

// listedMax bounds the lines about one thing in SHOW ENGINE STATUS.
const listedMax = 20

// showEngine is SHOW ENGINE {XADB | INNODB} STATUS: InnoDB is another name for
// xadb, and what tools ask for.
func (s *session) showEngine(c *lex.Cursor) (*Result, error) {
	if c.Accept("PERFORMANCE_SCHEMA", "STATUS") || c.Accept("INNODB", "MUTEX") || c.Accept("XADB", "MUTEX") {
		return ended(c, &Result{Columns: textColumns("Type", "Name", "Status")}) // there are none that anybody counts
	}
	name := "XADB"
	if !c.Accept(name) {
		if name = "InnoDB"; !c.Accept("INNODB") {
			return nil, mysqlerr.New(mysqlerr.NotSupportedYet, "SHOW ENGINE "+strings.ToUpper(c.Peek().Text))
		}
	}
	if !c.Accept("STATUS") {
		return nil, c.Fail()
	}
	if err := c.End(); err != nil {
		return nil, err
	}
	text, err := s.srv.engineStatus()
	return &Result{Columns: textColumns("Type", "Name", "Status"), Rows: [][]binlog.Value{textRow(name, "", text)}}, err
}

// engineStatus is the store's state for people to read.
func (srv *Server) engineStatus() (string, error) {
	m, err := srv.store.Metrics()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	section := func(title string) { fmt.Fprintf(&b, "%s\n%s\n", title, strings.Repeat("-", len(title))) }
	fmt.Fprintf(&b, "%s XADB MONITOR OUTPUT\n", srv.clock.Now().UTC().Format(time.DateTime))
	if err := srv.store.Failed(); err != nil {
		fmt.Fprintf(&b, "THE STORE HAS STOPPED: %v\n", err)
	}
	section("TRANSACTIONS")
	e := &m.Engine
	fmt.Fprintf(&b, "%d committed, %d rolled back, %d prepared, %d conflicts; %d snapshots and %d read views open\n",
		e.Commits, e.Rollbacks, e.Prepares, e.Conflicts, e.Snapshots, e.Views)
	section("PREPARED BRANCHES")
	writeBranches(&b, srv.store.Prepared(), srv.clock.Now())
	section("LOCKS")
	srv.writeLocks(&b, e)
	section("LATEST DETECTED DEADLOCK")
	writeDeadlock(&b, srv.store.LastDeadlock())
	section("LOG")
	srv.writeLog(&b, e)
	section("GROUP COMMIT")
	writeGroups(&b, &m.Groups)
	section("TABLES")
	t := &e.Tables
	fmt.Fprintf(&b, "%d bytes in %d tables in memory, %d bytes in %d files, cache %d bytes with %d hits and %d misses\n",
		t.MemTableBytes, t.MemTables, t.FileBytes, t.Files, t.CacheBytes, t.CacheHits, t.CacheMisses)
	b.WriteString("END OF XADB MONITOR OUTPUT\n")
	return b.String(), nil
}

func writeBranches(b *strings.Builder, list []xid.Prepared, now time.Time) {
	fmt.Fprintf(b, "%d prepared\n", len(list))
	for _, p := range list[:min(len(list), listedMax)] {
		fmt.Fprintf(b, "%s, for %v, %d keys in %v\n", p.XID, now.Sub(p.PreparedAt).Truncate(time.Second), p.Keys, p.Tables)
	}
}

func (srv *Server) writeLocks(b *strings.Builder, m *engine.Metrics) {
	held, waits := srv.store.Locks()
	fmt.Fprintf(b, "%d locks held, %d waits now; %d waits of %v in all, %d timeouts, %d deadlocks\n",
		len(held), len(waits), m.Locks.Waits, m.Locks.WaitTime, m.LockTimeouts, m.Deadlocks)
	for _, w := range waits[:min(len(waits), listedMax)] {
		writeWait(b, w)
	}
}

func writeWait(b *strings.Builder, w lock.Wait) {
	fmt.Fprintf(b, "transaction %d waits for %s, held or wanted before by %v\n", w.Owner, w.Lock, w.For)
}

func writeDeadlock(b *strings.Builder, d *lock.Deadlock) {
	if d == nil {
		b.WriteString("none\n")
		return
	}
	fmt.Fprintf(b, "%s, transaction %d was rolled back\n", d.At.UTC().Format(time.DateTime), d.Victim)
	for _, w := range d.Waits {
		writeWait(b, w)
	}
}

func (srv *Server) writeLog(b *strings.Builder, m *engine.Metrics) {
	l := &m.Log
	fmt.Fprintf(b, "redo log: %d records of %d bytes, %d syncs, %d segments, %d bytes to read in a recovery\n",
		l.Appends, l.Bytes, l.Syncs, l.Segments, m.LogLive)
	fmt.Fprintf(b, "syncs: half within %v, 99%% within %v\n",
		time.Duration(m.Syncs.Quantile(0.5)), time.Duration(m.Syncs.Quantile(0.99)))
	fmt.Fprintf(b, "checkpoints: %d, %d failed, the last took %v\n", m.Checkpoints.Count, m.Checkpoints.Failed, m.Checkpoints.LastDuration)
	if log := srv.store.Binlog(); log != nil {
		fmt.Fprintf(b, "binary log: durable up to %s, %d syncs\n", log.DurablePos(), log.Stats().Syncs)
	}
}

func writeGroups(b *strings.Builder, g *groupcommit.Stats) {
	for i, s := range g.Stages {
		fmt.Fprintf(b, "%s: %d groups of %d members, the largest of %d\n", groupcommit.Stage(i), s.Groups, s.Members, s.GroupMax)
	}
	fmt.Fprintf(b, "%d queued\n", g.Queued)
}
