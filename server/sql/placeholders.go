package sql

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/spell"
)

// overRecipes are what package spell writes for window functions; none of them is ever
// computed by itself.
var overRecipes = map[string]recipe{
	spell.OverPrefix + "nth_value":      {least: 2, most: 2, typ: func(args []gms.Expression) gms.Type { return args[0].Type() }},
	spell.OverPrefix + "cume_dist":      {typ: always(gtypes.Float64)},
	spell.OverPrefix + "bit_and":        {least: 1, most: 1, typ: always(gtypes.Uint64)},
	spell.OverPrefix + "bit_or":         {least: 1, most: 1, typ: always(gtypes.Uint64)},
	spell.OverPrefix + "bit_xor":        {least: 1, most: 1, typ: always(gtypes.Uint64)},
	spell.OverPrefix + "json_objectagg": {least: 2, most: 2, typ: always(gtypes.JSON)},
}

// groupRecipes are functions that mean something among groups only.
var groupRecipes = map[string]recipe{
	exec.RollupName: {typ: always(gtypes.Int64), eval: func(*gms.Context, *ownFunction, []any) (any, error) { return nil, nil }, nulls: true},
	spell.Grouping: {least: 1, most: manyArgs, typ: always(gtypes.Int64), nulls: true, eval: func(*gms.Context, *ownFunction, []any) (any, error) {
		return nil, mysqlerr.New(mysqlerr.InvalidGroupFuncUse)
	}},
}

// sumRecipes tell aggregates of the same words apart.
var sumRecipes = map[string]recipe{
	spell.OwnSum: {least: 2, most: 2, nulls: true, typ: func(args []gms.Expression) gms.Type { return args[0].Type() }},
}
