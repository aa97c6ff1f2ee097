package lock

import "slices"

// ReleaseAll gives up every lock of owner and forgets it. An Acquire of owner
// that still waits returns ErrReleased.
func (m *Manager) ReleaseAll(owner Owner) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.txns[owner]
	if t == nil {
		return
	}
	if w := t.wait; w != nil {
		m.settleLocked(w, ErrReleased)
		m.promoteLocked(w.entry)
	}
	for _, e := range t.held {
		e.drop(t)
		m.promoteLocked(e)
	}
	t.held, t.prepared = nil, false
	m.forgetLocked(t)
}

// Release gives up these keys of owner, whatever their mode and however often
// they were acquired. A key that owner does not hold is passed over.
func (m *Manager) Release(owner Owner, keys ...string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.txns[owner]
	if t == nil {
		return
	}
	for _, key := range keys {
		e := m.entries[key]
		if e == nil || e.holds(t) == 0 {
			continue
		}
		// From the end: what is released singly was mostly taken just now.
		for i := len(t.held) - 1; i >= 0; i-- {
			if t.held[i] == e {
				t.held = slices.Delete(t.held, i, i+1)
				break
			}
		}
		e.drop(t)
		m.promoteLocked(e)
	}
	m.forgetLocked(t)
}

// ReleaseExcept gives up the locks of owner for which keep is false: at PREPARE
// a branch keeps only what its outcome needs (C15). keep runs outside the
// mutex.
func (m *Manager) ReleaseExcept(owner Owner, keep func(key string, mode Mode) bool) {
	var drop []string
	for _, h := range m.Held(owner) {
		if !keep(h.Key, h.Mode) {
			drop = append(drop, h.Key)
		}
	}
	// In the reverse order of acquisition, which Release finds at once.
	slices.Reverse(drop)
	m.Release(owner, drop...)
}

// SetPrepared marks owner as prepared until ReleaseAll: it keeps its locks and
// never waits again (K5). An Acquire of owner that still waits returns
// ErrPrepared.
func (m *Manager) SetPrepared(owner Owner) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.txnLocked(owner)
	t.prepared = true
	if w := t.wait; w != nil {
		m.settleLocked(w, ErrPrepared)
		m.promoteLocked(w.entry)
	}
}
