package explore

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/xadb/xadb/fuzz/model"
)

// A generator makes programs of one kind.
type generator struct {
	name   string
	weight int
	make   func(*rand.Rand, *program)
}

// generators lists every kind. The directed ones each set up a situation that
// a random program meets too rarely.
var generators = []generator{
	{"locks", 3, locks},
	{"chunks", 3, chunks},
	{"modes", 3, modes},
	{"purges", 3, purges},
	{"roll", 3, roll},
	{"failed sync", 3, failedSync},
	{"failed group", 3, failedGroup},
	{"groups", 3, groups},
	{"torn", 3, torn},
	{"names", 1, names},
	{"prepared across cuts", 2, acrossCuts},
	{"moved", 3, moved},
	{"random", 9, random},
	{"fat", 4, fat},
	{"stress", 3, stress},
	{"faulty", 5, faulty},
	{"full", 2, full},
	{"resets", 3, resets},
}

// generate makes the program of that kind and seed.
func generate(name string, seed uint64) (*program, error) {
	for i, g := range generators {
		if g.name == name {
			r := newRand(seed, uint64(i))
			p := &program{name: name, seed: seed, mode: drawMode(r)}
			g.make(r, p)
			return p, nil
		}
	}
	return nil, fmt.Errorf("explore: no programs of kind %q", name)
}

// drawMode draws how the logs of the store work together.
func drawMode(r *rand.Rand) Mode {
	var m Mode
	for range r.IntN(3) {
		m = m.next()
	}
	return m
}

// draw makes some program.
func draw(seed uint64) *program {
	total := 0
	for _, g := range generators {
		total += g.weight
	}
	n := int(seed % uint64(total))
	for _, g := range generators {
		if n -= g.weight; n < 0 {
			p, _ := generate(g.name, seed)
			return p
		}
	}
	return nil
}

func (p *program) add(steps ...step) { p.steps = append(p.steps, steps...) }

// randomly adds n steps.
func (p *program) randomly(r *rand.Rand, n int, fat bool, without ...stepKind) {
	for range n {
		s := drawStep(r, fat)
		for slices.Contains(without, s.kind) {
			s = drawStep(r, fat)
		}
		p.add(s)
	}
}

func random(r *rand.Rand, p *program) { p.randomly(r, 8+r.IntN(12), false) }

func fat(r *rand.Rand, p *program) { p.randomly(r, 8+r.IntN(14), true) }

// stress lets pebble flush and compact by itself.
func stress(r *rand.Rand, p *program) {
	p.mode.Automatic = true
	p.randomly(r, 10+r.IntN(14), true)
}

// groups has several members in each group.
func groups(r *rand.Rand, p *program) {
	for range 2 + r.IntN(2) {
		for slot := range slotCount {
			p.add(put(r, slot, slot, r.IntN(60)))
			if r.IntN(3) == 0 {
				p.add(step{kind: stepPrepare, slot: slot, xid: drawXID(r)})
			}
		}
		p.add(step{kind: stepGroup})
		p.randomly(r, r.IntN(3), false)
	}
}

// put writes row key of a table drawn at random.
func put(r *rand.Rand, slot, key, size int) step {
	return step{kind: stepPut, slot: slot, table: r.IntN(model.TableCount), key: key, size: size}
}

// rules are faults for one call each; %d is which call.
var rules = []string{
	"sync *.wal nth=%d mode=drop", "sync *.wal nth=%d mode=keep", "sync *.wal nth=%d mode=revert",
	"sync binlog.0* nth=%d mode=drop", "sync binlog.0* nth=%d mode=keep", "sync CTRL* nth=%d mode=drop",
	"sync MANIFEST* nth=%d mode=drop", "sync *.sst nth=%d mode=drop", "dirsync * nth=%d", "write *.wal nth=%d",
	"write *.wal nth=%d mode=prefix", "write *.wal nth=%d mode=all", "write binlog.0* nth=%d mode=prefix",
	"write CTRL nth=%d mode=prefix", "create * nth=%d", "rename * nth=%d", "readat *.wal nth=%d", "read binlog* nth=%d",
	"readat binlog* nth=%d", "read CTRL nth=%d", "readat CTRL nth=%d", "write *.sst nth=%d err=ENOSPC",
	"write *.wal nth=%d err=ENOSPC", "write binlog.0* nth=%d err=ENOSPC",
}

