package lock

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A model does what Manager does without any cleverness: lists and loops. It
// takes a place for the set of its cells: the letters of table 1, and of table
// itself a cell per owner. Every range begins with a letter, so two overlap
// only if they share one.
type model struct {
	points, ranges map[uint64]map[string]Mode // by owner and cell
	waiting        []ask                      // in order of arrival
	prepared       map[uint64]bool
}

const letters, owners = "abcde", 7

type ask struct {
	owner   uint64
	target  Target
	mode    Mode
	cells   []string
	point   bool
	upgrade bool // of a point
}

func newAsk(owner uint64, t Target, mode Mode) ask {
	a := ask{owner: owner, target: t, mode: mode, point: t.Kind == Row || t.Kind == Table && mode == Shared}
	switch {
	case t.Kind == Row:
		a.cells = []string{string(t.Key)}
	case a.point:
		a.cells = []string{fmt.Sprint(owner)}
	case t.Kind == Table:
		for o := range owners {
			a.cells = append(a.cells, fmt.Sprint(o+1))
		}
	default:
		for _, l := range letters {
			if (span{t.Key, t.End}).has([]byte(string(l))) {
				a.cells = append(a.cells, string(l))
			}
		}
	}
	return a
}

func (a ask) any(f func(cell string) bool) bool { return slices.ContainsFunc(a.cells, f) }

func (m *model) holds(o uint64, cell string) Mode { return max(m.points[o][cell], m.ranges[o][cell]) }

// against reports whether o holds something that conflicts with a.
func (m *model) against(o uint64, a ask) bool {
	return a.any(func(c string) bool { return conflicts(m.holds(o, c), a.mode) })
}

// before reports whether a goes before b where they conflict; first says that
// it came first.
func (a ask) before(b ask, first bool) bool {
	met := a.any(func(c string) bool { return slices.Contains(b.cells, c) })
	if !met || !conflicts(a.mode, b.mode) {
		return false
	}
	if a.point && b.point && a.upgrade != b.upgrade {
		return a.upgrade
	}
	return first
}

// blockers is whom a waits for, with those that came before it and after.
func (m *model) blockers(a ask, before, after []ask) map[uint64]bool {
	found := map[uint64]bool{}
	for o := uint64(1); o <= owners; o++ {
		if o != a.owner && m.against(o, a) {
			found[o] = true
		}
	}
	for _, b := range before {
		if b.before(a, true) && !m.against(a.owner, b) {
			found[b.owner] = true
		}
	}
	for _, b := range after {
		if b.before(a, false) && !m.against(a.owner, b) {
			found[b.owner] = true
		}
	}
	return found
}

// waitsFor is the whole graph.
func (m *model) waitsFor() map[uint64]map[uint64]bool {
	graph := map[uint64]map[uint64]bool{}
	for i, a := range m.waiting {
		graph[a.owner] = m.blockers(a, m.waiting[:i], m.waiting[i+1:])
	}
	return graph
}

func (m *model) grant(a ask) {
	needed := a.any(func(c string) bool { return m.ranges[a.owner][c] < a.mode })
	for _, c := range a.cells {
		switch {
		case a.point && needed:
			m.points[a.owner][c] = max(m.points[a.owner][c], a.mode)
		case !a.point:
			m.ranges[a.owner][c] = max(m.ranges[a.owner][c], a.mode)
		}
	}
}

// dropPoints is what an owner does after it got a range.
func (m *model) dropPoints(a ask) {
	for _, c := range a.cells {
		if !a.point && m.points[a.owner][c] <= a.mode {
			delete(m.points[a.owner], c)
		}
	}
}

// request is true when the lock is granted at once.
func (m *model) request(a ask) bool {
	lacks := a.any(func(c string) bool { return m.holds(a.owner, c) < a.mode })
	a.upgrade = a.point && m.points[a.owner][a.cells[0]] > 0
	if !lacks || len(m.blockers(a, m.waiting, nil)) == 0 {
		m.grant(a)
		return true
	}
	m.waiting = append(m.waiting, a)
	return false
}

// promote grants one that can be granted.
func (m *model) promote() (granted ask, some bool) {
	for i, a := range m.waiting {
		if len(m.blockers(a, m.waiting[:i], m.waiting[i+1:])) == 0 {
			m.grant(a)
			m.waiting = slices.Delete(m.waiting, i, i+1)
			return a, true
		}
	}
	return ask{}, false
}

func (m *model) withdraw(o uint64) {
	m.waiting = slices.DeleteFunc(m.waiting, func(a ask) bool { return a.owner == o })
}

