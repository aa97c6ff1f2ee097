package simdisk

import (
	"encoding/binary"
	"fmt"
	"iter"
	"strconv"
	"strings"
)

const (
	// exhaustive is up to how many atoms every subset is tried.
	exhaustive = 10
	// randomSubsets are tried above that.
	randomSubsets = 64
	// byteTears are tears at random bytes of the last write.
	byteTears = 8
	// cellSubsets are random choices with torn writes, where every subset of
	// whole atoms is tried.
	cellSubsets = 8
)

// An ImagePolicy says how many of the legal images of a crash point to try.
type ImagePolicy struct {
	kind policyKind
	n    int
}

type policyKind uint8

const (
	policyAll policyKind = iota
	policyBounded
	policyRandom
	policySynced
)

// AllImages tries up to 10 atoms in all subsets; of more atoms every prefix,
// all but one, each one alone, and 64 random subsets; and the last write torn
// at each sector and at 8 random bytes.
func AllImages() ImagePolicy { return ImagePolicy{} }

// Bounded tries at most n of the choices of AllImages: nothing, everything, a
// tear, and random ones.
func Bounded(n int) ImagePolicy { return ImagePolicy{policyBounded, max(n, 1)} }

// Random tries n random subsets with random torn writes.
func Random(n int) ImagePolicy { return ImagePolicy{policyRandom, max(n, 1)} }

// SyncedImage tries only the image that keeps nothing volatile.
func SyncedImage() ImagePolicy { return ImagePolicy{kind: policySynced} }

// String returns "all", "synced", "bounded(8)" or "random(8)".
func (p ImagePolicy) String() string {
	switch p.kind {
	case policyBounded:
		return fmt.Sprintf("bounded(%d)", p.n)
	case policyRandom:
		return fmt.Sprintf("random(%d)", p.n)
	case policySynced:
		return "synced"
	}
	return "all"
}

// ParseImagePolicy reads a policy's text.
func ParseImagePolicy(s string) (ImagePolicy, error) {
	switch name, arg, _ := strings.Cut(s, "("); {
	case s == "all":
		return AllImages(), nil
	case s == "synced":
		return SyncedImage(), nil
	case name == "bounded" || name == "random":
		n, err := strconv.Atoi(strings.TrimSuffix(arg, ")"))
		if err != nil || n < 1 || !strings.HasSuffix(arg, ")") {
			break
		}
		if name == "bounded" {
			return Bounded(n), nil
		}
		return Random(n), nil
	}
	return ImagePolicy{}, fmt.Errorf("simdisk: parsing image policy: bad text %q", s)
}

// Choices returns legal choices for a crash right after operation k, each
// once. Two of them may still make the same image: compare Hash.
func (d *Disk) Choices(k int, policy ImagePolicy) []Choice {
	d.mu.Lock()
	v := d.viewAt(k)
	d.mu.Unlock()
	e := enumeration{v: v, seen: map[string]bool{}}
	e.plan()
	switch {
	case policy.kind == policySynced && v.how.subset != everyAtom:
		e.add(Synced())
	case e.total == 1:
		e.add(Everything())
	case policy.kind == policyRandom:
		for i := range policy.n {
			e.add(v.random(uint64(i)))
		}
	case policy.kind == policyBounded && policy.n < e.total:
		e.sample(policy.n)
	default:
		for i := range e.total {
			e.add(e.at(i))
		}
	}
	return e.out
}

// Images makes the images of Choices, leaving out those that are equal to an
// earlier one.
func (d *Disk) Images(k int, policy ImagePolicy) iter.Seq2[Choice, *Disk] {
	return func(yield func(Choice, *Disk) bool) {
		seen := map[uint64]bool{}
		for _, c := range d.Choices(k, policy) {
			image := d.CrashAt(k, c)
			if h := image.Hash(); !seen[h] {
				seen[h] = true
				if !yield(c, image) {
					return
				}
			}
		}
	}
}

// An enumeration numbers the choices of AllImages without making them.
type enumeration struct {
	v     *view
	tears []Tear // of the last write

	masks, prefixes, dropOne, keepOne, randoms, total int

	seen map[string]bool
	out  []Choice
}

func (e *enumeration) plan() {
	n := len(e.v.atoms)
	switch {
	case e.v.how.subset == noAtom || e.v.how.subset == everyAtom || n == 0:
		e.total = 1
		return
	case e.v.how.subset == prefixOnly:
		e.prefixes = n + 1
	case n <= exhaustive:
		e.masks, e.randoms = 1<<n, cellSubsets
	default:
		e.prefixes, e.dropOne, e.keepOne, e.randoms = n+1, n, n, randomSubsets
	}
	for i := n - 1; i >= 0; i-- {
		if e.v.atoms[i].kind == AtomData {
			e.planTears(i)
			break
		}
	}
	e.total = e.masks + e.prefixes + e.dropOne + e.keepOne + e.randoms + len(e.tears)
}

