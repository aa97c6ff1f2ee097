//go:build bugs

package groupcommit

import (
	"context"
	"errors"
	"testing"

	"github.com/xadb/xadb/internal/bug"
)

func TestBugFollowerWokenEarly(t *testing.T) {
	defer bug.Set("")
	bug.Set(bug.FollowerWokenEarly)
	h := newHold(Options{})
	reached, goOn := make(chan struct{}), make(chan struct{})
	h.at[Sync] = func(ints) error { close(reached); <-goOn; return nil }
	h.p.flush <- struct{}{}
	leader := startQueued(context.Background(), t, h.p, 1)
	follower := startQueued(context.Background(), t, h.p, 2)
	<-h.p.flush
	<-reached
	if err := get(t, follower); err != nil {
		t.Error(err)
	}
	close(goOn)
	if err := get(t, leader); err != nil {
		t.Error(err)
	}
}

func TestBugLeaderErrorSwallowed(t *testing.T) {
	defer bug.Set("")
	bug.Set(bug.LeaderErrorSwallowed)
	h := newHold(Options{})
	h.at[Sync] = func(ints) error { return errDisk }
	errs := h.group(t, 3)
	if !errors.Is(errs[0], errDisk) || errs[1] != nil || errs[2] != nil {
		t.Errorf("%v", errs)
	}
}
