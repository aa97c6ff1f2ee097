package lock

import (
	"context"
	"fmt"
	"time"
)

// crowded reports whether o has too many single rows in the space of p.
func (o *Owner) crowded(p place) bool {
	if !p.point || p.space&tablesBit != 0 {
		return false
	}
	u := o.find(p.space)
	return u != nil && u.points > o.m.opts.RowsMax
}

// escalate exchanges o's rows of one table for all of its rows, in the
// strongest mode that it had (C10).
func (o *Owner) escalate(ctx context.Context, sp space, timeout time.Duration) error {
	mode := Shared
	for _, e := range o.held {
		if e.space == sp {
			mode = max(mode, o.modeOf(e))
		}
	}
	if err := o.acquire(ctx, place{space: sp}, mode, timeout); err != nil {
		return fmt.Errorf("all rows, for more than %d are held: %w", o.m.opts.RowsMax, err)
	}
	return nil
}

// dropPoints gives up the points that o's new range p includes.
func (o *Owner) dropPoints(p place, mode Mode) {
	if u := o.find(p.space); u.points == 0 {
		return
	}
	o.release(func(e *entry) bool {
		return e.space == p.space && p.has(e.key) && o.modeOf(e) <= mode
	})
}

// modeOf is the mode in which o holds e.
func (o *Owner) modeOf(e *entry) Mode {
	s := o.m.stripe(e.hash)
	s.mu.Lock()
	defer s.mu.Unlock()
	return e.holds(o)
}
