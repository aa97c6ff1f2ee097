package catalog

import (
	"fmt"
	"slices"
)

// An index on an expression is one on a generated column that nobody sees: no list of
// columns has it, and neither has the binlog. It comes and goes with the index.

// IsFunctional reports whether some part of an index is an expression.
func (t *Table) IsFunctional(ix *Index) bool {
	return slices.ContainsFunc(ix.Columns, func(p Part) bool { return t.Columns[p.Column].Hidden })
}

// HiddenName is the name of a column for a part of an index; nobody else has one like it.
func (t *Table) HiddenName(index string, part int) string {
	if runes := []rune(index); len(runes) > NameMax/2 {
		index = string(runes[:NameMax/2])
	}
	for n := 0; ; n++ {
		name := fmt.Sprintf("!hidden!%s!%d!%d", index, part, n)
		if !slices.ContainsFunc(t.Columns, func(c Column) bool { return c.Name == name }) {
			return name
		}
	}
}

// DropHidden drops the hidden columns that no index has.
func (t *Table) DropHidden() {
	for at := len(t.Columns) - 1; at >= 0; at-- {
		has := func(ix Index) bool {
			return slices.ContainsFunc(ix.Columns, func(p Part) bool { return p.Column == at })
		}
		if t.Columns[at].Hidden && !slices.ContainsFunc(t.Indexes, has) {
			t.dropColumn(at)
		}
	}
}

// dropColumn drops a column that no key has.
func (t *Table) dropColumn(at int) {
	t.Columns = slices.Delete(t.Columns, at, at+1)
	for i, col := range t.PrimaryKey {
		if col > at {
			t.PrimaryKey[i]--
		}
	}
	for i := range t.Indexes {
		parts := slices.Clone(t.Indexes[i].Columns) // they are those of other copies, too
		for n := range parts {
			if parts[n].Column > at {
				parts[n].Column--
			}
		}
		t.Indexes[i].Columns = parts
	}
}

// loggedPlaces is where the binlog has columns, none of which is hidden.
func (t *Table) loggedPlaces(columns []int) (places []int) {
	for _, col := range columns {
		place := 0
		for i := range col {
			if !t.Columns[i].Hidden {
				place++
			}
		}
		places = append(places, place)
	}
	return places
}

// HasHidden reports whether the table has an index on an expression.
func (t *Table) HasHidden() bool { return t.hidden }

// Place is a column's place in lists of columns, from 1.
func (t *Table) Place(col int) int { return t.loggedPlaces([]int{col})[0] + 1 }
