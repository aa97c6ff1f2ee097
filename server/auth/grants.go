package auth

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/xadb/xadb/server/lex"
)

// Grants says what an account may do: everywhere, in databases whose names
// match a pattern, in tables ("database\x00table"), and with columns of theirs.
type Grants struct {
	Global    Privilege            `json:"global,omitempty"`
	Databases map[string]Privilege `json:"databases,omitempty"`
	Tables    map[string]Privilege `json:"tables,omitempty"`
	// Columns of tables, by columnKey.
	Columns map[string]Privilege `json:"columns,omitempty"`
}

func tableKey(db, table string) string { return db + "\x00" + table }

// clone shares nothing with g.
func (g Grants) clone() Grants {
	return Grants{Global: g.Global, Databases: maps.Clone(g.Databases), Tables: maps.Clone(g.Tables), Columns: maps.Clone(g.Columns)}
}

// set replaces what is granted somewhere; nothing at all is not kept.
func set(m map[string]Privilege, key string, p Privilege) map[string]Privilege {
	if m == nil {
		m = map[string]Privilege{}
	}
	if m[key] = p; p == 0 {
		delete(m, key)
	}
	return m
}

// A dbIndex finds what is granted on a database: by its name, or by the first
// pattern that matches, the most specific first. As in MySQL, one row counts,
// not all that match.
type dbIndex struct {
	names    map[string]Privilege
	patterns []dbPattern
	inTables map[string]bool // databases of which a table is granted
	columns  map[string]columnIndex
}

type dbPattern struct {
	text string
	bits Privilege
}

func newIndex(g Grants) dbIndex {
	ix := dbIndex{names: map[string]Privilege{}, inTables: map[string]bool{}, columns: indexColumns(g)}
	for text, bits := range g.Databases {
		if name, ok := literal(text); ok {
			ix.names[name] = bits
			continue
		}
		ix.patterns = append(ix.patterns, dbPattern{text, bits})
	}
	slices.SortFunc(ix.patterns, func(a, b dbPattern) int {
		return cmp.Or(cmp.Compare(firstWildcard(b.text), firstWildcard(a.text)), cmp.Compare(a.text, b.text))
	})
	for _, key := range g.TableKeys() {
		db, _, _ := strings.Cut(key, "\x00")
		ix.inTables[db] = true
	}
	return ix
}

// literal is the name that a pattern without wildcards means: a backslash
// makes one of them a letter.
func literal(pattern string) (string, bool) {
	if firstWildcard(pattern) < len(pattern) {
		return "", false
	}
	return strings.NewReplacer(`\_`, "_", `\%`, "%").Replace(pattern), true
}

func firstWildcard(pattern string) int {
	for i := 0; i < len(pattern); i++ {
		switch pattern[i] {
		case '\\':
			i++
		case '%', '_':
			return i
		}
	}
	return len(pattern)
}

func (ix *dbIndex) find(db string) Privilege {
	if bits, ok := ix.names[db]; ok {
		return bits
	}
	for _, p := range ix.patterns {
		if lex.Match(p.text, db) {
			return p.bits
		}
	}
	return 0
}
