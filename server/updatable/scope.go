package updatable

import (
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/mysqlerr"
)

// A base is something in a flat FROM clause: a table, or what takes no changes, such
// as a query in parentheses.
type base struct {
	alias string
	name  Name
	table *catalog.Table // nil: it takes no changes
	path  []Pass         // from the view that the statement names
	// closed: it is a view that takes no changes, or a table of the server's own.
	closed bool
}

// A relation is what a name in a FROM clause stands for before it is flat.
type relation struct {
	alias string
	shape *shape // of a view that stands for its tables; else nil
}

// A column is what a column's name stands for.
type column struct {
	name   string // in lower case
	expr   sqlparser.Expr
	of     *relation
	hidden bool // INVISIBLE: * leaves it out
	// merged, computed: see Column.
	merged, computed bool
	shadow           bool // joined by USING: only its qualified name means this one
}

// A scope is where names are looked up.
type scope struct {
	columns   []column
	relations []*relation
	bases     []*base
	opaque    bool // some relation has columns that nobody knows
	named     bool // its names stay as they are: it is a query's inside a statement
	extra     map[string]bool
	outer     *scope
}

func (s *scope) add(other *scope) {
	s.columns = append(s.columns, other.columns...)
	s.relations = append(s.relations, other.relations...)
	s.bases = append(s.bases, other.bases...)
	s.opaque = s.opaque || other.opaque
}

// find looks a name up here, not further out. ok is false if it is not here.
func (s *scope) find(n *sqlparser.ColName) (found *column, ok bool, err error) {
	qualifier, name := n.Qualifier.Name.String(), n.Name.Lowered()
	for i := range s.columns {
		c := &s.columns[i]
		if c.name != name || qualifier == "" && c.shadow || qualifier != "" && c.of.alias != qualifier {
			continue
		}
		if found != nil && !s.named {
			return nil, false, mysqlerr.New(mysqlerr.NonUniq, n.Name.String(), "field list")
		}
		found = c
	}
	return found, found != nil, nil
}

// relation is the one of a name; nil if there is none.
func (s *scope) relation(alias string) *relation {
	for _, r := range s.relations {
		if r.alias == alias {
			return r
		}
	}
	return nil
}

// base is the one that a plain column is of, and its column's name there; nil for an
// expression.
func (s *scope) base(e sqlparser.Expr) (*base, string) {
	col, ok := e.(*sqlparser.ColName)
	if !ok {
		return nil, ""
	}
	for _, b := range s.bases {
		if b.alias == col.Qualifier.Name.String() {
			return b, col.Name.String()
		}
	}
	return nil, ""
}

func columnOf(alias, name string) *sqlparser.ColName {
	return &sqlparser.ColName{
		Name:      sqlparser.NewColIdent(name),
		Qualifier: sqlparser.TableName{Name: sqlparser.NewTableIdent(alias)},
	}
}

// joined is the scope of a join of two, whose common columns are named once; on is
// what their equality is (MySQL manual, JOIN Clause).
func joined(left, right *scope, kind string, common []string) (s *scope, on sqlparser.Expr, err error) {
	first, second := left, right
	if kind == sqlparser.RightJoinStr {
		first, second = right, left
	}
	s = &scope{}
	for _, name := range common {
		l, r := lookup(left, name), lookup(right, name)
		if l == nil || r == nil {
			return nil, nil, mysqlerr.New(mysqlerr.BadField, name, "from clause")
		}
		on = and(on, &sqlparser.ComparisonExpr{Operator: sqlparser.EqualStr, Left: l.expr, Right: r.expr})
	}
	for _, c := range first.columns {
		if !c.shadow && contains(common, c.name) {
			s.columns = append(s.columns, c)
		}
	}
	for _, side := range []*scope{first, second} {
		for _, c := range side.columns {
			same := !c.shadow && contains(common, c.name)
			if same && side == first {
				continue
			}
			c.shadow = c.shadow || same
			s.columns = append(s.columns, c)
		}
	}
	for _, side := range []*scope{left, right} {
		s.relations, s.bases = append(s.relations, side.relations...), append(s.bases, side.bases...)
		s.opaque = s.opaque || side.opaque
	}
	return s, on, nil
}

func lookup(s *scope, name string) *column {
	for i := range s.columns {
		if s.columns[i].name == name && !s.columns[i].shadow {
			return &s.columns[i]
		}
	}
	return nil
}

// commonNames are those that a NATURAL JOIN joins by: * names them on both sides.
func commonNames(left, right *scope) (out []string) {
	for _, c := range left.columns {
		if other := lookup(right, c.name); !c.shadow && !c.hidden && other != nil && !other.hidden {
			out = append(out, c.name)
		}
	}
	return out
}

func contains(list []string, name string) bool {
	for _, s := range list {
		if strings.EqualFold(s, name) {
			return true
		}
	}
	return false
}

// and joins conditions; nil is one that always holds.
func and(a, b sqlparser.Expr) sqlparser.Expr {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return &sqlparser.AndExpr{Left: a, Right: b}
}
