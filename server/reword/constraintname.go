package reword

import (
	"slices"
	"strings"

	"github.com/xadb/xadb/server/lex"
)

// constraintAdded looks at ADD CONSTRAINT, which begins at i. The parser wants a name
// ahead of PRIMARY KEY there, which has no other than PRIMARY.
func (d *dialect) constraintAdded(list []lex.Token, i int) {
	if i+2 < len(list) && list[i+2].Is("PRIMARY") && list[i+2].Kind == lex.Word {
		d.leaveOut(list[i+1].Pos, list[i+1].End)
		return
	}
	d.constraintName(list[i+1:])
}

// constraintName takes CONSTRAINT and its name off a unique key that has a name of its
// own, which counts; list begins with it.
func (d *dialect) constraintName(list []lex.Token) {
	if len(list) < 5 || list[1].Is("UNIQUE") || !list[2].Is("UNIQUE") {
		return
	}
	name := 3
	if list[3].Is("KEY") || list[3].Is("INDEX") {
		name = 4
	}
	if !list[name].Is("(") && !list[name].Is("USING") {
		d.leaveOut(list[0].Pos, list[1].End)
	}
}

// constraintNames does so in a CREATE TABLE.
func (d *dialect) constraintNames(list []lex.Token) {
	depth := 0
	for i, t := range list {
		switch {
		case t.Is("("):
			depth++
		case t.Is(")"):
			depth--
		case depth == 1 && t.Is("CONSTRAINT") && slices.ContainsFunc([]string{"(", ","}, list[i-1].Is):
			d.constraintName(list[i:])
		}
	}
}

// primaryDropped is DROP CONSTRAINT `PRIMARY`, which begins at i.
func (d *dialect) primaryDropped(list []lex.Token, i int) {
	if i+2 >= len(list) || list[i+2].Kind != lex.Quoted {
		return
	}
	if name, ok := list[i+2].Value(); ok && strings.EqualFold(name, primaryName) {
		d.replace(list[i+1].Pos, list[i+2].End, "PRIMARY KEY")
	}
}

// primaryName is the name of every primary key.
const primaryName = "PRIMARY"
