package updatable

import (
	"fmt"
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
)

// A flattener makes FROM clauses flat: views that may be changed give way to their
// tables.
type flattener struct {
	src   Source
	db    string              // of names without one
	inner bool                // the text is a view's: no temporary tables, and db is spelled out
	ctes  map[string][]string // the columns of what WITH names; nil: unknown
	used  map[string]bool     // aliases
	// flat says which views give way; nil: none.
	flat func(alias string) bool
	// looks: only columns are asked for.
	looks bool
	// outer: a join keeps rows of one side without a partner.
	outer bool
	// deep: what the views below ask of their rows, and of new ones.
	deep   struct{ where, checks sqlparser.Expr }
	on     sqlparser.Expr // of the joins that keep no rows without a partner
	within []Name         // the views that the text is one of
}

// A flattened is a part of a FROM clause: tables, what their names mean, and what
// views ask of the rows, beside what is in the joins.
type flattened struct {
	scope *scope
	where sqlparser.Expr
}

// from makes a list flat.
func (f *flattener) from(list sqlparser.TableExprs) (sqlparser.TableExprs, flattened, error) {
	var out sqlparser.TableExprs
	all := flattened{scope: &scope{}}
	for _, e := range list {
		e, part, err := f.item(e)
		if err != nil {
			return nil, all, err
		}
		out = append(out, e)
		all.scope.add(part.scope)
		all.where = and(all.where, part.where)
	}
	return out, all, nil
}

func (f *flattener) item(e sqlparser.TableExpr) (sqlparser.TableExpr, flattened, error) {
	switch e := e.(type) {
	case *sqlparser.AliasedTableExpr:
		switch from := e.Expr.(type) {
		case sqlparser.TableName:
			return f.named(e, from)
		case *sqlparser.Subquery:
			return f.derived(e, from)
		}
	case *sqlparser.ParenTableExpr:
		list, part, err := f.from(e.Exprs)
		return &sqlparser.ParenTableExpr{Exprs: list}, part, err
	case *sqlparser.JoinTableExpr:
		return f.join(e)
	case *sqlparser.JSONTableExpr:
		if !f.inner {
			return e, made(e.Alias.String(), e.Alias.String(), jsonColumns(e.Spec)), nil
		}
	case sqlparser.TableFuncExpr:
		if !f.inner {
			return e, made(e.Alias.String(), e.Alias.String(), nil), nil
		}
	}
	return nil, flattened{}, unsupported("change of a view that reads a function as a table")
}

// jsonColumns are the columns of a JSON_TABLE.
func jsonColumns(spec *sqlparser.JSONTableSpec) (out []string) {
	for _, c := range spec.Columns {
		if c.Spec != nil {
			out = append(out, jsonColumns(c.Spec)...)
		} else {
			out = append(out, c.Name.String())
		}
	}
	return out
}

// derived is a query in parentheses.
func (f *flattener) derived(e *sqlparser.AliasedTableExpr, q *sqlparser.Subquery) (sqlparser.TableExpr, flattened, error) {
	columns, err := f.columnsOfQuery(q.Select)
	if err != nil {
		return nil, flattened{}, err
	}
	if len(q.Columns) > 0 {
		columns = identifiers(q.Columns)
	}
	out, alias := *e, e.As.String()
	own := f.own(alias)
	out.As = sqlparser.NewTableIdent(own)
	if f.inner {
		r := f.resolver("from clause")
		out.Expr = cloned(r, q, nil)
		err = r.err
	}
	part := made(alias, own, columns)
	if f.looks {
		part.scope.marked(f.computed(q.Select))
	}
	return &out, part, err
}

// own is the alias in the flat clause of what has one in the text.
func (f *flattener) own(alias string) string {
	if f.inner {
		return f.unique(alias)
	}
	return alias
}

// made is what takes no changes; without columns nobody knows them.
func made(alias, own string, columns []string) flattened {
	r := &relation{alias: alias}
	s := &scope{relations: []*relation{r}, opaque: columns == nil, bases: []*base{{alias: own}}}
	for _, c := range columns {
		s.columns = append(s.columns, column{name: strings.ToLower(c), expr: columnOf(own, c), of: r})
	}
	return flattened{scope: s}
}

// closed is made, of a table that is known not to take changes.
func closed(alias, own string, columns []string) flattened {
	out := made(alias, own, columns)
	out.scope.bases[0].closed = true
	return out
}

func (f *flattener) nameOf(n sqlparser.TableName) Name {
	db := n.DbQualifier.String()
	if db == "" {
		db = f.db
	}
	return Name{db, n.Name.String()}
}

// named is a table, a view, or what WITH has made.
func (f *flattener) named(e *sqlparser.AliasedTableExpr, n sqlparser.TableName) (sqlparser.TableExpr, flattened, error) {
	alias := e.As.String()
	if alias == "" {
		alias = n.Name.String()
	}
	if columns, is := f.ctes[strings.ToLower(n.Name.String())]; is && n.DbQualifier.IsEmpty() {
		return e, made(alias, alias, columns), nil
	}
	name := f.nameOf(n)
	t, err := f.table(name)
	if err != nil {
		return nil, flattened{}, err
	}
	if t != nil {
		own := f.own(alias)
		return f.spelled(e, name, own), ofTable(t, name, alias, own), nil
	}
	v, is, err := f.src.View(name)
	if err != nil {
		return nil, flattened{}, err
	}
	if !is {
		own := f.own(alias)
		return f.spelled(e, name, own), closed(alias, own, f.src.Made(name)), nil
	}
	return f.view(e, name, alias, v)
}

