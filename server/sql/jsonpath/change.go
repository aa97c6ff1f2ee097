package jsonpath

import (
	"slices"

	"github.com/xadb/xadb/server/types"
)

// A Change is what is made of the value that a path of one leads to. The trees that go in
// stay as they are.
type Change struct {
	// Present makes another value of the one that is there; nil leaves it.
	Present func(v any) any
	// Absent is what is put where the last leg leads to nothing: a member, or a cell before
	// the first or behind the last one. Nothing is put there unless Adds.
	Absent any
	Adds   bool
}

// At is the tree with a change where the legs lead to.
func (c Change) At(tree any, legs []Leg) any {
	if len(legs) == 0 {
		if c.Present == nil {
			return tree
		}
		return c.Present(tree)
	}
	leg, rest := legs[0], legs[1:]
	if leg.kind == legMember {
		object, is := tree.(types.JSONObject)
		if !is {
			return tree
		}
		return c.member(object, leg.key, rest)
	}
	array, is := tree.(types.JSONArray)
	if !is {
		array = types.JSONArray{tree}
	}
	i := leg.from.in(len(array))
	switch {
	case i >= 0 && i < len(array) && !is:
		return c.At(tree, rest)
	case i >= 0 && i < len(array):
		array = slices.Clone(array)
		array[i] = c.At(array[i], rest)
		return array
	case len(rest) > 0 || !c.Adds:
		return tree
	case i < 0:
		return slices.Insert(slices.Clone(array), 0, c.Absent)
	}
	return append(slices.Clone(array), c.Absent)
}

func (c Change) member(object types.JSONObject, key string, rest []Leg) any {
	if i, ok := memberAt(object, key); ok {
		object = slices.Clone(object)
		object[i].Value = c.At(object[i].Value, rest)
		return object
	}
	if len(rest) > 0 || !c.Adds {
		return object
	}
	return types.NewJSONObject(append(slices.Clone(object), types.JSONMember{Key: key, Value: c.Absent}))
}

// IsCell reports whether the path's last leg is a cell of an array.
func (p Path) IsCell() bool { return len(p.Legs) > 0 && p.Legs[len(p.Legs)-1].kind == legCell }

// Insert is the tree with one more cell where the path's last leg, a cell, leads to: the
// cells behind it move. What is no array stays as it is.
func (p Path) Insert(tree, cell any) any {
	last := p.Legs[len(p.Legs)-1]
	return Change{Present: func(v any) any {
		array, is := v.(types.JSONArray)
		if !is {
			return v
		}
		return types.JSONArray(slices.Insert(slices.Clone(array), min(max(last.from.in(len(array)), 0), len(array)), cell))
	}}.At(tree, p.Legs[:len(p.Legs)-1])
}

// Remove is the tree without what the path leads to, which is not the whole.
func (p Path) Remove(tree any) any {
	legs := p.Legs
	for len(legs) > 1 && legs[len(legs)-1].kind == legCell && isOwnCell(tree, legs) {
		legs = legs[:len(legs)-1]
	}
	last := legs[len(legs)-1]
	return Change{Present: func(v any) any {
		switch v := v.(type) {
		case types.JSONObject:
			if i, ok := memberAt(v, last.key); ok && last.kind == legMember {
				return types.JSONObject(slices.Delete(slices.Clone(v), i, i+1))
			}
		case types.JSONArray:
			if i := last.from.in(len(v)); last.kind == legCell && i >= 0 && i < len(v) {
				return types.JSONArray(slices.Delete(slices.Clone(v), i, i+1))
			}
		}
		return v
	}}.At(tree, legs[:len(legs)-1])
}

// isOwnCell reports whether the last leg leads to a value that is no array, as its only cell.
func isOwnCell(tree any, legs []Leg) bool {
	last := len(legs) - 1
	f := Search{Places: map[string]bool{}}
	f.Find(tree, "", legs[:last])
	if len(f.Values) == 0 {
		return false
	}
	_, isArray := f.Values[0].(types.JSONArray)
	return !isArray && legs[last].from.in(1) == 0
}
