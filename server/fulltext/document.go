package fulltext

import (
	"bytes"
	"unicode/utf8"
)

// A document is what a text has of a search.
type document struct {
	have   []int            // how often it has a word of the search
	starts []map[string]int // the words that begin so, and how often it has them
	words  [][]byte         // its words in their order, nil between columns; none if no phrase is looked for
}

// read looks for the search's words in the columns of a document.
func (q *Query) read(columns [][]byte) *document {
	d := &document{have: make([]int, len(q.words)), starts: make([]map[string]int, len(q.words))}
	for _, text := range columns {
		for {
			var w []byte
			if w, text = nextWord(text); len(w) == 0 {
				break
			}
			n := utf8.RuneCount(w)
			if len(q.phrases) == 0 && (n < WordMin || n > WordMax) {
				continue
			}
			key := q.collation.Weights(w)
			if len(q.phrases) > 0 {
				d.words = append(d.words, key)
			}
			if indexed(w) {
				q.find(d, w, key)
			}
		}
		if len(q.phrases) > 0 {
			d.words = append(d.words, nil)
		}
	}
	return d
}

func (q *Query) find(d *document, word, key []byte) {
	for i := range q.words {
		w := &q.words[i]
		if string(key) == w.key {
			d.have[i]++
		}
		if w.begun > 0 && q.collation.Begins(word, w.text) {
			if d.starts[i] == nil {
				d.starts[i] = map[string]int{}
			}
			d.starts[i][string(key)]++
		}
	}
}

// Count counts a document. Each of the table is to be counted once.
func (q *Query) Count(columns [][]byte) {
	q.documents++
	d := q.read(columns)
	for i := range q.words {
		if d.have[i] > 0 {
			q.words[i].have++
		}
		q.words[i].starts += len(d.starts[i])
	}
	for _, p := range q.phrases {
		n := 0
		for n < len(p.words) && d.have[p.words[n]] > 0 {
			n++
		}
		p.reach = max(p.reach, n)
	}
}

// first is how often the document has the first of the words that begin so, by the
// collation: InnoDB counts no other.
func (d *document) first(word int) int {
	least, n := "", 0
	for key, times := range d.starts[word] {
		if n == 0 || key < least {
			least, n = key, times
		}
	}
	return n
}

// matches reports whether a document has a phrase.
func (d *document) matches(p *phrase) bool {
	if p.near > 0 {
		return d.near(p)
	}
	for at := 0; at+len(p.keys) <= len(d.words); at++ {
		if follows(d.words[at:], p.keys) {
			return true
		}
	}
	return false
}

func follows(words, keys [][]byte) bool {
	for i, k := range keys {
		if words[i] == nil || !bytes.Equal(words[i], k) {
			return false
		}
	}
	return true
}

// near reports whether some words in a row, as many as the phrase says, have all of its.
func (d *document) near(p *phrase) bool {
	last := make([]int, len(p.keys)) // where a key was seen last, plus 1
	begin := 0                       // of the column
	for at, w := range d.words {
		if w == nil {
			begin = at + 1
			continue
		}
		all := true
		for i, k := range p.keys {
			if bytes.Equal(w, k) {
				last[i] = at + 1
			}
			all = all && last[i] > max(begin, at+1-p.near)
		}
		if all {
			return true
		}
	}
	return false
}
