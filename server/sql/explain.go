package sql

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/exec"
)

// Explain is how the statement would come to its rows, by the library's plan. It
// changes and locks nothing.
func (e *Engine) Explain(ctx context.Context, env exec.Env, s *Session, stmt *Stmt) (list []exec.Access, err error) {
	shown := *stmt
	shown.Kind = showKind
	c := e.newCall(ctx, env, s, &shown)
	c.describing = true
	defer c.end()
	if err := c.checkRights(); err != nil {
		return nil, err
	}
	x := &explaining{call: c}
	if err = x.explain(); err == nil {
		err = c.failed
	}
	if err != nil {
		return nil, c.translate(err)
	}
	return x.list, nil
}

// RowsOf is about how many rows a table has.
func (e *Engine) RowsOf(ctx context.Context, env exec.Env, s *Session, def *catalog.Table) (uint64, error) {
	c := e.newCall(ctx, env, s, &Stmt{Kind: showKind, tree: new(exec.Tree)})
	defer c.end()
	n, err := c.sizeOf(&table{c: c, def: def})
	return n.Rows, err
}

// An explaining walks over a plan. What is read for a part of a query is one line;
// queries inside of it follow.
type explaining struct {
	*call
	ctx  *gms.Context
	list []exec.Access
	ids  int
	// later are the queries inside that are still to be explained.
	later []laterQuery
}

type laterQuery struct {
	node gms.Node
	scan scanning
}

// A scanning is where a node stands in the plan.
type scanning struct {
	id    int
	kind  string
	alias string
	extra []string // of the first table below
}

func (x *explaining) explain() (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("sql: the library gave up: %v", p)
		}
	}()
	x.ctx = x.context()
	s, err := x.plain()
	if err != nil {
		return err
	}
	node, flags, err := x.bind(x.ctx, s, x.stmt.tree.Text, nil)
	if err != nil {
		return err
	}
	if node, err = x.lib.Analyzer.Analyze(x.ctx, node, nil, flags); err != nil {
		return err
	}
	x.ids = 1
	if err := x.query(node, scanning{id: 1, kind: exec.SimpleSelect}); err != nil {
		return err
	}
	for len(x.later) > 0 {
		next := x.later[0]
		x.later = x.later[1:]
		if err := x.query(next.node, next.scan); err != nil {
			return err
		}
	}
	if x.ids > 1 {
		for i := range x.list {
			if x.list[i].ID == 1 && x.list[i].Select == exec.SimpleSelect {
				x.list[i].Select = "PRIMARY"
			}
		}
	}
	return nil
}

// query explains a whole one: it has a line if it reads no table, too.
func (x *explaining) query(node gms.Node, at scanning) error {
	before := len(x.list)
	if err := x.node(node, at); err != nil || len(x.list) > before {
		return err
	}
	x.list = append(x.list, exec.Access{ID: at.id, Select: at.kind, Extra: []string{exec.NoTables}})
	return nil
}

// inside has a query explained behind this one.
func (x *explaining) inside(node gms.Node, kind string) int {
	x.ids++
	x.later = append(x.later, laterQuery{node, scanning{id: x.ids, kind: kind}})
	return x.ids
}

func (x *explaining) node(n gms.Node, at scanning) error {
	switch n := n.(type) {
	case *plan.TableAlias:
		at.alias = n.Name()
	case *plan.ResolvedTable:
		return x.scan(n.UnderlyingTable(), n.Name(), at)
	case *plan.IndexedTableAccess:
		return x.lookup(n, at)
	case *plan.SubqueryAlias:
		id := x.inside(n.Child, "DERIVED")
		return x.add(exec.Access{Table: "<derived" + strconv.Itoa(id) + ">", Type: exec.AccessAll}, at)
	case *plan.RecursiveCte:
		x.inside(n.Right(), "RECURSIVE")
		return x.node(n.Left(), at)
	case *plan.RecursiveTable:
		return x.add(exec.Access{Table: n.Name(), Type: exec.AccessAll}, at)
	case *plan.SetOp:
		return x.union(n, at)
	case *plan.InsertInto:
		return x.insert(n, at)
	case *plan.Update:
		at.kind = "UPDATE"
	case *plan.DeleteFrom:
		at.kind = "DELETE"
	case *plan.Filter:
		at.extra = append(slices.Clone(at.extra), exec.UsingWhere)
	case *plan.Sort, *plan.TopN:
		at.extra = append(slices.Clone(at.extra), exec.UsingSort)
	case *plan.Distinct:
		at.extra = append(slices.Clone(at.extra), exec.UsingTemp)
	case *plan.GroupBy:
		if len(n.GroupByExprs) > 0 {
			at.extra = append(slices.Clone(at.extra), exec.UsingTemp)
		}
	}
	x.subqueries(n)
	for i, child := range n.Children() {
		if _, join := n.(*plan.JoinNode); join && i > 0 {
			at.extra = slices.DeleteFunc(slices.Clone(at.extra), func(s string) bool { return s != exec.UsingWhere })
		}
		if err := x.node(child, at); err != nil {
			return err
		}
	}
	return nil
}

// subqueries has those of a node's expressions explained.
func (x *explaining) subqueries(n gms.Node) {
	e, is := n.(gms.Expressioner)
	if !is {
		return
	}
	for _, one := range e.Expressions() {
		gms.Inspect(one, func(e gms.Expression) bool {
			if sub, is := e.(*plan.Subquery); is {
				kind := "SUBQUERY"
				if !sub.Correlated().Empty() {
					kind = "DEPENDENT SUBQUERY"
				}
				x.inside(sub.Query, kind)
			}
			return true
		})
	}
}

