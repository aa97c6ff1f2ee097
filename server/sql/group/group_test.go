package group

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/expression/function/aggregation"
	"github.com/dolthub/go-mysql-server/sql/plan"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"
	"pgregory.net/rapid"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/reword"
	"github.com/xadb/xadb/server/sql/expr"
)

// field is a column of the table; its number is its place and one.
func field(i int, name string) *expression.GetField {
	return expression.NewGetFieldWithTable(i+1, 1, gtypes.Int64, "d", "t", name, true).WithIndex(i).(*expression.GetField)
}

// a builder gives sorted rows, whatever they are of.
type builder struct{ rows []gms.Row }

// Build implements gms.NodeExecBuilder.
func (b builder) Build(*gms.Context, gms.Node, gms.Row) (gms.RowIter, error) {
	return gms.RowsToRowIter(b.rows...), nil
}

// anyGroup is rows of a, b and c, sorted by a and b.
func anyGroup(t *rapid.T) []gms.Row {
	rows := make([]gms.Row, rapid.IntRange(0, 12).Draw(t, "rows"))
	for i := range rows {
		rows[i] = gms.Row{int64(0), int64(0), rapid.Int64Range(0, 9).Draw(t, "c")}
		for k := range 2 {
			if n := rapid.Int64Range(-1, 2).Draw(t, "key"); n < 0 {
				rows[i][k] = nil
			} else {
				rows[i][k] = n
			}
		}
	}
	less := func(v any) int64 {
		if v == nil {
			return -1
		}
		return v.(int64)
	}
	slices.SortStableFunc(rows, func(x, y gms.Row) int {
		if n := less(x[0]) - less(y[0]); n != 0 {
			return int(n)
		}
		return int(less(x[1]) - less(y[1]))
	})
	return rows
}

// R1, R2: each prefix of the keys has its totals, and says how long it is.
func TestRollup(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := anyGroup(t)
		level := &expr.Function{Name: reword.Rollup, Recipe: expr.Recipe{
			TypeOf: expr.Always(gtypes.Int64), Compute: func(*gms.Context, *expr.Function, []any) (any, error) { return nil, nil },
		}}
		groups := plan.NewGroupBy([]gms.Expression{field(0, "a"), field(1, "b"), aggregation.NewCount(field(2, "c")), level},
			[]gms.Expression{field(0, "a"), field(1, "b"), level}, plan.NewEmptyTableWithSchema(nil))
		node := newRollup(groups, builder{rows}).(*plan.Project).Child.(*rollup)
		iter, err := node.RowIter(gms.NewEmptyContext(), nil)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]any{}
		for {
			row, err := iter.Next(gms.NewEmptyContext())
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			key := fmt.Sprint(row[0], row[1], row[3])
			if _, twice := got[key]; twice {
				t.Fatalf("%v: two groups %s", rows, key)
			}
			got[key] = row[2]
		}
		want := map[string]any{fmt.Sprint(nil, nil, 0): int64(len(rows))}
		for _, row := range rows {
			for _, key := range []string{fmt.Sprint(row[0], row[1], 2), fmt.Sprint(row[0], nil, 1)} {
				n, _ := want[key].(int64)
				want[key] = n + 1
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("%v: %v, want %v", rows, got, want)
		}
	})
}

// What is answered is the same in a group: a key, what is made of keys, or an aggregate.
func TestCheckFull(t *testing.T) {
	a, b := field(0, "a"), field(1, "b")
	rows := plan.NewSubqueryAlias("t", "", plan.NewEmptyTableWithSchema(nil)).WithColumns(gms.NewColSet(a.Id(), b.Id()))
	one := expression.NewLiteral(int64(1), gtypes.Int64)
	for i, c := range []struct {
		keys, list []gms.Expression
		code       uint16
	}{
		{[]gms.Expression{a}, []gms.Expression{a}, 0},
		{[]gms.Expression{a}, []gms.Expression{expression.NewPlus(a, one)}, 0},
		{[]gms.Expression{a}, []gms.Expression{b}, mysqlerr.WrongFieldWithGroup},
		{[]gms.Expression{a}, []gms.Expression{expression.NewPlus(a, b)}, mysqlerr.WrongFieldWithGroup},
		{[]gms.Expression{a, b}, []gms.Expression{expression.NewPlus(a, b)}, 0},
		{[]gms.Expression{expression.NewPlus(a, b)}, []gms.Expression{expression.NewPlus(a, b)}, 0},
	} {
		groups := plan.NewGroupBy(append([]gms.Expression{}, a, b), c.keys, rows)
		err := CheckFull(plan.NewProject(c.list, groups))
		if c.code == 0 && err != nil || c.code != 0 && !mysqlerr.Is(err, c.code) {
			t.Errorf("%d: %v, want %d", i, err, c.code)
		}
	}
}
