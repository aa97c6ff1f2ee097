package spell

import "github.com/dolthub/vitess/go/vt/sqlparser"

// stars names the columns that * means where windows are of groups, or behind HAVING.
func (r *Namer) stars(s *nameScope) {
	if HasStar(s.query.SelectExprs) && cutsWindows(s.query) && s.known {
		s.spellStars()
		r.Changed = true
	}
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
