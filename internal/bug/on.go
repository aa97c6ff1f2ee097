//go:build bugs

package bug

import "sync/atomic"

// Enabled says whether this build carries the seeded bugs.
const Enabled = true

var current atomic.Value // Bug

// On reports whether b is the bug that Set switched on.
func On(b Bug) bool {
	v, _ := current.Load().(Bug)
	return v == b
}

// Set switches on b alone; the empty Bug switches everything off.
func Set(b Bug) { current.Store(b) }
