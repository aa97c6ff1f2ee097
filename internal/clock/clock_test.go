package clock

import (
	"testing"
	"time"
)

func TestManual(t *testing.T) {
	start := time.Unix(100, 0)
	m := NewManual(start)
	soon, late, stopped, now := m.NewTimer(time.Second), m.NewTimer(time.Minute), m.NewTimer(time.Second), m.NewTimer(0)
	if !stopped.Stop() || stopped.Stop() {
		t.Error("a timer stops once")
	}
	m.Advance(2 * time.Second)
	for name, c := range map[string]struct {
		timer Timer
		fired bool
	}{"soon": {soon, true}, "late": {late, false}, "stopped": {stopped, false}, "now": {now, true}} {
		select {
		case <-c.timer.C():
			if !c.fired {
				t.Errorf("%s fired", name)
			}
		default:
			if c.fired {
				t.Errorf("%s did not fire", name)
			}
		}
	}
	if got := m.Now(); !got.Equal(start.Add(2 * time.Second)) {
		t.Errorf("it is %v", got)
	}
	if n := m.Timers(); n != 1 {
		t.Errorf("%d timers wait", n)
	}
}
