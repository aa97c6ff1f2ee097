package groupcommit

import (
	"context"
	"errors"
	"runtime"
	"sync"

	"github.com/xadb/xadb/internal/bug"
	"github.com/xadb/xadb/internal/clock"
	"github.com/xadb/xadb/internal/failpoint"
	"github.com/xadb/xadb/internal/histogram"
)

// An error from a point fails the stage that is under way or comes next, as an
// error of its hook would; before the queue of FLUSH it fails that member only.
var (
	beforeEnqueueFlush  = failpoint.New("gc.before_enqueue_flush")
	flushLeaderElected  = failpoint.New("gc.flush.leader_elected")
	flushAfterFetch     = failpoint.New("gc.flush.after_fetch_queue")
	syncBeforeEnqueue   = failpoint.New("gc.sync.before_enqueue")
	syncDelayWindow     = failpoint.New("gc.sync.delay_window")
	commitBeforeEnqueue = failpoint.New("gc.commit.before_enqueue")
	commitLeaderElected = failpoint.New("gc.commit.leader_elected")
	commitBeforeSignal  = failpoint.New("gc.commit.before_signal_done")
	stageHandover       = failpoint.New("gc.stage_handover")
)

// A Pipeline runs transactions through the stages. It is safe for concurrent
// use and needs no closing: it has no goroutine of its own.
type Pipeline[T any] struct {
	opts  Options
	hooks [stageCount]func([]*Member[T]) error

	flush chan struct{} // lock of FLUSH: full while held
	stage [stageCount]sync.Mutex
	queue [stageCount]queue[T]
	nudge chan struct{} // the SYNC delay must look again
	state state
	spare sync.Pool // of members that nobody refers to any more
}

// New returns a Pipeline that calls the hooks.
func New[T any](h Hooks[T], o Options) *Pipeline[T] {
	if o.Clock == nil {
		o.Clock = clock.Real
	}
	if o.QueueMax <= 0 {
		o.QueueMax = queueMaxDefault
	}
	return &Pipeline[T]{
		opts:  o,
		hooks: [stageCount]func([]*Member[T]) error{h.Flush, h.Sync, h.Commit},
		flush: make(chan struct{}, 1),
		nudge: make(chan struct{}, 1),
		state: state{sizes: histogram.New(histogram.LowSize)},
	}
}

