package types

import "github.com/xadb/xadb/server/weights"

// Beginnings are what the keys of the first letters of texts are like, of texts that
// sort with, above or below another one: so many letters of equal texts need not be
// equal, where a letter may weigh as two do, or nothing.
type Beginnings struct {
	// Keys: with such a text, the key begins with one of these, or its letters weigh
	// as far as they go what those of the other text do.
	Keys [][]byte
	// From is not above any other key of a text that sorts above, and no key of one
	// that sorts below is above those that begin with To.
	From, To []byte
}

// Even reports whether the first letters of equal texts are equal.
func (c Collation) Even() bool {
	k := c.known()
	return k.weights == nil || k.weights.Even()
}

// Beginnings are those of a text, and so many letters. Only the first level tells: the
// others come behind all of it in a key.
func (c Collation) Beginnings(s, first []byte, letters int) Beginnings {
	k := c.known()
	all, own := k.firstLevel(s), k.firstLevel(first)
	if most := letters * weights.Most; len(all) > most {
		all = all[:most]
	}
	same := 0
	for same < len(all) && same < len(own) && all[same] == own[same] {
		same++
	}
	out := Beginnings{From: k.open(all[:same]), To: k.open(all)}
	for n := range len(all) + 1 {
		out.Keys = append(out.Keys, k.closed(all[:n]))
		// A group of letters is cut: those left weigh something else.
		for _, part := range k.weights.PartsOfGroups() {
			cut := append(all[:n:n], k.firstLevel([]byte(part))...)
			out.Keys = append(out.Keys, k.closed(cut))
		}
	}
	return out
}

// firstLevel is what a text weighs at the first level.
func (k *collating) firstLevel(s []byte) (out []uint16) {
	for r := k.weights.Reader(s, 0); ; {
		w, ok := r.Next()
		if !ok {
			return out
		}
		out = append(out, w)
	}
}

// open is how keys begin of texts that begin with these weights.
func (k *collating) open(list []uint16) []byte {
	if k.noPad {
		return appendWeights(nil, list)
	}
	p := padder{space: k.weights.Space()}
	for _, w := range list {
		p.add(w)
	}
	return p.key
}

// closed is how keys begin of texts that have these weights at the first level.
func (k *collating) closed(list []uint16) []byte {
	if k.noPad {
		return appendWeight(appendWeights(nil, list), 0)
	}
	return appendWeight(k.open(list), k.weights.Space()+1)
}

func appendWeights(dst []byte, list []uint16) []byte {
	for _, w := range list {
		dst = appendWeight(dst, w)
	}
	return dst
}
