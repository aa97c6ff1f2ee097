package lock

import (
	"context"
	"errors"
	"testing"
)

// TestStop: those who wait hear the cause, as do those who would; locks are
// still granted where nobody stands against it, and released.
func TestStop(t *testing.T) {
	b := newBench(t)
	m := b.m
	cause := errors.New("the end")
	ctx := context.Background()
	for owner := uint64(1); owner <= 2; owner++ {
		if err := b.o(owner).Acquire(ctx, row("k"), Shared, 0); err != nil {
			t.Fatal(err)
		}
	}
	got := make(chan error, 3)
	for owner := uint64(2); owner <= 4; owner++ { // an upgrade and two newcomers
		o := b.o(owner)
		go func() { got <- o.Acquire(ctx, row("k"), Exclusive, -1) }()
	}
	for waiting := 0; waiting < 3; {
		_, waits := m.Dump()
		waiting = len(waits)
	}
	m.Stop(cause)
	m.Stop(errors.New("again"))
	for range 3 {
		if err := <-got; !errors.Is(err, cause) {
			t.Errorf("a waiter hears %v", err)
		}
	}
	if err := b.o(5).Acquire(ctx, row("k"), Exclusive, -1); !errors.Is(err, cause) {
		t.Errorf("a late request hears %v", err)
	}
	if err := b.o(5).Acquire(ctx, row("other"), Exclusive, 0); err != nil {
		t.Error(err)
	}
	b.clean(1, 2, 3, 4, 5)
}