// Run takes txn through all stages and returns its result.
//
// While txn still waits for FLUSH, ctx can end the wait: Run returns the
// context's error and no hook has seen txn. From then on the pipeline owns its
// completion and Run returns the true result, whatever becomes of ctx. Other
// errors are those of the hooks, and ErrStopped; see also ErrUnknownOutcome.
func (p *Pipeline[T]) Run(ctx context.Context, txn T) error {
	if err := beforeEnqueueFlush.Eval(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	self := p.newMember(txn)
	leads, err := p.enter(ctx, self)
	if err != nil {
		return err
	}
	if !leads {
		sig, woken := self.wait(ctx)
		if !woken {
			if p.queue[Flush].withdraw(self) {
				return ctx.Err()
			}
			sig = <-self.wake // fetched, so nobody asks it to lead
		}
		if !sig.lead {
			p.retire(self)
			return sig.err
		}
	}
	if err := p.lockFlush(ctx); err != nil {
		p.queue[Flush].withdraw(self) // succeeds: only its leader drains a queue
		return err
	}
	err = p.lead(self)
	p.retire(self)
	return err
}

func (p *Pipeline[T]) newMember(txn T) *Member[T] {
	m, ok := p.spare.Get().(*Member[T])
	if !ok {
		m = &Member[T]{wake: make(chan signal, 1)}
	}
	m.Txn = txn
	return m
}

// retire keeps a member for another Run. Its last signal has been read, or was
// never sent because it led; so nobody but its own Run knows it any more. One
// that has withdrawn may have a signal unread and is not kept.
func (p *Pipeline[T]) retire(m *Member[T]) {
	if bug.On(bug.FollowerWokenEarly) {
		return // the pipeline still has it
	}
	var none T
	m.Txn, m.err, m.seq = none, nil, 0
	p.spare.Put(m)
}

// enter queues self for FLUSH, waiting for room if need be.
func (p *Pipeline[T]) enter(ctx context.Context, self *Member[T]) (leads bool, err error) {
	for {
		leads, full := p.queue[Flush].offer(self, p.opts.QueueMax)
		if full == nil {
			return leads, nil
		}
		select {
		case <-full:
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}

// lead takes the queue of FLUSH through the stages, until self is demoted or
// the group is finished. REQUIRES: FLUSH is locked and self leads its queue.
func (p *Pipeline[T]) lead(self *Member[T]) error {
	var s Stage
	var inHook []*Member[T]
	defer func() {
		if inHook != nil {
			p.abandon(s, inHook)
		}
	}()
	for s = Flush; ; s++ {
		if s > Flush {
			p.stage[s].Lock()
		}
		inHook = p.fetch(s)
		group := inHook
		live, dead := p.runStage(s, group)
		inHook = nil
		if len(live) == 0 || s == Commit {
			p.unlock(s)
			p.finish(s, self, dead)
			p.finish(s, self, live)
			p.queue[s].reuse(group)
			return self.err
		}
		out := self.err != nil // else it is the next leader's to know
		leads := p.handOver(s, live)
		p.finish(s, self, dead)
		p.queue[s].reuse(group)
		switch {
		case leads:
		case out:
			return self.err
		default:
			return (<-self.wake).err
		}
	}
}

// fetch empties the queue of stage s. REQUIRES: s is locked and led.
func (p *Pipeline[T]) fetch(s Stage) []*Member[T] {
	switch s {
	case Flush:
		p.pass(flushLeaderElected, Flush)
	case Sync:
		runtime.Gosched() // whoever is about to commit gets there first
		p.delay()
	case Commit:
		p.pass(commitLeaderElected, Commit)
	}
	group := p.queue[s].drain()
	if s == Flush {
		p.pass(flushAfterFetch, Flush)
	}
	return group
}

// pass evaluates a point; its error or panic stops the stages up to s.
func (p *Pipeline[T]) pass(point *failpoint.Point, s Stage) {
	if err := guard(point.Eval); err != nil {
		p.state.stop(s, err)
	}
}

// runStage runs the hook of s, unless s has stopped, and parts those whom it
// left alive from those who failed. REQUIRES: s is locked.
func (p *Pipeline[T]) runStage(s Stage, group []*Member[T]) (live, dead []*Member[T]) {
	unknown := s > Flush // the group is in the log, or may be
	cause := p.state.enter(s, len(group))
	if cause == nil {
		// Another stage may stop this one while the hook runs. That is not
		// this group's failure: it learns of it in the next stage, where it is
		// known that the group has been in the log.
		if err := p.callHook(s, group); err != nil {
			unknown = unknown || errors.Is(err, ErrUnknownOutcome)
			cause = p.state.stop(s, err)
		}
	}
	if cause != nil {
		told := group
		if bug.On(bug.LeaderErrorSwallowed) {
			told = group[:1]
		}
		for _, m := range told {
			m.Fail(stopError(cause, unknown))
		}
	}
	return split(group)
}

func (p *Pipeline[T]) callHook(s Stage, group []*Member[T]) error {
	return guard(func() error {
		if hook := p.hooks[s]; hook != nil {
			if err := hook(group); err != nil {
				return err
			}
		}
		if s == Commit {
			return commitBeforeSignal.Eval()
		}
		return nil
	})
}

func split[T any](group []*Member[T]) (live, dead []*Member[T]) {
	failed := 0
	for _, m := range group {
		if m.err != nil {
			failed++
		}
	}
	if failed == 0 {
		return group, nil
	}
	for _, m := range group {
		if m.err == nil {
			live = append(live, m)
		} else {
			dead = append(dead, m)
		}
	}
	return live, dead
}

// handOver appends group to the queue of the stage after s, then unlocks s
// (G1), and reports whether the caller leads on.
func (p *Pipeline[T]) handOver(s Stage, group []*Member[T]) (leads bool) {
	next := s + 1
	if next == Sync {
		p.state.fly(len(group))
		p.pass(syncBeforeEnqueue, Sync)
	} else {
		p.pass(commitBeforeEnqueue, Commit)
	}
	if next == Sync && bug.On(bug.FollowerWokenEarly) {
		for _, m := range group[1:] {
			m.finish()
		}
	}
	leads = p.queue[next].push(group)
	p.pass(stageHandover, next)
	p.unlock(s)
	if next == Sync && p.opts.SyncDelay > 0 {
		p.wakeDelay()
	}
	return leads
}

// finish wakes the members of a group that ends in stage s, which is unlocked;
// all but self, which is awake.
func (p *Pipeline[T]) finish(s Stage, self *Member[T], members []*Member[T]) {
	if s > Flush && len(members) > 0 {
		p.state.fly(-len(members))
	}
	for _, m := range members {
		if m != self {
			m.finish()
		}
	}
}

// abandon finishes the group whose hook ended the goroutine (G7): testing's
// FailNow and a parked Fatalf do that.
func (p *Pipeline[T]) abandon(s Stage, group []*Member[T]) {
	p.state.stop(s, errExit)
	for _, m := range group {
		m.Fail(stopError(errExit, true))
	}
	p.unlock(s)
	p.finish(s, nil, group)
}
