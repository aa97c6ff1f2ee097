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
var overRecipes = map[string]Recipe{
	spell.OverPrefix + "nth_value":      {least: 2, most: 2, TypeOf: func(args []gms.Expression) gms.Type { return args[0].Type() }},
	spell.OverPrefix + "cume_dist":      {TypeOf: Always(gtypes.Float64)},
	spell.OverPrefix + "bit_and":        {least: 1, most: 1, TypeOf: Always(gtypes.Uint64)},
	spell.OverPrefix + "bit_or":         {least: 1, most: 1, TypeOf: Always(gtypes.Uint64)},
	spell.OverPrefix + "bit_xor":        {least: 1, most: 1, TypeOf: Always(gtypes.Uint64)},
	spell.OverPrefix + "json_objectagg": {least: 2, most: 2, TypeOf: Always(gtypes.JSON)},
}

// groupRecipes are functions that mean something among groups only.
var groupRecipes = map[string]Recipe{
	reword.Rollup: {TypeOf: Always(gtypes.Int64), Compute: func(*gms.Context, *Function, []any) (any, error) { return nil, nil }, nulls: true},
	spell.Grouping: {least: 1, most: manyArgs, TypeOf: Always(gtypes.Int64), nulls: true, Compute: func(*gms.Context, *Function, []any) (any, error) {
		return nil, mysqlerr.New(mysqlerr.InvalidGroupFuncUse)
	}},
}

// sumRecipes tell aggregates of the same words apart.
var sumRecipes = map[string]Recipe{
	spell.OwnSum: {least: 2, most: 2, nulls: true, TypeOf: func(args []gms.Expression) gms.Type { return args[0].Type() }},
}
