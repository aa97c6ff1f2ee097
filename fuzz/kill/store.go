package kill

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"sync/atomic"
)

// small makes a server pass through the whole life of its logs in a few
// hundred transactions.
var small = []string{"--log-segment", "32768", "--log-limit", "65536", "--binlog-size", "65536"}

// A store is one data folder and what the clients know about it.
type store struct {
	*runner
	dir    string
	args   []string // of serve
	binlog bool
	plan   *plan // of failpoints; empty where none are planned
	ledger *ledger
	ids    atomic.Int64
	p      *Process // nil: stopped
	wrong  []string
}

// A kind is how a store is served.
type kind int

const (
	oneLog   kind = iota
	twoLogs       // the binlog decides by a sync of its own
	usual         // logs of the size that users have
	noBinlog      // and so no replay to compare with
)

// kindOf is the kind of the n-th store of a run.
func kindOf(n int) kind {
	switch n % 10 {
	case 4:
		return usual
	case 8:
		return noBinlog
	case 1, 5, 7:
		return twoLogs
	}
	return oneLog
}

func (r *runner) newStore(dir string, k kind) *store {
	s := &store{runner: r, dir: dir, args: small, binlog: true, plan: r.plans[0], ledger: newLedger()}
	switch k {
	case twoLogs:
		s.args, s.plan = append([]string{"--two-log"}, small...), r.plans[1]
	case usual:
		s.args, s.plan = nil, &plan{}
	case noBinlog:
		s.args, s.plan, s.binlog = append([]string{"--binlog=false"}, small[:4]...), &plan{}, false
	}
	return s
}

func (s *store) violations(list ...string) {
	for _, what := range list {
		text := fmt.Sprintf("round %d: %s", s.Report.Rounds+1, what)
		fmt.Fprintln(s.Out, "VIOLATION", text)
		s.wrong = append(s.wrong, text)
		s.Violations = append(s.Violations, text)
	}
}

// start runs the store's server.
func (s *store) start(ctx context.Context, failpoints string) (err error) {
	s.p, err = Start(ctx, Command{Binary: s.Binary, Dir: s.dir, Args: s.args, Failpoints: failpoints})
	if s.p != nil && err != nil && !errors.Is(err, errEnded) {
		s.p = nil
	}
	return err
}

// restart runs the server after a kill and checks everything; before that, the
// stopped store is looked at (K8).
func (s *store) restart(ctx context.Context) error {
	s.checkStopped(ctx)
	if err := s.start(ctx, ""); errors.Is(err, errEnded) {
		s.violations(err.Error())
		s.leave()
		return nil
	} else if err != nil {
		return err
	}
	s.Recoveries++
	return s.check(ctx, s.p, false)
}

// kill ends the server as a crash.
func (s *store) kill() {
	if s.p != nil {
		s.p.Kill()
		s.leave()
		s.Crashes++
	}
}

// end leaves no process behind.
func (s *store) end() {
	if s.p != nil {
		s.p.Kill()
		s.leave()
	}
}

// leave turns away from a server that has ended.
func (s *store) leave() {
	if alarm := s.p.Alarm(); alarm != "" {
		s.violations("the server said: " + alarm)
	}
	s.p = nil
}

// create makes the store, killed once meanwhile if a failpoint is left that
// only this passes, then the bank, and crashes.
func (s *store) create(ctx context.Context) error {
	if name, ok := s.plan.fresh.once(); ok {
		err := s.start(ctx, name+"=kill@1")
		if !errors.Is(err, errEnded) || !s.p.killedItself() {
			s.end()
			return fmt.Errorf("kill: failpoint %s did not kill the server that makes a store (%w)", name, err)
		}
		s.kill()
		s.Points[name]++
		fmt.Fprintf(s.Out, "new store: killed at %s, hit 1\n", name)
	}
	if err := s.start(ctx, ""); err != nil {
		return err
	}
	if err := s.createBank(ctx, s.p); err != nil {
		s.end()
		return err
	}
	s.kill()
	return nil
}

func (s *store) createBank(ctx context.Context, p *Process) error {
	db, err := dial(p.Addr, &driverLog{})
	if err != nil {
		return err
	}
	defer db.Close()
	for _, statement := range schema() {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("kill: making the bank: %s: %w", statement, err)
		}
	}
	return nil
}

// newLife connects clients to a running server. Without parking they leave no
// branch prepared.
func (s *store) newLife(ctx context.Context, p *Process, enough int, parking bool) (*life, error) {
	t := &traffic{
		seed: s.rng.Uint64(), ids: &s.ids, lanes: make(chan int, lanes), hand: make(chan *transfer, handoffs), acks: newAckCounter(enough),
	}
	taken := map[int]bool{}
	for _, e := range s.ledger.open {
		taken[e.lane] = true
	}
	for i := range lanes {
		if parking && !taken[i] {
			t.lanes <- i
		}
	}
	return newLife(ctx, p, t, clientsMin+s.rng.IntN(clientsMax-clientsMin+1))
}

// check runs K1 to K7 on a running server. If all is set, no branch stays
// prepared.
func (s *store) check(ctx context.Context, p *Process, all bool) error {
	var log driverLog
	db, err := dial(p.Addr, &log)
	if err != nil {
		return err
	}
	defer db.Close()
	c := &checker{db: db, dir: s.dir, binlog: s.binlog, ledger: s.ledger, rng: s.rng, peer: s.peer, all: all}
	err = c.run(ctx)
	s.violations(c.wrong...)
	if err != nil && ctx.Err() == nil {
		s.violations(fmt.Sprintf("the server does not answer: %v\nits end: %s\nthe driver said: %s\nthe server said: %s",
			err, p.End(), log.String(), p.Stderr()))
		return nil
	}
	return err
}

// finish stops the server well and looks at the store once more.
func (s *store) finish(ctx context.Context) error {
	if s.p == nil {
		return nil
	}
	err := s.p.Stop()
	s.leave()
	if err != nil {
		s.violations(err.Error())
		return nil
	}
	s.checkStopped(ctx)
	return nil
}

// checkStopped is K8.
func (s *store) checkStopped(ctx context.Context) {
	cmd := exec.CommandContext(ctx, s.Binary, "check", "--data", s.dir)
	cmd.Env = environment()
	if out, err := cmd.CombinedOutput(); err != nil && ctx.Err() == nil {
		s.violations(fmt.Sprintf("xadb check of the stopped store: %v (K8)\n%s", err, out))
	}
}
