package sql

import (
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/expression/function/aggregation"
	"github.com/dolthub/go-mysql-server/sql/expression/function/aggregation/window"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/sql/walk"
)

// A retyping follows expressions whose type is another than the library's: what reads
// them has the type that they had when the names were bound, and would convert them to
// that. Nodes come after those that they read.
type retyping struct {
	types     map[gms.ColumnId]gms.Type // of columns, by number
	concats   map[string]gms.Type       // of GROUP_CONCATs, by their words: of two alike one has the number
	recursive bool                      // some query reads itself
}

// retype settles the types of columns, and of UNIONs on the way.
func retype(node gms.Node) (gms.Node, error) {
	r := retyping{types: map[gms.ColumnId]gms.Type{}, concats: map[string]gms.Type{}}
	node, err := walk.Nodes(node, r.node)
	if err == nil && r.recursive { // what it reads of itself came before its types
		node, err = walk.Nodes(node, r.node)
	}
	return node, err
}

func (r *retyping) node(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
	n, same, err := transform.OneNodeExpressions(n, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		out, same := r.column(e)
		r.note(out)
		return out, same, nil
	})
	if err != nil {
		return nil, transform.SameTree, err
	}
	switch n := n.(type) {
	case *plan.SetOp:
		out, err := mergeSides(n)
		return out, transform.NewTree, err
	case *plan.ValueDerivedTable:
		r.noteAll(n.Columns(), n.Schema())
	case *plan.SubqueryAlias:
		r.noteAll(n.Columns(), n.Child.Schema())
		return r.mapped(n), transform.NewTree, nil
	case *plan.RecursiveCte:
		return r.recursiveQuery(n), transform.NewTree, nil
	}
	return n, same, nil
}

// column is a column with the type that it has by now.
func (r *retyping) column(e gms.Expression) (gms.Expression, transform.TreeIdentity) {
	f, is := e.(*expression.GetField)
	if !is {
		return e, transform.SameTree
	}
	t := r.types[f.Id()]
	if t == nil && f.Table() == "" && len(r.concats) > 0 {
		t = r.concats[strings.ToLower(f.Name())]
	}
	if t == nil || t.Equals(f.Type()) {
		return e, transform.SameTree
	}
	return expression.NewGetFieldWithTable(int(f.Id()), int(f.TableId()), t, f.Database(), f.Table(), f.Name(), f.IsNullable()), transform.NewTree
}

// note keeps the type of what is read by a number.
func (r *retyping) note(e gms.Expression) {
	switch e := e.(type) {
	case *expression.Alias:
		if _, ours := e.Child.(*expr.Conversion); !ours && e.Id() != 0 { // of a UNION, which has its column's number
			r.types[e.Id()] = expr.TextType(e.Child)
		}
	case *aggregation.GroupConcat:
		if c, ok := expr.CollationWithin(e); ok && c.Charset().Recodes() {
			r.types[e.Id()] = expr.TextType(e)
			r.concats[strings.ToLower(e.String())] = r.types[e.Id()]
		}
	case *aggregation.Max:
		r.types[e.Id()] = e.Type()
	case *aggregation.Min:
		r.types[e.Id()] = e.Type()
	case *window.Lag, *window.Lead, *window.FirstValue, *window.LastValue:
		r.types[e.(gms.IdExpression).Id()] = e.Type()
	}
}

func (r *retyping) noteAll(columns gms.ColSet, schema gms.Schema) {
	i := 0
	columns.ForEach(func(id gms.ColumnId) {
		if i < len(schema) {
			r.types[id] = schema[i].Type
		}
		i++
	})
}

// mapped has what is asked of a derived table, and moves into it, read the types that its
// columns have by now.
func (r *retyping) mapped(n *plan.SubqueryAlias) gms.Node {
	if n.ScopeMapping == nil {
		return n
	}
	out := *n
	out.ScopeMapping = make(map[gms.ColumnId]gms.Expression, len(n.ScopeMapping))
	for id, e := range n.ScopeMapping {
		if f, is := e.(*expression.GetField); is && r.types[id] != nil && !r.types[id].Equals(f.Type()) {
			e = expression.NewGetFieldWithTable(int(f.Id()), int(f.TableId()), r.types[id], f.Database(), f.Table(), f.Name(), f.IsNullable())
		}
		out.ScopeMapping[id] = e
	}
	return &out
}

// recursiveQuery has the dates of its first part, which the library makes moments, and its decimals, to
// which it gives all digits.
func (r *retyping) recursiveQuery(n *plan.RecursiveCte) gms.Node {
	r.recursive = true
	first := n.Left().Schema()
	schema := append(gms.Schema{}, n.Schema()...)
	for i := range schema {
		if i < len(first) && (gtypes.IsTime(first[i].Type) || gtypes.IsDecimal(first[i].Type)) {
			c := *schema[i]
			c.Type = first[i].Type
			schema[i] = &c
		}
	}
	r.noteAll(n.Columns(), schema)
	if n.Working != nil {
		r.noteAll(n.Working.Columns(), schema)
	}
	return n.WithSchema(schema)
}
