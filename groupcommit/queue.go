package groupcommit

import (
	"context"
	"slices"
	"sync"
)

// A Member is one transaction in flight.
type Member[T any] struct {
	// Txn is what Run was given.
	Txn T

	err  error
	seq  uint64      // position in FLUSH, from 1
	wake chan signal // at most one unread signal
}

// A signal wakes a sleeping member: to lead its queue, or because it is done.
type signal struct {
	lead bool
	err  error
}

// wait returns the member's next signal, or false if ctx is done first.
func (m *Member[T]) wait(ctx context.Context) (sig signal, woken bool) {
	done := ctx.Done()
	if done == nil {
		return <-m.wake, true // cheaper than a select
	}
	select {
	case sig := <-m.wake:
		return sig, true
	case <-done:
		return signal{}, false
	}
}

// finish gives m back to its Run.
func (m *Member[T]) finish() {
	select {
	case m.wake <- signal{err: m.err}:
	default: // with the bug FollowerWokenEarly alone
	}
}

// Fail takes the member out: later stages do not see it, and its Run returns
// err. Only a hook may call it, for the members it was given. The first error
// stays; a nil err is ignored.
func (m *Member[T]) Fail(err error) {
	if m.err == nil {
		m.err = err
	}
}

// Err is the member's error so far.
func (m *Member[T]) Err() error { return m.err }

// A queue holds the members waiting for one stage.
type queue[T any] struct {
	mu      sync.Mutex
	members []*Member[T]
	free    []*Member[T] // empty; memory for members

	// Of FLUSH only.
	lastSeq   uint64        // given to the newest member
	hurriedTo uint64        // members up to here wait for no delay
	room      chan struct{} // closed when a full queue shrinks; nil if nobody waits
}

// push appends group and reports whether the queue was empty, that is, whether
// the caller must lead (G3).
func (q *queue[T]) push(group []*Member[T]) (leads bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	leads = len(q.members) == 0
	q.members = append(q.members, group...)
	return leads
}

// offer is push for a new member of a queue of at most limit. A full queue does
// not take it and returns a channel that is closed when trying again is worth
// while.
func (q *queue[T]) offer(m *Member[T], limit int) (leads bool, full <-chan struct{}) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.members) >= limit {
		if q.room == nil {
			q.room = make(chan struct{})
		}
		return false, q.room
	}
	q.lastSeq++
	m.seq = q.lastSeq
	q.members = append(q.members, m)
	return len(q.members) == 1, nil
}

// drain takes everything queued so far; the next push finds a new leader.
func (q *queue[T]) drain() []*Member[T] {
	q.mu.Lock()
	defer q.mu.Unlock()
	group := q.members
	q.members, q.free = q.free, nil
	q.signalRoom()
	return group
}

// reuse takes back the memory of a group that drain has given out.
func (q *queue[T]) reuse(group []*Member[T]) {
	clear(group)
	q.mu.Lock()
	defer q.mu.Unlock()
	q.free = group[:0]
}

// withdraw removes m unless a leader has fetched it, and wakes the next to lead
// if m was the leader (G3).
func (q *queue[T]) withdraw(m *Member[T]) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	at := slices.Index(q.members, m)
	if at < 0 {
		return false
	}
	q.members = slices.Delete(q.members, at, at+1)
	if at == 0 && len(q.members) > 0 {
		q.members[0].wake <- signal{lead: true}
	}
	q.signalRoom()
	return true
}

func (q *queue[T]) signalRoom() {
	if q.room != nil {
		close(q.room)
		q.room = nil
	}
}

// head is the number of members and the first one's position.
func (q *queue[T]) head() (n int, seq uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.members) == 0 {
		return 0, 0
	}
	return len(q.members), q.members[0].seq
}

// hurry lets everybody who is in the pipeline now pass without delay.
func (q *queue[T]) hurry() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.hurriedTo = q.lastSeq
}

func (q *queue[T]) hurried(seq uint64) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return seq <= q.hurriedTo
}
