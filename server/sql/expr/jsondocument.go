package expr

import (
	"fmt"
	"slices"
	"strconv"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/expression/function"
	"github.com/dolthub/go-mysql-server/sql/transform"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// Document is an argument as a tree, of text, too: what is neither is refused.
func (f *Function) Document(ctx *gms.Context, i int, v any) (any, error) {
	return documentOf(ctx, v, f.Args[i].Type(), f.Name, i)
}

// documentOf is the i-th argument of a function as a tree.
func documentOf(ctx *gms.Context, v any, t gms.Type, name string, i int) (any, error) {
	value, from, err := convert.Down(ctx, v, t)
	if err != nil {
		return nil, err
	}
	bytes, _ := value.([]byte)
	switch {
	case from.Kind == types.JSON:
		return types.DecodeJSON(bytes)
	case from.IsString() && !from.IsText():
		return nil, mysqlerr.New(mysqlerr.InvalidJSONCharset, string(types.CharsetBinary))
	case !from.IsString() || from.IsNamed():
		return nil, mysqlerr.New(mysqlerr.InvalidJSONType, strconv.Itoa(i+1), name)
	}
	tree, fault := types.ParseJSON(bytes)
	switch {
	case fault == nil:
		return tree, nil
	case fault.TooDeep:
		return nil, mysqlerr.New(mysqlerr.JSONDocumentTooDeep)
	}
	return nil, InvalidJSON(name, i, fault)
}

// InvalidJSON is the error of an argument that is no document.
func InvalidJSON(name string, i int, fault *types.JSONFault) error {
	out := mysqlerr.New(mysqlerr.InvalidJSONParam, "")
	out.Message = fmt.Sprintf("Invalid JSON text in argument %d to function %s: %q at position %d.", i+1, name, fault.What, fault.At)
	return out
}

// documentPlaces are the operands of the library's functions that are documents, as bits.
var documentPlaces = map[string]uint64{
	"json_keys": 1, "json_depth": 1, "json_search": 1, "json_contains": 1 | 1<<1, "json_overlaps": 1 | 1<<1,
}

// withDocuments is such a function of documents: it would take other values for some, or
// complain of them otherwise.
func withDocuments(e gms.FunctionExpression) (gms.Expression, transform.TreeIdentity, error) {
	places := documentPlaces[e.FunctionName()]
	children, changed := slices.Clone(e.Children()), false
	for i, child := range children {
		if places>>i&1 == 0 || gtypes.IsJSON(child.Type()) {
			continue
		}
		at := i
		children[i], changed = &Function{e.FunctionName(), []gms.Expression{child}, Recipe{1, 1, Always(gtypes.JSON), func(ctx *gms.Context, f *Function, v []any) (any, error) {
			tree, err := documentOf(ctx, v[0], f.Args[0].Type(), f.Name, at)
			if err != nil {
				return nil, err
			}
			return DocumentOf(tree)
		}, false, false}}, true
	}
	if !changed {
		return e, transform.SameTree, nil
	}
	out, err := e.WithChildren(children...)
	return out, transform.NewTree, err
}

// part is an argument as a part of a document. What is chosen among conditions is a number.
func (f *Function) part(ctx *gms.Context, i int, v any) (any, error) {
	if is, of := v.(bool); of && chooses(f.Args[i]) {
		return map[bool]int64{true: 1}[is], nil
	}
	return TreeOf(ctx, v, f.Args[i].Type())
}

// chooses reports whether an expression is one of its operands.
func chooses(e gms.Expression) bool {
	switch e := e.(type) {
	case *Choice, *function.If, *function.IfNull, *function.NullIf, *function.Coalesce, *expression.Case:
		return true
	case *Function:
		return e.Name == "greatest" || e.Name == "least"
	}
	return false
}

// TreeOf is a value as a part of a document.
func TreeOf(ctx *gms.Context, v any, t gms.Type) (any, error) {
	if is, of := v.(bool); of {
		return is, nil
	}
	value, from, err := convert.Down(ctx, v, t)
	if err != nil || value == nil {
		return nil, err
	}
	return types.JSONScalar(value, from)
}

// DocumentOf is a tree as a document of the library's.
func DocumentOf(tree any) (any, error) {
	stored, err := types.EncodeJSON(tree)
	if err != nil {
		return nil, err
	}
	return convert.NewDocument(stored)
}