// faulty runs into a fault or two.
func faulty(r *rand.Rand, p *program) {
	p.mode.Automatic = r.IntN(8) == 0
	p.randomly(r, 2+r.IntN(6), r.IntN(3) == 0)
	for range 1 + r.IntN(2) {
		p.add(step{kind: stepFault, rule: fmt.Sprintf(rules[r.IntN(len(rules))], 1+r.IntN(4))})
		p.randomly(r, 2+r.IntN(6), r.IntN(3) == 0)
	}
	p.add(step{kind: stepRestart})
	p.randomly(r, 4, false)
}

// full fills the disk and frees it again, while the store is open and once
// more by restarting it.
func full(r *rand.Rand, p *program) {
	p.mode.Ballast = r.IntN(4) > 0
	p.mode.Automatic = r.IntN(4) == 0
	p.randomly(r, 3+r.IntN(4), true, stepReopen, stepRestart)
	for range 1 + r.IntN(2) {
		p.add(put(r, 0, 0, 20), step{kind: stepPrepare, xid: drawXID(r)})
		p.add(step{kind: stepQuota, size: 1 + r.IntN(60000)})
		p.randomly(r, 4+r.IntN(8), true)
		p.add(step{kind: stepQuota})
		p.randomly(r, 2+r.IntN(4), false)
	}
	p.add(step{kind: stepQuota, size: 1 + r.IntN(30000)})
	p.randomly(r, 4, true)
	p.add(step{kind: stepRestart})
	p.randomly(r, 4, false)
}

// roll fills log segments and cuts them off, so that they are used again (C9).
// With automatic flushes pebble cuts the log itself.
func roll(r *rand.Rand, p *program) {
	p.mode.Automatic = r.IntN(2) == 0
	for range 2 + r.IntN(2) {
		for i := range 5 {
			p.add(put(r, i%2, i%3, 15000+r.IntN(3000)), step{kind: stepCommit, slot: i % 2})
		}
		if r.IntN(2) == 0 {
			p.add(put(r, 2, 4, 100), step{kind: stepPrepare, slot: 2, xid: drawXID(r)})
		}
		if !p.mode.Automatic {
			p.add(step{kind: stepCheckpoint})
		}
	}
	p.add(put(r, 0, 0, 600), step{kind: stepCommit}, put(r, 1, 1, 600), step{kind: stepCommit, slot: 1})
}

// failedSync is C6: a sync fails and drops its pages, the process dies, the
// cache shows what the disk does not have.
func failedSync(r *rand.Rand, p *program) {
	p.add(put(r, 0, 0, 20), step{kind: stepCommit}, put(r, 1, 1, 20))
	pattern := []string{"*.wal", "binlog.0*", "*"}[r.IntN(3)]
	p.add(step{kind: stepFault, rule: fmt.Sprintf("sync %s nth=%d mode=drop", pattern, 1+r.IntN(3))})
	switch r.IntN(3) {
	case 0:
		p.add(step{kind: stepPrepare, slot: 1, xid: drawXID(r), flag: true})
	case 1:
		p.add(put(r, 2, 2, 700), put(r, 3, 3, 20), step{kind: stepGroup})
	}
	p.add(step{kind: stepCommit, slot: 1}, put(r, 2, 2, 20), step{kind: stepCommit, slot: 2},
		put(r, 3, 3, 20), step{kind: stepPrepare, slot: 3, xid: drawXID(r)}, step{kind: stepRestart})
	p.randomly(r, 4, false, stepRestart, stepReopen)
	p.add(step{kind: stepRestart}, put(r, 0, 0, 20), step{kind: stepCommit})
}

