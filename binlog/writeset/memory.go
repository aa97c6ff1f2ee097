package writeset

// branchesMax bounds what is kept of prepared branches, in words of 8 bytes;
// branchCost is what one takes beside its hashes.
const (
	branchesMax = 1 << 20
	branchCost  = 32
)

// branchIndex is the index that XIDs are keys of; no table has the number.
const branchIndex = 1<<32 - 1

// branches are the sets of branches that wait for their outcome. Those that an
// earlier life has prepared, or that found no room, are not there.
type branches struct {
	sets map[string]*Set
	size int
}

// keys is what g has touched: of an outcome, what its PREPARE has. nil: that is
// not known.
func (b *branches) keys(g *Group) *Set {
	switch g.Kind {
	case Prepare:
		if g.Keys == nil {
			return nil
		}
		g.Keys.Add(branchIndex, []byte(g.Branch))
		b.keep(g.Branch, g.Keys)
	case Outcome:
		return b.take(g.Branch)
	}
	return g.Keys
}

func (b *branches) keep(branch string, s *Set) {
	b.take(branch)
	cost := len(s.hashes) + branchCost
	if b.size+cost > branchesMax {
		return
	}
	if b.sets == nil {
		b.sets = map[string]*Set{}
	}
	b.size += cost
	b.sets[branch] = s.clone()
}

func (b *branches) take(branch string) *Set {
	s := b.sets[branch]
	if s != nil {
		b.size -= len(s.hashes) + branchCost
		delete(b.sets, branch)
	}
	return s
}

// sessionsMax is how many sessions are remembered.
const sessionsMax = 10_000

// sessions are the last groups of sessions; that of one that was forgotten is not
// behind start.
type sessions struct {
	last  map[uint32]int64
	start int64
}

func (s *sessions) forget(start int64) {
	s.start = start
	clear(s.last)
}

// after is the parent of g, which comes behind the last group of its session. That
// had committed before g did anything, so the commit order says so too.
func (s *sessions) after(g *Group, parent int64) int64 {
	if g.Session == 0 {
		return parent
	}
	last, known := s.last[g.Session]
	if !known {
		last = s.start
		if len(s.last) >= sessionsMax {
			s.forget(g.Seq)
		}
		if s.last == nil {
			s.last = map[uint32]int64{}
		}
	}
	s.last[g.Session] = g.Seq
	return min(max(parent, last), g.Committed)
}
