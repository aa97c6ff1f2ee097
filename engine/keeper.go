package engine

import (
	"time"
)

// A keeper does what time alone calls for: it asks for a checkpoint, lets go of
// old views, and says which branches have been prepared for long.
type keeper struct {
	end  chan struct{}
	gone chan struct{}
}

func (k *keeper) start(e *Engine) {
	period := e.keeperPeriod()
	if period == 0 {
		return
	}
	k.end, k.gone = make(chan struct{}), make(chan struct{})
	timer, last := e.opts.Clock.NewTimer(period), e.opts.Clock.Now()
	go func() {
		defer close(k.gone)
		for {
			select {
			case <-k.end:
				timer.Stop()
				return
			case <-timer.C():
			}
			timer = e.opts.Clock.NewTimer(period)
			now := e.opts.Clock.Now()
			e.expireViews(now)
			e.noteOld(now)
			if i := e.opts.CheckpointInterval; i > 0 && now.Sub(last) >= i {
				last = now
				e.ckpt.timed(e)
			}
		}
	}()
}

// keeperPeriod is how often the keeper looks: as often as the shortest of its
// limits. 0 is never.
func (e *Engine) keeperPeriod() (period time.Duration) {
	for _, d := range []time.Duration{e.opts.CheckpointInterval, e.opts.ViewAgeMax, e.opts.PreparedAgeMax} {
		if d > 0 && (period == 0 || d < period) {
			period = d
		}
	}
	return period
}

func (k *keeper) stop() {
	if k.end != nil {
		close(k.end)
		<-k.gone
	}
}

// noteOld tells of each branch once per multiple of PreparedAgeMax.
func (e *Engine) noteOld(now time.Time) {
	limit := e.opts.PreparedAgeMax
	if limit < 0 {
		return
	}
	var old []PreparedOldInfo
	e.mu.Lock()
	for _, t := range e.preparedLocked(func(t *Txn) bool { return t.published && t.flags&flagExternal != 0 }) {
		age := t.preparedFor(now)
		if n := int64(age / limit); n > t.noted {
			t.noted = n
			old = append(old, PreparedOldInfo{XID: *t.xid, Age: age})
		}
	}
	e.mu.Unlock()
	for _, o := range old {
		e.opts.Logger.Warn("engine: a branch has been prepared for long; its transaction manager should decide it",
			"xid", o.XID.String(), "age", o.Age)
		tell(&e.events, e.opts.Events.PreparedOld, o)
	}
}

// preparedFor is how long the transaction has been prepared, to the second.
func (t *Txn) preparedFor(now time.Time) time.Duration {
	return max(0, now.Sub(time.Unix(int64(t.preparedAt), 0)))
}

// timed asks for a checkpoint if it would gain anything: the log has grown, or
// keeps what could go. An idle store stays as it is.
func (c *checkpointer) timed(e *Engine) {
	if e.opts.ManualCheckpoint {
		return
	}
	e.mu.Lock()
	pinned := len(e.mu.logged)+len(e.mu.unflushed) > 0
	e.mu.Unlock()
	if pinned || uint64(e.log.End()) != c.done.Load() {
		c.signal(c.tick)
	}
}
