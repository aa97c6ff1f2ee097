package auth

import (
	"maps"
	"slices"
	"strings"
)

// OnColumn is what can be granted on a column.
const OnColumn = Select | Insert | Update | References

// A column's key is "database\x00table\x00column", the column as GRANT has first
// written it. Columns are the same in any case.
func columnKey(db, table, column string) string { return tableKey(db, table) + "\x00" + column }

// findColumn is the key that a column has among some, or will have.
func findColumn(m map[string]Privilege, key string) string {
	if _, ok := m[key]; ok {
		return key
	}
	for other := range m {
		if sameColumn(other, key) {
			return other
		}
	}
	return key
}

func sameColumn(a, b string) bool {
	i, j := strings.LastIndexByte(a, 0), strings.LastIndexByte(b, 0)
	return a[:i] == b[:j] && strings.EqualFold(a[i:], b[j:])
}

// ofTable are the columns of a table that something is granted on, in order.
func (g Grants) ofTable(key string) []string {
	var names []string
	for k := range g.Columns {
		if name, ok := strings.CutPrefix(k, key+"\x00"); ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// TableKeys are the tables that something is granted on, or on columns of theirs, in
// order.
func (g Grants) TableKeys() []string {
	keys := slices.Collect(maps.Keys(g.Tables))
	for k := range g.Columns {
		keys = append(keys, k[:strings.LastIndexByte(k, 0)])
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// EachColumn calls f for each column with grants, in order.
func (g Grants) EachColumn(f func(db, table, column string, p Privilege)) {
	for _, k := range slices.Sorted(maps.Keys(g.Columns)) {
		part := strings.Split(k, "\x00")
		f(part[0], part[1], part[2], g.Columns[k])
	}
}

// OnAnyColumn is what is granted on one of a table's columns or another.
func (g Grants) OnAnyColumn(key string) (p Privilege) {
	for _, name := range g.ofTable(key) {
		p |= g.Columns[key+"\x00"+name]
	}
	return p
}

// A columnIndex has what is granted on the columns of a table.
type columnIndex struct {
	any Privilege
	of  map[string]Privilege // by the name in lower case
}

func indexColumns(g Grants) map[string]columnIndex {
	out := map[string]columnIndex{}
	g.EachColumn(func(db, table, column string, p Privilege) {
		key := tableKey(db, table)
		ix := out[key]
		if ix.of == nil {
			ix.of = map[string]Privilege{}
		}
		ix.any |= p
		ix.of[strings.ToLower(column)] |= p
		out[key] = ix
	})
	return out
}

// columns are what is granted on single columns of a table: on any of them, and on one.
func (r Rights) columns(db, table, column string) (some, one Privilege) {
	r.each(func(a *Account) {
		if len(a.index.columns) > 0 {
			ix := a.index.columns[tableKey(db, table)]
			some |= ix.any
			one |= ix.of[strings.ToLower(column)]
		}
	})
	return some, one
}

// OnColumn is what may be done with a column.
func (r Rights) OnColumn(db, table, column string) Privilege {
	_, one := r.columns(db, table, column)
	return r.OnTable(db, table) | one
}

// SeesColumn reports whether anything may be done with a column: others are not
// listed.
func (r Rights) SeesColumn(db, table, column string) bool {
	return IsMadeUp(db) || r.OnColumn(db, table, column)&OnColumn != 0
}

// ShownOnColumn is what may be done with a column, as listings of columns say it.
func (r Rights) ShownOnColumn(db, table, column string) string {
	return strings.ToLower(strings.Join((r.OnColumn(db, table, column) & OnColumn).Names(), ","))
}

// OnSome is what may be done with a table or with some of its columns.
func (r Rights) OnSome(db, table string) Privilege {
	some, _ := r.columns(db, table, "")
	return r.OnTable(db, table) | some
}

// columnLists writes what is granted on a table's columns: SELECT (`a`, `b`) by its
// privilege.
func columnLists(g Grants, key string) map[Privilege]string {
	out := map[Privilege]string{}
	for _, d := range privileges {
		var names []string
		for _, name := range g.ofTable(key) {
			if d.bit&OnColumn != 0 && g.Columns[key+"\x00"+name]&d.bit != 0 {
				names = append(names, quoteName(name))
			}
		}
		if names != nil {
			out[d.bit] = d.name + " (" + strings.Join(names, ", ") + ")"
		}
	}
	return out
}

// withColumns is list of a table, with what is granted on its columns.
func (p Privilege) withColumns(columns map[Privilege]string) string {
	if len(columns) == 0 || p&^GrantOption == OnTable {
		return p.list(AtTable)
	}
	var out []string
	for _, d := range privileges {
		if p&d.bit != 0 {
			out = append(out, d.name)
		}
		if text, ok := columns[d.bit]; ok {
			out = append(out, text)
		}
	}
	return strings.Join(out, ", ")
}
