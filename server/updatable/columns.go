package updatable

import (
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"
)

// A Column is a column of a FROM clause.
type Column struct {
	Table  string // the table's name in the clause
	Name   string // as the table has it
	Hidden bool   // INVISIBLE: * leaves it out
	Shadow bool   // joined by USING: only its qualified name means this one
	Common bool   // joined by USING: the name alone means this one
	// Merged: it is of a query in FROM whose rows are its tables'.
	Merged bool
	// Computed: likewise, and it is what a query in FROM computes of each of its rows.
	Computed bool
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
		out = append(out, Column{Table: c.of.alias, Name: name, Hidden: c.hidden, Shadow: c.shadow, Merged: c.merged, Computed: c.computed})
	}
	for i := range out {
		for j := range out {
			out[i].Common = out[i].Common || !out[i].Shadow && out[j].Shadow && strings.EqualFold(out[i].Name, out[j].Name)
		}
	}
	return out, !flat.scope.opaque
}

// computed says of the columns of a query, in order, which ones it computes of each of its
// rows; nil if its rows are not those of its tables.
func (f *flattener) computed(q sqlparser.SelectStatement) (out []bool) {
	for p, is := q.(*sqlparser.ParenSelect); is; p, is = q.(*sqlparser.ParenSelect) {
		q = p.Select
	}
	s, is := q.(*sqlparser.Select)
	if !is || s.QueryOpts.Distinct || s.Limit != nil || !rowByRow(s, &sqlparser.ViewSpec{}) || withoutTables(s) {
		return nil
	}
	inside := f.plain()
	inside.ctes = f.with(s.With)
	_, flat, err := inside.from(s.From)
	if err != nil {
		return nil
	}
	for _, e := range s.SelectExprs {
		switch e := e.(type) {
		case *sqlparser.StarExpr:
			for _, c := range starred(e, flat.scope) {
				out = append(out, c.computed)
			}
		case *sqlparser.AliasedExpr:
			col, is := e.Expr.(*sqlparser.ColName)
			if is {
				c, found, _ := flat.scope.find(col)
				is = !found || !c.computed
			}
			out = append(out, !is)
		}
	}
	return out
}

// withoutTables reports whether a query reads no table at all, whose only row MySQL keeps.
func withoutTables(s *sqlparser.Select) bool {
	if len(s.From) != 1 {
		return len(s.From) == 0
	}
	t, is := s.From[0].(*sqlparser.AliasedTableExpr)
	if !is {
		return false
	}
	name, is := t.Expr.(sqlparser.TableName)
	return is && name.DbQualifier.IsEmpty() && strings.EqualFold(name.Name.String(), "dual")
}

// marked is a scope that knows which of its columns are computed.
func (s *scope) marked(computed []bool) {
	for i := range s.columns {
		s.columns[i].merged = computed != nil
		s.columns[i].computed = i < len(computed) && computed[i]
	}
}
