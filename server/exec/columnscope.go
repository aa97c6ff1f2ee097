package exec

import (
	"slices"
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/auth"
)

// A useScope are the tables of one query, and those of the query around it.
type useScope struct {
	outer   *useScope
	sources []useSource
	aliases []string // that the query gives to what it selects
}

// A useSource is something in a FROM clause. Of a derived table, whose columns come from
// other uses, and of what is not there, it knows nothing.
type useSource struct {
	alias, db, table string   // table "": derived
	columns          []string // nil: not known
	own              []string // of the table, each in the place of that name in columns
}

// has is the column of its table that a name means.
func (s *useSource) has(name string) (column string, ok bool) {
	at := slices.IndexFunc(s.columns, func(c string) bool { return strings.EqualFold(c, name) })
	if at < 0 {
		return "", false
	}
	return s.own[at], true
}

// isCalled reports whether a qualifier means the source.
func (s *useSource) isCalled(q sqlparser.TableName) bool {
	db := q.DbQualifier.String()
	return strings.EqualFold(q.Name.String(), s.alias) && (db == "" || strings.EqualFold(db, s.db))
}

// resolve notes the use of a column by a name. The innermost query with such a column
// has it. Where that is not certain it is a use of all columns that it may be.
func (u *using) resolve(q sqlparser.TableName, name string, p auth.Privilege) {
	for s := u.scope; s != nil; s = s.outer {
		certain := false
		var maybe []*useSource
		for i := range s.sources {
			src := &s.sources[i]
			if !q.IsEmpty() && !src.isCalled(q) {
				continue
			}
			column, has := src.has(name)
			switch {
			case !q.IsEmpty() && src.columns != nil && !has:
				column = name // there is none, of which who may not read the table does not learn
				fallthrough
			case has:
				u.note(src, column, p)
				certain = true
			case src.columns == nil && (src.table != "" || !q.IsEmpty()):
				maybe = append(maybe, src)
			}
		}
		if certain {
			return
		}
		for _, src := range maybe {
			u.note(src, name, p)
		}
		if len(maybe) > 0 && !q.IsEmpty() {
			return
		}
	}
	u.unresolved(q, name, p)
}

// unresolved is a name that no query has. Behind a qualifier that nothing is called by it
// counts for every column of that name; alone, it is one that a single table lacks.
func (u *using) unresolved(q sqlparser.TableName, name string, p auth.Privilege) {
	if !q.IsEmpty() {
		for s := u.scope; s != nil; s = s.outer {
			for i := range s.sources {
				if column, ok := s.sources[i].has(name); ok {
					u.note(&s.sources[i], column, p)
				}
			}
		}
		return
	}
	if s := u.scope; s != nil && len(s.sources) == 1 && s.sources[0].columns != nil && !s.hasAlias(name) {
		u.note(&s.sources[0], name, p)
	}
}

func (s *useScope) hasAlias(name string) bool {
	return slices.ContainsFunc(s.aliases, func(a string) bool { return strings.EqualFold(a, name) })
}

func (u *using) note(src *useSource, column string, p auth.Privilege) {
	if src.table != "" {
		u.uses = append(u.uses, auth.Use{DB: src.db, Table: src.table, Column: column, All: p})
	}
}

// every notes the use of all that an asterisk means.
func (u *using) every(q sqlparser.TableName) {
	if u.scope == nil {
		return
	}
	for _, src := range u.scope.sources {
		if src.table != "" && (q.IsEmpty() || src.isCalled(q)) {
			u.uses = append(u.uses, auth.Use{DB: src.db, Table: src.table, Every: true, All: auth.Select})
		}
	}
}

// table is the source that a name means.
func (u *using) table(name sqlparser.TableName, alias string) (useSource, error) {
	s := useSource{alias: alias, db: name.DbQualifier.String(), table: name.Name.String()}
	if s.alias == "" {
		s.alias = s.table
	}
	if u.isNamed(name) {
		s.table = ""
		return s, nil
	}
	if s.db == "" {
		s.db = u.db
	}
	all, _, err := u.tables.Columns(s.db, s.table)
	s.columns, s.own = all, all
	if !slices.ContainsFunc(u.met, func(o useSource) bool { return o.db == s.db && o.table == s.table }) {
		u.met = append(u.met, s)
	}
	return s, err
}

// sources are those of a FROM clause; what is in it besides is walked by conditions.
func (u *using) sourcesOf(list sqlparser.TableExprs) (out []useSource, err error) {
	for _, e := range list {
		var more []useSource
		switch e := e.(type) {
		case *sqlparser.AliasedTableExpr:
			name, ok := e.Expr.(sqlparser.TableName)
			if !ok {
				more = []useSource{{alias: e.As.String()}}
				break
			}
			s, err := u.table(name, e.As.String())
			if err != nil {
				return nil, err
			}
			more = []useSource{s}
		case *sqlparser.ParenTableExpr:
			more, err = u.sourcesOf(e.Exprs)
		case *sqlparser.JoinTableExpr:
			more, err = u.sourcesOf(sqlparser.TableExprs{e.LeftExpr, e.RightExpr})
		case *sqlparser.JSONTableExpr:
			more = []useSource{{alias: e.Alias.String()}}
		default:
			more = []useSource{{}}
		}
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	return out, nil
}

// join notes what USING and NATURAL compare: columns of both sides.
func (u *using) join(e *sqlparser.JoinTableExpr) error {
	left, err := u.sourcesOf(sqlparser.TableExprs{e.LeftExpr})
	if err != nil {
		return err
	}
	right, err := u.sourcesOf(sqlparser.TableExprs{e.RightExpr})
	if err != nil {
		return err
	}
	for _, c := range e.Condition.Using {
		u.shared(left, c.String())
		u.shared(right, c.String())
	}
	if !strings.Contains(e.Join, "natural") {
		return nil
	}
	for _, sides := range [][2][]useSource{{left, right}, {right, left}} {
		for _, src := range sides[0] {
			for _, c := range src.columns {
				if slices.ContainsFunc(sides[1], func(o useSource) bool { _, ok := o.has(c); return ok || o.columns == nil }) {
					u.note(&src, c, auth.Select)
				}
			}
		}
	}
	return nil
}

func (u *using) shared(side []useSource, name string) {
	for i := range side {
		if column, ok := side[i].has(name); ok {
			u.note(&side[i], column, auth.Select)
		} else if side[i].columns == nil {
			u.note(&side[i], name, auth.Select)
		}
	}
}
