package expr

import (
	"slices"

	gms "github.com/dolthub/go-mysql-server/sql"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/reword"
	"github.com/xadb/xadb/server/types"
)

// operatorRecipes are the operators that package reword writes as functions, and what
// has a grammar of its own.
var operatorRecipes = map[string]Recipe{
	reword.Interval: {2, manyArgs, Always(gtypes.Int64), intervalOf, true, true},
	reword.Member:   {2, 2, Always(gtypes.Boolean), isMember, false, false},
	reword.Weights:  {1, 3, Always(gtypes.LongBlob), weightString, false, false},
}

// intervalOf is how many of the numbers behind the first are not above it: they are
// taken for sorted (MySQL manual, INTERVAL()).
func intervalOf(ctx *gms.Context, f *Function, v []any) (any, error) {
	if v[0] == nil {
		return int64(-1), nil
	}
	n, err := f.as(ctx, 0, v[0], types.Type{Kind: types.Double})
	if err != nil {
		return nil, err
	}
	first, _ := n.(float64)
	for i := 1; i < len(v); i++ {
		if v[i] == nil {
			continue
		}
		limit, err := f.as(ctx, i, v[i], types.Type{Kind: types.Double})
		if err != nil {
			return nil, err
		}
		if x, _ := limit.(float64); first < x {
			return int64(i - 1), nil
		}
	}
	return int64(len(v) - 1), nil
}

// isMember reports whether a value is one of an array's.
func isMember(ctx *gms.Context, f *Function, v []any) (any, error) {
	list, err := f.Document(ctx, 1, v[1])
	if err != nil {
		return nil, err
	}
	one, err := f.part(ctx, 0, v[0])
	if err != nil {
		return nil, err
	}
	array, many := list.(types.JSONArray)
	if !many {
		array = types.JSONArray{list}
	}
	return slices.ContainsFunc(array, func(e any) bool { return types.CompareJSON(one, e) == 0 }), nil
}