// list shows who holds which cell how and who waits for whom.
func (m *model) list() string {
	var lines []string
	for o := uint64(1); o <= owners; o++ {
		for kind, cells := range map[string]map[string]Mode{"": m.points[o], "range ": m.ranges[o]} {
			for c, mode := range cells {
				lines = append(lines, fmt.Sprintf("%d holds %s%s %s", o, kind, c, mode))
			}
		}
	}
	for o, blockers := range m.waitsFor() {
		var of []uint64
		for b := range blockers {
			of = append(of, b)
		}
		slices.Sort(of)
		lines = append(lines, fmt.Sprintf("%d waits for %v", o, of))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// reaches reports whether there is a way from a to b without the owners in
// without.
func reaches(graph map[uint64]map[uint64]bool, a, b uint64, without map[uint64]bool) bool {
	seen := map[uint64]bool{}
	var visit func(uint64) bool
	visit = func(o uint64) bool {
		for next := range graph[o] {
			if next == b {
				return true
			}
			if !seen[next] && !without[next] {
				seen[next] = true
				if visit(next) {
					return true
				}
			}
		}
		return false
	}
	return visit(a)
}

// A pair is the manager and the model, with the waiters of the manager whose
// outcome was not read yet.
type pair struct {
	*bench
	model   *model
	waiters map[uint64]*waiter
}

func newPair(t *testing.T) *pair {
	return &pair{newBench(t), newModel(), map[uint64]*waiter{}}
}

func newModel() *model {
	m := &model{map[uint64]map[string]Mode{}, map[uint64]map[string]Mode{}, nil, map[uint64]bool{}}
	for o := uint64(1); o <= owners; o++ {
		m.points[o], m.ranges[o] = map[string]Mode{}, map[string]Mode{}
	}
	return m
}

var (
	drawOwner = rapid.Custom(func(t *rapid.T) uint64 { return uint64(rapid.IntRange(1, owners).Draw(t, "owner")) })
	drawMode  = rapid.SampledFrom([]Mode{Shared, Exclusive})
	drawAsk   = rapid.Custom(func(t *rapid.T) ask {
		owner, mode := drawOwner.Draw(t, "owner"), drawMode.Draw(t, "mode")
		return newAsk(owner, drawTarget.Draw(t, "target"), mode)
	})
	drawTarget = rapid.Custom(func(t *rapid.T) Target {
		from := rapid.IntRange(0, len(letters)-1).Draw(t, "key")
		switch rapid.IntRange(0, 6).Draw(t, "kind") {
		case 0:
			return OfTable(1)
		case 1:
			return rows(letters[from : from+1])
		case 2, 3:
			to := rapid.IntRange(from+1, len(letters)).Draw(t, "to")
			return rows(letters[from:from+1] + (letters + "z")[to:to+1])
		}
		return row(letters[from : from+1])
	})
)

func (p *pair) request(t *rapid.T) {
	a := drawAsk.Draw(t, "ask")
	if p.waiters[a.owner] != nil {
		return
	}
	o := p.o(a.owner)
	at := a.target.place(o, a.mode)
	o.SetWrites(rapid.IntRange(0, 3).Draw(t, "writes"))
	done := map[uint64]int{}
	for other := range p.waiters {
		done[other] = p.o(other).work()
	}
	done[a.owner] = o.work()
	var w *waiter
	var err error
	if !o.has(at, a.mode) && !(at.point && o.fast(at, a.mode)) {
		w, _, err = p.m.request(o, at, a.mode, forever)
	}
	granted := p.model.request(a)
	if granted != (w == nil && err == nil) {
		t.Fatalf("%v granted at once: %t, %v, model %t", a, w == nil, err, granted)
	}
	switch {
	case granted:
		p.granted(a)
	case p.model.prepared[a.owner]:
		if w != nil || err != ErrPrepared {
			t.Fatalf("K5: %d waits, %v", a.owner, err)
		}
		p.model.withdraw(a.owner)
	default:
		p.waiters[a.owner] = w
		p.removeVictims(t, a.owner, done)
	}
}

func (p *pair) granted(a ask) {
	if at := a.target.place(p.o(a.owner), a.mode); !at.point {
		p.o(a.owner).dropPoints(at, a.mode)
	}
	p.model.dropPoints(a)
}

// removeVictims takes the manager's victims out of the model, if they were
// deadlocked and the right ones (K4). done is what each has done.
func (p *pair) removeVictims(t *rapid.T, requester uint64, done map[uint64]int) {
	graph := p.model.waitsFor()
	arrival := map[uint64]uint64{}
	for o, w := range p.waiters {
		arrival[o] = w.arrival
	}
	for o, w := range p.waiters {
		select {
		case err := <-w.done:
			if err == nil {
				w.done <- nil // granted after a victim went
				continue
			}
			if !errors.Is(err, ErrDeadlock) {
				t.Fatalf("owner %d: %v", o, err)
			}
			// Every cycle contains the requester, and in some cycle the
			// victim has done least.
			cheaper := map[uint64]bool{}
			for other := range graph {
				cheaper[other] = done[other] < done[o] || done[other] == done[o] && arrival[other] > arrival[o]
			}
			onCycle := o == requester && reaches(graph, o, o, cheaper) ||
				!cheaper[requester] && reaches(graph, requester, o, cheaper) && reaches(graph, o, requester, cheaper)
			if !onCycle {
				t.Fatalf("K4: %d is no victim of a cycle through %d in %v", o, requester, graph)
			}
			p.model.withdraw(o)
			delete(p.waiters, o)
		default:
		}
	}
}

func (p *pair) releaseAll(t *rapid.T) {
	o := drawOwner.Draw(t, "owner")
	if p.waiters[o] != nil {
		return
	}
	p.o(o).ReleaseAll()
	clear(p.model.points[o])
	clear(p.model.ranges[o])
	delete(p.model.prepared, o)
}

func (p *pair) releaseExcept(t *rapid.T) {
	o, kind := drawOwner.Draw(t, "owner"), rapid.SampledFrom([]Kind{Table, Row, Range}).Draw(t, "kind kept")
	if p.waiters[o] != nil {
		return
	}
	p.o(o).ReleaseExcept(func(l Lock) bool { return l.Target.Kind == kind })
	for held, cells := range map[Kind]map[string]Mode{Row: p.model.points[o], Range: p.model.ranges[o]} {
		for c := range cells {
			ofTable := !strings.Contains(letters, c)
			if ofTable != (kind == Table) || !ofTable && held != kind {
				delete(cells, c)
			}
		}
	}
}

func (p *pair) restore(t *rapid.T) {
	a := drawAsk.Draw(t, "ask")
	if p.waiters[a.owner] != nil {
		return
	}
	free := true
	for o := uint64(1); o <= owners; o++ {
		free = free && (o == a.owner || !p.model.against(o, a))
	}
	err := p.o(a.owner).Restore(a.target, a.mode)
	if free != (err == nil) || err != nil && !errors.Is(err, ErrConflict) {
		t.Fatalf("restore: %v, model free %t", err, free)
	}
	if err == nil {
		p.model.grant(a)
	}
}

func (p *pair) prepare(t *rapid.T) {
	o := drawOwner.Draw(t, "owner")
	if p.waiters[o] == nil {
		p.o(o).SetPrepared()
		p.model.prepared[o] = true
	}
}

// gone is a context that is over.
var gone = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

func (p *pair) giveUp(t *rapid.T) {
	o := drawOwner.Draw(t, "owner")
	w := p.waiters[o]
	if w == nil {
		return
	}
	if err := p.m.await(gone, w, forever); err != context.Canceled {
		t.Fatalf("giving up: %v", err)
	}
	delete(p.waiters, o)
	p.model.withdraw(o)
}

// cells is what the manager has, in the model's words.
func (p *pair) cells() string {
	m := newModel()
	held, waits := p.m.Dump()
	for _, h := range held { // rows come before ranges
		m.grant(newAsk(h.Owner, h.Target, h.Mode))
	}
	var lines []string
	if text := m.list(); text != "" {
		lines = strings.Split(text, "\n")
	}
	for _, w := range waits {
		lines = append(lines, fmt.Sprintf("%d waits for %v", w.Owner, w.For))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// check compares both after an action and tests the invariants.
func (p *pair) check(t *rapid.T) {
	for a, some := p.model.promote(); some; a, some = p.model.promote() {
		select {
		case err := <-p.waiters[a.owner].done:
			if err != nil {
				t.Fatalf("owner %d: %v, model granted", a.owner, err)
			}
		default:
			t.Fatalf("K3: owner %d waits, model granted", a.owner)
		}
		delete(p.waiters, a.owner)
		p.granted(a)
	}
	if got, want := p.cells(), p.model.list(); got != want {
		t.Fatalf("manager has\n%s\nmodel has\n%s", got, want)
	}
	graph := p.model.waitsFor()
	for o := range graph {
		if reaches(graph, o, o, nil) {
			t.Fatalf("K4: %d is deadlocked in %v", o, graph)
		}
	}
}

func TestManagerAgainstModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := newPair(t)
		rt.Repeat(map[string]func(*rapid.T){
			"request":       p.request,
			"request again": p.request, // twice as likely
			"releaseAll":    p.releaseAll,
			"releaseExcept": p.releaseExcept,
			"restore":       p.restore,
			"prepare":       p.prepare,
			"giveUp":        p.giveUp,
			"":              p.check,
		})
		for _, w := range p.waiters {
			_ = p.m.await(gone, w, forever)
		}
		for _, o := range p.owners {
			o.ReleaseAll()
		}
		if left := p.m.residue(); left != "" {
			rt.Fatalf("K6: %s", left)
		}
	})
}
