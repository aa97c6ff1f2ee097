package lock

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A model does what Manager does without any cleverness: lists and loops.
type model struct {
	holders  map[string]map[Owner]Mode
	queue    map[string][]ask
	prepared map[Owner]bool
}

type ask struct {
	owner   Owner
	mode    Mode
	upgrade bool
}

func (m *model) free(o Owner, key string, mode Mode) bool {
	for h, held := range m.holders[key] {
		if h != o && (held == Exclusive || mode == Exclusive) {
			return false
		}
	}
	return true
}

func (m *model) grant(o Owner, key string, mode Mode) {
	if m.holders[key] == nil {
		m.holders[key] = map[Owner]Mode{}
	}
	m.holders[key][o] = max(mode, m.holders[key][o])
}

// request is true when the lock is granted at once.
func (m *model) request(o Owner, key string, mode Mode) bool {
	held := m.holders[key][o]
	if held >= mode || (held > 0 || len(m.queue[key]) == 0) && m.free(o, key, mode) {
		m.grant(o, key, mode)
		return true
	}
	a := ask{o, mode, held > 0}
	at := len(m.queue[key])
	if a.upgrade {
		at = slices.IndexFunc(append(slices.Clone(m.queue[key]), ask{}), func(q ask) bool { return !q.upgrade })
	}
	m.queue[key] = slices.Insert(m.queue[key], at, a)
	return false
}

func (m *model) promote() {
	for key, q := range m.queue {
		for len(q) > 0 && m.free(q[0].owner, key, q[0].mode) {
			m.grant(q[0].owner, key, q[0].mode)
			q = q[1:]
		}
		m.queue[key] = q
	}
}

func (m *model) leaveQueue(o Owner) {
	for key, q := range m.queue {
		m.queue[key] = slices.DeleteFunc(q, func(a ask) bool { return a.owner == o })
	}
}

func (m *model) waiting(o Owner) bool {
	for _, q := range m.queue {
		if slices.ContainsFunc(q, func(a ask) bool { return a.owner == o }) {
			return true
		}
	}
	return false
}

// waitsFor is the whole graph.
func (m *model) waitsFor() map[Owner]map[Owner]bool {
	graph := map[Owner]map[Owner]bool{}
	for key, q := range m.queue {
		for i, a := range q {
			to := map[Owner]bool{}
			for h, held := range m.holders[key] {
				if h != a.owner && conflicts(held, a.mode) {
					to[h] = true
				}
			}
			for _, b := range q[:i] {
				if conflicts(a.mode, b.mode) {
					to[b.owner] = true
				}
			}
			graph[a.owner] = to
		}
	}
	return graph
}

