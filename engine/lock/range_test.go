package lock

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"
)

// No phantoms: what is not there yet is locked too.
func TestK1RangesAndPoints(t *testing.T) {
	for _, tt := range []struct {
		held    Mode
		point   string
		asked   Mode
		granted bool
		rows    string
	}{
		{Shared, "b", Exclusive, false, "bd"},
		{Shared, "b", Shared, true, "bd"},
		{Shared, "d", Exclusive, true, "bd"}, // the end is exclusive
		{Shared, "a", Exclusive, true, "bd"},
		{Exclusive, "c", Shared, false, "bd"},
		{Exclusive, "z", Shared, false, "b"},
		{Exclusive, "a", Exclusive, true, "b"},
		{Exclusive, "", Shared, false, ""}, // the empty key, in everything
	} {
		t.Run(fmt.Sprintf("%s on %q, %s %s", tt.held, tt.rows, tt.asked, tt.point), func(t *testing.T) {
			b := newBench(t)
			b.hasOn(1, rows(tt.rows), tt.held)
			if got := b.o(2).TryAcquire(row(tt.point), tt.asked); got != tt.granted {
				t.Errorf("beside the range: %t", got)
			}
			if !tt.granted {
				b.has(1, tt.point, Exclusive) // none stands against itself
			}
			b.clean(1, 2)

			b.has(2, tt.point, tt.asked)
			if got := b.o(1).TryAcquire(rows(tt.rows), tt.held); got != tt.granted {
				t.Errorf("the range beside the point: %t", got)
			}
			b.hasOn(3, OfRange(2, nil, nil), Exclusive) // another table
			b.hasOn(3, OfTable(1), Exclusive)           // the table is none of its rows
			b.clean(1, 2, 3)
		})
	}
}

func TestRangesMergeAndRise(t *testing.T) {
	b := newBench(t)
	b.hasOn(1, rows("ac"), Shared)
	b.hasOn(1, rows("ce"), Shared)
	b.hasOn(1, rows("gi"), Shared)
	b.is("[a,e): S [1]", "[g,i): S [1]")
	b.hasOn(1, rows("dh"), Shared)
	b.is("[a,i): S [1]")
	b.hasOn(2, rows("xz"), Shared)
	b.refused(2, rows("hz"), Exclusive)
	b.hasOn(1, rows("bc"), Exclusive) // not where 2 is
	b.clean(1, 2)
}

func TestRangeRises(t *testing.T) {
	b := newBench(t)
	b.hasOn(1, rows("am"), Shared)
	b.hasOn(2, rows("cd"), Shared)
	w := b.waitOn(1, rows("am"), Exclusive)
	b.refused(3, rows("bc"), Shared) // K2
	b.hasOn(2, row("c"), Shared)     // a holder does not queue for what it has
	b.o(2).ReleaseAll()
	b.gets(w, nil)
	b.is("[a,m): X [1]")
	b.clean(1)
}

// K2: an Exclusive range gets its turn though Shared requests go on coming; who
// holds something in it may go on all the same, else it would be a deadlock.
func TestK2RangeIsNotStarved(t *testing.T) {
	b := newBench(t)
	b.has(1, "c", Shared)
	all := b.waitOn(2, rows(""), Exclusive)
	late := b.wait(3, "d", Shared)
	b.has(1, "e", Exclusive)
	b.hasOn(1, rows("xz"), Shared)
	b.is("c: S [1]", "d: | [3]", "e: X [1]", "[,): | [2]", "[x,z): S [1]")
	b.o(1).ReleaseAll()
	b.gets(all, nil)
	b.o(2).ReleaseAll()
	b.gets(late, nil)
	b.clean(3)
}

