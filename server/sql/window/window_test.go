package window

import (
	"errors"
	"io"
	"testing"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/expression/function/aggregation"
	gwindow "github.com/dolthub/go-mysql-server/sql/expression/function/aggregation/window"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"
	"pgregory.net/rapid"

	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/sql/spell"
)

var column = expression.NewGetField(0, gtypes.Int64, "a", true)

// anyRows are sorted rows of a partition, NULLs first or last as MySQL has them.
func anyRows(t *rapid.T, order gms.SortOrder) gms.WindowBuffer {
	rows := make(gms.WindowBuffer, rapid.IntRange(0, 12).Draw(t, "rows"))
	for i := range rows {
		rows[i] = gms.Row{nil}
		if n := rapid.IntRange(-1, 9).Draw(t, "value"); n >= 0 {
			rows[i][0] = int64(n)
		}
	}
	s := &expression.Sorter{SortFields: orderBy(order), Rows: rows, Ctx: gms.NewEmptyContext()}
	for i := range rows { // by insertion: there are few
		for j := i; j > 0 && s.Less(j, j-1); j-- {
			s.Swap(j, j-1)
		}
	}
	return rows
}

func orderBy(order gms.SortOrder) gms.SortFields {
	return gms.SortFields{{Column: column, Order: order, NullOrdering: gms.NullsFirst}} // the library turns it round, too
}

// A row is in the frame of RANGE BETWEEN b PRECEDING AND f FOLLOWING of another if its value
// is so near; NULLs are near each other only.
func near(order gms.SortOrder, at, row gms.Row, before, behind int64) bool {
	if at[0] == nil || row[0] == nil {
		return at[0] == row[0]
	}
	distance := row[0].(int64) - at[0].(int64)
	if order == gms.Descending {
		distance = -distance
	}
	return -before <= distance && distance <= behind
}

// W1: the frames of RANGE are the rows that are near, whatever the order.
func TestRangeFrames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		order := rapid.SampledFrom([]gms.SortOrder{gms.Ascending, gms.Descending}).Draw(t, "order")
		before, behind := rapid.Int64Range(0, 4).Draw(t, "before"), rapid.Int64Range(0, 4).Draw(t, "behind")
		rows := anyRows(t, order)
		f := &rangeFramer{order: orderBy(order)}
		f.start.value, _ = f.distant(expression.NewLiteral(before, gtypes.Int64), nil)
		f.end.value, _ = f.distant(nil, expression.NewLiteral(behind, gtypes.Int64))
		framer, err := f.NewFramer(gms.WindowInterval{Start: 0, End: len(rows)})
		if err != nil {
			t.Fatal(err)
		}
		last := gms.WindowInterval{}
		for i := range rows {
			frame, err := framer.Next(gms.NewEmptyContext(), rows)
			if err != nil || frame.Start < last.Start || frame.End < last.End {
				t.Fatalf("row %d: %v behind %v, %v", i, frame, last, err)
			}
			last = frame
			for j := range rows {
				if in := frame.Start <= j && j < frame.End; in != near(order, rows[i], rows[j], before, behind) {
					t.Fatalf("%v: row %d in the frame of row %d: %v", rows, j, i, in)
				}
			}
		}
		if _, err := framer.Next(gms.NewEmptyContext(), rows); !errors.Is(err, io.EOF) {
			t.Fatalf("a frame of no row: %v", err)
		}
	})
}

// W2: ranks count rows, and sets of peers.
func TestRanks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := anyRows(t, gms.Ascending)
		whole := gms.WindowInterval{Start: 0, End: len(rows)}
		def := &gms.WindowDefinition{OrderBy: orderBy(gms.Ascending)}
		rank, dense := newRanking(rankOf(&gwindow.Rank{}), def), newRanking(rankOf(&gwindow.DenseRank{}), def)
		_, _ = rank.StartPartition(nil, whole, rows), dense.StartPartition(nil, whole, rows)
		framer, err := rank.DefaultFramer().NewFramer(whole)
		if err != nil {
			t.Fatal(err)
		}
		first, number := 0, 0
		for i := range rows {
			if i == 0 || rows[i][0] != rows[i-1][0] {
				first, number = i, number+1
			}
			peers, err := framer.Next(gms.NewEmptyContext(), rows)
			if err != nil {
				t.Fatal(err)
			}
			r, d := rank.Compute(nil, peersOf(rows, i), rows), dense.Compute(nil, peersOf(rows, i), rows)
			if r != uint64(first+1) || d != uint64(number) || peers.End != peersOf(rows, i).End {
				t.Fatalf("%v: row %d has ranks %v and %v among %v", rows, i, r, d, peers)
			}
		}
	})
}

// peersOf are the rows that the order does not tell apart from one.
func peersOf(rows gms.WindowBuffer, i int) gms.WindowInterval {
	out := gms.WindowInterval{Start: i, End: i + 1}
	for out.Start > 0 && rows[out.Start-1][0] == rows[i][0] {
		out.Start--
	}
	for out.End < len(rows) && rows[out.End][0] == rows[i][0] {
		out.End++
	}
	return out
}

// W3: of no rows there is no frame.
func TestNoRows(t *testing.T) {
	framer, err := rowFramer{WindowFramer: aggregation.NewPartitionFramer()}.NewFramer(gms.WindowInterval{Start: 3, End: 3})
	if err != nil {
		t.Fatal(err)
	}
	if frame, err := framer.Next(gms.NewEmptyContext(), nil); !errors.Is(err, io.EOF) {
		t.Errorf("%v, %v", frame, err)
	}
}

// Each function that package spell names is one of ours.
func TestOverFunctions(t *testing.T) {
	for name, n := range spell.OverNames {
		args := make([]gms.Expression, n)
		for i := range args {
			args[i] = column
		}
		call := gwindow.NewFirstValue(&expr.Function{Name: spell.OverPrefix + name, Args: args})
		if overFunction(call, &gms.WindowDefinition{OrderBy: orderBy(gms.Ascending)}, &rangeFramer{}) == nil {
			t.Errorf("%s is none", name)
		}
	}
}
