package simdisk

import "slices"

// legal returns the legal choice nearest to c, in canonical form: every atom
// listed, torn atoms not kept, no tear and no fill that has no effect.
func (v *view) legal(c Choice) Choice {
	s := Choice{fill: c.fill}
	switch {
	case v.how.subset == noAtom:
		return Choice{}
	case v.how.subset == everyAtom:
		s.keep.fill(len(v.atoms))
		s.fill = FillZero
		return s
	case c.kind == everything:
		s.keep.fill(len(v.atoms))
	default:
		s.keep = slices.Clone(c.keep)
		s.keep.clip(len(v.atoms))
	}
	v.tear(&s, c.tears)
	if v.how.subset == prefixOnly {
		v.cutToPrefix(&s)
		return s
	}
	if v.how.dirsInOrder || v.ordered {
		v.orderNames(&s)
	}
	if v.how.replaceFlushes {
		v.flushReplaced(&s)
	}
	if !v.how.sizeApart {
		v.orderGrowth(&s)
	}
	if s.fill != FillZero && !(v.how.garbage && v.exposes(&s)) {
		s.fill = FillZero
	}
	if s.fill == FillStale && v.stale == nil && !v.aged {
		s.fill = FillGarbage
	}
	return s
}

// tear takes over the tears that make sense. Where a file grows only with its
// data, what survives of a growing write is its beginning.
func (v *view) tear(s *Choice, tears []Tear) {
	for _, t := range tears {
		if t.Atom < 0 || t.Atom >= len(v.atoms) || v.atoms[t.Atom].kind != AtomData {
			continue
		}
		c := v.atoms[t.Atom].file
		t.From, t.To = max(t.From, 0), min(t.To, len(c.data))
		if t.From >= t.To || (c.grows && !v.how.sizeApart && t.From > 0) {
			s.keep.clear(t.Atom)
			continue
		}
		if t.From == 0 && t.To == len(c.data) {
			s.keep.set(t.Atom)
			continue
		}
		s.keep.clear(t.Atom)
		s.tears = append(s.tears, t)
	}
}

// untear forgets the tears of one atom.
func (s *Choice) untear(a int) {
	if len(s.tears) > 0 {
		s.tears = slices.DeleteFunc(s.tears, func(t Tear) bool { return t.Atom == a })
	}
}

// cutToPrefix drops everything behind the first atom that is not kept; of that
// one the beginning may survive.
func (v *view) cutToPrefix(s *Choice) {
	s.fill = FillZero
	n := 0
	for n < len(v.atoms) && s.keep.has(n) {
		n++
	}
	s.keep.fill(n)
	s.keep.clip(len(v.atoms))
	s.tears = slices.DeleteFunc(s.tears, func(t Tear) bool { return t.Atom != n || t.From > 0 })
	if len(s.tears) > 1 {
		s.tears = s.tears[:1]
	}
}

// orderNames drops every directory operation behind the first dropped one: of
// the same ordered directory, or of all where the profile keeps that order.
func (v *view) orderNames(s *Choice) {
	var broken []uint64 // directories; 0 stands for all
	for i := range v.atoms {
		a := &v.atoms[i]
		if a.kind != AtomName || !v.how.dirsInOrder && !v.nodes[a.id].ordered {
			continue
		}
		scope := a.id
		if v.how.dirsInOrder {
			scope = 0
		}
		if slices.Contains(broken, scope) {
			s.keep.clear(i)
		} else if !s.keep.has(i) {
			broken = append(broken, scope)
		}
	}
}

// flushReplaced keeps the data of a file that replaced another one by rename,
// if the rename is kept.
func (v *view) flushReplaced(s *Choice) {
	for i := range v.atoms {
		if v.atoms[i].kind != AtomName || !s.keep.has(i) {
			continue
		}
		for _, e := range v.atoms[i].edits {
			if e.c == nil || !e.c.replaces || v.nodes[e.c.target].dir {
				continue
			}
			for _, data := range v.nodes[e.c.target].atoms {
				if v.atoms[data].seq < v.atoms[i].seq {
					s.keep.set(data)
					s.untear(data)
				}
			}
		}
	}
}

// orderGrowth drops, file by file, every growing write behind the first one
// that is not kept completely.
func (v *view) orderGrowth(s *Choice) {
	var broken map[uint64]bool
	for i := range v.atoms {
		a := &v.atoms[i]
		if a.kind != AtomData || !a.file.grows {
			continue
		}
		if broken[a.id] {
			s.keep.clear(i)
			s.untear(i)
			continue
		}
		if !s.keep.has(i) {
			if broken == nil {
				broken = map[uint64]bool{}
			}
			broken[a.id] = true
		}
	}
}

// exposes reports whether a file grows without all of its data.
func (v *view) exposes(s *Choice) bool {
	for i := range v.atoms {
		if v.atoms[i].kind == AtomSize && s.keep.has(i) && !s.keep.has(i-1) {
			return true
		}
	}
	return false
}
