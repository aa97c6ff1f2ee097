//go:build race

package server

// raceMemory is how much more memory the race detector's own records may take.
const raceMemory = 2
