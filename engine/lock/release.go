package lock

import "slices"

// ReleaseAll gives up every lock of the owner. It may then be used again.
func (o *Owner) ReleaseAll() {
	o.release(func(*entry) bool { return true })
	o.releaseRanges(func(Lock) bool { return true })
	o.prepared.Store(false)
}

// ReleaseExcept gives up the locks for which keep is false: at PREPARE a branch
// keeps only what its outcome needs (C15). keep runs under no mutex.
func (o *Owner) ReleaseExcept(keep func(Lock) bool) {
	o.release(func(e *entry) bool { return !keep(Lock{e.place().target(), o.modeOf(e)}) })
	o.releaseRanges(func(l Lock) bool { return !keep(l) })
}

// release gives up the points that go.
func (o *Owner) release(goes func(*entry) bool) {
	var slow []*entry
	kept := o.held[:0]
	for _, e := range o.held {
		if !goes(e) {
			kept = append(kept, e)
			continue
		}
		o.find(e.space).points--
		if !o.dropFast(e) {
			slow = append(slow, e)
		}
	}
	clear(o.held[len(kept):])
	o.held = kept
	if len(slow) > 0 {
		o.m.dropSlow(o, slow)
	}
}

// dropFast gives up a point that nobody waits for, in a space without ranges.
func (o *Owner) dropFast(e *entry) bool {
	s := o.m.stripe(e.hash)
	s.mu.Lock()
	defer s.mu.Unlock()
	if o.m.watched(e.space) || len(e.queue) > 0 {
		return false
	}
	e.drop(o)
	if len(e.holders) == 0 {
		s.unlink(e)
	}
	return true
}

// dropSlow gives up points and grants them to others. Who waits in a region is
// looked at once, at the end.
func (m *Manager) dropSlow(o *Owner, points []*entry) {
	m.graph.Lock()
	defer m.graph.Unlock()
	var touched []*region
	for _, e := range points {
		if r := m.regions[e.space]; r != nil && !slices.Contains(touched, r) {
			touched = append(touched, r)
		}
		s := m.stripe(e.hash)
		s.mu.Lock()
		e.drop(o)
		m.promote(s, e)
		s.mu.Unlock()
	}
	for _, r := range touched {
		m.promoteRegion(r)
	}
}

// releaseRanges gives up the ranges that go.
func (o *Owner) releaseRanges(goes func(Lock) bool) {
	for i := range o.uses {
		u := &o.uses[i]
		if u.spans == nil {
			continue
		}
		kept := ownSpans{owner: o, space: u.space}
		for _, l := range u.spans.list(nil) {
			switch p := l.Target.place(o, l.Mode); {
			case goes(l):
			case l.Mode == Exclusive:
				kept.x = append(kept.x, p.span)
			default:
				kept.s = append(kept.s, p.span)
			}
		}
		o.m.keepRanges(u, kept)
	}
}

// keepRanges leaves u's owner only these of its ranges.
func (m *Manager) keepRanges(u *use, kept ownSpans) {
	m.graph.Lock()
	defer m.graph.Unlock()
	r := m.regions[u.space]
	*u.spans = kept
	if len(kept.s)+len(kept.x) == 0 {
		r.drop(u.spans)
		u.spans = nil
	}
	m.promoteRegion(r)
}
