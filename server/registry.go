package server

import (
	"cmp"
	"slices"
	"time"

	"github.com/xadb/xadb/binlog"
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

func (srv *Server) showProcesslist(full bool) *Result {
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
	for _, p := range srv.processes() {
		info := p.info
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
	srv.mu.Lock()
	connected := int64(len(srv.conns))
	srv.mu.Unlock()
	running := int64(0)
	for _, p := range srv.processes() {
		if p.command != sleeping {
			running++
		}
	}
	return []counter{
		{"Aborted_connects", srv.refused.Load()},
		{"Connections", srv.accepted.Load()},
		{"Prepared_xa_transactions", int64(len(srv.store.Prepared()))},
		{"Queries", srv.questions.Load()},
		{"Questions", srv.questions.Load()},
		{"Threads_connected", connected},
		{"Threads_running", running},
		{"Uptime", int64(srv.clock.Now().Sub(srv.started) / time.Second)},
	}
}
