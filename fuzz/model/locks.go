package model

import "fmt"

// KeyCount is how many keys of each table the programs use.
const KeyCount = 5

// Cells is in how many pieces these keys cut a table: each key, and the gaps
// before, between and behind them. Key i is cell 2i+1.
const Cells = 2*KeyCount + 1

// KeyName is key i.
func KeyName(i int) string { return fmt.Sprintf("k%d", i) }

// KeyCell is the cell of key i.
func KeyCell(i int) int { return 2*i + 1 }

// CellKey is a key in the cell; of a gap, one that no program writes.
func CellKey(cell int) string {
	switch {
	case cell%2 == 1:
		return KeyName(cell / 2)
	case cell == 0:
		return "a"
	}
	return KeyName(cell/2-1) + "~"
}

// cellOf is the cell of a KeyName.
func cellOf(key string) int {
	for i := range KeyCount {
		if KeyName(i) == key {
			return KeyCell(i)
		}
	}
	panic("model: no program writes key " + key)
}

// A LockMode says what a lock excludes. A mode includes every smaller one.
type LockMode uint8

// The modes.
const (
	Unlocked  LockMode = iota
	Shared             // excludes Exclusive
	Exclusive          // excludes both
)

// against reports whether two owners may not have these modes at once.
func (m LockMode) against(o LockMode) bool { return m != 0 && o != 0 && m+o > 2*Shared }

// Kept is what is locked, by one or by several, as others feel it.
type Kept struct {
	Rows   [TableCount][Cells]LockMode
	Tables [TableCount]bool // against changes of their definition
}

// Add adds other locks.
func (k *Kept) Add(o Kept) {
	for t := range k.Rows {
		for c := range k.Rows[t] {
			k.Rows[t][c] = max(k.Rows[t][c], o.Rows[t][c])
		}
		k.Tables[t] = k.Tables[t] || o.Tables[t]
	}
}

// Reads reports whether k locks more than the writes do.
func (k *Kept) Reads(writes []Write) bool { return *k != ofWrites(writes) }

// Meets is the strongest mode of any cell from cell from up to, without, to.
func (k *Kept) Meets(table, from, to int) LockMode {
	m := Unlocked
	for _, c := range k.Rows[table][from:to] {
		m = max(m, c)
	}
	return m
}

// ofWrites is what follows from the writes: exclusive rows, and their tables.
func ofWrites(writes []Write) (k Kept) {
	for _, w := range writes {
		k.Rows[w.Table][cellOf(w.Key)] = Exclusive
		k.Tables[w.Table] = true
	}
	return k
}

// Held is what one transaction has locked so far.
type Held struct {
	// RowsMax is how many rows of one table it may lock one by one. Whoever has
	// more is given all of the table, present and to come, in the strongest mode
	// of them.
	RowsMax int

	rows, ranges [TableCount][Cells]LockMode
	tables       [TableCount]bool
}

// Row asks for a row, which need not exist, and reports whether it is granted
// beside what others have. Refused for being one row too many, it is held.
func (h *Held) Row(others *Kept, table, cell int, m LockMode) bool {
	rows, ranges := &h.rows[table], &h.ranges[table]
	if ranges[cell] < m {
		if rows[cell] < m && m.against(others.Rows[table][cell]) {
			return false
		}
		rows[cell] = max(rows[cell], m)
	}
	n, strongest := 0, Unlocked
	for _, r := range rows {
		if r != Unlocked {
			n++
			strongest = max(strongest, r)
		}
	}
	return n <= h.RowsMax || h.Range(others, table, 0, Cells, strongest)
}

// Range asks for the cells from from up to, without, to. It takes the place of
// the rows in it.
func (h *Held) Range(others *Kept, table, from, to int, m LockMode) bool {
	own := h.Kept()
	for c := from; c < to; c++ {
		if own.Rows[table][c] < m && m.against(others.Rows[table][c]) {
			return false
		}
	}
	rows, ranges := &h.rows[table], &h.ranges[table]
	for c := from; c < to; c++ {
		ranges[c] = max(ranges[c], m)
		if rows[c] <= m {
			rows[c] = Unlocked
		}
	}
	return true
}

// Table notes that a table is in use, which stops nobody but changes of its
// definition.
func (h *Held) Table(table int) { h.tables[table] = true }

// Kept is all of it.
func (h *Held) Kept() Kept {
	k := Kept{Rows: h.rows, Tables: h.tables}
	k.Add(Kept{Rows: h.ranges})
	return k
}

// Prepared is what a transaction with these writes keeps when it is prepared
// (C15): under Serializable everything. Otherwise what follows from the writes,
// and the exclusive ranges around them, up to a restart.
func (h *Held) Prepared(serializable bool, writes []Write) Kept {
	if serializable {
		return h.Kept()
	}
	own := ofWrites(writes)
	k := own
	for t := range h.ranges {
		for from := 0; from < Cells; from++ {
			to := from
			for ; to < Cells && h.ranges[t][to] == Exclusive; to++ {
			}
			if from == to || own.Meets(t, from, to) == Unlocked {
				continue
			}
			for ; from < to; from++ {
				k.Rows[t][from] = Exclusive
			}
		}
	}
	return k
}

// Restored is what it keeps beyond a restart.
func (h *Held) Restored(serializable bool, writes []Write) Kept {
	if serializable {
		return h.Kept()
	}
	return ofWrites(writes)
}
