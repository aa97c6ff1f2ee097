package weights

import (
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// Levels is how many levels a table has at most.
const Levels = 3

// common are the weights of most characters at the levels behind the first. No
// weight of these levels is below.
var common = [Levels]uint16{1: 0x20, 2: 0x02}

// Most is how many weights a character has at most, at one level.
const Most = countMask

// Common is a level's most common weight, and its least, counted from 0; of the
// first level, 0.
func Common(level int) uint16 { return common[level] }

// A Table is the weights of one collation's characters. It can be used by any
// number of goroutines.
type Table struct {
	name string
	load sync.Once
	is   table
}

var named sync.Map // of *Table

// Named is the table of a file in data/. One that there is none of, which is the
// caller's mistake, panics when it is used.
func Named(name string) *Table {
	t, _ := named.LoadOrStore(name, &Table{name: name})
	return t.(*Table)
}

// loaded is the table, read at the first call.
func (t *Table) loaded() *table {
	t.load.Do(func() {
		is, err := read(t.name)
		if err != nil {
			panic("weights: " + err.Error()) // the file is part of the program
		}
		t.is = *is
	})
	return &t.is
}

// A table in memory. Pages are shared with the table that this one is made of, so
// they are never written once it is read.
type table struct {
	rule    rule
	third   uint16 // the weight at the third level of what goes by the rule; 0x20 at the second
	pages   [(utf8.MaxRune + 1) >> pageBits]*page
	apart   bool     // what has no weight of its own is told apart one by one
	groups  []group  // longest first
	parts   []string // what groups begin with, without their ends
	byCodes bool     // characters weigh what codes do, of different lengths
	even    bool     // each character has one weight at the first level
	// What characters of ASCII weigh at the first level, and alone; 0: see the pages.
	ascii [utf8.RuneSelf]uint16
	space uint16
}

const (
	pageBits = 8
	pageMask = 1<<pageBits - 1
)

// A page is the weights of 256 characters: at is where those of each begin in
// pool, 0 for one that goes by the rule. There is a header first, and then the
// weights, level by level.
type page struct {
	at   [1 << pageBits]uint16
	pool []uint16
}

// The header has the number of weights of each level in five bits, and whether a
// group may begin with the character.
const (
	countBits  = 5
	countMask  = 1<<countBits - 1
	headsGroup = 1 << (Levels * countBits)
)

// A group is some characters that have weights together.
type group struct {
	text  string
	entry []uint16 // as in a page's pool
}

// level cuts an entry, which begins with its header.
func level(entry []uint16, at int) []uint16 {
	from, n := 1, entry[0]
	for ; at > 0; at-- {
		from += int(n & countMask)
		n >>= countBits
	}
	return entry[from:][:n&countMask]
}

// entry is what a page has of a character; nil if it goes by the rule.
func (t *table) entry(r rune) []uint16 {
	p := t.pages[r>>pageBits]
	if p == nil || p.at[r&pageMask] == 0 {
		return nil
	}
	return p.pool[p.at[r&pageMask]:]
}

// grouped is the group that a text begins with, nil if there is none.
func (t *table) grouped(text []byte) *group {
	for i := range t.groups {
		if g := &t.groups[i]; len(text) >= len(g.text) && string(text[:len(g.text)]) == g.text {
			return g
		}
	}
	return nil
}

// add gives weights to a character.
func (t *table) add(r rune, entry []uint16) {
	p := t.pages[r>>pageBits]
	if len(p.pool) == 0 {
		p.pool = append(p.pool, 0) // a place of 0 means that there is none
	}
	p.at[r&pageMask] = uint16(len(p.pool))
	p.pool = append(p.pool, entry...)
}

// own makes the page of a character the table's own.
func (t *table) own(r rune, mine map[*page]bool) {
	p := &t.pages[r>>pageBits]
	if *p != nil && mine[*p] {
		return
	}
	fresh := &page{}
	if *p != nil {
		*fresh = page{(*p).at, slices.Clone((*p).pool)}
	}
	*p = fresh
	mine[fresh] = true
}

// finish notes what is asked for most.
func (t *table) finish() {
	var room made
	t.even = !t.byCodes && t.oneEach()
	t.parts = nil // not the base's
	for _, g := range t.groups {
		for at := range g.text {
			if at > 0 && !slices.Contains(t.parts, g.text[:at]) {
				t.parts = append(t.parts, g.text[:at])
			}
		}
	}
	t.space = level(t.weights(' ', &room), 0)[0]
	for c := range t.ascii {
		e := t.weights(rune(c), &room)
		if w := level(e, 0); len(w) == 1 && e[0]&headsGroup == 0 {
			t.ascii[c] = w[0]
		} else {
			t.ascii[c] = 0
		}
	}
}

// oneEach reports whether each character has one weight at the first level, and no
// group has other ones.
func (t *table) oneEach() bool {
	var room made
	for high, p := range t.pages {
		for low := 0; p != nil && low < len(p.at); low++ {
			if p.at[low] != 0 && len(level(t.weights(rune(high<<pageBits|low), &room), 0)) != 1 {
				return false
			}
		}
	}
	_, second := t.rule(utf8.MaxRune)
	return second == 0 && len(t.groups) == 0
}

// Even reports whether each character has one weight at the first level, whatever is
// beside it.
func (t *Table) Even() bool { return t.loaded().even }

// PartsOfGroups are the beginnings of the groups of characters that weigh something
// else together.
func (t *Table) PartsOfGroups() []string { return t.loaded().parts }

// upperFirst lets capitals sort in front of small letters, as they do in Danish.
func (t *table) upperFirst(mine map[*page]bool) {
	t.third |= smallBehind
	for high, p := range t.pages {
		if p == nil {
			continue
		}
		t.own(rune(high)<<pageBits, mine)
		p = t.pages[high]
		for _, at := range p.at {
			if at != 0 {
				third := level(p.pool[at:], 2)
				for i, w := range third {
					third[i] = UpperFirst(w)
				}
			}
		}
	}
}

const (
	capitalAhead = 0x100
	smallBehind  = 0x300
)

// UpperFirst is a weight at the third level where capitals come first: the tables of
// Unicode tell by it what is a capital (UTS #10, Tertiary Weight Table).
func UpperFirst(third uint16) uint16 {
	switch {
	case third >= 0x08 && third <= 0x0c, third == 0x0e, third == 0x11, third == 0x12, third == 0x1d:
		return third | capitalAhead
	}
	return third | smallBehind
}

// group adds a group of characters.
func (t *table) group(text string, entry []uint16, mine map[*page]bool) {
	first, _ := utf8.DecodeRuneInString(text)
	t.own(first, mine)
	own := slices.Clone(t.weights(first, new(made)))
	own[0] |= headsGroup
	t.add(first, own)
	t.groups = append(t.groups, group{text, entry})
	slices.SortStableFunc(t.groups, func(a, b group) int {
		if len(a.text) != len(b.text) {
			return len(b.text) - len(a.text)
		}
		return strings.Compare(a.text, b.text) // so that the order is one
	})
}

// A made is room for the entry of a character that goes by the rule.
type made [5]uint16

// weights is an entry of a character, in room if it goes by the rule.
func (t *table) weights(r rune, room *made) []uint16 {
	if e := t.entry(r); e != nil {
		n := 1
		for l := range Levels {
			n += len(level(e, l))
		}
		return e[:n]
	}
	first, second := t.rule(r)
	if second == 0 {
		*room = made{1 | 1<<countBits | 1<<(2*countBits), first, common[1], t.third}
		return room[:4]
	}
	*room = made{2 | 1<<countBits | 1<<(2*countBits), first, second, common[1], t.third}
	return room[:]
}
