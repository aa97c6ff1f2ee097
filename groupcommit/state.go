package groupcommit

import (
	"fmt"
	"sync"

	"github.com/xadb/xadb/internal/histogram"
)

// Stats counts what went through the stages since New.
type Stats struct {
	Stages [stageCount]StageStats // by Stage
	Queued int                    // members waiting for FLUSH now
	Sizes  histogram.Snapshot     // members of the groups of SYNC
}

// StageStats counts the groups whose hook was called.
type StageStats struct {
	Groups   uint64
	Members  uint64
	GroupMax int // members of the largest group
}

// state is what the leaders of all stages share.
type state struct {
	mu       sync.Mutex
	stopped  [stageCount]error // why the stage stopped; never cleared (G4)
	first    error             // the first failure of all
	stages   [stageCount]StageStats
	inFlight int           // members past FLUSH that are not finished
	idle     chan struct{} // closed when inFlight becomes 0; nil if nobody waits

	sizes *histogram.Histogram // of the groups of SYNC
}

// stop stops the stages up to s and returns cause with the stage's name.
func (st *state) stop(s Stage, cause error) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	cause = fmt.Errorf("%s stage: %w", s, cause)
	if st.first == nil {
		st.first = cause
	}
	for i := Flush; i <= s; i++ {
		if st.stopped[i] == nil {
			st.stopped[i] = cause
		}
	}
	return cause
}

// cause is why stage s has stopped, nil if it has not.
func (st *state) cause(s Stage) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.stopped[s]
}

// enter counts a group that goes into stage s, unless the stage has stopped:
// then it returns why.
func (st *state) enter(s Stage, members int) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.stopped[s] != nil {
		return st.stopped[s]
	}
	c := &st.stages[s]
	c.Groups++
	c.Members += uint64(members)
	c.GroupMax = max(c.GroupMax, members)
	if s == Sync {
		st.sizes.Observe(int64(members))
	}
	return nil
}

// fly adds n members, which may be negative, to those in flight.
func (st *state) fly(n int) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.inFlight += n
	if st.inFlight == 0 && st.idle != nil {
		close(st.idle)
		st.idle = nil
	}
}

// landed is closed once nobody is in flight. Only the holder of FLUSH may ask:
// nobody else can then take off.
func (st *state) landed() <-chan struct{} {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.idle == nil {
		st.idle = make(chan struct{})
	}
	idle := st.idle
	if st.inFlight == 0 {
		close(st.idle)
		st.idle = nil
	}
	return idle
}
