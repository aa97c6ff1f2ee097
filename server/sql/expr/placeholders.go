package expr

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/reword"
	"github.com/xadb/xadb/server/sql/spell"
)

// overRecipes are what package spell writes for window functions; none of them is ever
// computed by itself.
var overRecipes = func() map[string]Recipe {
	list := map[string]Recipe{}
	for name, args := range spell.OverNames {
		list[spell.OverPrefix+name] = Recipe{least: args, most: args, TypeOf: overType(name)}
	}
	return list
}()

// overType is the type of such a function's values.
func overType(name string) func(args []gms.Expression) gms.Type {
	switch name {
	case "nth_value":
		return func(args []gms.Expression) gms.Type { return args[0].Type() }
	case "cume_dist":
		return Always(gtypes.Float64)
	case "json_objectagg":
		return Always(gtypes.JSON)
	}
	return Always(gtypes.Uint64) // BIT_AND and the like
}

// groupRecipes are functions that mean something among groups only.
var groupRecipes = map[string]Recipe{
	reword.Rollup: {TypeOf: Always(gtypes.Int64), Compute: func(*gms.Context, *Function, []any) (any, error) { return nil, nil }, nulls: true},
	spell.Grouping: {least: 1, most: manyArgs, TypeOf: Always(gtypes.Int64), nulls: true, Compute: func(*gms.Context, *Function, []any) (any, error) {
		return nil, mysqlerr.New(mysqlerr.InvalidGroupFuncUse)
	}},
}

// recursionRecipes are what package spell writes for recursive queries.
var recursionRecipes = map[string]Recipe{
	spell.RecursionOffset: {least: 1, most: 1, TypeOf: Always(gtypes.Int64), Compute: func(_ *gms.Context, _ *Function, v []any) (any, error) { return v[0], nil }},
}

// What an INSERT keeps of the rows of its query for ON DUPLICATE KEY UPDATE; package sql
// puts what computes them in their place.
const (
	KeepColumns = "keep columns"
	KeptColumn  = "kept column"
)

var keptRecipes = map[string]Recipe{
	KeepColumns: {least: 2, most: manyArgs, nulls: true, TypeOf: func(args []gms.Expression) gms.Type { return args[0].Type() }},
	KeptColumn:  {least: 1, most: 1, TypeOf: Always(gtypes.Int64)},
}

// sumRecipes tell aggregates of the same words apart, and from what is none.
var sumRecipes = map[string]Recipe{
	spell.OwnSum: {least: 2, most: 2, nulls: true, TypeOf: func(args []gms.Expression) gms.Type { return args[0].Type() }},
	spell.PlainValue: {least: 1, most: 1, nulls: true, TypeOf: func(args []gms.Expression) gms.Type { return args[0].Type() },
		Compute: func(_ *gms.Context, _ *Function, v []any) (any, error) { return v[0], nil }},
}
