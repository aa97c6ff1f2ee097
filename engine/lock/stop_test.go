package lock

import (
	"context"
	"errors"
	"testing"
)

// TestStop: those who wait hear the cause, as do those who would; locks are
// still granted where nobody stands against it, and released.
func TestStop(t *testing.T) {
	m := NewManager(Options{})
	cause := errors.New("the end")
	ctx := context.Background()
	for owner := Owner(1); owner <= 2; owner++ {
		if err := m.Acquire(ctx, owner, "k", Shared, 0); err != nil {
			t.Fatal(err)
		}
	}
	got := make(chan error, 3)
	for owner := Owner(2); owner <= 4; owner++ { // an upgrade and two newcomers
		go func() { got <- m.Acquire(ctx, owner, "k", Exclusive, -1) }()
	}
	for waiting := 0; waiting < 3; {
		waiting = len(m.Dump()[0].Waiters)
	}
	m.Stop(cause)
	m.Stop(errors.New("again"))
	for range 3 {
		if err := <-got; !errors.Is(err, cause) {
			t.Errorf("a waiter hears %v", err)
		}
	}
	if err := m.Acquire(ctx, 5, "k", Exclusive, -1); !errors.Is(err, cause) {
		t.Errorf("a late request hears %v", err)
	}
	if err := m.Acquire(ctx, 5, "other", Exclusive, 0); err != nil {
		t.Error(err)
	}
	for owner := Owner(1); owner <= 5; owner++ {
		m.ReleaseAll(owner)
	}
	if n := len(m.Dump()); n != 0 {
		t.Errorf("%d keys are left", n)
	}
}
