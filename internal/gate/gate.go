// Package gate counts who is inside of something, so that whoever closes it can
// wait for them.
//
// Nobody waits to get in, so one may go in twice, and under any mutex. To enter
// and to leave costs one atomic addition each: every read of a store does it.
package gate

import "sync/atomic"

// A Gate is open as its zero value. It must not be copied.
type Gate struct {
	state atomic.Int64  // how many are inside, and shut
	empty chan struct{} // tells Close to look again: room for one. Made by Close
}

// shut is set in Gate.state by Close.
const shut = 1 << 62

// Enter reports whether the gate is open. Then Exit must follow.
func (g *Gate) Enter() bool {
	if g.state.Add(1)&shut == 0 {
		return true
	}
	g.Exit()
	return false
}

// Exit ends what Enter began.
func (g *Gate) Exit() {
	if g.state.Add(-1) == shut {
		select {
		case g.empty <- struct{}{}:
		default: // told already
		}
	}
}

// Shut reports whether Close was called.
func (g *Gate) Shut() bool { return g.state.Load()&shut != 0 }

// Close lets nobody in any more and waits for those who are, or until given up.
// It returns how many are left. REQUIRES: it is called once.
func (g *Gate) Close(giveUp <-chan struct{}) (inside int64) {
	g.empty = make(chan struct{}, 1)
	for n := g.state.Add(shut); n > shut; n = g.state.Load() {
		select {
		case <-g.empty:
		case <-giveUp:
			return g.state.Load() &^ shut
		}
	}
	return 0
}
