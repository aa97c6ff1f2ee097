package dump

import (
	"encoding/binary"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/internal/clock"
)

// ackMagic begins an acknowledgement, and what is in front of an event for
// those who acknowledge (MySQL Internals, Semi-synchronous Replication).
const ackMagic = 0xef

// A SemiSync has commits wait until followers have their events, as MySQL does
// with rpl_semi_sync_source_wait_point=AFTER_SYNC: behind the sync of the log, in
// front of the commit in the tables. So what others can read here is there, too,
// and a follower may have what nobody can read here yet.
//
// If nobody acknowledges in time, it waits for nobody any more, until a follower
// has caught up. It is safe for concurrent use.
type SemiSync struct {
	Clock clock.Clock
	// Changed is told when waiting ends or begins again, and why.
	Changed func(waiting bool, reason string)

	mu      sync.Mutex
	enabled bool
	timeout time.Duration
	count   int  // followers that must have a group
	off     bool // nobody is waited for, as none came in time
	newest  binlog.Pos
	acked   map[*Follower]binlog.Pos
	moved   chan struct{} // closed when acked changes

	yes, no atomic.Int64
}

// SemiSyncStats are what SHOW STATUS tells.
type SemiSyncStats struct {
	Waiting   bool // for followers, now
	Followers int
	Yes, No   int64 // groups that were acknowledged in time, and those that were not waited for
}

// A Follower is one that acknowledges.
type Follower struct{ s *SemiSync }

// Configure changes what is waited for.
func (s *SemiSync) Configure(enabled bool, timeout time.Duration, count int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if enabled != s.enabled {
		s.off = false
	}
	s.enabled, s.timeout, s.count = enabled, timeout, max(count, 1)
	s.move()
}

// Enabled reports whether followers are asked to acknowledge.
func (s *SemiSync) Enabled() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.enabled
}

// Stats counts since the start.
func (s *SemiSync) Stats() SemiSyncStats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return SemiSyncStats{s.enabled && !s.off, len(s.acked), s.yes.Load(), s.no.Load()}
}

// Join adds a follower, which has what is before from. Leave takes it out.
func (s *SemiSync) Join() *Follower {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := &Follower{s}
	if s.acked == nil {
		s.acked = map[*Follower]binlog.Pos{}
	}
	s.acked[f] = binlog.Pos{}
	return f
}

// Leave is the end of a follower.
func (f *Follower) Leave() {
	f.s.mu.Lock()
	defer f.s.mu.Unlock()
	delete(f.s.acked, f)
}

// Ack says that the follower has everything before pos.
func (f *Follower) Ack(pos binlog.Pos) {
	s := f.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, joined := s.acked[f]; !joined || !s.acked[f].Less(pos) {
		return
	}
	s.acked[f] = pos
	if s.off && s.reached(s.newest) {
		s.off = false
		s.tell(true, "a replica has caught up")
	}
	s.move()
}

// Wait returns when enough followers have what is before end, or none is waited
// for. It is called in the order of the log.
func (s *SemiSync) Wait(end binlog.Pos) {
	var late <-chan time.Time
	for {
		moved, done := s.look(end)
		if done {
			return
		}
		if late == nil {
			timer := s.Clock.NewTimer(s.timeoutNow())
			defer timer.Stop()
			late = timer.C()
		}
		select {
		case <-moved:
		case <-late:
			s.giveUp()
		}
	}
}

// look is one look of Wait: done, or what to wait for.
func (s *SemiSync) look(end binlog.Pos) (moved <-chan struct{}, done bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.newest = end
	switch {
	case !s.enabled:
		return nil, true
	case s.reached(end):
		s.yes.Add(1)
		return nil, true
	case s.off:
		s.no.Add(1)
		return nil, true
	}
	if s.moved == nil {
		s.moved = make(chan struct{})
	}
	return s.moved, false
}

func (s *SemiSync) timeoutNow() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.timeout
}

// reached reports whether enough followers have what is before end.
func (s *SemiSync) reached(end binlog.Pos) bool {
	n := 0
	for _, pos := range s.acked {
		if !pos.Less(end) {
			n++
		}
	}
	return n >= s.count
}

func (s *SemiSync) giveUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.enabled && !s.off {
		s.off = true
		s.tell(false, fmt.Sprintf("%d of %d replicas acknowledged within %v", len(s.acked), s.count, s.timeout))
	}
}

func (s *SemiSync) tell(waiting bool, reason string) {
	if s.Changed != nil {
		s.Changed(waiting, reason)
	}
}

// move lets every Wait look again.
func (s *SemiSync) move() {
	if s.moved != nil {
		close(s.moved)
		s.moved = nil
	}
}

// ParseAck reads an acknowledgement:
//
//	EF | offset 8 | file name
func ParseAck(b []byte) (file string, offset uint64, ok bool) {
	if len(b) < 10 || b[0] != ackMagic {
		return "", 0, false
	}
	return string(b[9:]), binary.LittleEndian.Uint64(b[1:]), true
}

// AckHead is what is in front of an event for followers that acknowledge.
func AckHead(ask bool) []byte {
	if ask {
		return []byte{0, ackMagic, 1}
	}
	return []byte{0, ackMagic, 0}
}
