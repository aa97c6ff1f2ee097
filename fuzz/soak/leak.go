package soak

import (
	"fmt"
	"os"
	"runtime"
	"time"
)

// usage is what the process holds while no store is open.
type usage struct {
	goroutines, files int
	heap              uint64
}

const (
	// settleMax is how long goroutines and descriptors may take to go.
	settleMax = 20 * time.Second
	// warmup is how many lives come before the usage that later ones are compared
	// with: pools and caches fill up.
	warmup = 3
	// heapSlack is how many bytes of heap more than that count as no leak.
	heapSlack = 48 << 20
)

func measure() (usage, error) {
	runtime.GC()
	runtime.GC() // what the first one finalised
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return usage{}, fmt.Errorf("soak: counting descriptors: %w", err)
	}
	return usage{runtime.NumGoroutine(), len(list), m.HeapAlloc}, nil
}

// exceeds says in what u is more than before, or nothing.
func (u usage) exceeds(before usage) string {
	switch {
	case u.goroutines > before.goroutines:
		return fmt.Sprintf("%d goroutines, %d before", u.goroutines, before.goroutines)
	case u.files > before.files:
		return fmt.Sprintf("%d descriptors, %d before", u.files, before.files)
	case u.heap > before.heap+heapSlack:
		return fmt.Sprintf("%d bytes of heap, %d before", u.heap, before.heap)
	}
	return ""
}

// settled measures until nothing exceeds what was before, or for settleMax.
func settled(before usage) (u usage, leak string, err error) {
	for end := time.Now().Add(settleMax); ; {
		if u, err = measure(); err != nil {
			return u, "", err
		}
		if leak = u.exceeds(before); leak == "" || time.Now().After(end) {
			return u, leak, nil
		}
		timer := time.NewTimer(50 * time.Millisecond)
		<-timer.C
	}
}

// stacks are those of all goroutines, for a report.
func stacks() string {
	buf := make([]byte, 1<<20)
	return string(buf[:runtime.Stack(buf, true)])
}
