package groupcommit

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/xadb/xadb/internal/failpoint"
)

// Every point, once as an error and once as a panic: all members hear of it,
// the stage behaves as if its hook had failed, and nobody hangs.
func TestPoints(t *testing.T) {
	tests := []struct {
		name  string
		stage Stage
		ran   int // hooks that had run before
	}{
		{"gc.flush.leader_elected", Flush, 0},
		{"gc.flush.after_fetch_queue", Flush, 0},
		{"gc.sync.before_enqueue", Sync, 1},
		{"gc.stage_handover", Sync, 1},
		{"gc.sync.delay_window", Sync, 1},
		{"gc.commit.before_enqueue", Commit, 2},
		{"gc.stage_handover@2", Commit, 2},
		{"gc.commit.leader_elected", Commit, 2},
		{"gc.commit.before_signal_done", Commit, 3},
	}
	for _, tt := range tests {
		for _, action := range []string{"error", "panic"} {
			t.Run(tt.name+"="+action, func(t *testing.T) {
				defer failpoint.Reset()
				name, nth, counted := strings.Cut(tt.name, "@")
				if counted {
					nth = "@" + nth
				}
				if err := failpoint.Enable(name + "=" + action + nth); err != nil {
					t.Fatal(err)
				}
				h := newHold(Options{})
				for i, err := range h.group(t, 3) {
					if !errors.Is(err, ErrStopped) || errors.Is(err, failpoint.ErrInjected) != (action == "error") {
						t.Errorf("member %d: %v", i+1, err)
					}
					if errors.Is(err, ErrUnknownOutcome) != (tt.stage > Flush) {
						t.Errorf("member %d: %v", i+1, err)
					}
				}
				for s := Flush; s < stageCount; s++ {
					if got, want := len(h.seen[s]) > 0, int(s) < tt.ran; got != want {
						t.Errorf("hook of %s ran: %t", s, got)
					}
				}
				failpoint.Reset()
				h.checkStopped(t, tt.stage)
			})
		}
	}
}

// Before the queue of FLUSH an injected error concerns that member alone.
func TestPointBeforeEnqueueFailsOneMember(t *testing.T) {
	defer failpoint.Reset()
	if err := failpoint.Enable("gc.before_enqueue_flush=error@1"); err != nil {
		t.Fatal(err)
	}
	h := newHold(Options{})
	if err := h.p.Run(context.Background(), 1); !errors.Is(err, failpoint.ErrInjected) || errors.Is(err, ErrStopped) {
		t.Error(err)
	}
	if err := h.p.Run(context.Background(), 2); err != nil {
		t.Error(err)
	}
}

// At each handover the group stands in the next queue while its stage is still
// locked (G1): so nobody can overtake it.
func TestG1HandoverQueuesBeforeItUnlocks(t *testing.T) {
	defer failpoint.Reset()
	h := newHold(Options{})
	var from []Stage
	err := failpoint.SetHook("gc.stage_handover", func() error {
		s := Stage(len(from))
		from = append(from, s)
		if n, _ := h.p.queue[s+1].head(); n != 2 {
			t.Errorf("%d members wait for %s", n, s+1)
		}
		free := s == Flush && len(h.p.flush) == 0 || s == Sync && h.p.stage[Sync].TryLock()
		if free {
			t.Errorf("%s is unlocked", s)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range h.group(t, 2) {
		if err != nil {
			t.Error(err)
		}
	}
	if len(from) != 2 {
		t.Errorf("%d handovers", len(from))
	}
}
