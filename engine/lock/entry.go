package lock

import "slices"

// An entry is one locked key.
type entry struct {
	key     string
	holders []holder
	queue   []*waiter // upgrades first, then in order of arrival (K2)
}

// A holder is a txn to which a key was granted.
type holder struct {
	txn  *txn
	mode Mode
}

// A waiter is a request that could not be granted at once.
type waiter struct {
	txn     *txn
	entry   *entry
	mode    Mode
	upgrade bool       // the txn holds the key as Shared already
	done    chan error // one value, sent under the mutex: granted or why not

	parent  *waiter // who was found waiting for this one, in the running search
	covered uint64  // the search that needs not look at its blockers any more
}

func (m *Manager) entryLocked(key string) *entry {
	e := m.entries[key]
	if e == nil {
		e = &entry{key: key}
		m.entries[key] = e
	}
	return e
}

// holds is the mode in which t has the key, or zero.
func (e *entry) holds(t *txn) Mode {
	for i := range e.holders {
		if e.holders[i].txn == t {
			return e.holders[i].mode
		}
	}
	return 0
}

// free reports whether no other holder stands against mode for t.
func (e *entry) free(t *txn, mode Mode) bool {
	for i := range e.holders {
		if h := &e.holders[i]; h.txn != t && conflicts(h.mode, mode) {
			return false
		}
	}
	return true
}

// grant makes t a holder, or raises its mode. REQUIRES: e.free(t, mode).
func (e *entry) grant(t *txn, mode Mode) {
	for i := range e.holders {
		if h := &e.holders[i]; h.txn == t {
			h.mode = max(h.mode, mode)
			return
		}
	}
	e.holders = append(e.holders, holder{t, mode})
	t.held = append(t.held, e)
}

// drop removes t from the holders only; the caller removes e from t.held.
func (e *entry) drop(t *txn) {
	for i := range e.holders {
		if e.holders[i].txn == t {
			last := len(e.holders) - 1
			e.holders[i] = e.holders[last]
			e.holders[last] = holder{}
			e.holders = e.holders[:last]
			return
		}
	}
}

// enqueueLocked queues a request of t, an upgrade before all that are none.
func (e *entry) enqueueLocked(t *txn, mode Mode) *waiter {
	w := &waiter{txn: t, entry: e, mode: mode, upgrade: e.holds(t) != 0, done: make(chan error, 1)}
	at := len(e.queue)
	if w.upgrade {
		at = 0
		for at < len(e.queue) && e.queue[at].upgrade {
			at++
		}
	}
	e.queue = slices.Insert(e.queue, at, w)
	t.wait = w
	e.markWaitedLocked()
	return w
}

// markWaitedLocked notes at every holder that somebody waits.
func (e *entry) markWaitedLocked() {
	for i := range e.holders {
		e.holders[i].txn.waited = true
	}
}

// settleLocked takes w out of its queue and tells it the outcome.
func (m *Manager) settleLocked(w *waiter, outcome error) {
	e := w.entry
	at := slices.Index(e.queue, w)
	e.queue = slices.Delete(e.queue, at, at+1)
	w.txn.wait = nil
	if outcome != nil {
		m.forgetLocked(w.txn)
	}
	w.done <- outcome
}

// promoteLocked grants what can be granted now (K3) and drops e when nobody
// needs it any more (K6). Call it after every removal from e.
func (m *Manager) promoteLocked(e *entry) {
	for len(e.queue) > 0 {
		w := e.queue[0]
		if !e.free(w.txn, w.mode) {
			e.markWaitedLocked()
			return
		}
		e.grant(w.txn, w.mode)
		m.settleLocked(w, nil)
	}
	if len(e.holders) == 0 {
		delete(m.entries, e.key)
	}
}
