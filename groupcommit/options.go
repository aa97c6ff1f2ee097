package groupcommit

import (
	"time"

	"github.com/xadb/xadb/internal/clock"
)

// A Stage is one step of the pipeline. Stages run in this order.
type Stage int

// The stages.
const (
	Flush Stage = iota
	Sync
	Commit
	stageCount
)

// String is the stage's name in capitals.
func (s Stage) String() string {
	return [...]string{"FLUSH", "SYNC", "COMMIT"}[s]
}

// Hooks do the work of the stages, each for a whole group in order. A hook runs
// with its stage's lock held and never for two groups at once. It fails one
// member with Member.Fail, the whole group by returning an error. A nil hook
// does nothing.
type Hooks[T any] struct {
	// Flush appends the members to the log. Its error means that nothing of
	// the group reached the log; if that is not certain, it must wrap
	// ErrUnknownOutcome.
	Flush func(group []*Member[T]) error
	// Sync makes the log durable: the moment of decision.
	Sync func(group []*Member[T]) error
	// Commit applies and publishes the members.
	Commit func(group []*Member[T]) error
}

// queueMaxDefault holds every connection that a server is likely to have.
const queueMaxDefault = 16384

// Options of a Pipeline. The zero value works.
type Options struct {
	// Clock measures SyncDelay; clock.Real when nil.
	Clock clock.Clock
	// SyncDelay is how long the SYNC stage waits for more members before it
	// fetches its queue. Default 0: not at all.
	SyncDelay time.Duration
	// SyncNoDelayCount ends the delay early once as many members queue for
	// SYNC. Default 0: only time, or Hurry, ends it.
	SyncNoDelayCount int
	// QueueMax is how many members may queue for FLUSH; Run blocks while the
	// queue is full. Default 16384.
	QueueMax int
}