// K4 through ranges: two that have read the same rows want to insert there.
func TestK4Phantoms(t *testing.T) {
	b := newBench(t)
	b.hasOn(1, rows("ad"), Shared)
	b.hasOn(2, rows("bz"), Shared)
	w1 := b.wait(1, "c", Exclusive)
	w2 := b.wait(2, "b", Exclusive)
	b.gets(w2, ErrDeadlock)
	b.o(2).ReleaseAll()
	b.gets(w1, nil)
	b.clean(1)
}

func TestTableAloneWaitsForAll(t *testing.T) {
	b := newBench(t)
	for o := uint64(1); o <= 3; o++ {
		b.hasOn(o, OfTable(1), Shared)
	}
	ddl := b.waitOn(3, OfTable(1), Exclusive)
	dml := b.waitOn(4, OfTable(1), Shared)
	b.hasOn(4, OfTable(2), Shared)
	b.hasOn(2, OfTable(1), Shared)
	b.o(1).ReleaseAll()
	b.o(2).ReleaseAll()
	b.gets(ddl, nil)
	b.is("table 1: X [3] | [4]", "table 2: S [4]")
	b.o(3).ReleaseAll()
	b.gets(dml, nil)
	b.clean(4)
}

// C10: too many rows of a table become all its rows.
func TestEscalation(t *testing.T) {
	b := newBench(t)
	b.m.opts.RowsMax = 3
	b.has(1, "z", Exclusive)
	for _, k := range []string{"a", "b", "c"} {
		b.has(2, k, Shared)
	}
	b.hasOn(2, OfRow(2, []byte("other")), Exclusive)
	err := b.o(2).Acquire(context.Background(), row("d"), Shared, 0)
	if !errors.Is(err, ErrNoWait) {
		t.Errorf("while 1 is there: %v", err)
	}
	w := b.waitCtx(context.Background(), 2, row("e"), Shared, time.Second)
	b.o(1).ReleaseAll()
	b.gets(w, nil)
	b.is("[,): S [2]", "other: X [2]")
	b.has(2, "f", Shared)
	for _, k := range []string{"g", "h", "i", "j"} {
		b.has(2, k, Exclusive)
	}
	b.is("[,): X [2]", "other: X [2]")
	b.clean(2)
}

// C15 with ranges: a prepared branch keeps what its outcome needs, and has it
// again after a restart.
func TestKeepAndRestoreRanges(t *testing.T) {
	b := newBench(t)
	b.hasOn(1, rows("ac"), Shared)
	b.hasOn(1, rows("xz"), Exclusive)
	w := b.wait(2, "y", Shared)
	b.o(1).SetPrepared()
	b.o(1).ReleaseExcept(func(l Lock) bool { return l.Mode == Shared })
	b.gets(w, nil)
	kept := b.o(1).Held()
	b.clean(1, 2)
	for _, l := range kept {
		if err := b.o(1).Restore(l.Target, l.Mode); err != nil {
			t.Error(err)
		}
	}
	b.is("[a,c): S [1]")
	if err := b.o(2).Restore(rows("bd"), Exclusive); !errors.Is(err, ErrConflict) {
		t.Error(err)
	}
	b.clean(1, 2)
}

func TestDumpTellsTheWait(t *testing.T) {
	b := newBench(t)
	b.has(1, "c", Shared)
	b.o(1).SetPrepared()
	b.clock.Advance(time.Hour)
	w := b.waitOn(2, rows(""), Exclusive)
	w3 := b.wait(3, "d", Shared)
	held, waits := b.m.Dump()
	if len(held) != 1 || !held[0].Prepared || held[0].Owner != 1 {
		t.Errorf("%+v", held)
	}
	if len(waits) != 2 || fmt.Sprint(waits[0].For, waits[1].For) != "[1] [2]" || !waits[0].Since.Equal(b.clock.Now()) {
		t.Errorf("%+v", waits)
	}
	b.o(1).ReleaseAll()
	b.gets(w, nil)
	b.o(2).ReleaseAll()
	b.gets(w3, nil)
	b.clean(3)
}
