// Package jsonpath reads the paths of MySQL's JSON functions, as $.a[last], and finds what
// they lead to in a document's tree (package types), or makes the tree that a document is
// with another value there. What a function makes of it is the function's.
package jsonpath

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/types"
)

// A Path is a path into a document, leg by leg (MySQL manual, JSON Path
// Syntax): .key .* [3] [last-1] [1 to 2] [*] and ** before any of them.
type Path struct {
	Legs []Leg
	Many bool // it may lead to several values
}

// A Leg is one step of a Path.
type Leg struct {
	kind     legKind
	key      string
	from, to index
}

type legKind int

const (
	legMember  legKind = iota
	legMembers         // .*
	legCell
	legCells // [1 to 2]
	legAllCells
	legAnywhere // **
)

// An index counts from the front, or back from the last cell.
type index struct {
	n    int
	last bool
}

func (i index) in(length int) int {
	if i.last {
		return length - 1 - i.n
	}
	return i.n
}

// Parse reads a path; an error says where it is wrong (3143).
func Parse(text string) (Path, error) {
	p := pathText{text: text}
	var out Path
	if p.skip(); !p.take("$") {
		return out, p.fail()
	}
	for p.skip(); p.at < len(text); p.skip() {
		leg, err := p.leg()
		if err != nil {
			return out, err
		}
		out.Legs = append(out.Legs, leg)
		out.Many = out.Many || leg.kind != legMember && leg.kind != legCell
	}
	if n := len(out.Legs); n > 0 && out.Legs[n-1].kind == legAnywhere {
		return out, p.fail()
	}
	return out, nil
}

// A pathText is a path that is being read.
type pathText struct {
	text string
	at   int
}

func (p *pathText) fail() error { return mysqlerr.New(mysqlerr.InvalidJSONPath, max(p.at, 1)) }

func (p *pathText) skip() {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
}

// take moves behind a word that comes next.
func (p *pathText) take(word string) bool {
	if !strings.HasPrefix(p.text[p.at:], word) {
		return false
	}
	p.at += len(word)
	return true
}

func (p *pathText) leg() (Leg, error) {
	switch {
	case p.take("**"):
		return Leg{kind: legAnywhere}, nil
	case p.take("."):
		p.skip()
		if p.take("*") {
			return Leg{kind: legMembers}, nil
		}
		key, err := p.key()
		return Leg{kind: legMember, key: key}, err
	case p.take("["):
		return p.cells()
	}
	return Leg{}, p.fail()
}

// key is a name, or one in quotes.
func (p *pathText) key() (string, error) {
	rest := p.text[p.at:]
	if strings.HasPrefix(rest, `"`) {
		var key string
		d := json.NewDecoder(strings.NewReader(rest))
		if err := d.Decode(&key); err != nil {
			return "", p.fail()
		}
		p.at += int(d.InputOffset())
		return key, nil
	}
	n := len(rest)
	for i, r := range rest {
		if r != '_' && r != '$' && !unicode.IsLetter(r) && (i == 0 || !unicode.IsDigit(r)) {
			n = i
			break
		}
	}
	if n == 0 {
		return "", p.fail()
	}
	p.at += n
	return rest[:n], nil
}

func (p *pathText) cells() (Leg, error) {
	p.skip()
	leg := Leg{kind: legCell}
	var err error
	if p.take("*") {
		leg.kind = legAllCells
	} else if leg.from, err = p.index(); err == nil {
		p.skip()
		if p.take("to") {
			leg.kind = legCells
			p.skip()
			leg.to, err = p.index()
		}
	}
	if err != nil {
		return leg, err
	}
	if p.skip(); !p.take("]") {
		return leg, p.fail()
	}
	return leg, nil
}

func (p *pathText) index() (index, error) {
	i := index{last: p.take("last")}
	if i.last {
		p.skip()
		if !p.take("-") {
			return i, nil
		}
		p.skip()
	}
	from := p.at
	for p.at < len(p.text) && p.text[p.at] >= '0' && p.text[p.at] <= '9' {
		p.at++
	}
	n, err := strconv.ParseUint(p.text[from:p.at], 10, 31)
	if err != nil {
		return i, p.fail()
	}
	i.n = int(n)
	return i, nil
}

// A Search is what a path leads to. A value may be reached on two ways, as its
// own only cell, but is found once.
type Search struct {
	Values []any
	Places map[string]bool
}

// Find adds what the legs lead to below a value, which is at a place.
func (f *Search) Find(v any, place string, legs []Leg) {
	if len(legs) == 0 {
		if !f.Places[place] {
			f.Places[place] = true
			f.Values = append(f.Values, v)
		}
		return
	}
	leg, rest := legs[0], legs[1:]
	if leg.kind == legAnywhere {
		f.Find(v, place, rest)
		for _, c := range below(v) {
			f.Find(c.value, place+c.place, legs)
		}
		return
	}
	for _, c := range leg.step(v) {
		f.Find(c.value, place+c.place, rest)
	}
}

// A child is a cell or a member, and where it is.
type child struct {
	value any
	place string
}

// step is what one leg leads to. Whatever is no array is its own only cell.
func (leg Leg) step(v any) []child {
	object, isObject := v.(types.JSONObject)
	cells := []child{{v, ""}}
	_, isArray := v.(types.JSONArray)
	if isArray {
		cells = below(v)
	}
	switch leg.kind {
	case legMember:
		if i, ok := memberAt(object, leg.key); ok {
			return []child{{object[i].Value, member(leg.key)}}
		}
	case legMembers:
		if isObject {
			return below(v)
		}
	case legCell:
		if i := leg.from.in(len(cells)); i >= 0 && i < len(cells) {
			return cells[i : i+1]
		}
	case legCells:
		from, to := max(leg.from.in(len(cells)), 0), min(leg.to.in(len(cells)), len(cells)-1)
		if from <= to {
			return cells[from : to+1]
		}
	case legAllCells:
		if isArray {
			return cells
		}
	}
	return nil
}

func member(key string) string { return "." + strconv.Quote(key) }

// memberAt is where an object has a key.
func memberAt(object types.JSONObject, key string) (int, bool) {
	for i, m := range object {
		if m.Key == key {
			return i, true
		}
	}
	return 0, false
}

// below is the cells or members of a value, in their order.
func below(v any) []child {
	switch v := v.(type) {
	case types.JSONArray:
		out := make([]child, len(v))
		for i, e := range v {
			out[i] = child{e, "[" + strconv.Itoa(i) + "]"}
		}
		return out
	case types.JSONObject:
		out := make([]child, len(v))
		for i, m := range v {
			out[i] = child{m.Value, member(m.Key)}
		}
		return out
	}
	return nil
}
