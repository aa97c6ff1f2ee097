package sql

import (
	"io"
	"math"
	"strconv"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/sql/spell"
	"github.com/xadb/xadb/server/sql/walk"
	"github.com/xadb/xadb/server/types"
)

// A recursion is a recursive common table expression. The first half's columns are the
// table's: what the other half gives is stored in them, or does not fit (MySQL manual,
// WITH, Recursive Common Table Expressions). The library's gives it as it comes, knows
// no collation, and ends by a limit of its own.
type recursion struct {
	c             *call
	first, repeat gms.Node
	working       *plan.RecursiveTable // what repeat reads: the rows of the last round
	schema        gms.Schema
	columns       []chosenColumn // as many as schema, or none if they are not known
	keys          rowKeys        // of UNION DISTINCT
	max           int            // rounds
}

var _ gms.ExecSourceRel = (*recursion)(nil)

// chooseRecursions notes the columns of recursive common table expressions, which the
// analysis conceals.
func (c *call) chooseRecursions(ctx *gms.Context, node gms.Node) (gms.Node, error) {
	return walk.Nodes(node, func(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
		if cte, is := n.(*plan.RecursiveCte); is {
			if c.recursions == nil {
				c.recursions = make(map[gms.TableId][]chosenColumn)
			}
			c.recursions[cte.Id()] = c.choosing(ctx, cte)
		}
		return n, transform.SameTree, nil
	})
}

// recurse has recursive common table expressions be recursions.
func (c *call) recurse(ctx *gms.Context, node gms.Node) (gms.Node, error) {
	return walk.Nodes(node, func(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
		cte, is := n.(*plan.RecursiveCte)
		if !is {
			return n, transform.SameTree, nil
		}
		union := cte.Union()
		r := &recursion{c: c, first: cte.Left(), repeat: cte.Right(), working: cte.Working, schema: cte.Schema(), max: c.recursionsMax()}
		if list := c.recursions[cte.Id()]; len(list) == len(r.schema) {
			r.columns = list
		}
		if union.Distinct {
			types, err := r.comparedTypes()
			if err != nil {
				return nil, transform.SameTree, err
			}
			r.keys, _ = newRowKeys(ctx, types)
		}
		out := gms.Node(r)
		fields, offset := splitOffset(union.SortFields)
		if len(fields) > 0 {
			out = plan.NewSort(fields, out)
		}
		if offset != nil {
			out = plan.NewOffset(offset, out)
		}
		if union.Limit != nil {
			out = plan.NewLimit(union.Limit, out)
		}
		return out, transform.NewTree, nil
	})
}

// splitOffset is what a recursive query is sorted by, and its OFFSET; nil if it has none.
func splitOffset(fields gms.SortFields) (gms.SortFields, gms.Expression) {
	if last := len(fields) - 1; last >= 0 {
		if f, is := fields[last].Column.(*expr.Function); is && f.Name == spell.RecursionOffset {
			return fields[:last], f.Args[0]
		}
	}
	return fields, nil
}