// failedGroup has a sync fail under a whole group, several times: it takes a
// group of three or more that is not the first.
func failedGroup(r *rand.Rand, p *program) {
	for range 3 {
		for slot := range slotCount {
			p.add(put(r, slot, slot, 30))
		}
		p.add(step{kind: stepFault, rule: fmt.Sprintf("sync %s nth=%d mode=drop", []string{"*.wal", "binlog.0*"}[r.IntN(2)], 1+r.IntN(2))})
		p.add(step{kind: stepGroup}, step{kind: stepRestart})
	}
	p.randomly(r, 4, false, stepRestart, stepReopen)
}

// torn is C8: with one log, its writes hold binlog events and, behind them, the
// record that decides them; commits and outcomes of all sizes are torn.
func torn(r *rand.Rand, p *program) {
	p.mode = Mode{Binlog: true}
	for i := range 3 {
		x := drawXID(r)
		p.add(put(r, 0, i, r.IntN(3000)), step{kind: stepCommit})
		p.add(put(r, 1, i, r.IntN(300)), step{kind: stepPrepare, slot: 1, xid: x})
		p.add(step{kind: stepRollbackXID - stepKind(r.IntN(2)), xid: x, flag: true})
	}
}

// locks is C15: branches that have read, prepared and kept through restarts, in
// the log and in the tables, while others want what they hold.
func locks(r *rand.Rand, p *program) {
	names := []model.XID{drawXID(r), drawXID(r)}
	for slot, x := range names {
		serial := slot == 0 || r.IntN(2) == 0
		for range 2 + r.IntN(3) {
			s := drawStep(r, r.IntN(4) == 0)
			s.kind = []stepKind{stepRead, stepRead, stepRange, stepRange, stepPut}[r.IntN(5)]
			s.slot, s.serial, s.flag = slot, serial, r.IntN(4) == 0
			p.add(s)
		}
		p.add(step{kind: stepPrepare, slot: slot, xid: x})
	}
	p.randomly(r, r.IntN(3), false, stepCommitXID, stepRollbackXID, stepGroup)
	for range r.IntN(4) {
		p.add(put(r, 3, r.IntN(model.KeyCount), 20), step{kind: stepCommit, slot: 3}, step{kind: stepCheckpoint})
	}
	p.add(step{kind: stepRestart}, put(r, 2, r.IntN(model.KeyCount), 20), step{kind: stepCommit, slot: 2})
	p.add(step{kind: stepRollbackXID - stepKind(r.IntN(2)), xid: names[0], flag: true})
	p.randomly(r, 3, false)
}

// chunks is C10: transactions in several records, with parts of them undone
// before.
func chunks(r *rand.Rand, p *program) {
	if !p.mode.Binlog && r.IntN(2) == 0 {
		p.mode = p.mode.next()
	}
	x := drawXID(r)
	large := func(slot, key int) step { return put(r, slot, key, 2000+r.IntN(3000)) }
	for slot := range 2 {
		p.add(large(slot, 2*slot), large(slot, 2*slot+1), step{kind: stepSavepoint, slot: slot})
		for range 1 + r.IntN(3) {
			p.add(large(slot, 2*slot+r.IntN(2)))
		}
		p.add(step{kind: stepRollbackTo, slot: slot})
		if r.IntN(2) == 0 {
			p.add(large(slot, 2*slot))
		}
		if p.add(step{kind: stepPrepare, slot: slot, xid: x}); slot == 0 || r.IntN(2) == 0 {
			p.steps[len(p.steps)-1] = step{kind: stepCommit, slot: slot}
		}
	}
	p.add(step{kind: stepRestart}, step{kind: stepRollbackXID - stepKind(r.IntN(2)), xid: x, flag: true})
	for slot := range slotCount {
		p.add(put(r, slot, slot, 20))
	}
	// In a group the sync for another member may come in between.
	p.add(large(0, 0), large(0, 4), large(1, 1), large(1, 1), step{kind: stepGroup})
	p.randomly(r, 2, true)
}

