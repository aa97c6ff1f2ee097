package kill

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	// triesMax is how often a round is repeated that does not count.
	triesMax = 6
	// acksSpread is how many acknowledgements more than MinAcks a round waits
	// for, at most.
	acksSpread = 200
	// killDelay is how long after that a random kill comes, at most.
	killDelay = 30 * time.Millisecond
)

// A way is where a round kills.
type way struct {
	point   string // the traffic's failpoint; "" for a random moment
	restart string // the recovery's failpoint; "" for none
}

// draw chooses what the next round does: a random moment, a failpoint under
// traffic and one in recovery take turns.
func (r *runner) draw(s *store) way {
	if len(s.plan.all) == 0 {
		return way{}
	}
	switch r.Report.Rounds % 5 {
	case 1, 3:
		name, _ := s.plan.traffic.take()
		return way{point: name}
	case 2, 4:
		name, _ := s.plan.restart.take()
		return way{point: before[name], restart: name}
	}
	return way{}
}

// round repeats one round until it counts.
func (r *runner) round(ctx context.Context, s *store) error {
	w := r.draw(s)
	acks := r.MinAcks + r.MinAcks/2 + r.rng.IntN(acksSpread)
	hit := s.plan.hit(w.point, acks)
	for range triesMax {
		got, err := r.traffic(ctx, s, w.point, hit, acks)
		if err != nil {
			return err
		}
		missed := false
		if got >= r.MinAcks && w.restart != "" {
			if missed, err = r.killRecovery(ctx, s, w.restart); err != nil {
				return err
			}
		}
		if s.p == nil {
			err = s.restart(ctx)
		}
		if err != nil || len(s.wrong) > 0 {
			return err
		}
		if got >= r.MinAcks && !missed {
			r.count(w, hit, got)
			return nil
		}
		if got < r.MinAcks {
			hit *= 2 // it came too early
		}
	}
	return fmt.Errorf("kill: no try of %d counts: point %q, hit %d, recovery point %q", triesMax, w.point, hit, w.restart)
}

// count books a round that counts.
func (r *runner) count(w way, hit, acks int) {
	r.Report.Rounds++
	r.Acks += acks
	text := "at a random moment"
	if w.point != "" {
		r.Points[w.point]++
		text = fmt.Sprintf("at %s, hit %d", w.point, hit)
	}
	if w.restart != "" {
		r.Points[w.restart]++
		text += fmt.Sprintf("; recovery killed at %s, hit 1", w.restart)
	}
	fmt.Fprintf(r.Out, "round %d: killed %s, after %d acknowledgements; recovered\n", r.Report.Rounds, text, acks)
}

// traffic lets clients work until the kill and returns how many
// acknowledgements came before it.
func (r *runner) traffic(ctx context.Context, s *store, point string, hit, acks int) (got int, err error) {
	armed := ""
	if point != "" {
		armed = fmt.Sprintf("%s=kill@%d", point, hit)
	}
	if cuts(point) && s.p != nil {
		if err := s.check(ctx, s.p, true); err != nil {
			return 0, err
		}
	}
	if err := r.endChecked(ctx, s); err != nil {
		return 0, err
	}
	if err := s.start(ctx, armed); errors.Is(err, errEnded) && point != "" && s.p.killedItself() {
		s.kill()
		return 0, nil
	} else if err != nil {
		return 0, err
	}
	l, err := s.newLife(ctx, s.p, acks, !cuts(point))
	if err != nil {
		return 0, r.early(s, point, err)
	}
	l.start(ctx)
	if point == "" {
		err = l.untilAcks(time.Duration(r.rng.Int64N(int64(killDelay))))
	} else {
		err = l.untilGone()
	}
	p := s.p
	s.kill()
	s.violations(l.join(s.ledger)...)
	if err == nil && point != "" && !p.killedItself() {
		err = fmt.Errorf("kill: failpoint %s did not kill the server, which ended with %v\n%s", point, p.state, p.Stderr())
	}
	return int(l.traffic.acks.n.Load()), errors.Join(err, ctx.Err())
}

// endChecked ends the server that was checked last, in one way or the other.
func (r *runner) endChecked(ctx context.Context, s *store) error {
	if s.p != nil && r.rng.IntN(2) == 0 {
		return s.finish(ctx)
	}
	s.kill()
	return nil
}

// early forgives clients that cannot connect if the failpoint has killed the
// server already.
func (r *runner) early(s *store, point string, err error) error {
	p := s.p
	if point == "" || !p.endsSoon() || !p.killedItself() {
		return err
	}
	s.kill()
	return nil
}

// killRecovery starts the server with a failpoint that its recovery passes.
// missed is true if this recovery had no reason to pass it.
func (r *runner) killRecovery(ctx context.Context, s *store, point string) (missed bool, err error) {
	err = s.start(ctx, point+"=kill@1")
	if err == nil {
		s.kill() // the point still waits; nothing may be checked meanwhile
		return true, nil
	}
	if !errors.Is(err, errEnded) {
		return false, err
	}
	if !s.p.killedItself() {
		return false, fmt.Errorf("kill: failpoint %s was to kill the recovery: %w", point, err)
	}
	s.kill()
	s.Recoveries++ // one that was interrupted, and is repeated now
	return false, nil
}