// comparedTypes are those of the table's columns.
func (r *recursion) comparedTypes() (list []gms.Type, err error) {
	list = typesOf(r)
	for i := range r.columns {
		if list[i], err = convert.ToType(r.columns[i].Type); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// recursionsMax is cte_max_recursion_depth.
func (c *call) recursionsMax() int {
	if text, ok := c.s.client.Variable("cte_max_recursion_depth"); ok {
		if n, err := strconv.Atoi(text); err == nil {
			return n
		}
	}
	return math.MaxInt
}

// Resolved implements gms.Node.
func (r *recursion) Resolved() bool { return r.first.Resolved() && r.repeat.Resolved() }

// String implements gms.Node.
func (*recursion) String() string { return "RecursiveCTE" }

// Schema implements gms.Node.
func (r *recursion) Schema() gms.Schema { return r.schema }

// IsReadOnly implements gms.Node.
func (r *recursion) IsReadOnly() bool { return r.first.IsReadOnly() && r.repeat.IsReadOnly() }

// Children implements gms.Node.
func (r *recursion) Children() []gms.Node { return []gms.Node{r.first, r.repeat} }

// WithChildren implements gms.Node.
func (r *recursion) WithChildren(children ...gms.Node) (gms.Node, error) {
	if len(children) != 2 {
		return nil, gms.ErrInvalidChildrenNumber.New(r, len(children), 2)
	}
	out := *r
	out.first, out.repeat = children[0], children[1]
	return &out, nil
}

// RowIter implements gms.ExecSourceRel.
func (r *recursion) RowIter(ctx *gms.Context, row gms.Row) (gms.RowIter, error) {
	rows, err := callOf(ctx).lib.Analyzer.ExecBuilder.Build(ctx, r.first, row)
	if err != nil {
		return nil, err
	}
	i := &recursionIter{recursion: r, outer: row, rows: rows, types: typesOf(r.first)}
	if r.keys != nil {
		i.seen = make(map[string]struct{})
	}
	return i, nil
}

// A recursionIter gives the rows of one round after the other.
type recursionIter struct {
	*recursion
	outer gms.Row     // of the query around
	rows  gms.RowIter // of this round
	types []gms.Type  // of its columns
	next  []gms.Row   // what the next round reads
	seen  map[string]struct{}
	round int
}

// Next implements gms.RowIter.
func (i *recursionIter) Next(ctx *gms.Context) (gms.Row, error) {
	for {
		row, err := i.rows.Next(ctx)
		if err == io.EOF && len(i.next) > 0 {
			if err = i.again(ctx); err == nil {
				continue
			}
		}
		if err != nil {
			return nil, err
		}
		if row, err = i.stored(ctx, row); err != nil {
			return nil, err
		}
		if i.seen != nil {
			key, err := i.keys.of(ctx, row)
			if err != nil {
				return nil, err
			}
			if _, before := i.seen[key]; before {
				continue
			}
			i.seen[key] = struct{}{}
		}
		i.next = append(i.next, row)
		return row, nil
	}
}

// again begins a round.
func (i *recursionIter) again(ctx *gms.Context) error {
	if i.round++; i.round > i.max {
		return mysqlerr.New(mysqlerr.RecursionLimit, i.round)
	}
	i.working.Buf, i.next = i.next, nil
	rows, err := callOf(ctx).lib.Analyzer.ExecBuilder.Build(ctx, i.repeat, i.outer)
	if err != nil {
		return err
	}
	err = i.rows.Close(ctx)
	i.rows, i.types = rows, typesOf(i.repeat)
	return err
}

// stored is a row as the table's columns have it, behind what the query around gives.
func (i *recursionIter) stored(ctx *gms.Context, row gms.Row) (gms.Row, error) {
	if i.columns == nil {
		return row, nil
	}
	out := append(gms.Row(nil), row...)
	first := len(row) - len(i.columns)
	for at := range i.columns {
		if row[first+at] == nil {
			continue
		}
		value, from, err := convert.DownAny(ctx, row[first+at], i.types[at])
		if err != nil {
			return nil, err
		}
		col := &i.columns[at].Column
		store := i.c.store
		if !i.c.env.Strict() || i.c.ignores() {
			store = i.c.cut
		}
		if value, err = store(value, from, types.Target{Name: i.schema[at].Name, Type: col.Type, Row: 1, Display: true}); err != nil {
			return nil, err
		}
		if out[first+at], err = convert.Up(value, col.Type, i.c.env.Location); err != nil {
			return nil, err
		}
		if out[first+at], _, err = i.schema[at].Type.Convert(ctx, out[first+at]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Close implements gms.RowIter.
func (i *recursionIter) Close(ctx *gms.Context) error {
	i.working.Buf, i.next = nil, nil
	return i.rows.Close(ctx)
}
