package auth

import (
	"sync"
	"time"
)

// Limits of guessing.
const (
	freeFailures = 3 // that cost no time
	delayFirst   = 200 * time.Millisecond
	delayMax     = 5 * time.Second
	waitMax      = 8 * time.Second // who would have to wait longer is refused
	dampedMax    = 4096            // pairs of address and user remembered
	forgetAfter  = 15 * time.Minute
)

// A Damper slows down logins after failures, for each address and user. The
// attempts of a pair wait one behind the other, so that many connections guess
// no faster than one. The zero value is ready.
type Damper struct {
	mu    sync.Mutex
	pairs map[pair]*failures
}

type pair struct{ host, user string }

type failures struct {
	count int
	next  time.Time // when the next attempt may be made
}

// Wait is how long an attempt must wait; false: it is not to be made at all.
func (d *Damper) Wait(host, user string, now time.Time) (time.Duration, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f := d.pairs[pair{host, user}]
	if f == nil || f.count < freeFailures {
		return 0, true
	}
	wait := max(f.next.Sub(now), 0)
	if wait > waitMax {
		return 0, false
	}
	f.next = now.Add(wait + f.delay())
	return wait, true
}

// delay doubles with each failure beyond the free ones.
func (f *failures) delay() time.Duration {
	d := delayFirst
	for n := freeFailures; n < f.count && d < delayMax; n++ {
		d *= 2
	}
	return min(d, delayMax)
}

// Done notes how an attempt went.
func (d *Damper) Done(host, user string, ok bool, now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	key := pair{host, user}
	if ok {
		delete(d.pairs, key)
		return
	}
	f := d.pairs[key]
	if f == nil {
		d.makeRoom(now)
		f = &failures{}
		d.pairs[key] = f
	}
	f.count++
	if f.count >= freeFailures && f.next.Before(now.Add(f.delay())) {
		f.next = now.Add(f.delay())
	}
}

// makeRoom forgets what is old; if everything is young, any one (A5).
func (d *Damper) makeRoom(now time.Time) {
	if d.pairs == nil {
		d.pairs = map[pair]*failures{}
	}
	if len(d.pairs) < dampedMax {
		return
	}
	for key, f := range d.pairs {
		if now.Sub(f.next) > forgetAfter {
			delete(d.pairs, key)
		}
	}
	for key := range d.pairs {
		if len(d.pairs) < dampedMax {
			break
		}
		delete(d.pairs, key)
	}
}
