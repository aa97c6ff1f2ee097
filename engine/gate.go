package engine

import "sync/atomic"

// A gate counts who is inside of the engine, so that Close can wait for them.
// Nobody waits to get in, so one may go in twice, and under any mutex.
type gate struct {
	inside atomic.Int64
	shut   atomic.Bool
	empty  chan struct{} // tells close to look again: room for one
}

func (g *gate) init() { g.empty = make(chan struct{}, 1) }

// enter reports whether the gate is open. Then exit must follow.
func (g *gate) enter() bool {
	g.inside.Add(1)
	if g.shut.Load() {
		g.exit()
		return false
	}
	return true
}

func (g *gate) exit() {
	if g.inside.Add(-1) == 0 && g.shut.Load() {
		select {
		case g.empty <- struct{}{}:
		default: // told already
		}
	}
}

// close lets nobody in any more and waits for those who are, or until given up.
func (g *gate) close(giveUp <-chan struct{}) {
	g.shut.Store(true)
	for g.inside.Load() > 0 {
		select {
		case <-g.empty:
		case <-giveUp:
			return
		}
	}
}