// reaches reports whether there is a way from a to b without the owners in
// without.
func reaches(graph map[Owner]map[Owner]bool, a, b Owner, without map[Owner]bool) bool {
	seen := map[Owner]bool{}
	var visit func(Owner) bool
	visit = func(o Owner) bool {
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

func (m *model) list() string {
	var lines []string
	for key := range m.holders {
		if len(m.holders[key]) == 0 && len(m.queue[key]) == 0 {
			continue
		}
		var owners []Owner
		var mode Mode
		for o, held := range m.holders[key] {
			owners = append(owners, o)
			mode = max(mode, held)
		}
		slices.Sort(owners)
		line := fmt.Sprintf("%s: %s %v", key, mode, owners)
		if len(m.queue[key]) > 0 {
			var waiters []Owner
			for _, a := range m.queue[key] {
				waiters = append(waiters, a.owner)
			}
			line += fmt.Sprintf(" | %v", waiters)
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// A pair is the manager and the model, with the waiters of the manager whose
// outcome was not read yet.
type pair struct {
	m       *Manager
	model   *model
	waiters map[Owner]*waiter
}

var (
	drawOwner = rapid.Custom(func(t *rapid.T) Owner { return Owner(rapid.IntRange(1, 7).Draw(t, "owner")) })
	drawKey   = rapid.SampledFrom([]string{"a", "b", "c", "d"})
	drawMode  = rapid.SampledFrom([]Mode{Shared, Exclusive})
)

func (p *pair) request(t *rapid.T) {
	o, key, mode := drawOwner.Draw(t, "owner"), drawKey.Draw(t, "key"), drawMode.Draw(t, "mode")
	if p.waiters[o] != nil {
		return
	}
	w, _, err := p.m.request(o, key, mode, forever)
	granted := p.model.request(o, key, mode)
	if granted != (w == nil && err == nil) {
		t.Fatalf("granted at once: %t, %v, model %t", w == nil, err, granted)
	}
	if !granted && p.model.prepared[o] {
		if w != nil || err != ErrPrepared {
			t.Fatalf("K5: %d waits, %v", o, err)
		}
		p.model.leaveQueue(o)
		return
	}
	if w != nil {
		p.waiters[o] = w
	}
	p.removeVictims(t, o)
}

// removeVictims takes the manager's victims out of the model, if they were
// deadlocked and the right ones (K4).
func (p *pair) removeVictims(t *rapid.T, requester Owner) {
	graph := p.model.waitsFor()
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
			// victim is the youngest.
			younger := map[Owner]bool{}
			for other := range graph {
				younger[other] = other > o
			}
			onCycle := o == requester && reaches(graph, o, o, younger) ||
				!younger[requester] && reaches(graph, requester, o, younger) && reaches(graph, o, requester, younger)
			if !onCycle {
				t.Fatalf("K4: %d is no victim of a cycle through %d in %v", o, requester, graph)
			}
			p.model.leaveQueue(o)
			delete(p.waiters, o)
		default:
		}
	}
}

func (p *pair) releaseAll(t *rapid.T) {
	o := drawOwner.Draw(t, "owner")
	p.m.ReleaseAll(o)
	if w := p.waiters[o]; w != nil {
		if err := <-w.done; err != ErrReleased {
			t.Fatalf("owner %d: %v", o, err)
		}
		delete(p.waiters, o)
	}
	p.model.leaveQueue(o)
	for key := range p.model.holders {
		delete(p.model.holders[key], o)
	}
	delete(p.model.prepared, o)
}

func (p *pair) release(t *rapid.T) {
	o := drawOwner.Draw(t, "owner")
	if p.waiters[o] != nil {
		return
	}
	keys := rapid.SliceOfN(drawKey, 0, 3).Draw(t, "keys")
	p.m.Release(o, keys...)
	for _, key := range keys {
		delete(p.model.holders[key], o)
	}
}

func (p *pair) releaseExcept(t *rapid.T) {
	o, kept := drawOwner.Draw(t, "owner"), drawMode.Draw(t, "kept mode")
	if p.waiters[o] != nil {
		return
	}
	p.m.ReleaseExcept(o, func(_ string, mode Mode) bool { return mode == kept })
	for _, holders := range p.model.holders {
		if holders[o] != kept {
			delete(holders, o)
		}
	}
}

func (p *pair) restore(t *rapid.T) {
	o, key, mode := drawOwner.Draw(t, "owner"), drawKey.Draw(t, "key"), drawMode.Draw(t, "mode")
	if p.waiters[o] != nil {
		return
	}
	err := p.m.Restore(o, key, mode)
	if free := p.model.free(o, key, mode); free != (err == nil) {
		t.Fatalf("restore: %v, model free %t", err, free)
	}
	if err == nil {
		p.model.grant(o, key, mode)
	}
}

func (p *pair) prepare(t *rapid.T) {
	o := drawOwner.Draw(t, "owner")
	p.m.SetPrepared(o)
	p.model.prepared[o] = true
	if w := p.waiters[o]; w != nil {
		if err := <-w.done; err != ErrPrepared {
			t.Fatalf("owner %d: %v", o, err)
		}
		delete(p.waiters, o)
		p.model.leaveQueue(o)
	}
}

func (p *pair) giveUp(t *rapid.T) {
	o := drawOwner.Draw(t, "owner")
	w := p.waiters[o]
	if w == nil {
		return
	}
	p.m.mu.Lock()
	p.m.settleLocked(w, ErrTimeout)
	p.m.promoteLocked(w.entry)
	p.m.mu.Unlock()
	delete(p.waiters, o)
	p.model.leaveQueue(o)
}

// check compares both after an action and tests the invariants.
func (p *pair) check(t *rapid.T) {
	p.model.promote()
	for o, w := range p.waiters {
		if p.model.waiting(o) {
			continue
		}
		select {
		case err := <-w.done:
			if err != nil {
				t.Fatalf("owner %d: %v, model granted", o, err)
			}
			delete(p.waiters, o)
		default:
			t.Fatalf("K3: owner %d waits, model granted", o)
		}
	}
	b := bench{m: p.m}
	if got, want := b.list(), p.model.list(); got != want {
		t.Fatalf("manager has\n%s\nmodel has\n%s", got, want)
	}
	graph := p.model.waitsFor()
	for o := range graph {
		if reaches(graph, o, o, nil) {
			t.Fatalf("K4: %d is deadlocked in %v", o, graph)
		}
	}
	for id, txn := range p.m.txns {
		if len(txn.held) == 0 && txn.wait == nil && !txn.prepared {
			t.Fatalf("K6: owner %d is left", id)
		}
	}
}

func TestManagerAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := &pair{NewManager(Options{}), &model{map[string]map[Owner]Mode{}, map[string][]ask{}, map[Owner]bool{}}, map[Owner]*waiter{}}
		t.Repeat(map[string]func(*rapid.T){
			"request":       p.request,
			"request again": p.request, // twice as likely
			"releaseAll":    p.releaseAll,
			"release":       p.release,
			"releaseExcept": p.releaseExcept,
			"restore":       p.restore,
			"prepare":       p.prepare,
			"giveUp":        p.giveUp,
			"":              p.check,
		})
	})
}
