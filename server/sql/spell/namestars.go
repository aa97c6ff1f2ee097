package spell

import (
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/updatable"
)

// stars names the columns that * means where windows are of groups, or behind HAVING, and
// where tables are joined by names: the library has some of them twice, or not at all, and
// in another order.
func (r *Namer) stars(s *nameScope) {
	if !HasStar(s.query.SelectExprs) || !s.known {
		return
	}
	if cutsWindows(s.query) || joinsByName(s.query.From) && s.distinct() {
		s.spellStars()
		r.Changed = true
	}
}

// joinsByName reports whether a FROM clause has USING or NATURAL.
func joinsByName(list sqlparser.TableExprs) (found bool) {
	eachJoin(list, func(j *sqlparser.JoinTableExpr) {
		found = found || len(j.Condition.Using) > 0 || strings.HasPrefix(j.Join, "natural")
	}, func(*sqlparser.AliasedTableExpr) {})
	return found
}

// eachJoin calls join and table with what a FROM clause has of either.
func eachJoin(list sqlparser.TableExprs, join func(*sqlparser.JoinTableExpr), table func(*sqlparser.AliasedTableExpr)) {
	for _, e := range list {
		switch e := e.(type) {
		case *sqlparser.JoinTableExpr:
			join(e)
			eachJoin(sqlparser.TableExprs{e.LeftExpr, e.RightExpr}, join, table)
		case *sqlparser.ParenTableExpr:
			eachJoin(e.Exprs, join, table)
		case *sqlparser.AliasedTableExpr:
			table(e)
		}
	}
}

// distinct reports whether each column is one that its table's name and its own tell.
func (s *nameScope) distinct() bool {
	seen := map[[2]string]bool{}
	for _, c := range s.from {
		name := [2]string{c.Table, strings.ToLower(c.Name)}
		if seen[name] {
			return false
		}
		seen[name] = true
	}
	return true
}

// starred are the columns that * means: those of one table as the table has them, those of
// all as they are joined.
func (s *nameScope) starred(e *sqlparser.StarExpr) (out []*updatable.Column) {
	table := e.TableName.Name.String()
	for i := range s.from {
		c := &s.from[i]
		if !c.Hidden && (table == "" && !c.Shadow || table != "" && c.Table == table) {
			out = append(out, c)
		}
	}
	if table != "" && joinsByName(s.query.From) {
		return s.asTable(table, out)
	}
	return out
}

// asTable is a table's columns in its own order.
func (s *nameScope) asTable(name string, list []*updatable.Column) (out []*updatable.Column) {
	var own []updatable.Column
	eachJoin(s.query.From, func(*sqlparser.JoinTableExpr) {}, func(t *sqlparser.AliasedTableExpr) {
		alias := t.As.String()
		if n, is := t.Expr.(sqlparser.TableName); is && alias == "" {
			alias = n.Name.String()
		}
		if alias == name {
			own, _ = s.reader.Columns(sqlparser.TableExprs{t})
		}
	})
	for _, c := range own {
		for _, found := range list {
			if strings.EqualFold(found.Name, c.Name) {
				out = append(out, found)
			}
		}
	}
	if len(out) != len(list) {
		return list
	}
	return out
}

// spellStars names the columns that * means.
func (s *nameScope) spellStars() {
	q := s.query
	var list sqlparser.SelectExprs
	for _, e := range q.SelectExprs {
		star, is := e.(*sqlparser.StarExpr)
		if !is {
			list = append(list, e)
			continue
		}
		for _, c := range s.starred(star) {
			list = append(list, &sqlparser.AliasedExpr{Expr: qualified(c)})
		}
	}
	q.SelectExprs = list
}

// windows refuses names of windows that are none of FROM, nor of a query around: answers
// are not seen.
func (s *nameScope) windows() error {
	list := append([]*sqlparser.WindowDef(nil), s.query.Window...)
	for _, f := range windowsIn(s.query.SelectExprs, s.query.OrderBy) {
		list = append(list, (*sqlparser.WindowDef)(f.Over))
	}
	for _, w := range list {
		if err := s.only(w.PartitionBy, inPartition); err != nil {
			return err
		}
		if err := s.only(w.OrderBy, inSorted); err != nil {
			return err
		}
	}
	return nil
}

func (s *nameScope) only(part sqlparser.SQLNode, in clause) error {
	return withinQuery(func(n sqlparser.SQLNode) error {
		col, is := n.(*sqlparser.ColName)
		if !is || !s.known {
			return nil
		}
		found, several := s.column(col)
		if several {
			return ambiguous(col, in)
		}
		if found != nil {
			return nil
		}
		_, err := s.beyond(col, in)
		return err
	}, part)
}
