package sql

import (
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"

	"github.com/xadb/xadb/server/sql/convert"
)

// lookup is the index of which a condition binds the most columns, some of them to
// outer ones, and what it binds them to. If it is of no use that some are, it is
// one that the statement makes for itself; no keys are no lookup.
func (o outer) lookup(cond gms.Expression, t *table, leaf gms.TableNode) (index, []gms.Expression) {
	node, ok := leaf.(plan.TableIdNode)
	if t == nil || !ok {
		return index{}, nil
	}
	b := binding{o, t, node.Id(), expression.SplitConjunction(cond)}
	x, keys := b.kept()
	if len(keys) == 0 && t.mayIndex() {
		x, keys = b.interim()
	}
	return x, keys
}

// A binding is what conditions say about a table's columns.
type binding struct {
	outer
	t    *table
	id   gms.TableId
	list []gms.Expression
}

// kept is an index of the catalog.
func (b binding) kept() (best index, keys []gms.Expression) {
	all, _ := b.t.GetIndexes(b.ctx) // it has no error
	static := 0
	for _, x := range all {
		x := x.(index)
		if !x.CanSupport(b.ctx) {
			continue
		}
		var bound []gms.Expression
		some := false
		for _, col := range x.columns() {
			key, isOuter := b.key(col)
			if key == nil {
				break
			}
			bound, some = append(bound, key), some || isOuter
		}
		switch {
		case !some:
			static = max(static, len(bound))
		case len(bound) > len(keys):
			best, keys = x, bound
		}
	}
	if static >= len(keys) {
		return index{}, nil
	}
	return best, keys
}

// interim is an index by all columns that are bound to outer ones.
func (b binding) interim() (index, []gms.Expression) {
	var columns []int
	var keys []gms.Expression
	for col := range b.t.def.Columns {
		if key, isOuter := b.key(col); isOuter {
			columns, keys = append(columns, col), append(keys, key)
		}
	}
	if len(keys) == 0 {
		return index{}, nil
	}
	return b.t.newInterim(columns), keys
}

// key is what conditions bind a column to: an outer column, or a value.
func (b binding) key(col int) (key gms.Expression, isOuter bool) {
	name := b.t.def.Columns[col].Name
	for _, e := range b.list {
		eq, ok := e.(*expression.Equals)
		if !ok {
			continue
		}
		for _, s := range [][2]gms.Expression{{eq.Left(), eq.Right()}, {eq.Right(), eq.Left()}} {
			f, ok := shown(s[0]).(*expression.GetField)
			if !ok || f.TableId() != b.id || !strings.EqualFold(f.Name(), name) || !b.fits(eq, f, s[1]) {
				continue
			}
			switch v := shown(s[1]).(type) {
			case *expression.Literal:
				key = v
			case *expression.GetField:
				if b.columns.Contains(v.Id()) && b.there[place(v.Table(), v.Name())] {
					return v, true
				}
			}
		}
	}
	return key, false
}

// fits reports whether a column's index can be asked for the values of e.
func (b binding) fits(eq *expression.Equals, column, e gms.Expression) bool {
	c, cok := convert.FromType(column.Type())
	t, tok := convert.FromType(e.Type())
	return cok && tok && alike(b.ctx, eq, c, t) && !narrower(c, t)
}
