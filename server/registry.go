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
	open                 openTxn
	attributes           []wire.Attribute
}

// What a running statement does; stateNames are for SHOW PROCESSLIST.
const (
	stateExecuting = iota
	stateCommitting
	stateReadLock
	stateCommitLock
)

// MySQL's names for the same, and one of ours.
var stateNames = [...]string{
	stateExecuting: "executing", stateCommitting: "waiting for handler commit",
	stateReadLock: "Waiting for global read lock", stateCommitLock: "Waiting for commit lock",
}

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

// processes are those that the session may see: without PROCESS those of its
// account. Nobody sees the values of a statement that has a password.
func (s *session) processes() []process {
	list := s.srv.processes()
	if !s.rights().Has(auth.Process) {
		list = slices.DeleteFunc(list, func(p process) bool { return p.account != s.account })
	}
	for i := range list {
		list[i].info = withoutSecrets(list[i].info)
	}
	return list
}

// infoMax is what SHOW PROCESSLIST without FULL shows of a statement.
const infoMax = 100

var processColumns = []wire.Column{
	intColumn("Id"), textColumn("User"), textColumn("Host"), textColumn("db"), textColumn("Command"),
	intColumn("Time"), textColumn("State"), textColumn("Info"),
}

func (s *session) showProcesslist(full bool) *Result {
	res := &Result{Columns: processColumns}
	res.Rows, _ = s.listProcesses()
	info := len(processColumns) - 1
	for _, row := range res.Rows {
		if text, _ := row[info].([]byte); !full && len(text) > infoMax {
			row[info] = text[:infoMax]
		}
	}
	return res
}

// listProcesses is what connections do.
func (s *session) listProcesses() (rows [][]binlog.Value, err error) {
	srv := s.srv
	now := srv.clock.Now()
	waiting := map[uint64]bool{}
	_, waits := srv.store.Locks()
	for _, w := range waits {
		waiting[w.Owner] = true
	}
	for _, p := range s.processes() {
		if p.state != "" && waiting[p.txn] {
			p.state = stateWaiting
		}
		rows = append(rows, []binlog.Value{
			int64(p.id), []byte(p.user), []byte(p.host), orNull(p.db), []byte(p.command),
			seconds(now.Sub(p.since)), []byte(p.state), orNull(p.info),
		})
	}
	return rows, nil
}

func orNull(s string) binlog.Value {
	if s == "" {
		return nil
	}
	return []byte(s)
}
