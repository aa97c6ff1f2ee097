package updatable

import "github.com/dolthub/vitess/go/vt/sqlparser"

// A Column is a column of a FROM clause.
type Column struct {
	Table  string // the table's name in the clause
	Name   string // as the table has it
	Hidden bool   // INVISIBLE: * leaves it out
	Shadow bool   // joined by USING: only its qualified name means this one
}

// A Reader finds what FROM clauses have.
type Reader struct {
	src  Source
	db   string              // of names without one
	ctes map[string][]string // see flattener
}

// NewReader is a Reader of texts that mean a database.
func NewReader(src Source, db string) *Reader { return &Reader{src: src, db: db} }

func (r *Reader) flattener() *flattener {
	return &flattener{src: r.src, db: r.db, ctes: r.ctes, used: map[string]bool{}, looks: true}
}

// With is a Reader that also knows what WITH names.
func (r *Reader) With(w *sqlparser.With) *Reader {
	if w == nil {
		return r
	}
	return &Reader{src: r.src, db: r.db, ctes: r.flattener().with(w)}
}

// Columns are the columns of a FROM clause. all is false if there may be others: what
// cannot be read is for the statement to fail of.
func (r *Reader) Columns(list sqlparser.TableExprs) (out []Column, all bool) {
	_, flat, err := r.flattener().from(list)
	if err != nil {
		return nil, false
	}
	for _, c := range flat.scope.columns {
		name := c.name
		if col, is := c.expr.(*sqlparser.ColName); is {
			name = col.Name.String()
		}
		out = append(out, Column{Table: c.of.alias, Name: name, Hidden: c.hidden, Shadow: c.shadow})
	}
	return out, !flat.scope.opaque
}
