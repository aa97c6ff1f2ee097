package expr

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/jsonpath"
	"github.com/xadb/xadb/server/types"
)

// jsonChangeRecipes are functions that make another document of one: the library's have no
// DOUBLEs that are whole, no bytes and no bits in theirs.
var jsonChangeRecipes = map[string]Recipe{
	"json_set":     changing(func(v any) jsonpath.Change { return jsonpath.Change{Present: to(v), Absent: v, Adds: true} }),
	"json_insert":  changing(func(v any) jsonpath.Change { return jsonpath.Change{Absent: v, Adds: true} }),
	"json_replace": changing(func(v any) jsonpath.Change { return jsonpath.Change{Present: to(v)} }),
	"json_array_append": changing(func(v any) jsonpath.Change {
		return jsonpath.Change{Present: func(old any) any { return joined(old, types.JSONArray{v}) }}
	}),
	"json_array_insert":   ofPaths(2, insertCells),
	"json_remove":         ofPaths(1, removePaths),
	"json_merge_patch":    {2, manyArgs, Always(gtypes.JSON), patched, true, false},
	"json_merge_preserve": {2, manyArgs, Always(gtypes.JSON), merged, true, false},
}

func to(v any) func(any) any { return func(any) any { return v } }

// A pathFunction makes a tree of one and of what the i-th argument says, a path, and the one
// behind it, a value.
type pathFunction func(ctx *gms.Context, f *Function, tree any, path jsonpath.Path, i int, v []any) (any, error)

// ofPaths is a function of a document and of paths, each with its value behind it if step is 2.
// It is NULL where the document is, or a path.
func ofPaths(step int, change pathFunction) Recipe {
	return Recipe{1 + step, manyArgs, Always(gtypes.JSON), func(ctx *gms.Context, f *Function, v []any) (any, error) {
		if step == 2 && len(v)%2 == 0 {
			return nil, mysqlerr.New(mysqlerr.WrongParamCount, f.Name)
		}
		if v[0] == nil {
			return nil, nil
		}
		tree, err := f.Document(ctx, 0, v[0])
		for i := 1; i < len(v) && err == nil; i += step {
			if v[i] == nil {
				return nil, nil
			}
			var path jsonpath.Path
			if path, err = f.path(ctx, i, v[i]); err != nil {
				break
			}
			if path.Many {
				return nil, mysqlerr.New(mysqlerr.JSONWildcardPath)
			}
			tree, err = change(ctx, f, tree, path, i, v)
		}
		if err != nil {
			return nil, err
		}
		return DocumentOf(tree)
	}, true, false}
}

func changing(change func(v any) jsonpath.Change) Recipe {
	return ofPaths(2, func(ctx *gms.Context, f *Function, tree any, path jsonpath.Path, i int, v []any) (any, error) {
		value, err := f.part(ctx, i+1, v[i+1])
		if err != nil {
			return nil, err
		}
		return change(value).At(tree, path.Legs), nil
	})
}

func insertCells(ctx *gms.Context, f *Function, tree any, path jsonpath.Path, i int, v []any) (any, error) {
	if !path.IsCell() {
		return nil, mysqlerr.New(mysqlerr.JSONNotArrayCell)
	}
	value, err := f.part(ctx, i+1, v[i+1])
	if err != nil {
		return nil, err
	}
	return path.Insert(tree, value), nil
}

func removePaths(_ *gms.Context, _ *Function, tree any, path jsonpath.Path, _ int, _ []any) (any, error) {
	if len(path.Legs) == 0 {
		return nil, mysqlerr.New(mysqlerr.JSONVacuousPath)
	}
	return path.Remove(tree), nil
}

// joined are the cells of two documents: what is no array is its own only cell.
func joined(a, b any) types.JSONArray {
	var out types.JSONArray
	for _, tree := range []any{a, b} {
		if list, is := tree.(types.JSONArray); is {
			out = append(out, list...)
		} else {
			out = append(out, tree)
		}
	}
	return out
}

// patched is JSON_MERGE_PATCH: a document that is no object takes the place of what is before
// it, NULL too.
func patched(ctx *gms.Context, f *Function, v []any) (any, error) {
	var out any
	null := false
	for i := range v {
		if v[i] == nil {
			null = true
			continue
		}
		tree, err := f.Document(ctx, i, v[i])
		if err != nil {
			return nil, err
		}
		if _, is := tree.(types.JSONObject); is && i > 0 {
			tree = patch(out, tree)
		} else {
			null = false
		}
		out = tree
	}
	if null {
		return nil, nil
	}
	return DocumentOf(out)
}

// patch is a document with the members of another one, without those that are null there.
func patch(tree, by any) any {
	changes, is := by.(types.JSONObject)
	if !is {
		return by
	}
	object, _ := tree.(types.JSONObject)
	members := map[string]any{}
	for _, m := range object {
		members[m.Key] = m.Value
	}
	for _, m := range changes {
		if m.Value == nil {
			delete(members, m.Key)
		} else {
			members[m.Key] = patch(members[m.Key], m.Value)
		}
	}
	return objectOf(members)
}

func objectOf(members map[string]any) types.JSONObject {
	list := make([]types.JSONMember, 0, len(members))
	for key, value := range members {
		list = append(list, types.JSONMember{Key: key, Value: value})
	}
	return types.NewJSONObject(list)
}

// merged is JSON_MERGE_PRESERVE.
func merged(ctx *gms.Context, f *Function, v []any) (any, error) {
	var out any
	for i := range v {
		if v[i] == nil {
			return nil, nil
		}
		tree, err := f.Document(ctx, i, v[i])
		if err != nil {
			return nil, err
		}
		if i > 0 {
			tree = merge(out, tree)
		}
		out = tree
	}
	return DocumentOf(out)
}

// merge is all members of two objects, those of one key merged, or the cells of both.
func merge(a, b any) any {
	x, isX := a.(types.JSONObject)
	y, isY := b.(types.JSONObject)
	if !isX || !isY {
		return joined(a, b)
	}
	members := map[string]any{}
	for _, m := range x {
		members[m.Key] = m.Value
	}
	for _, m := range y {
		if old, has := members[m.Key]; has {
			m.Value = merge(old, m.Value)
		}
		members[m.Key] = m.Value
	}
	return objectOf(members)
}
