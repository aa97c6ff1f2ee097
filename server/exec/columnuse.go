package exec

import (
	"reflect"
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/lex"
)

// The columns that a statement uses, for who has privileges on columns alone. Nothing may
// be missed: the walk goes over all fields of the tree, not where the parser's own goes,
// and at the end a name of a column that is in the text more often than in the tree counts
// as a use of it.

// usesOf finds the columns that a statement uses. It reads the text again: a tree may have
// been changed on its way.
func usesOf(sql string) auth.UsesOf {
	return func(db string, t auth.Tables) ([]auth.Use, error) {
		tree, err := ParseTree(sql)
		if err != nil {
			return nil, err
		}
		u := &using{db: db, tables: t, seen: map[string]int{}}
		u.node(tree.Statement)
		if u.err == nil {
			u.hidden(sql)
		}
		return u.uses, u.err
	}
}

// UsesIn are the columns that a tree uses. Unlike a text's they are those that it names.
func UsesIn(tree sqlparser.Statement, db string, t auth.Tables) ([]auth.Use, error) {
	u := &using{db: db, tables: t, seen: map[string]int{}}
	u.node(tree)
	return u.uses, u.err
}

// A using collects uses on its way over a statement.
type using struct {
	needing        // names of common table expressions
	db      string // the current one
	tables  auth.Tables
	uses    []auth.Use
	scope   *useScope
	met     []useSource    // all tables
	seen    map[string]int // names in the tree, in lower case
	err     error
}

// enterScope makes sources those of the query that follows.
func (u *using) enterScope(sources []useSource) (leave func()) {
	outer := u.scope
	u.scope = &useScope{outer: outer, sources: sources}
	return func() { u.scope = outer }
}

func (u *using) nodes(list ...any) {
	for _, n := range list {
		u.node(n)
	}
}

func (u *using) node(n any) { u.walk(reflect.ValueOf(n)) }

// hidden counts names of columns that only the text has: what is cut out before the
// parser sees it may read them.
func (u *using) hidden(sql string) {
	words := map[string]int{}
	l := lex.New(sql)
	for t := l.Next(); t.Kind != lex.EOF; t = l.Next() {
		if t.Kind == lex.Word || t.Kind == lex.Quoted {
			name, _ := t.Value()
			words[strings.ToLower(name)]++
		}
	}
	for i := range u.met {
		for _, c := range u.met[i].columns {
			if name := strings.ToLower(c); words[name] > u.seen[name] {
				u.note(&u.met[i], c, auth.Select)
			}
		}
	}
}

// walk goes over everything below a value.
func (u *using) walk(v reflect.Value) {
	if u.err != nil || !v.IsValid() {
		return
	}
	if v.CanInterface() && u.known(v.Interface()) {
		return
	}
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if !v.IsNil() {
			u.walk(v.Elem())
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return // a literal
		}
		for i := range v.Len() {
			u.walk(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				u.walk(v.Field(i))
			}
		}
	case reflect.String:
		u.seen[strings.ToLower(v.String())]++
	}
}

// known handles what has a meaning of its own; false: its parts are walked.
func (u *using) known(n any) bool {
	if v := reflect.ValueOf(n); v.Kind() == reflect.Pointer && v.IsNil() {
		return true
	}
	switch n := n.(type) {
	case sqlparser.AuthInformation: // says again what the tree does
	case *sqlparser.AliasedExpr: // and so does its text
		u.nodes(n.Expr, n.As)
	case sqlparser.ColIdent:
		u.seen[n.Lowered()]++
	case sqlparser.TableIdent:
		u.seen[strings.ToLower(n.String())]++
	case *sqlparser.ColName:
		u.column(n, auth.Select)
	case *sqlparser.Default:
		u.defaultOf(n)
	case *sqlparser.AssignmentExpr:
		u.column(n.Name, auth.Update)
		u.node(n.Expr)
	case *sqlparser.StarExpr:
		u.node(n.TableName)
		u.every(n.TableName)
	case *sqlparser.FuncExpr:
		u.function(n)
	case *sqlparser.ExistsExpr:
		u.exists(n)
	case *sqlparser.Select:
		u.selection(n, false)
	case *sqlparser.SetOp:
		u.setOperation(n)
	case *sqlparser.Insert:
		u.insertion(n)
	case *sqlparser.Update:
		u.changed(n.With, n.TableExprs, n.Comments, n.Exprs, n.Where, n.OrderBy, n.Limit)
	case *sqlparser.Delete:
		u.changed(n.With, n.TableExprs, n.Comments, n.Targets, n.Where, n.OrderBy, n.Limit)
	case *sqlparser.JoinTableExpr:
		if err := u.join(n); err != nil {
			u.err = err
		}
		return false
	default:
		return false
	}
	return true
}