func (x *explaining) add(a exec.Access, at scanning) error {
	a.ID, a.Select = at.id, at.kind
	if at.alias != "" {
		a.Table = at.alias
	}
	for _, extra := range at.extra {
		if extra != exec.UsingWhere || a.Type != exec.AccessConst && a.Type != exec.AccessEqRef {
			a.Note(extra)
		}
	}
	x.list = append(x.list, a)
	return nil
}

func (x *explaining) union(n *plan.SetOp, at scanning) error {
	if at.kind == exec.SimpleSelect {
		at.kind = "PRIMARY"
	}
	at.extra = nil
	if err := x.query(n.Left(), at); err != nil {
		return err
	}
	x.ids++
	right := scanning{id: x.ids, kind: strings.ToUpper(strings.Fields(n.String())[0])}
	if n.SetOpType == plan.UnionType {
		right.kind = "UNION"
	}
	if err := x.query(n.Right(), right); err != nil || !n.Distinct {
		return err
	}
	x.ids++
	result := scanning{id: x.ids, kind: right.kind + " RESULT", extra: []string{exec.UsingTemp}}
	return x.add(exec.Access{Table: fmt.Sprintf("<%s%d,%d>", strings.ToLower(right.kind), at.id, right.id), Type: exec.AccessAll}, result)
}

func (x *explaining) insert(n *plan.InsertInto, at scanning) error {
	kind := "INSERT"
	if n.IsReplace {
		kind = "REPLACE"
	}
	target := exec.Access{Type: exec.AccessAll}
	if t, is := n.Destination.(gms.Nameable); is {
		target.Table = t.Name()
	}
	if err := x.add(target, scanning{id: at.id, kind: kind}); err != nil {
		return err
	}
	return x.node(n.Source, at)
}

func underlying(t gms.Table) *table {
	for {
		switch u := t.(type) {
		case *table:
			return u
		case *indexed:
			return u.table
		case gms.TableWrapper:
			t = u.Underlying()
		default:
			return nil
		}
	}
}

func (x *explaining) scan(t gms.Table, name string, at scanning) error {
	a := exec.Access{Table: name, Type: exec.AccessAll}
	if strings.EqualFold(name, "dual") || name == "" {
		return nil
	}
	if u := underlying(t); u != nil {
		a.Def = u.def
	}
	return x.add(a, at)
}

// lookup is a table of which an index finds the rows.
func (x *explaining) lookup(n *plan.IndexedTableAccess, at scanning) error {
	a := exec.Access{Table: n.Name(), Type: exec.AccessRef, Key: n.Index().ID()}
	ix, is := n.Index().(index)
	if !is {
		return x.add(a, at)
	}
	a.Def, a.Key = ix.t.def, exec.KeyName(ix.ix)
	if ix.interim != nil {
		a.Key = "<auto_key0>"
	}
	a.Possible = []string{a.Key}
	used := len(n.Expressions())
	if n.IsStatic() {
		var err error
		if used, err = x.static(n, ix, &a); err != nil {
			return err
		}
	} else {
		if n.IsStrictLookup() {
			a.Type, a.Rows = exec.AccessEqRef, 1
		}
		for _, e := range n.Expressions() {
			a.Ref = append(a.Ref, refOf(e))
		}
	}
	if ix.interim == nil {
		a.KeyLen = exec.KeyLength(ix.t.def, ix.ix, used)
	}
	return x.add(a, at)
}

// static is a lookup by ranges that are known: how many columns of the key they say
// something of.
func (x *explaining) static(n *plan.IndexedTableAccess, ix index, a *exec.Access) (used int, err error) {
	lookup, err := n.GetLookup(x.ctx, nil)
	if err != nil {
		return 0, err
	}
	p, err := partOf(x.ctx, lookup)
	if err != nil {
		return 0, err
	}
	list, _ := lookup.Ranges.(gms.MySQLRangeCollection)
	all, points := true, len(list) == 1
	for _, r := range list {
		for at, e := range r {
			if e.HasLowerBound() || e.HasUpperBound() {
				all, used = false, max(used, at+1)
			}
			points = points && (at >= used || isPoint(e))
		}
	}
	switch {
	case all:
		a.Type, used = exec.AccessIndex, len(ix.columns())
		return used, nil
	case points && used == len(ix.columns()) && (ix.ix == nil || ix.ix.Unique):
		a.Type, a.Ref = exec.AccessConst, slices.Repeat([]string{"const"}, used)
	case points:
		a.Ref = slices.Repeat([]string{"const"}, used)
	default:
		a.Type = exec.AccessRange
	}
	if ix.interim == nil {
		a.Rows, err = exec.CountKeys(x.env.Txn, ix.t.def, ix.ix, p.ranges)
	}
	return used, err
}

func isPoint(e gms.MySQLRangeColumnExpr) bool {
	if e.Type() != gms.RangeType_ClosedClosed {
		return false
	}
	low, high := gms.GetMySQLRangeCutKey(e.LowerBound), gms.GetMySQLRangeCutKey(e.UpperBound)
	return fmt.Sprint(low) == fmt.Sprint(high)
}

// refOf is what a key is looked up by.
func refOf(e gms.Expression) string {
	switch e := e.(type) {
	case *expression.GetField:
		return e.Database() + "." + e.Table() + "." + e.Name()
	case *expression.Literal:
		return "const"
	}
	return "func"
}
