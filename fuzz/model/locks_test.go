package model

import "testing"

// TestHeld: requests are granted beside what others have, and too many rows of
// a table become all of it.
func TestHeld(t *testing.T) {
	const table = 1
	row := func(h *Held, others *Kept, key int, m LockMode, want bool) {
		t.Helper()
		if got := h.Row(others, table, KeyCell(key), m); got != want {
			t.Errorf("row %d in mode %d is granted: %t", key, m, got)
		}
	}
	a, b := &Held{RowsMax: 2}, &Held{RowsMax: 2}
	nobody := &Kept{}
	row(a, nobody, 0, Shared, true)
	row(a, nobody, 1, Exclusive, true)
	others := a.Kept()
	row(b, &others, 0, Shared, true)
	row(b, &others, 0, Exclusive, false)
	row(b, &others, 1, Shared, false)
	if b.Range(&others, table, 0, KeyCell(1), Shared) != true || b.Range(&others, table, 0, Cells, Shared) {
		t.Error("a range is refused for the exclusive row in it, and for that alone")
	}
	others = b.Kept()
	row(a, &others, 2, Shared, false) // one too many, and all of the table is not free
	if k := a.Kept(); k.Rows[table][KeyCell(2)] != Shared || k.Rows[table][0] != Unlocked {
		t.Errorf("refused for being one too many: %v", k.Rows[table])
	}
	row(a, nobody, 2, Shared, true)
	if k := a.Kept(); k.Meets(table, 0, 1) != Exclusive || k.Meets(0, 0, Cells) != Unlocked {
		t.Errorf("more rows than it may lock one by one: %v", k.Rows)
	}
}

// TestC15Kept: what a branch keeps follows from its level and its writes.
func TestC15Kept(t *testing.T) {
	const table = 0
	write := []Write{{Table: table, Key: KeyName(1), Value: "v"}}
	h := &Held{RowsMax: KeyCount}
	nobody := &Kept{}
	h.Row(nobody, table, KeyCell(4), Shared)
	h.Range(nobody, table, 0, KeyCell(2), Exclusive) // around the write
	h.Range(nobody, table, KeyCell(3), KeyCell(4), Exclusive)
	h.Table(table)
	for _, c := range []struct {
		what string
		kept Kept
		want [Cells]LockMode
	}{
		{"serializable", h.Prepared(true, write), [Cells]LockMode{2, 2, 2, 2, 2, 0, 0, 2, 2, 1, 0}},
		{"serializable, restarted", h.Restored(true, write), [Cells]LockMode{2, 2, 2, 2, 2, 0, 0, 2, 2, 1, 0}},
		{"else", h.Prepared(false, write), [Cells]LockMode{2, 2, 2, 2, 2}},
		{"else, restarted", h.Restored(false, write), [Cells]LockMode{0, 0, 0, 2}},
	} {
		if c.kept.Rows[table] != c.want || !c.kept.Tables[table] {
			t.Errorf("%s: %v, table %t", c.what, c.kept.Rows[table], c.kept.Tables[table])
		}
		if c.kept.Reads(write) != (c.want != [Cells]LockMode{3: Exclusive}) {
			t.Errorf("%s: more than the writes: %t", c.what, c.kept.Reads(write))
		}
	}
	if k := h.Prepared(false, nil); k != (Kept{}) {
		t.Errorf("a branch without writes keeps %v", k)
	}
}

func TestCells(t *testing.T) {
	for c := range Cells {
		key := CellKey(c)
		if c > 0 && key <= CellKey(c-1) {
			t.Errorf("cell %d begins with %q, the one before with %q", c, key, CellKey(c-1))
		}
	}
	for i := range KeyCount {
		if got := cellOf(KeyName(i)); got != KeyCell(i) || CellKey(got) != KeyName(i) {
			t.Errorf("key %d is in cell %d, of %q", i, got, CellKey(got))
		}
	}
}

// TestAmidChunks: the log ends between chunks and the record that decides them,
// in this life.
func TestAmidChunks(t *testing.T) {
	chunk := func(txn uint64, epoch uint32) Frame { return Frame{kind: kindChunk, txn: txn, epoch: epoch} }
	prepare := Frame{kind: kindPrepare, txn: 1, epoch: 1}
	for _, c := range []struct {
		what   string
		frames []Frame
		want   bool
	}{
		{"empty", nil, false},
		{"chunk", []Frame{chunk(1, 1)}, true},
		{"prepared", []Frame{chunk(1, 1), chunk(1, 1), prepare}, false},
		{"another's", []Frame{chunk(2, 1), chunk(1, 1), prepare}, true},
		{"of an earlier life", []Frame{chunk(2, 0), prepare}, false},
	} {
		if got := (&Redo{Frames: c.frames}).AmidChunks(); got != c.want {
			t.Errorf("%s: %t", c.what, got)
		}
	}
}