func (u *using) column(n *sqlparser.ColName, p auth.Privilege) {
	u.nodes(n.Name, n.Qualifier)
	if strings.HasPrefix(n.Name.String(), "@") {
		return // a variable
	}
	u.resolve(n.Qualifier, n.Name.String(), p)
}

// defaultOf is DEFAULT(column).
func (u *using) defaultOf(n *sqlparser.Default) {
	parts := strings.Split(strings.ReplaceAll(n.ColName, "`", ""), ".")
	name := parts[len(parts)-1]
	for _, p := range parts {
		u.seen[strings.ToLower(p)]++
	}
	if name == "" {
		return
	}
	var q sqlparser.TableName
	if len(parts) > 1 {
		q.Name = sqlparser.NewTableIdent(parts[len(parts)-2])
	}
	u.resolve(q, name, auth.Select)
}

// function: the asterisk of COUNT(*) reads no column.
func (u *using) function(n *sqlparser.FuncExpr) {
	u.nodes(n.Qualifier, n.Name)
	for _, e := range n.Exprs {
		if _, star := e.(*sqlparser.StarExpr); !star {
			u.node(e)
		}
	}
	u.node(n.Over)
}

// exists: nor does that of EXISTS (SELECT *).
func (u *using) exists(n *sqlparser.ExistsExpr) {
	s := n.Subquery.Select
	for {
		paren, is := s.(*sqlparser.ParenSelect)
		if !is {
			break
		}
		s = paren.Select
	}
	if one, is := s.(*sqlparser.Select); is {
		u.selection(one, true)
		return
	}
	u.node(s)
}

// common walks a WITH, and makes its names known.
func (u *using) common(with *sqlparser.With) (leave func()) {
	before := len(u.needing.scope)
	if with != nil {
		for _, e := range with.Ctes {
			if with.Recursive {
				u.needing.scope = append(u.needing.scope, e.As.String())
			}
			u.nodes(e.AliasedTableExpr, e.Columns)
			u.needing.scope = append(u.needing.scope, e.As.String())
		}
	}
	return func() { u.needing.scope = u.needing.scope[:before] }
}

func (u *using) selection(s *sqlparser.Select, exists bool) {
	defer u.common(s.With)()
	sources, err := u.sourcesOf(s.From)
	if err != nil {
		u.err = err
		return
	}
	defer u.enterScope(sources)()
	for _, e := range s.SelectExprs {
		if a, is := e.(*sqlparser.AliasedExpr); is && !a.As.IsEmpty() {
			u.scope.aliases = append(u.scope.aliases, a.As.String())
		}
		if star, is := e.(*sqlparser.StarExpr); is && exists {
			u.node(star.TableName)
			continue
		}
		u.node(e)
	}
	u.nodes(s.Comments, s.From, s.Where, s.GroupBy, s.Having, s.Window)
	u.orders(s.OrderBy)
	u.nodes(s.Limit, s.Into)
}

// orders: an alias that stands alone is no column.
func (u *using) orders(list sqlparser.OrderBy) {
	for _, o := range list {
		name, is := o.Expr.(*sqlparser.ColName)
		if is && name.Qualifier.IsEmpty() && u.scope.hasAlias(name.Name.String()) {
			u.node(name.Name)
			continue
		}
		u.node(o.Expr)
	}
}

// setOperation: what a UNION is ordered by are its own columns.
func (u *using) setOperation(s *sqlparser.SetOp) {
	defer u.common(s.With)()
	u.nodes(s.Left, s.Right)
	defer u.enterScope([]useSource{{}})()
	u.nodes(s.OrderBy, s.Limit, s.Into)
}

func (u *using) changed(with *sqlparser.With, from sqlparser.TableExprs, rest ...any) {
	defer u.common(with)()
	sources, err := u.sourcesOf(from)
	if err != nil {
		u.err = err
		return
	}
	defer u.enterScope(sources)()
	u.nodes(rest...)
	u.node(from)
}
