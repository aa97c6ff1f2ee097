//go:build !race

package server

// raceMemory: see race_on_test.go.
const raceMemory = 1