// planTears lists the tears of the write that atom i is.
func (e *enumeration) planTears(i int) {
	c := e.v.atoms[i].file
	for cut := CellSize - int(c.off%CellSize); cut < len(c.data); cut += CellSize {
		e.tears = append(e.tears, Tear{i, 0, cut})
	}
	if first := CellSize - int(c.off%CellSize); first < len(c.data) {
		e.tears = append(e.tears, Tear{i, first, len(c.data)})
	}
	for j := range uint64(byteTears) {
		if len(c.data) > 1 {
			cut := 1 + draw(e.v.opts.Seed, uint64(c.seq), j)%uint64(len(c.data)-1)
			e.tears = append(e.tears, Tear{i, 0, int(cut)})
		}
	}
}

// at returns choice number i.
func (e *enumeration) at(i int) Choice {
	c := Choice{fill: Fill(draw(e.v.opts.Seed, uint64(e.v.k), uint64(i)) % uint64(len(fillNames)))}
	n := len(e.v.atoms)
	if i < e.masks {
		c.keep = bitset{uint64(i)}
		return c
	}
	i -= e.masks
	if i < e.prefixes {
		c.keep.fill(i)
		return c
	}
	i -= e.prefixes
	if i < e.dropOne {
		c.keep.fill(n)
		c.keep.clear(i)
		return c
	}
	i -= e.dropOne
	if i < e.keepOne {
		c.keep.set(i)
		return c
	}
	i -= e.keepOne
	if i < e.randoms {
		return e.v.random(uint64(i))
	}
	t := e.tears[i-e.randoms]
	if e.v.how.subset == prefixOnly {
		c.keep.fill(t.Atom)
	} else {
		c.keep.fill(n)
	}
	c.tears = []Tear{t}
	return c
}

// sample adds n choices: nothing, everything, a tear, and random ones.
func (e *enumeration) sample(n int) {
	last := e.masks + e.prefixes - 1
	first := []int{0, last}
	if len(e.tears) > 0 {
		at := draw(e.v.opts.Seed, uint64(e.v.k)) % uint64(len(e.tears))
		first = append(first, e.total-len(e.tears)+int(at))
	}
	for i := 0; len(e.out) < n && i < 4*n; i++ {
		at := int(draw(e.v.opts.Seed, uint64(e.v.k), uint64(i), 1) % uint64(e.total))
		if i < len(first) {
			at = first[i]
		}
		e.add(e.at(at))
	}
}

// add appends the legal form of c unless it is there already.
func (e *enumeration) add(c Choice) {
	c = e.v.legal(c)
	if key := c.key(); !e.seen[key] {
		e.seen[key] = true
		e.out = append(e.out, c)
	}
}

// key identifies a canonical choice.
func (c *Choice) key() string {
	b := make([]byte, 0, 128)
	b = append(b, byte(c.kind), byte(c.fill))
	for _, w := range c.keep {
		b = binary.LittleEndian.AppendUint64(b, w)
	}
	for _, t := range c.tears {
		b = binary.AppendUvarint(b, uint64(t.Atom))
		b = binary.AppendUvarint(b, uint64(t.From))
		b = binary.AppendUvarint(b, uint64(t.To))
	}
	return string(b)
}

// random returns the i-th random choice: a density, then every atom by it, and
// a quarter of the kept writes torn to a random set of sectors.
func (v *view) random(i uint64) Choice {
	seed := draw(v.opts.Seed, uint64(v.k), i, 2)
	density := 1 + draw(seed)%7
	c := Choice{fill: Fill(draw(seed, 1) % uint64(len(fillNames)))}
	for a := range v.atoms {
		r := draw(seed, v.atoms[a].id, uint64(v.atoms[a].seq), uint64(v.atoms[a].kind))
		switch {
		case r%8 >= density:
		case v.atoms[a].kind == AtomData && r>>8%4 == 0:
			c.tears = v.cells(c.tears, a, draw(r))
		default:
			c.keep.set(a)
		}
	}
	return c
}

// cells appends tears that keep a random set of the sectors of atom a. A write
// of one sector is kept or lost whole.
func (v *view) cells(tears []Tear, a int, r uint64) []Tear {
	f := v.atoms[a].file
	from := 0
	for cell := uint64(0); from < len(f.data); cell++ {
		to := min(len(f.data), from+CellSize-int((f.off+int64(from))%CellSize))
		if draw(r, cell)%2 == 0 {
			if n := len(tears); n > 0 && tears[n-1].Atom == a && tears[n-1].To == from {
				tears[n-1].To = to
			} else {
				tears = append(tears, Tear{a, from, to})
			}
		}
		from = to
	}
	return tears
}
