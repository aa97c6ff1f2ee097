//go:build !bugs

package bug

// Enabled says whether this build carries the seeded bugs.
const Enabled = false

// On reports whether b is switched on: never, in this build.
func On(Bug) bool { return false }
