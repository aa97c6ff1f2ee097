package fulltext

import (
	"bytes"
	"unicode/utf8"
)

// A Collation says which words are equal: those of the same weights.
type Collation interface {
	Weights(word []byte) []byte
	Begins(word, part []byte) bool
}

// A Query is what is searched for, and what has been counted of it.
type Query struct {
	collation Collation
	parts     []part
	words     []wanted // each once
	phrases   []*phrase
	documents int
}

// A wanted is a word of a search.
type wanted struct {
	key   string
	text  []byte
	named int // how often as a word
	begun int // how often as a beginning
	// have is how many documents have the word; starts, how many words of documents begin
	// so, each once a document.
	have, starts int
}

// A part is one thing that is searched for.
type part struct {
	sign   byte // 0, or one of +-<>~
	terms  []term
	list   []part
	isList bool
}

// A term is a word, or a text.
type term struct {
	word   int // of Query.words, or -1: no document has it
	prefix bool
	phrase *phrase // not nil: word does not count
}

// A phrase is words that follow each other, or are near.
type phrase struct {
	keys  [][]byte // as they follow each other
	words []int    // of Query.words: those that an index has
	near  int      // within how many words all are; 0: they follow each other
	// reach is of how many words in front some document has all.
	reach int
}

// Natural is a search in natural language.
func Natural(text []byte, c Collation) *Query {
	q := &Query{collation: c}
	for _, t := range tokenize(text, "") {
		if t.kind == tokenText {
			q.parts = append(q.parts, part{terms: q.text(t.text, 0)})
		} else {
			q.parts = append(q.parts, part{terms: q.terms(t.text)})
		}
	}
	return q
}

// Expand adds the words of a document to a search (MySQL manual, Full-Text Searches with
// Query Expansion).
func (q *Query) Expand(columns [][]byte) {
	for _, text := range columns {
		for {
			var w []byte
			if w, text = nextWord(text); len(w) == 0 {
				break
			}
			if !indexed(w) {
				continue
			}
			known := len(q.words)
			if i := q.word(bytes.Clone(w)); i == known {
				q.words[i].named++
				q.parts = append(q.parts, part{terms: []term{{word: i}}})
			}
		}
	}
}

// Boolean is a search in boolean mode. Its error is a *SyntaxError.
func Boolean(text []byte, c Collation) (*Query, error) {
	q := &Query{collation: c}
	p := parser{query: q, tokens: tokenize(text, signs)}
	var err error
	if q.parts, err = p.list(); err != nil {
		return nil, err
	}
	return q, nil
}

// word is the place of a word among those of the search.
func (q *Query) word(text []byte) int {
	key := string(q.collation.Weights(text))
	for i := range q.words {
		if q.words[i].key == key {
			return i
		}
	}
	q.words = append(q.words, wanted{key: key, text: text})
	return len(q.words) - 1
}

// terms are the words of one that has no blanks: those behind the first one count if an
// index has their length.
func (q *Query) terms(text []byte) (out []term) {
	for {
		var w []byte
		if w, text = nextWord(text); len(w) == 0 {
			return out
		}
		n := utf8.RuneCount(w)
		if n > WordMax || len(out) > 0 && n < WordMin {
			continue
		}
		t := term{word: -1}
		if !isStopword(w) {
			t.word = q.word(w)
			q.words[t.word].named++
		}
		out = append(out, t)
	}
}

// prefix makes a term one of all words that begin so.
func (q *Query) prefix(t *term) {
	if t.prefix = true; t.word >= 0 {
		w := &q.words[t.word]
		w.named--
		w.begun++
	}
}

// text is the term that the words between quotes are; none if there are none.
func (q *Query) text(text []byte, near int) []term {
	p := &phrase{near: near}
	for {
		var w []byte
		if w, text = nextWord(text); len(w) == 0 {
			break
		}
		if !indexed(w) {
			if len(p.words) > 0 && near == 0 {
				p.keys = append(p.keys, q.collation.Weights(w))
			}
			continue
		}
		i := q.word(w)
		p.words = append(p.words, i)
		p.keys = append(p.keys, q.collation.Weights(w))
	}
	switch {
	case len(p.words) == 0:
		return []term{{word: -1}}
	case len(p.keys) == 1:
		q.words[p.words[0]].named++
		return []term{{word: p.words[0]}}
	}
	q.phrases = append(q.phrases, p)
	return []term{{word: -1, phrase: p}}
}

// IsEmpty reports whether no document can be found.
func (q *Query) IsEmpty() bool { return len(q.words) == 0 }
