package window

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	gwindow "github.com/dolthub/go-mysql-server/sql/expression/function/aggregation/window"
)

// A rankFunc is the rank of rows in their partition. peers are those that the order
// of the window does not tell apart, number is how many sets of peers end with them.
type rankFunc func(rows, peers gms.WindowInterval, number int) any

// rankOf is how a function of the library's ranks rows; nil if it does not. The
// library takes two DECIMALs for different that are equal.
func rankOf(e gms.Expression) rankFunc {
	switch e.(type) {
	case *gwindow.Rank:
		return func(rows, peers gms.WindowInterval, _ int) any { return uint64(peers.Start - rows.Start + 1) }
	case *gwindow.DenseRank:
		return func(_, _ gms.WindowInterval, number int) any { return uint64(number) }
	case *gwindow.PercentRank:
		return func(rows, peers gms.WindowInterval, _ int) any {
			return float64(peers.Start-rows.Start) / float64(max(rows.End-rows.Start-1, 1))
		}
	}
	return nil
}

// cumeDist is the part of the rows that is not behind a row.
func cumeDist(rows, peers gms.WindowInterval, _ int) any {
	return float64(peers.End-rows.Start) / float64(rows.End-rows.Start)
}

// A ranking is a function of a row's place among the others.
type ranking struct {
	rank   rankFunc
	framer gms.WindowFramer // of peers
	rows   gms.WindowInterval
	begin  int // where the last peers begin
	number int
}

func newRanking(rank rankFunc, def *gms.WindowDefinition) *ranking {
	return &ranking{rank: rank, framer: rowFramer{WindowFramer: &rangeFramer{order: def.OrderBy}}}
}

// StartPartition implements gms.WindowFunction.
func (r *ranking) StartPartition(_ *gms.Context, rows gms.WindowInterval, _ gms.WindowBuffer) error {
	r.rows, r.number = rows, 0
	return nil
}

// DefaultFramer implements gms.WindowFunction.
func (r *ranking) DefaultFramer() gms.WindowFramer { return r.framer }

// Compute implements gms.WindowFunction.
func (r *ranking) Compute(_ *gms.Context, peers gms.WindowInterval, _ gms.WindowBuffer) any {
	if r.number == 0 || peers.Start != r.begin {
		r.begin, r.number = peers.Start, r.number+1
	}
	return r.rank(r.rows, peers, r.number)
}

// Dispose implements gms.WindowFunction.
func (r *ranking) Dispose() {}
