package lock

import (
	"context"
	"fmt"
	"time"
)

// keyTextMax is how many bytes of a key an error message shows.
const keyTextMax = 64

// Acquire grants key to owner in mode, waiting for it up to timeout: zero means
// not at all, negative without limit. What the owner has already is not taken
// twice, and Shared becomes Exclusive when that is asked for.
//
// The error wraps ErrTimeout, ErrDeadlock, ErrReleased, ErrPrepared, the
// context's error or the cause given to Stop; the owner then holds what it held before.
func (m *Manager) Acquire(ctx context.Context, owner Owner, key string, mode Mode, timeout time.Duration) error {
	if !mode.valid() {
		return acquireError(owner, key, mode, ErrMode)
	}
	if err := ctx.Err(); err != nil {
		return acquireError(owner, key, mode, err)
	}
	w, blockers, err := m.request(owner, key, mode, timeout)
	if w != nil {
		for _, b := range blockers {
			m.opts.OnWait(b)
		}
		err = m.await(ctx, w, timeout)
	}
	if err != nil {
		return acquireError(owner, key, mode, err)
	}
	return nil
}

// request grants at once (nil, nil, nil), refuses, or returns a waiter and the
// holders to report to OnWait.
func (m *Manager) request(owner Owner, key string, mode Mode, timeout time.Duration) (*waiter, []Owner, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, e := m.txnLocked(owner), m.entryLocked(key)
	held := e.holds(t)
	// A holder does not stand in the queue behind those who wait for it.
	if held >= mode || (held != 0 || len(e.queue) == 0) && e.free(t, mode) {
		e.grant(t, mode)
		if len(e.queue) > 0 {
			t.waited = true
		}
		return nil, nil, nil
	}
	err := t.mayWait(timeout)
	if m.stopped != nil {
		err = m.stopped
	}
	if err != nil {
		m.forgetLocked(t)
		return nil, nil, err
	}
	w := e.enqueueLocked(t, mode)
	m.breakCyclesLocked(w)
	var blockers []Owner
	if t.wait == w && m.opts.OnWait != nil {
		for _, h := range e.holders {
			if h.txn != t && conflicts(h.mode, mode) {
				blockers = append(blockers, h.txn.id)
			}
		}
	}
	return w, blockers, nil
}

// mayWait is nil if t may stand in a queue.
func (t *txn) mayWait(timeout time.Duration) error {
	switch {
	case t.prepared:
		return ErrPrepared
	case t.wait != nil:
		return ErrOwnerWaits
	case timeout == 0:
		return ErrTimeout
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
	m.mu.Lock()
	if w.txn.wait == w {
		m.settleLocked(w, reason)
		m.promoteLocked(w.entry)
	}
	m.mu.Unlock()
	// Granted or refused in the meantime: that outcome stands.
	return <-w.done
}

// Restore grants key to owner without waiting: recovery gives prepared
// branches their locks back before any client is let in. The error wraps
// ErrConflict.
func (m *Manager) Restore(owner Owner, key string, mode Mode) error {
	if !mode.valid() {
		return fmt.Errorf("lock: restoring %s for %d: %w", keyText(key), owner, ErrMode)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	t, e := m.txnLocked(owner), m.entryLocked(key)
	if !e.free(t, mode) {
		m.forgetLocked(t)
		return fmt.Errorf("lock: restoring %s %s for %d: %w", mode, keyText(key), owner, ErrConflict)
	}
	e.grant(t, mode)
	return nil
}

func acquireError(owner Owner, key string, mode Mode, err error) error {
	return fmt.Errorf("lock: acquiring %s %s for %d: %w", mode, keyText(key), owner, err)
}

func keyText(key string) string {
	if len(key) > keyTextMax {
		return fmt.Sprintf("%q…", key[:keyTextMax])
	}
	return fmt.Sprintf("%q", key)
}
