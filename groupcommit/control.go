package groupcommit

import "context"

// lockFlush locks FLUSH, or returns the context's error.
func (p *Pipeline[T]) lockFlush(ctx context.Context) error {
	select {
	case p.flush <- struct{}{}: // alone in its select this is cheap
		return nil
	default:
	}
	select {
	case p.flush <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *Pipeline[T]) unlock(s Stage) {
	if s == Flush {
		<-p.flush
	} else {
		p.stage[s].Unlock()
	}
}

// WithFlush runs fn while no group is in FLUSH; groups in SYNC and COMMIT go
// on. It fails without running fn once FLUSH has stopped. A panic of fn stops
// FLUSH; its error does not.
func (p *Pipeline[T]) WithFlush(ctx context.Context, fn func() error) error {
	if err := p.lockFlush(ctx); err != nil {
		return err
	}
	defer p.unlock(Flush)
	return p.runAlone(fn)
}

// Exclusive runs fn while no group is in any stage. When it returns another
// error than the context's, all groups that were past FLUSH are finished, even
// if fn did not run because FLUSH has stopped.
func (p *Pipeline[T]) Exclusive(ctx context.Context, fn func() error) error {
	if err := p.lockFlush(ctx); err != nil {
		return err
	}
	defer p.unlock(Flush)
	p.Hurry() // nobody can join a delayed group
	select {
	case <-p.state.landed():
	case <-ctx.Done():
		return ctx.Err()
	}
	return p.runAlone(fn)
}

// runAlone runs fn. REQUIRES: FLUSH is locked.
func (p *Pipeline[T]) runAlone(fn func() error) error {
	if cause := p.state.cause(Flush); cause != nil {
		return stopError(cause, false)
	}
	returned := false
	err := errExit
	defer func() {
		if !returned {
			p.state.stop(Flush, err)
		}
	}()
	err = guard(func() error {
		err := fn()
		returned = true
		return err
	})
	return err
}

// delay waits before SYNC for more members. REQUIRES: SYNC is locked and led.
func (p *Pipeline[T]) delay() {
	p.pass(syncDelayWindow, Sync)
	if p.opts.SyncDelay <= 0 || p.delayOver() {
		return
	}
	t := p.opts.Clock.NewTimer(p.opts.SyncDelay)
	defer t.Stop()
	for !p.delayOver() {
		select {
		case <-t.C():
			return
		case <-p.nudge:
		}
	}
}

// delayOver reports whether waiting on is useless.
func (p *Pipeline[T]) delayOver() bool {
	n, seq := p.queue[Sync].head()
	enough := p.opts.SyncNoDelayCount > 0 && n >= p.opts.SyncNoDelayCount
	return enough || p.queue[Flush].hurried(seq) || p.state.cause(Sync) != nil
}

func (p *Pipeline[T]) wakeDelay() {
	select {
	case p.nudge <- struct{}{}:
	default: // it has not read the last one yet
	}
}

// Hurry makes everybody who is in the pipeline now pass SYNC without delay: call
// it when somebody waits for the lock of a queued member.
func (p *Pipeline[T]) Hurry() {
	p.queue[Flush].hurry()
	p.wakeDelay()
}

// Failed is nil, or wraps ErrStopped and the first failure.
func (p *Pipeline[T]) Failed() error {
	p.state.mu.Lock()
	defer p.state.mu.Unlock()
	if p.state.first == nil {
		return nil
	}
	return stopError(p.state.first, false)
}

// Stats returns the counts so far.
func (p *Pipeline[T]) Stats() Stats {
	n, _ := p.queue[Flush].head()
	p.state.mu.Lock()
	defer p.state.mu.Unlock()
	return Stats{Stages: p.state.stages, Queued: n, Sizes: p.state.sizes.Snapshot()}
}
