package simdisk

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Bounds of the numbers in a choice's text.
const (
	maxAtom = 1 << 20
	maxTear = 1 << 30 // bytes
)

// A Fill says what a grown area shows where no data arrived.
type Fill uint8

// The fills.
const (
	FillZero    Fill = iota
	FillGarbage      // bytes drawn from the seed
	FillStale        // what an earlier crash left in the blocks, or the bytes of the file removed last
)

var fillNames = [...]string{"zero", "garbage", "stale"}

// A Tear says that of a write's data only the bytes [From, To) survive,
// counted from its start. Several tears of one atom add up.
type Tear struct{ Atom, From, To int }

// choiceKind distinguishes the choices that need no list of atoms.
type choiceKind uint8

const (
	listed choiceKind = iota
	everything
	kill
)

// A Choice selects what survives a crash: a set of atoms, numbered as Atoms
// lists them. The zero value keeps only what is durable. A choice that the
// profile forbids is moved to a legal one nearby, so any choice may be tried.
type Choice struct {
	kind  choiceKind
	keep  bitset
	tears []Tear
	fill  Fill
}

// Synced keeps only what is durable.
func Synced() Choice { return Choice{} }

// Everything keeps all atoms.
func Everything() Choice { return Choice{kind: everything} }

// Kill is no power failure but the death of the process alone: the image keeps
// the cache, and what is volatile in it can still be lost by its next crash.
func Kill() Choice { return Choice{kind: kill} }

// Keep keeps the atoms of these numbers.
func Keep(atoms ...int) Choice {
	var c Choice
	for _, a := range atoms {
		c.keep.set(a)
	}
	return c
}

// WithTear returns c with a tear more; the atom need not be kept otherwise.
func (c Choice) WithTear(atom, from, to int) Choice {
	c.tears = append(slices.Clip(c.tears), Tear{atom, from, to})
	return c
}

// WithFill returns c with another fill.
func (c Choice) WithFill(f Fill) Choice {
	c.fill = f
	return c
}

// String returns the choice as text that ParseChoice reads, such as "synced",
// "all", "kill", or
//
//	keep=0-3,7 tear=9:0-512 fill=garbage
func (c Choice) String() string {
	var words []string
	switch c.kind {
	case everything:
		words = append(words, "all")
	case kill:
		return "kill"
	}
	if text := c.keep.String(); text != "" {
		words = append(words, "keep="+text)
	}
	for _, t := range c.tears {
		words = append(words, fmt.Sprintf("tear=%d:%d-%d", t.Atom, t.From, t.To))
	}
	if len(words) == 0 {
		words = append(words, "synced")
	}
	if c.fill != FillZero {
		words = append(words, "fill="+fillNames[c.fill])
	}
	return strings.Join(words, " ")
}

// ParseChoice reads a choice's text.
func ParseChoice(s string) (Choice, error) {
	var c Choice
	words := strings.Fields(s)
	if len(words) == 0 {
		return Choice{}, fmt.Errorf("simdisk: parsing choice: empty text")
	}
	for _, word := range words {
		if err := c.word(word, len(words) == 1); err != nil {
			return Choice{}, fmt.Errorf("simdisk: parsing choice %q: %w", s, err)
		}
	}
	return c, nil
}

func (c *Choice) word(word string, alone bool) error {
	key, value, _ := strings.Cut(word, "=")
	switch {
	case word == "synced":
		return nil
	case word == "all":
		c.kind = everything
		return nil
	case word == "kill" && alone:
		c.kind = kill
		return nil
	case key == "keep":
		return c.keep.parse(value)
	case key == "tear":
		atom, span, _ := strings.Cut(value, ":")
		a, err := strconv.Atoi(atom)
		if err != nil || a < 0 || a > maxAtom {
			return fmt.Errorf("bad tear %q", value)
		}
		from, to, err := parseSpan(span, maxTear)
		if err != nil || from >= to {
			return fmt.Errorf("bad tear %q", value)
		}
		c.tears = append(c.tears, Tear{a, from, to})
		return nil
	case key == "fill":
		i := slices.Index(fillNames[:], value)
		if i < 0 {
			return fmt.Errorf("unknown fill %q", value)
		}
		c.fill = Fill(i)
		return nil
	}
	return fmt.Errorf("unknown word %q", word)
}

// parseSpan reads "a-b" or "a", with 0 <= a <= b <= limit.
func parseSpan(s string, limit int) (from, to int, err error) {
	first, second, isSpan := strings.Cut(s, "-")
	if from, err = strconv.Atoi(first); err != nil {
		return 0, 0, err
	}
	to = from
	if isSpan {
		if to, err = strconv.Atoi(second); err != nil {
			return 0, 0, err
		}
	}
	if from < 0 || from > to || to > limit {
		return 0, 0, fmt.Errorf("bad range %q", s)
	}
	return from, to, nil
}

// A bitset is a set of small numbers.
type bitset []uint64

func (b *bitset) set(i int) {
	for len(*b) <= i/64 {
		*b = append(*b, 0)
	}
	(*b)[i/64] |= 1 << (i % 64)
}

func (b bitset) clear(i int) {
	if i/64 < len(b) {
		b[i/64] &^= 1 << (i % 64)
	}
}

func (b bitset) has(i int) bool { return i/64 < len(b) && b[i/64]>>(i%64)&1 == 1 }

// fill makes b the set of the numbers below n.
func (b *bitset) fill(n int) {
	*b = make(bitset, (n+63)/64)
	for i := range *b {
		(*b)[i] = ^uint64(0)
	}
	b.clip(n)
}

// clip makes b a set of numbers below n, with room for all of them.
func (b *bitset) clip(n int) {
	words := (n + 63) / 64
	for len(*b) < words {
		*b = append(*b, 0)
	}
	*b = (*b)[:words]
	if n%64 != 0 {
		(*b)[words-1] &= 1<<(n%64) - 1
	}
}

// String returns "0-3,7".
func (b bitset) String() string {
	var parts []string
	for i := 0; i < 64*len(b); i++ {
		if !b.has(i) {
			continue
		}
		from := i
		for b.has(i + 1) {
			i++
		}
		if i == from {
			parts = append(parts, strconv.Itoa(from))
		} else {
			parts = append(parts, fmt.Sprintf("%d-%d", from, i))
		}
	}
	return strings.Join(parts, ",")
}

func (b *bitset) parse(s string) error {
	for _, part := range strings.Split(s, ",") {
		from, to, err := parseSpan(part, maxAtom)
		if err != nil {
			return fmt.Errorf("bad list of atoms %q", s)
		}
		for i := from; i <= to; i++ {
			b.set(i)
		}
	}
	return nil
}