// modes is C13: the logs share their work in another way at each start, with
// branches that wait and commits that only the logs have.
func modes(r *rand.Rand, p *program) {
	x := drawXID(r)
	for i := range 3 {
		p.add(put(r, 0, i, r.IntN(3000)), step{kind: stepCommit}, put(r, 1, 3, 20), step{kind: stepPrepare, slot: 1, xid: x})
		if r.IntN(2) == 0 {
			p.add(step{kind: stepRollbackXID - stepKind(r.IntN(2)), xid: x, flag: true})
		}
		p.add(step{kind: stepReopen + stepKind(r.IntN(2)), modes: 1 + r.IntN(2)})
		p.add(put(r, 2, 4, r.IntN(300)), step{kind: stepCommit, slot: 2})
	}
	p.add(step{kind: stepCommitXID, xid: x, flag: true})
	p.randomly(r, 3, false)
}

// acrossCuts is C1: a branch prepared long before it is committed, with cuts of
// the log in between and behind.
func acrossCuts(r *rand.Rand, p *program) {
	x := drawXID(r)
	p.mode.Automatic = r.IntN(2) == 0
	p.add(put(r, 0, 0, 3000), put(r, 0, 1, r.IntN(2)*3000), step{kind: stepPrepare, xid: x})
	for i := range 5 {
		p.add(put(r, 1, 2+i%3, 15000), step{kind: stepCommit, slot: 1})
	}
	p.add(step{kind: stepCheckpoint}, step{kind: stepCommitXID, xid: x})
	p.add(put(r, 1, 3, 15000), step{kind: stepCommit, slot: 1}, put(r, 2, 4, 20))
	p.add(step{kind: stepPrepare, slot: 2, xid: x}, step{kind: stepCheckpoint}, step{kind: stepRestart})
	p.randomly(r, 3, false)
}

// moved is C5: branches that so many checkpoints have seen that they move to the
// tables, decided before, amid and after that, their names used again.
func moved(r *rand.Rand, p *program) {
	p.mode.Automatic = r.IntN(4) == 0
	x, y := drawXID(r), drawXID(r)
	p.add(put(r, 0, 0, 3000), step{kind: stepPrepare, xid: x}, put(r, 1, 1, 20), step{kind: stepPrepare, slot: 1, xid: y})
	if r.IntN(2) == 0 {
		p.add(step{kind: stepPrepare, slot: 2, xid: drawXID(r)}) // empty
	}
	decide := []stepKind{stepCommitXID, stepRollbackXID}
	for range 2 + r.IntN(3) {
		p.add(put(r, 3, 2+r.IntN(3), r.IntN(9000)), step{kind: stepCommit, slot: 3}, step{kind: stepCheckpoint})
	}
	p.add(step{kind: decide[r.IntN(2)], xid: x, slot: r.IntN(2)}, step{kind: stepRestart})
	p.add(put(r, 0, 0, 30), step{kind: stepPrepare, xid: x})
	for range r.IntN(3) {
		p.add(step{kind: stepCheckpoint})
	}
	p.add(step{kind: decide[r.IntN(2)], xid: y, slot: r.IntN(2)})
	p.randomly(r, 3, false)
	if r.IntN(2) == 0 { // the outcome's record goes, the rows must be gone
		p.add(step{kind: stepCheckpoint}, step{kind: stepCheckpoint}, step{kind: stepRestart})
	}
}

// names has branches whose names differ in one part only, all prepared at
// once.
func names(r *rand.Rand, p *program) {
	base := drawXID(r)
	other := drawXID(r)
	list := []model.XID{
		base,
		{Format: base.Format, Gtrid: base.Gtrid, Bqual: other.Bqual},
		{Format: other.Format, Gtrid: base.Gtrid, Bqual: base.Bqual},
		{Format: -2, Gtrid: base.Gtrid, Bqual: base.Bqual},
	}
	for i, x := range list {
		if i != 2 {
			p.add(put(r, i, i, 20))
		}
		p.add(step{kind: stepPrepare, slot: i, xid: x, flag: r.IntN(2) == 0})
	}
	p.randomly(r, 6, false)
}
