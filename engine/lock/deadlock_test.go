package lock

import (
	"fmt"
	"testing"
)

func TestK4TwoOwners(t *testing.T) {
	for _, requester := range []uint64{1, 2} { // who closes the cycle
		t.Run(fmt.Sprint(requester), func(t *testing.T) {
			b := newBench(t)
			b.has(1, "a", Exclusive)
			b.has(2, "b", Exclusive)
			var w [3]<-chan error
			key := [3]string{1: "b", 2: "a"}
			first := 3 - requester
			w[first] = b.wait(first, key[first], Exclusive)
			w[requester] = b.wait(requester, key[requester], Exclusive)
			b.gets(w[requester], ErrDeadlock)
			b.o(requester).ReleaseAll()
			b.gets(w[first], nil)
			b.clean(first)
		})
	}
}

// The victim has written least, and where that is equal, locked least.
func TestK4VictimHasDoneLeast(t *testing.T) {
	for _, writes := range [][2]int{{3, 2}, {2, 2}} {
		b := newBench(t)
		b.has(1, "a", Exclusive)
		b.has(2, "b", Exclusive)
		b.o(1).SetWrites(writes[0])
		b.o(2).SetWrites(writes[1])
		b.hasOn(1, OfTable(1), Shared)
		w2 := b.wait(2, "a", Exclusive)
		w1 := b.wait(1, "b", Exclusive)
		b.gets(w2, ErrDeadlock)
		b.o(2).ReleaseAll()
		b.gets(w1, nil)
		b.clean(1)
	}
}

func TestK4ThreeOwners(t *testing.T) {
	b := newBench(t)
	for o := uint64(1); o <= 3; o++ {
		b.has(o, fmt.Sprint(o), Exclusive)
	}
	w2 := b.wait(2, "3", Shared)
	w3 := b.wait(3, "1", Shared)
	w1 := b.wait(1, "2", Shared)
	b.gets(w1, ErrDeadlock)
	b.is("1: X [1] | [3]", "2: X [2]", "3: X [3] | [2]")
	b.o(1).ReleaseAll()
	b.gets(w3, nil)
	b.o(3).ReleaseAll()
	b.gets(w2, nil)
	b.clean(2)
}

func TestK4TwoUpgrades(t *testing.T) {
	b := newBench(t)
	b.has(1, "k", Shared)
	b.has(2, "k", Shared)
	w1 := b.wait(1, "k", Exclusive)
	w2 := b.wait(2, "k", Exclusive)
	b.gets(w2, ErrDeadlock)
	b.is("k: S [1 2] | [1]")
	b.o(2).ReleaseAll()
	b.gets(w1, nil)
	b.clean(1)
}

// A cycle may go through the order of the queue: 1 waits behind 3, which waits
// for 2, which waits for 1.
func TestK4ThroughTheQueue(t *testing.T) {
	b := newBench(t)
	b.has(1, "row", Exclusive)
	b.has(2, "table", Shared)
	ddl := b.wait(3, "table", Exclusive)
	w1 := b.wait(1, "table", Shared)
	w2 := b.wait(2, "row", Shared)
	b.gets(ddl, ErrDeadlock) // without it 1 gets the table beside 2
	b.gets(w1, nil)
	b.o(1).ReleaseAll()
	b.gets(w2, nil)
	b.clean(2)
}

// An owner that merely waits behind a deadlock is not its victim, though it is
// has done less: its end would not resolve anything.
func TestK4VictimIsInTheShortestCycle(t *testing.T) {
	b := newBench(t)
	b.has(1, "k", Exclusive)
	b.has(3, "j", Exclusive)
	w5 := b.wait(5, "k", Exclusive)
	w3 := b.wait(3, "k", Exclusive)
	w1 := b.wait(1, "j", Exclusive)
	b.gets(w1, ErrDeadlock)
	b.is("j: X [3]", "k: X [1] | [5 3]")
	b.o(1).ReleaseAll()
	b.gets(w5, nil)
	b.o(5).ReleaseAll()
	b.gets(w3, nil)
	b.clean(3)
}

// One wait can close several cycles; each needs its victim.
func TestK4SeveralCyclesAtOnce(t *testing.T) {
	b := newBench(t)
	b.has(1, "own", Exclusive)
	b.o(1).SetWrites(1)
	for _, o := range []uint64{2, 3, 4} {
		b.has(o, "shared", Shared)
	}
	var w [5]<-chan error
	for _, o := range []uint64{2, 3} {
		w[o] = b.wait(o, "own", Shared)
	}
	w[1] = b.wait(1, "shared", Exclusive)
	b.gets(w[2], ErrDeadlock)
	b.gets(w[3], ErrDeadlock)
	b.is("own: X [1]", "shared: S [2 3 4] | [1]")
	for _, o := range []uint64{2, 3, 4} {
		b.o(o).ReleaseAll()
	}
	b.gets(w[1], nil)
	b.clean(1)
}

// A prepared owner gets what is free or its own, and waits for nothing else.
func TestK5PreparedNeverWaits(t *testing.T) {
	b := newBench(t)
	b.has(1, "a", Exclusive)
	b.has(2, "b", Exclusive)
	w3 := b.wait(3, "a", Shared)
	b.o(2).SetPrepared()
	b.has(2, "b", Exclusive)
	b.has(2, "c", Shared)
	w1 := b.wait(1, "b", Exclusive) // no deadlock: 2 waits for nobody
	b.gets(b.wait(2, "a", Exclusive), ErrPrepared)
	b.is("a: X [1] | [3]", "b: X [2] | [1]", "c: S [2]")
	b.o(2).ReleaseAll()
	if b.o(2).Prepared() {
		t.Error("prepared for ever")
	}
	b.gets(w1, nil)
	b.o(1).ReleaseAll()
	b.gets(w3, nil)
	b.clean(3)
}

// Waiting behind a long queue must cost its length, not its square.
func TestLongQueueIsSearchedOnce(t *testing.T) {
	const n = 3000
	b := newBench(t)
	b.has(1, "k", Exclusive)
	b.m.graph.Lock()
	defer b.m.graph.Unlock()
	var last *waiter
	for i := uint64(2); i <= n; i++ {
		last = &waiter{place: row("k").place(b.o(i), Exclusive), owner: b.o(i), mode: Exclusive}
		if _, err := b.m.admit(last, func() (bool, error) { return false, nil }); err != nil {
			t.Fatal(err)
		}
	}
	if b.m.cycle(last) != nil {
		t.Error("a cycle out of nothing")
	}
	expanded := 0
	for w := b.m.waiting.first; w != nil; w = w.next {
		if w.covered != b.m.search {
			expanded++
		}
	}
	if expanded != 1 {
		t.Errorf("%d waiters were expanded", expanded)
	}
}
