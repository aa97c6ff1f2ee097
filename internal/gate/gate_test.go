package gate

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

// TestClose: whoever got in is waited for, nobody gets in behind.
func TestClose(t *testing.T) {
	for range 100 {
		var g Gate
		var inside atomic.Int64
		var users sync.WaitGroup
		entered := make(chan struct{}, 4)
		for range 4 {
			users.Go(func() {
				for first := true; g.Enter(); first = false {
					inside.Add(1)
					if first {
						entered <- struct{}{}
					}
					if !g.Enter() { // twice: the gate may be shut by now
						inside.Add(-1)
						g.Exit()
						return
					}
					g.Exit()
					runtime.Gosched()
					inside.Add(-1)
					g.Exit()
				}
			})
		}
		for range 4 {
			<-entered
		}
		if left := g.Close(nil); left != 0 || inside.Load() != 0 {
			t.Fatalf("closed over %d, who were %d", left, inside.Load())
		}
		users.Wait()
	}
}

// TestGiveUp: Close that is given up says how many are left, and the gate stays
// shut.
func TestGiveUp(t *testing.T) {
	var g Gate
	never := make(chan struct{})
	close(never)
	for range 2 {
		if !g.Enter() {
			t.Fatal("a new gate is shut")
		}
	}
	if left := g.Close(never); left != 2 {
		t.Errorf("%d are left, want 2", left)
	}
	g.Exit()
	g.Exit()
	if g.Enter() {
		t.Error("a closed gate is open")
	}
	var none Gate
	if left := none.Close(never); left != 0 {
		t.Errorf("%d are left of nobody", left)
	}
}
