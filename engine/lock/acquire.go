package lock

import (
	"context"
	"fmt"
	"time"
)

// Acquire grants t to the owner in mode, waiting for it up to timeout: zero
// means not at all, negative without limit. What the owner has already is not
// taken twice, and Shared becomes Exclusive when that is asked for. The keys in
// t must not change until Acquire returns.
//
// The error wraps ErrTimeout, ErrNoWait, ErrDeadlock, ErrPrepared, the context's
// error or the cause given to Stop; the owner then holds what it held before,
// and the row if it was one too many for its table.
func (o *Owner) Acquire(ctx context.Context, t Target, mode Mode, timeout time.Duration) error {
	p := t.place(o, mode)
	err := o.acquire(ctx, p, mode, timeout)
	if err == nil && o.crowded(p) {
		err = o.escalate(ctx, p.space, timeout)
	}
	if err != nil {
		return fmt.Errorf("lock: acquiring %s for %d: %w", Lock{t, mode}, o.id, err)
	}
	return nil
}

// TryAcquire is Acquire without waiting: it reports whether the owner has the
// lock, for those who would rather have another.
func (o *Owner) TryAcquire(t Target, mode Mode) bool {
	p := t.place(o, mode)
	err := o.acquire(context.Background(), p, mode, 0)
	if err == nil && o.crowded(p) {
		err = o.escalate(context.Background(), p.space, 0)
	}
	return err == nil
}

func (o *Owner) acquire(ctx context.Context, p place, mode Mode, timeout time.Duration) error {
	if !mode.valid() {
		return ErrMode
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if o.has(p, mode) || !p.point && p.empty() || p.point && o.fast(p, mode) {
		return nil
	}
	w, told, err := o.m.request(o, p, mode, timeout)
	for _, holder := range told {
		o.m.opts.OnWait(holder)
	}
	if w != nil {
		err = o.m.await(ctx, w, timeout)
	}
	if err == nil && !p.point {
		o.dropPoints(p, mode)
	}
	return err
}

// fast grants a point that nobody waits for, in a space without ranges.
func (o *Owner) fast(p place, mode Mode) bool {
	hash := o.m.hash(p)
	s := o.m.stripe(hash)
	s.mu.Lock()
	defer s.mu.Unlock()
	if o.m.watched(p.space) {
		return false
	}
	e := s.find(hash, p)
	switch {
	case e == nil:
		e = s.link(hash, p)
	case len(e.queue) > 0 || !e.free(o, mode):
		return false
	}
	e.grant(o, mode)
	return true
}

// request grants at once (nil, nil, nil), refuses, or returns a waiter and the
// holders to report to OnWait.
func (m *Manager) request(o *Owner, p place, mode Mode, timeout time.Duration) (*waiter, []uint64, error) {
	m.graph.Lock()
	defer m.graph.Unlock()
	w := &waiter{place: p, owner: o, mode: mode}
	granted, err := m.admit(w, func() (bool, error) {
		if w.entry != nil && w.entry.holds(o) >= mode || !m.blocked(w) {
			return true, nil
		}
		return false, m.mayWait(o, timeout)
	})
	if granted || err != nil {
		return nil, nil, err
	}
	var told []uint64
	for h := range m.holding(w) {
		h.waited.Store(true)
		told = append(told, h.id)
	}
	m.breakCycles(w)
	if o.wait != w || m.opts.OnWait == nil {
		told = nil
	}
	return w, told, nil
}

// admit finds out where w stands, lets decide say whether it is granted,
// refused or must wait, and does that. REQUIRES: graph.
func (m *Manager) admit(w *waiter, decide func() (granted bool, err error)) (granted bool, err error) {
	m.arrived++
	w.arrival = m.arrived
	if !w.point {
		w.region = m.openRegion(w.space)
		granted, err = m.decided(w, decide)
		m.closeIfIdle(w.region)
		return granted, err
	}
	w.region = m.regions[w.space]
	hash := m.hash(w.place)
	s := m.stripe(hash)
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.find(hash, w.place)
	if e == nil {
		e = s.link(hash, w.place)
		if w.region != nil {
			w.region.points.ReplaceOrInsert(e.key, e)
		}
	}
	w.entry, w.start, w.upgrade = e, e.key, e.holds(w.owner) != 0
	granted, err = m.decided(w, decide)
	m.promote(s, e)
	return granted, err
}

func (m *Manager) decided(w *waiter, decide func() (bool, error)) (granted bool, err error) {
	granted, err = decide()
	switch {
	case granted:
		w.take()
		if w.entry != nil && len(w.entry.queue) > 0 || w.region != nil && w.region.waits > 0 {
			w.owner.waited.Store(true)
		}
	case err == nil:
		m.enqueue(w)
	}
	return granted, err
}

// mayWait is nil if o may begin to wait.
func (m *Manager) mayWait(o *Owner, timeout time.Duration) error {
	switch {
	case m.stopped != nil:
		return m.stopped
	case o.prepared.Load():
		return ErrPrepared
	case timeout == 0:
		return ErrNoWait
	}
	return nil
}

// await sleeps until w is settled, or withdraws it.
func (m *Manager) await(ctx context.Context, w *waiter, timeout time.Duration) error {
	var fired <-chan time.Time
	if timeout > 0 {
		t := m.opts.Clock.NewTimer(timeout)
		defer t.Stop()
		fired = t.C()
	}
	var reason error
	select {
	case err := <-w.done:
		return err
	case <-fired:
		reason = ErrTimeout
	case <-ctx.Done():
		reason = ctx.Err()
	}
	m.graph.Lock()
	if w.owner.wait == w {
		m.leave(w, reason)
	}
	m.graph.Unlock()
	// Granted or refused in the meantime: that outcome stands.
	return <-w.done
}

// Restore grants t without waiting, ahead of all who wait: recovery gives
// prepared branches their locks back before any client is let in. The error
// wraps ErrConflict.
func (o *Owner) Restore(t Target, mode Mode) error {
	err := o.restore(t.place(o, mode), mode)
	if err != nil {
		return fmt.Errorf("lock: restoring %s for %d: %w", Lock{t, mode}, o.id, err)
	}
	return nil
}

func (o *Owner) restore(p place, mode Mode) error {
	switch {
	case !mode.valid():
		return ErrMode
	case o.has(p, mode) || !p.point && p.empty():
		return nil
	}
	m := o.m
	m.graph.Lock()
	defer m.graph.Unlock()
	w := &waiter{place: p, owner: o, mode: mode}
	_, err := m.admit(w, func() (bool, error) {
		for range m.holding(w) {
			return false, ErrConflict
		}
		return true, nil
	})
	return err
}
