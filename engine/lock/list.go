package lock

import (
	"slices"
	"strings"
)

// A HeldLock is one lock of an owner.
type HeldLock struct {
	Key  string
	Mode Mode
}

// Held lists the locks of owner in the order of acquisition.
func (m *Manager) Held(owner Owner) []HeldLock {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.txns[owner]
	if t == nil {
		return nil
	}
	list := make([]HeldLock, 0, len(t.held))
	for _, e := range t.held {
		list = append(list, HeldLock{e.key, e.holds(t)})
	}
	return list
}

// Waited reports whether somebody waits, or has waited, for a lock of owner.
// The answer may be stale; it is a hint not to delay owner's commit.
func (m *Manager) Waited(owner Owner) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.txns[owner]
	return t != nil && t.waited
}

// Info describes one locked key.
type Info struct {
	Key     string
	Mode    Mode    // in which it is held
	Holders []Owner // ascending
	Waiters []Owner // next to be granted first
}

// Dump lists every locked key, ascending.
func (m *Manager) Dump() []Info {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := make([]Info, 0, len(m.entries))
	for _, e := range m.entries {
		info := Info{Key: e.key}
		for _, h := range e.holders {
			info.Mode = max(info.Mode, h.mode)
			info.Holders = append(info.Holders, h.txn.id)
		}
		slices.Sort(info.Holders)
		for _, w := range e.queue {
			info.Waiters = append(info.Waiters, w.txn.id)
		}
		list = append(list, info)
	}
	slices.SortFunc(list, func(a, b Info) int { return strings.Compare(a.Key, b.Key) })
	return list
}
