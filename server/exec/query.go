package exec

import (
	"math"
	"strconv"
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/mysqlerr"
)

// clauses are the parts of a statement that say which rows it is about.
type clauses struct {
	where *sqlparser.Where
	order sqlparser.OrderBy
	limit *sqlparser.Limit
	names map[string]*expr // what ORDER BY may call the results
}

// newQuery compiles WHERE, ORDER BY and LIMIT.
func (c *call) newQuery(t *catalog.Table, alias string, mode catalog.Mode, from clauses) (*query, error) {
	q := &query{call: c, table: t, alias: alias, mode: mode, aliases: from.names}
	var tree sqlparser.Expr
	if from.where != nil {
		k := q.compiler("where clause")
		tree = k.nullDates(from.where.Expr)
		e, err := k.compile(tree)
		if err != nil {
			return nil, err
		}
		q.where = e.number()
	}
	k, bounds := q.compiler("where clause"), make(map[int][]bound)
	if tree != nil {
		k.collect(tree, bounds)
	}
	var err error
	if q.offset, q.limit, err = c.limits(from.limit); err != nil {
		return nil, err
	}
	if q.order, err = q.compileOrder(from.order); err != nil {
		return nil, err
	}
	q.choose(k.path(bounds), bounds)
	return q, nil
}

// choose takes a path, and leaves sorting out if rows come in order. A LIMIT
// of all rows makes an index that has the order worth its while.
func (q *query) choose(by path, bounds map[int][]bound) {
	backwards := q.mode == 0
	switch {
	case by.inOrder(q.order, bounds, false):
		q.order = nil
	case backwards && by.inOrder(q.order, bounds, true):
		q.order, q.desc = nil, true
	case by.rank == everything && q.limit >= 0:
		k := q.compiler("order clause")
		if p, ok := k.ordered(q.order, false); ok {
			by, q.order = p, nil
		} else if p, ok := k.ordered(q.order, true); ok && backwards {
			by, q.order, q.desc = p, nil, true
		}
	}
	if q.index, q.ranges = by.index, by.ranges; q.describing {
		q.by, q.possible = by, q.compiler("where clause").possibleKeys(bounds)
	}
}

func (q *query) compiler(clause string) *compiler {
	return &compiler{call: q.call, table: q.table, alias: q.alias, clause: clause}
}

// compileOrder: a name is a result's column first, a table's second; a whole
// number is a place in the result.
func (q *query) compileOrder(list sqlparser.OrderBy) ([]orderKey, error) {
	var out []orderKey
	for _, o := range list {
		e, err := q.orderExpr(o.Expr)
		if err != nil {
			return nil, err
		}
		switch {
		case e.constant:
			continue
		case e.typ.IsOpaque():
			return nil, unsupported("order of " + strings.ToUpper(e.typ.Family()))
		}
		out = append(out, orderKey{e: e, desc: o.Direction == sqlparser.DescScr})
	}
	return out, nil
}

func (q *query) orderExpr(n sqlparser.Expr) (*expr, error) {
	switch n := n.(type) {
	case *sqlparser.ColName:
		if e, ok := q.aliases[n.Name.Lowered()]; ok && n.Qualifier.IsEmpty() {
			if e == nil {
				return nil, unsupported("ORDER BY of a name that the result has twice")
			}
			return e, nil
		}
	case *sqlparser.SQLVal:
		if n.Type == sqlparser.IntVal {
			if e, ok := q.aliases[placeName(string(n.Val))]; ok {
				return e, nil
			}
			return nil, mysqlerr.New(mysqlerr.BadField, string(n.Val), "order clause")
		}
	}
	if q.namesResults(n) {
		return nil, unsupported("a result's name or an aggregate within an expression of ORDER BY")
	}
	return q.compiler("order clause").compileAny(n)
}

// namesResults reports whether an expression has names that only results have, or
// aggregates.
func (q *query) namesResults(n sqlparser.Expr) (found bool) {
	if len(q.aliases) == 0 {
		return false
	}
	_ = Walk(func(n sqlparser.SQLNode) (bool, error) { // it has no error
		switch n := n.(type) {
		case *sqlparser.FuncExpr:
			found = found || n.IsAggregate()
		case *sqlparser.ColName:
			_, column := q.table.Column(n.Name.String())
			_, result := q.aliases[n.Name.Lowered()]
			found = found || result && !column && n.Qualifier.IsEmpty()
		}
		return !found, nil
	}, n)
	return found
}

// limits is the values of LIMIT; -1 rows is no limit.
func (c *call) limits(l *sqlparser.Limit) (offset, rows int, err error) {
	if l == nil {
		return 0, -1, nil
	}
	if offset, err = c.limitValue(l.Offset, 0); err != nil {
		return 0, 0, err
	}
	rows, err = c.limitValue(l.Rowcount, -1)
	return offset, rows, err
}

func (c *call) limitValue(n sqlparser.Expr, none int) (int, error) {
	if n == nil {
		return none, nil
	}
	k := &compiler{call: c, clause: "limit clause"}
	e, err := k.compile(n)
	if err != nil {
		return 0, err
	}
	v, err := e.eval(nil)
	if err != nil {
		return 0, err
	}
	switch v := v.(type) {
	case nil:
		if c.describing {
			return none, nil
		}
	case int64:
		if v >= 0 {
			return int(v), nil
		}
	case uint64:
		return int(min(v, math.MaxInt)), nil
	case float64: // some clients send all numbers so
		switch {
		case v >= math.MaxInt:
			return math.MaxInt, nil
		case v >= 0 && v == math.Trunc(v):
			return int(v), nil
		}
	case []byte: // a parameter sent as a string
		if n, err := strconv.ParseInt(string(v), 10, 64); err == nil && n >= 0 {
			return int(n), nil
		}
	}
	return 0, mysqlerr.New(mysqlerr.WrongArguments, "LIMIT")
}
