package sql

import (
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	"github.com/dolthub/vitess/go/vt/sqlparser"
)

// MySQL changes rows of the table that it joins first while it reads: assignments behind
// see what it has then. Those of other tables are worked out from the rows as they were
// read, and so are all of them if that table is joined with itself, or mayBeFirst says no.

// A source is a table or a query that an UPDATE names.
type source struct {
	name   string
	behind bool // another one is read first: the other side of an outer join, and so on
	query  bool
	into   *updated     // nil: it is not changed
	row    bool         // it has one row at most
	keyed  map[int]bool // the columns of the key that it is read by
	rows   uint64
}

// immediate is the table that is changed while rows are read; nil if none is. Which one
// MySQL joins first is its optimizer's choice: tables of one row, then what seems
// smallest, as here. Of a query it expects fewer rows than of a table.
func (u *updating) immediate(ctx *gms.Context) *updated {
	var first *source
	list := u.c.sources()
	for i := range list {
		s := &list[i]
		u.measure(ctx, s)
		if !s.behind && (first == nil || s.isBefore(first)) {
			first = s
		}
	}
	if first == nil || first.into == nil || namesOf(first.into.t, u.Child) > 1 || !u.mayBeFirst(first) {
		return nil
	}
	return first.into
}

// isBefore reports whether MySQL would rather read a source first than one in front of it.
func (s *source) isBefore(first *source) bool {
	switch {
	case s.row != first.row:
		return s.row
	case s.query != first.query:
		return s.query
	}
	return !s.row && s.rows < first.rows
}

// sources are those of the statement, in its order.
func (c *call) sources() (out []source) {
	var walk func(e sqlparser.TableExpr, behind bool)
	walk = func(e sqlparser.TableExpr, behind bool) {
		switch e := e.(type) {
		case *sqlparser.ParenTableExpr:
			for _, e := range e.Exprs {
				walk(e, behind)
			}
		case *sqlparser.JoinTableExpr:
			join := strings.ToLower(e.Join)
			walk(e.LeftExpr, behind || strings.Contains(join, "right"))
			walk(e.RightExpr, behind || strings.Contains(join, "left") || strings.Contains(join, "straight"))
		case *sqlparser.AliasedTableExpr:
			name, table := e.Expr.(sqlparser.TableName)
			s := source{name: e.As.String(), behind: behind, query: !table}
			if s.name == "" && table {
				s.name = name.Name.String()
			}
			out = append(out, s)
		default:
			out = append(out, source{behind: behind, query: true})
		}
	}
	for _, e := range c.updateOf().TableExprs {
		walk(e, false)
	}
	return out
}

// measure finds a source in the plan, and how many rows it has.
func (u *updating) measure(ctx *gms.Context, s *source) {
	for _, into := range u.into {
		if strings.EqualFold(into.name, s.name) {
			s.into = into
		}
	}
	transform.Inspect(u.Child, func(n gms.Node) bool {
		if _, is := n.(*plan.SubqueryAlias); is {
			return false
		}
		t := storedTable(n)
		if t == nil || len(n.Schema()) == 0 || sourceOf(n.Schema()[0]).name != strings.ToLower(s.name) {
			return true
		}
		s.row, s.keyed = readBy(ctx, n)
		if size, err := u.c.sizeOf(t); err == nil {
			s.rows = size.Rows
		}
		return false
	})
}

// readBy reports whether a table is read by one whole key that the statement tells, and
// else of which columns the key is that it tells a range of.
func readBy(ctx *gms.Context, node gms.Node) (row bool, keyed map[int]bool) {
	if a, is := node.(*plan.TableAlias); is {
		node = a.Child
	}
	access, is := node.(*plan.IndexedTableAccess)
	if !is {
		return false, nil
	}
	for _, e := range access.Expressions() {
		if _, literal := e.(*expression.Literal); !literal {
			return false, nil
		}
	}
	lookup, err := access.GetLookup(ctx, nil)
	if err != nil {
		return false, nil
	}
	p, err := partOf(ctx, lookup)
	if err == nil && len(p.ranges) == 1 && p.ranges[0].Point {
		return true, nil
	}
	keyed = map[int]bool{}
	if x, is := lookup.Index.(index); is {
		for _, at := range x.columns() {
			keyed[at] = true
		}
	}
	return false, keyed
}

// namesOf is how often a plan reads a table, queries in it included.
func namesOf(t *table, node gms.Node) (n int) {
	transform.Inspect(node, func(node gms.Node) bool {
		switch node.(type) {
		case *plan.TableAlias, *plan.ResolvedTable, *plan.IndexedTableAccess:
			if s := storedTable(node); s != nil && s.def.ID == t.def.ID {
				n++
			}
			return false
		}
		return true
	})
	return n
}

// set is a joined row after the assignments, of which those to rows that are not to be
// changed are left out.
func (u *updating) set(ctx *gms.Context, row gms.Row) (gms.Row, error) {
	if !u.joined {
		return u.assign(ctx, row, row, u.into[0], true)
	}
	seen, next := row, row
	if f := u.first; f != nil && f.again != nil {
		seen = row.Copy()
		for i, at := range f.columns {
			seen[f.first+at] = f.again.values[i]
		}
	}
	for _, into := range u.into {
		if into.met == nil {
			continue
		}
		var err error
		if next, err = u.assign(ctx, seen, next, into, into == u.first); err != nil {
			return nil, err
		}
		if into == u.first {
			seen = seen.Copy()
			copy(into.of(seen), into.of(next))
		}
	}
	return next, nil
}

// assign makes the assignments to one table, which see a row as it was, or what those in
// front have made of it.
func (u *updating) assign(ctx *gms.Context, seen, next gms.Row, into *updated, immediate bool) (gms.Row, error) {
	next = next.Copy()
	for _, s := range u.sets {
		if s.into != into {
			continue
		}
		v, err := s.Eval(ctx, seen)
		if err != nil {
			return nil, err
		}
		made, is := v.(gms.Row)
		field, named := s.Expression.(*expression.SetField).LeftChild.(*expression.GetField)
		if !is || !named {
			return nil, plan.ErrUpdateUnexpectedSetResult.New(v)
		}
		next[field.Index()] = made[field.Index()]
		if immediate {
			seen = made
		}
	}
	return next, nil
}
