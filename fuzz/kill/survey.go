package kill

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
)

// surveyAcks is how many acknowledgements the plan is made from.
const surveyAcks = 600

// printPrefix begins the line that a printing failpoint writes.
const printPrefix = "failpoint: "

// A tally counts the lines of printing failpoints, by phase.
type tally struct {
	mu  sync.Mutex
	hit map[string]int
}

func (t *tally) phase(hit map[string]int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.hit = hit
}

func (t *tally) line(s string) {
	name, ok := strings.CutPrefix(s, printPrefix)
	t.mu.Lock()
	defer t.mu.Unlock()
	if strings.HasPrefix(s, readyPrefix) {
		t.hit = map[string]int{} // the bank is not made yet; nobody counts this
	}
	if ok {
		t.hit[name]++
	}
}

// survey lets a server pass its failpoints, each of which prints: once while
// it makes a store, under traffic, and while it recovers.
func (r *runner) survey(ctx context.Context, k kind) (*plan, error) {
	p := &plan{all: points(), creating: map[string]int{}, starting: map[string]int{}, running: map[string]int{}}
	count := &tally{hit: p.creating}
	printing := strings.Join(p.all, "=print;") + "=print"
	s := r.newStore(filepath.Join(r.dir, fmt.Sprint("survey", k)), k)
	defer s.end()

	proc, err := Start(ctx, Command{Binary: r.Binary, Dir: s.dir, Args: s.args, Failpoints: printing, Line: count.line})
	if err != nil {
		return nil, err
	}
	if err := s.createBank(ctx, proc); err != nil {
		proc.Kill()
		return nil, err
	}
	l, err := s.newLife(ctx, proc, surveyAcks, false)
	if err != nil {
		proc.Kill()
		return nil, err
	}
	count.phase(p.running)
	l.start(ctx)
	err = l.untilAcks(0)
	proc.Kill()
	r.Crashes++
	s.violations(l.join(s.ledger)...)
	if err != nil {
		return nil, err
	}
	p.acks = int(l.traffic.acks.n.Load())

	count.phase(p.starting)
	proc, err = Start(ctx, Command{Binary: r.Binary, Dir: s.dir, Args: s.args, Failpoints: printing, Line: count.line})
	if err != nil {
		return nil, err
	}
	r.Recoveries++
	err = s.check(ctx, proc, false)
	proc.Kill()
	p.arrange(r.rng)
	return p, err
}
