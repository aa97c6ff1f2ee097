package explore

import (
	"errors"
	"math/rand/v2"

	"github.com/xadb/xadb/tclog"
)

// reset begins the binlog anew. What it had is copied before.
func (s *session) reset() error {
	if !s.mode.Binlog {
		return nil
	}
	if err := s.log.Rotate(bg); err != nil { // what keep copies is whole then
		return s.settle(err)
	}
	if err := s.keep(); err != nil {
		if s.faults && isFault(err) {
			return nil
		}
		return violated("copying the binlog: %w", err)
	}
	err := s.log.ResetBinlog(bg)
	if refused := (*tclog.ResetError)(nil); errors.As(err, &refused) {
		if !s.hist.Now().Binlogged() {
			return violated("no branch is prepared: %w", err)
		}
		return nil
	}
	if err == nil {
		s.met.resets++
	}
	return s.settle(err)
}

// resets has groups in several files, with and without a branch, and begins anew
// in front of more of them, twice.
func resets(r *rand.Rand, p *program) {
	if p.mode.logs() == 0 {
		p.mode = p.mode.next()
	}
	x := drawXID(r)
	for i := range 2 {
		p.add(put(r, 0, i, r.IntN(300)), step{kind: stepCommit})
		if r.IntN(2) == 0 {
			p.add(put(r, 1, 3, r.IntN(3000)), step{kind: stepPrepare, slot: 1, xid: x})
			if r.IntN(3) == 0 {
				p.add(step{kind: stepReset}) // is refused
			}
			p.add(step{kind: stepRollbackXID - stepKind(r.IntN(2)), xid: x, flag: true})
		}
		for _, kind := range []stepKind{stepRotate, stepCheckpoint, stepRestart} {
			if r.IntN(4) == 0 {
				p.add(step{kind: kind})
			}
		}
		p.add(step{kind: stepReset}, put(r, 2, 3+i, 20), step{kind: stepCommit, slot: 2})
		if r.IntN(3) == 0 {
			p.add(step{kind: stepRotate}, step{kind: stepPurge})
		}
	}
	if r.IntN(2) == 0 {
		p.add(step{kind: stepRestart, modes: r.IntN(3)})
	}
	p.randomly(r, 3, false)
}
