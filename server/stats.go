package server

import (
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/xadb/xadb/internal/histogram"
)

// Stats is what a server has done since it was made.
type Stats struct {
	Uptime             time.Duration
	Connected, Running int   // clients now, and those of them that run a statement
	Accepted, Refused  int64 // connections; refused for their number
	Commands           int64 // of the protocol: COM_QUERY and others
	Statements         []StatementCount
	Errors             map[uint16]uint64  // answers by MySQL's number; 0 is those beyond errorsMax numbers
	Latency            histogram.Snapshot // of statements, by nanoseconds
	Slow, SlowLogged   uint64             // statements that took long_query_time, and those of them in the slow log
	RowsRead, RowsSent uint64
	LockWait           time.Duration // of statements
	Views              int           // read views now
}

// A recorder counts what connections do. Its zero value is not ready: see
// newRecorder.
type recorder struct {
	statements         statementCounter
	latency            *histogram.Histogram
	slow, slowLogged   atomic.Uint64
	rowsRead, rowsSent atomic.Uint64
	lockWait           atomic.Int64

	mu     sync.Mutex
	errors map[uint16]uint64
}

// errorsMax bounds the error numbers that are counted one by one.
const errorsMax = 256

func newRecorder() *recorder {
	return &recorder{latency: histogram.New(histogram.LowDuration), errors: map[uint16]uint64{}}
}

// failed counts an error that a client was told.
func (r *recorder) failed(number uint16) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, known := r.errors[number]; !known && len(r.errors) >= errorsMax {
		number = 0
	}
	r.errors[number]++
}

// A ran is a statement that is over.
type ran struct {
	statement
	took, lockWait     time.Duration
	rowsSent, rowsRead uint64
	err                error
}

// ran counts a statement and, if it was slow, logs it.
func (s *session) ran(r ran) {
	rec := s.srv.recorder
	rec.statements[kindOf(r.sql)].Add(1)
	rec.latency.Took(r.took)
	rec.rowsRead.Add(r.rowsRead)
	rec.rowsSent.Add(r.rowsSent)
	if r.lockWait > 0 {
		rec.lockWait.Add(int64(r.lockWait))
	}
	if r.took >= s.settings.slow {
		rec.slow.Add(1)
		s.logSlow(r)
	}
}

// Stats reads all counts.
func (srv *Server) Stats() Stats {
	rec := srv.recorder
	st := Stats{
		Uptime:   srv.clock.Now().Sub(srv.started),
		Accepted: srv.traffic.accepted.Load(), Refused: srv.traffic.refused.Load(), Commands: srv.traffic.all(),
		Statements: rec.statements.list(), Latency: rec.latency.Snapshot(),
		Slow: rec.slow.Load(), SlowLogged: rec.slowLogged.Load(),
		RowsRead: rec.rowsRead.Load(), RowsSent: rec.rowsSent.Load(), LockWait: time.Duration(rec.lockWait.Load()),
		Views: len(srv.store.Views()),
	}
	rec.mu.Lock()
	st.Errors = maps.Clone(rec.errors)
	rec.mu.Unlock()
	for _, p := range srv.processes() {
		st.Connected++
		if p.command != sleeping {
			st.Running++
		}
	}
	return st
}
