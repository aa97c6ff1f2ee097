package binlog

import "fmt"

// A numbering is how groups get their GTIDs, since Open or the last Reset. It is never
// changed, only replaced.
type numbering struct {
	base   GTIDSet // what the log had up to the group with sequence number from
	count  int64   // of base
	from   int64
	before int64 // see restart
	runs   []numbers
}

// A numbers is groups whose GTIDs follow each other, up to where the next begins.
type numbers struct {
	from  int64 // the sequence number in front of the first of them
	first GTID  // zero: they have none
}

// of is the GTID of the group with that sequence number, if the numbering still has it.
func (n *numbering) of(seq int64) GTID {
	for i := len(n.runs) - 1; i >= 0; i-- {
		if r := n.runs[i]; r.from < seq {
			return GTID{r.first.UUID, r.first.GNO + seq - r.from - 1}
		}
	}
	return GTID{}
}

// set is the GTIDs up to the group with that sequence number.
func (n *numbering) set(seq int64) GTIDSet {
	set := n.base.Clone()
	for i, r := range n.runs {
		end := seq
		if i+1 < len(n.runs) {
			end = min(seq, n.runs[i+1].from)
		}
		set.AddRange(r.first.UUID, r.first.GNO, r.first.GNO+end-r.from-1)
	}
	return set
}

// index is that of the group with that sequence number.
func (n *numbering) index(seq int64) int64 {
	if len(n.runs) == 0 || seq <= n.from {
		return n.before + n.count
	}
	return n.before + n.count + seq - n.from
}

// with is the numbering with g as the next group's GTID, behind counter. The groups up to
// settled are in base then, as far as their runs have ended.
func (n *numbering) with(g GTID, counter, settled int64) *numbering {
	if len(n.runs) > 0 && n.of(counter+1) == g {
		return n
	}
	out := &numbering{base: n.base, count: n.count, from: n.from, before: n.before}
	kept := n.runs
	for len(kept) > 1 && kept[1].from <= settled {
		kept = kept[1:]
	}
	if gone := len(n.runs) - len(kept); gone > 0 {
		out.from = kept[0].from
		out.base, out.count = n.set(out.from), n.count+out.from-n.from
	}
	out.runs = append(append([]numbers(nil), kept...), numbers{counter, g})
	return out
}

// assign gives the next group its GTID: that which it came with, or the next of this
// server. FLUSH calls it.
func (l *Log) assign(g *PendingGroup) error {
	if l.o.AnonymousGTID {
		if g.GTID != (GTID{}) {
			return fmt.Errorf("%w: a GTID in a log without", ErrInvalid)
		}
		return nil
	}
	now := l.numbers.Load()
	if g.GTID != (GTID{}) {
		if g.GTID.GNO < 1 || g.GTID.GNO > gnoMax || now.set(l.counter).Contains(g.GTID) {
			return fmt.Errorf("%w: the log has a group %v", ErrInvalid, g.GTID)
		}
	} else if g.GTID = (GTID{l.o.ServerUUID, l.next}); l.next > gnoMax {
		return fmt.Errorf("%w: GTID numbers of this server are used up", ErrInvalid)
	}
	return nil
}

// numbered notes the GTID of the group that has just become number l.counter+1.
func (l *Log) numbered(g GTID) {
	if l.o.AnonymousGTID {
		return
	}
	if g.UUID == l.o.ServerUUID {
		l.next = max(l.next, g.GNO+1)
	}
	now := l.numbers.Load() // only who owns FLUSH replaces it
	if next := now.with(g, l.counter, l.maxCommitted.Load()); next != now {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.numbers.Store(next)
	}
}