func (f *flattener) table(n Name) (*catalog.Table, error) {
	if !f.inner {
		if t := f.src.Temporary(n); t != nil {
			return t, nil
		}
	}
	return f.src.Table(n)
}

// spelled is a table with an alias, and with its database if the text is a view's.
func (f *flattener) spelled(e *sqlparser.AliasedTableExpr, n Name, alias string) *sqlparser.AliasedTableExpr {
	out := *e
	out.As = sqlparser.NewTableIdent(alias)
	if f.inner {
		out.Expr = tableName(n)
	}
	return &out
}

func tableName(n Name) sqlparser.TableName {
	return sqlparser.TableName{Name: sqlparser.NewTableIdent(n.Table), DbQualifier: sqlparser.NewTableIdent(n.DB)}
}

func ofTable(t *catalog.Table, name Name, alias, own string) flattened {
	r := &relation{alias: alias}
	b := &base{alias: own, name: name, table: t}
	s := &scope{relations: []*relation{r}, bases: []*base{b}}
	for i := range t.Columns {
		c := &t.Columns[i]
		s.columns = append(s.columns, column{name: strings.ToLower(c.Name), expr: columnOf(own, c.Name), of: r, hidden: c.Invisible})
	}
	return flattened{scope: s}
}

// unique is an alias that nothing else in the statement has.
func (f *flattener) unique(alias string) string {
	out := alias
	for n := 1; f.used[out]; n++ {
		out = fmt.Sprintf("%s__%d", alias, n)
	}
	f.used[out] = true
	return out
}

// view is a view in a FROM clause: its tables, if it may give way to them.
func (f *flattener) view(e *sqlparser.AliasedTableExpr, name Name, alias string, v catalog.View) (sqlparser.TableExpr, flattened, error) {
	sh, err := f.shape(name, alias, v)
	if err != nil {
		return nil, flattened{}, err
	}
	if f.flat == nil || !f.flat(alias) || !sh.merges {
		own := f.own(alias)
		part := closed(alias, own, sh.names)
		part.scope.relations[0].shape = sh
		for i := range sh.columns {
			_, plain := sh.columns[i].expr.(*sqlparser.ColName)
			part.scope.columns[i].merged, part.scope.columns[i].computed = sh.merges, !plain
		}
		return f.spelled(e, name, own), part, nil
	}
	r := &relation{alias: alias, shape: sh}
	s := &scope{relations: []*relation{r}}
	for _, c := range sh.columns {
		s.columns = append(s.columns, column{name: c.name, expr: c.expr, of: r})
	}
	for _, b := range sh.bases {
		below := *b
		onto := b.name
		if len(b.path) > 0 {
			p := b.path[0]
			onto = Name{p.DB, p.View.Name}
		}
		below.path = append([]Pass{{name.DB, v, onto}}, b.path...)
		s.bases = append(s.bases, &below)
	}
	f.deep.where, f.deep.checks = and(f.deep.where, sh.deepWhere), and(f.deep.checks, sh.checks)
	f.outer = f.outer || sh.outer
	return oneTable(sh.from), flattened{s, sh.where}, nil
}

// oneTable is a FROM clause as a part of another.
func oneTable(list sqlparser.TableExprs) sqlparser.TableExpr {
	out := list[0]
	for _, e := range list[1:] {
		out = &sqlparser.JoinTableExpr{LeftExpr: out, Join: sqlparser.JoinStr, RightExpr: e}
	}
	if _, join := out.(*sqlparser.JoinTableExpr); join {
		out = &sqlparser.ParenTableExpr{Exprs: sqlparser.TableExprs{out}}
	}
	return out
}

// join is a join of two parts. What a view asks of rows that a join may leave without
// a partner belongs to its ON.
func (f *flattener) join(e *sqlparser.JoinTableExpr) (sqlparser.TableExpr, flattened, error) {
	none := flattened{}
	left, l, err := f.item(e.LeftExpr)
	if err != nil {
		return nil, none, err
	}
	right, r, err := f.item(e.RightExpr)
	if err != nil {
		return nil, none, err
	}
	kind, natural := strings.CutPrefix(e.Join, "natural ")
	common := identifiers(e.Condition.Using)
	if natural {
		if l.scope.opaque || r.scope.opaque {
			return nil, none, unsupported("NATURAL JOIN of such a table in a statement on a view")
		}
		common = commonNames(l.scope, r.scope)
	}
	for i := range common {
		common[i] = strings.ToLower(common[i])
	}
	s, on, err := joined(l.scope, r.scope, kind, common)
	if err != nil {
		return nil, none, err
	}
	if e.Condition.On != nil && !f.looks {
		if on, err = f.resolver("on clause").expr(e.Condition.On, s); err != nil {
			return nil, none, err
		}
	}
	part := flattened{scope: s}
	switch kind {
	case sqlparser.LeftJoinStr:
		f.outer, on, part.where = true, and(on, r.where), l.where
	case sqlparser.RightJoinStr:
		f.outer, on, part.where = true, and(on, l.where), r.where
	case sqlparser.FullOuterJoinStr:
		if f.outer = true; l.where != nil || r.where != nil {
			return nil, none, unsupported("FULL OUTER JOIN of a view that is changed")
		}
	default:
		part.where, f.on = and(l.where, r.where), and(f.on, on)
	}
	return &sqlparser.JoinTableExpr{LeftExpr: left, Join: kind, RightExpr: right, Condition: sqlparser.JoinCondition{On: on}}, part, nil
}

func identifiers(list sqlparser.Columns) []string {
	var out []string
	for _, c := range list {
		out = append(out, c.String())
	}
	return out
}

func (f *flattener) resolver(clause string) *resolver { return &resolver{f: f, clause: clause} }
