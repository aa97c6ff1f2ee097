package expr

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// jsonLength counts the members of a document, or of what a path finds in it; anything else,
// null too, is one.
func jsonLength(ctx *gms.Context, f *Function, v []any) (any, error) {
	tree, err := f.Document(ctx, 0, v[0])
	if err != nil {
		return nil, err
	}
	if len(v) > 1 {
		var some bool
		if tree, some, err = f.found(ctx, v); err != nil || !some {
			return nil, err
		}
	}
	switch tree := tree.(type) {
	case types.JSONArray:
		return int64(len(tree)), nil
	case types.JSONObject:
		return int64(len(tree)), nil
	}
	return int64(1), nil
}

// jsonValid tells of a text whether it is a document. Nothing else is one, bytes neither, though
// it be NULL.
func jsonValid(ctx *gms.Context, f *Function, v []any) (any, error) {
	t, known := convert.FromType(f.Args[0].Type())
	switch {
	case known && t.Kind != types.Null && t.Kind != types.JSON && (!t.IsString() || t.IsNamed()):
		return false, nil
	case v[0] == nil:
		return nil, nil
	case t.Kind == types.JSON:
		return true, nil
	case t.IsString() && !t.IsText():
		return false, nil
	}
	text, err := f.text(ctx, 0, v[0])
	if err != nil {
		return nil, err
	}
	_, fault := types.ParseJSON([]byte(text))
	return fault == nil, nil
}

// ofDocuments are functions whose texts are compared as documents are, whatever the session's
// collation.
var ofDocuments = map[string]bool{"json_quote": true, "json_unquote": true, "json_type": true}

// ofText is a function of the library that takes a text, or a document if it unquotes one.
func ofText(name string) func(*gms.Context, *Function, []any) (any, error) {
	return func(ctx *gms.Context, f *Function, v []any) (any, error) {
		t, known := convert.FromType(f.Args[0].Type())
		switch {
		case name == "json_unquote" && t.Kind == types.JSON:
			tree, err := f.Document(ctx, 0, v[0])
			if text, is := tree.(string); is || err != nil {
				return text, err
			}
			return string(types.AppendJSONText(nil, tree)), nil
		case !known, t.Kind == types.Null:
		case t.IsString() && !t.IsText():
			return nil, mysqlerr.New(mysqlerr.InvalidJSONCharset, "binary")
		case !t.IsString() && !t.IsNamed():
			return nil, mysqlerr.New(mysqlerr.IncorrectArgument, "1", name)
		}
		of := expression.NewLiteral(v[0], f.Args[0].Type())
		if t.IsNamed() {
			text, err := f.text(ctx, 0, v[0])
			if err != nil {
				return nil, err
			}
			of = expression.NewLiteral(text, gtypes.LongText)
		}
		e, err := builtIn(name).NewInstance([]gms.Expression{of})
		if err != nil {
			return nil, err
		}
		return e.Eval(ctx, nil)
	}
}
