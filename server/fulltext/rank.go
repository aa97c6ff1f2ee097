package fulltext

import "math"

// everywhere is what a word in all documents counts for.
const everywhere = 1.0001

// limit is how far the signs > < ~ move a rank.
const limit = 1

// A result is what a search knows of a document. A word counts once it is in found.
type result struct {
	in    bool
	rank  float32
	found []int // of Query.words
	exist bool  // + has been there
}

// Rank is a document's relevance; 0 if it is not found.
func (q *Query) Rank(columns [][]byte) float64 {
	if q.IsEmpty() {
		return 0
	}
	d := q.read(columns)
	r := q.all(d, q.parts)
	if !r.in {
		return 0
	}
	for _, i := range r.found {
		idf := q.weight(i)
		r.rank += float32(float64(d.times(q, i)) * idf * idf)
	}
	return float64(r.rank)
}

// times is how often a document has a word for its rank.
func (d *document) times(q *Query, i int) int {
	if n := d.have[i]; n > 0 && (q.words[i].named > 0 || q.inPhrases(i) > 0) {
		return n
	}
	return d.first(i)
}

// weight is the logarithm of how rare a word is.
func (q *Query) weight(i int) float64 {
	w := &q.words[i]
	n := w.have*(w.named+q.inPhrases(i)) + w.starts*w.begun
	switch n {
	case 0:
		return 0
	case q.documents:
		return math.Log10(everywhere)
	}
	return math.Log10(float64(q.documents) / float64(n))
}

// inPhrases is how often phrases name a word. One of which no document has the words in
// front is not looked through further.
func (q *Query) inPhrases(i int) (n int) {
	for _, p := range q.phrases {
		for at, word := range p.words {
			if word == i && p.reach >= at {
				n++
			}
		}
	}
	return n
}

// all is what the parts of a list find: first those that need not be and words of one
// term, then those that must be, then those that must not.
func (q *Query) all(d *document, list []part) result {
	var r result
	deferred := func(p *part) bool { return p.isList || len(p.terms) == 1 }
	for _, pass := range []byte{0, '+', '-'} {
		for i := range list {
			p := &list[i]
			late := byte(0)
			if deferred(p) && (p.sign == '+' || p.sign == '-') {
				late = p.sign
			}
			if late == pass {
				q.take(&r, d, p)
			}
		}
	}
	return r
}

func (q *Query) take(r *result, d *document, p *part) {
	if p.isList {
		sub := q.all(d, p.list)
		r.merge(p.sign, sub.in, sub.rank, sub.found)
		return
	}
	for _, t := range p.terms {
		switch {
		case t.phrase != nil:
			r.merge(p.sign, d.matches(t.phrase), 0, t.phrase.words)
		case t.word < 0:
			r.merge(p.sign, false, 0, nil)
		case t.prefix:
			r.merge(p.sign, len(d.starts[t.word]) > 0, 0, []int{t.word})
		default:
			r.merge(p.sign, d.have[t.word] > 0, 0, []int{t.word})
		}
	}
}

// merge takes into a result what a part has found.
func (r *result) merge(sign byte, in bool, rank float32, words []int) {
	switch sign {
	case '+':
		was := r.in
		r.in = in && (was || !r.exist)
		r.exist = true
		if !was {
			r.rank = 0
		}
		r.rank += rank
	case '-':
		r.in = r.in && !in
	}
	if !r.in { // who comes back begins anew
		r.found = nil
	}
	if !in || sign == '-' {
		return
	}
	switch {
	case sign == '~':
		if r.in {
			r.move(-limit)
		}
	case sign != '+' && !r.in:
		r.in, r.rank = true, rank
	}
	switch sign {
	case '<':
		r.move(-limit)
	case '>':
		r.move(limit)
	}
	if r.in {
		r.add(words)
	}
}

func (r *result) move(by float32) { r.rank = min(max(r.rank+by, -limit), limit) }

func (r *result) add(words []int) {
	for _, w := range words {
		known := false
		for _, f := range r.found {
			known = known || f == w
		}
		if !known {
			r.found = append(r.found, w)
		}
	}
}
