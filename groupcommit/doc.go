// Package groupcommit takes committing transactions through FLUSH, SYNC and
// COMMIT, one group at a time per stage, several groups at once in different
// stages. It knows nothing of what the stages write: the hooks do.
//
//	Run ──► queue ─► FLUSH ──► queue ─► SYNC ──► queue ─► COMMIT ──► Run returns
//	        leader   hook      leader   hook     leader   hook
//
// Whoever finds a queue empty leads: it takes the stage's lock, fetches all
// that have queued up meanwhile, runs the hook for them and appends them as one
// chain to the next queue. If that was not empty, it is demoted and sleeps like
// its followers; the leader of that queue then owns the whole chain. The scheme
// is that of MySQL's ordered_commit.
//
// The leader of SYNC lets others run before it fetches: where processors are
// scarce, those who are about to commit join the group, which costs nothing
// where they are not.
//
// # Invariants
//
//   - G1 (order): if a is before b in FLUSH, a is before b in every stage. A
//     leader queues its group for the next stage before it gives up the lock
//     of this one, so no later group can overtake it.
//   - G2 (one at a time): a stage's hook runs only under that stage's lock.
//   - G3 (no orphan): a non-empty queue has exactly one leader on its way: the
//     goroutine of its first member. Only that goroutine drains it; if it
//     withdraws, the next member is woken to lead.
//   - G4 (fail stop): after a failure in stage s no hook of a stage ≤ s runs
//     again. A log that failed to sync may not be trusted to sync later.
//   - G5 (true outcome): a group past SYNC is decided. It goes through COMMIT
//     whatever happens to later groups in FLUSH and SYNC. Only a failure in
//     COMMIT itself keeps it out, for groups may not be applied over a gap.
//   - G6 (honest error): an error of Run wraps ErrUnknownOutcome unless
//     nothing of the member can be in the log, or a hook gave the member an
//     error of its own.
//   - G7 (nobody hangs): a hook that fails, panics or ends its goroutine
//     releases its stage, and every member gets an answer.
//
// # Locks
//
//	stage[Flush] > stage[Sync] > stage[Commit]   never two of these at once
//	stage[s] > queue.mu, state.mu
//
// The queues' mutexes and state.mu are leaves: nothing blocks while one is held.
// Only the lock of FLUSH is waited for under a context; the others are held by
// leaders, who finish.
//
// # Ownership
//
// A Member passes to the leader when it is pushed and back when it is woken for
// the last time. Both are happens-before edges, so a Member needs no lock. A
// hook may neither keep nor change the slice it is given, nor keep a Member:
// both are used again.
//
// # Bounds
//
// The queue of FLUSH is bounded by Options.QueueMax; the queues of SYNC and
// COMMIT hold members whose Run has not returned, at most one per goroutine.
package groupcommit
