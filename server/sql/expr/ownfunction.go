package expr

import (
	"maps"
	"math/big"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/expression/function"
	"github.com/dolthub/go-mysql-server/sql/expression/function/aggregation/window"
	"github.com/dolthub/go-mysql-server/sql/expression/function/json"
	"github.com/dolthub/go-mysql-server/sql/transform"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/sql/jsonpath"
	"github.com/xadb/xadb/server/sql/walk"
	"github.com/xadb/xadb/server/types"
)

// A Function is a function that the library does not have, or has otherwise than
// MySQL.
type Function struct {
	Name string
	Args []gms.Expression
	Recipe
}

// A recipe says how a function is computed.
type Recipe struct {
	least, most int // arguments
	// typ is what the function's values are.
	TypeOf func(args []gms.Expression) gms.Type
	// eval computes one; arguments that are NULL make it NULL, unless nulls.
	Compute func(ctx *gms.Context, f *Function, v []any) (any, error)
	nulls   bool
	// Numeric: what is a date, or a member of an ENUM, is a number here.
	Numeric bool
}

var (
	_ gms.FunctionExpression = (*Function)(nil)
	_ gms.CollationCoercible = (*Function)(nil)
)

// any number of arguments.
const manyArgs = 1 << 10

// recipes are all functions of this kind, by name.
var recipes = joinRecipes(numberRecipes, temporalRecipes, datePartRecipes, textRecipes, doubleRecipes, wordRecipes, clockRecipes, secretRecipes, netRecipes, jsonRecipes, jsonChangeRecipes, schemaRecipes, operatorRecipes, overRecipes, groupRecipes, recursionRecipes, keptRecipes, sumRecipes, byteRecipes, vectorRecipes, castRecipes, geoRecipes)

func joinRecipes(lists ...map[string]Recipe) map[string]Recipe {
	out := map[string]Recipe{}
	for _, list := range lists {
		maps.Copy(out, list)
	}
	return out
}

// newOwn is the library's function of that name; ok is false if it is not
// one of these.
func newOwn(name string) (gms.Function, bool) {
	lower := strings.ToLower(name)
	r, ok := recipes[lower]
	if !ok {
		return nil, false
	}
	return gms.FunctionN{Name: lower, Fn: func(args ...gms.Expression) (gms.Expression, error) {
		if len(args) < r.least || len(args) > r.most {
			return nil, mysqlerr.New(mysqlerr.WrongParamCount, strings.ToUpper(lower))
		}
		return inBytes(&Function{lower, args, r}), nil
	}}, true
}

// Replace puts ours in the place of functions that the library makes without
// asking for them by name.
func Replace(node gms.Node) (gms.Node, error) {
	return walk.Exprs(node, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		if c := newChoice(e); c != nil {
			return c, transform.NewTree, nil
		}
		if f, ok := e.(gms.FunctionExpression); ok && documentPlaces[f.FunctionName()] > 0 {
			if _, own := e.(*Function); !own {
				return withDocuments(f)
			}
		}
		switch e := e.(type) {
		case *expression.Arithmetic:
			if sum, ok, err := IntervalSum(e); ok {
				return sum, transform.NewTree, err
			}
		case *window.Lag:
			return withDefault(e, e.ChildExpressions)
		case *window.Lead:
			return withDefault(e, e.ChildExpressions)
		case *function.Now:
			return &Function{"now", e.Children(), nowRecipe}, transform.NewTree, nil
		case *function.Hex: // of what was bytes, and is a text now
			if IsText(e.Child) {
				out, err := newHex(e.Child)
				return out, transform.NewTree, err
			}
		case *function.Trim:
			return newTrim(e), transform.NewTree, nil
		case *function.Substring:
			out, same, err := wholePlaces(e, 1)
			if err == nil && makesBytes("substring", out.Children()) {
				return ofLibrary("substring", out.Children()), transform.NewTree, nil
			}
			return out, same, err
		case *function.SubstringIndex:
			return wholePlaces(e, 2)
		case *function.Char:
			char, err := charOf(e)
			return char, transform.NewTree, err
		case *expression.ConvertUsing:
			t, err := newTranscoding(e)
			return t, transform.NewTree, err
		case *expression.CollatedExpression: // which takes texts alone
			if child := e.Children()[0]; child.Resolved() && !gtypes.IsText(child.Type()) {
				out, err := e.WithChildren(&InLetters{expression.UnaryExpression{Child: child}})
				return out, transform.NewTree, err
			}
		case *expression.BitOp:
			if b := newBits(e); b != nil {
				return b, transform.NewTree, nil
			}
		case *expression.IntDiv:
			return newQuotient(e), transform.NewTree, nil
		case *expression.Mod:
			return newRemainder(e), transform.NewTree, nil
		case *function.TimestampDiff: // takes months for 30 days and years for 365
			return &Function{"timestampdiff", e.Children(), Recipe{TypeOf: Always(gtypes.Int64), Compute: timestampDiff}}, transform.NewTree, nil
		case *function.DateAdd:
			sum, err := dateSum(e.Date, e.Interval, 1)
			return sum, transform.NewTree, err
		case *function.DateSub:
			sum, err := dateSum(e.Date, e.Interval, -1)
			return sum, transform.NewTree, err
		case *function.Extract:
			return &Function{"extract", e.Children(), Recipe{TypeOf: Always(gtypes.Int64), Compute: extract}}, transform.NewTree, nil
		case *json.JSONExtract: // gives [] or an error where there is nothing, and knows no ranges
			return &Function{"json_extract", e.Children(), Recipe{TypeOf: Always(gtypes.JSON), Compute: jsonExtract}}, transform.NewTree, nil
		}
		return e, transform.SameTree, nil
	})
}

// jsonExtract is the value that one path leads to, or an array of what several
// do.
func jsonExtract(ctx *gms.Context, f *Function, v []any) (any, error) {
	found, some, err := f.found(ctx, v)
	if err != nil || !some {
		return nil, err
	}
	return DocumentOf(found)
}

// found is the tree of jsonExtract; some is false if the paths lead to nothing.
func (f *Function) found(ctx *gms.Context, v []any) (tree any, some bool, err error) {
	if tree, err = f.Document(ctx, 0, v[0]); err != nil {
		return nil, false, err
	}
	var found types.JSONArray
	many := len(v) > 2
	for i := 1; i < len(v); i++ {
		path, err := f.path(ctx, i, v[i])
		if err != nil {
			return nil, false, err
		}
		many = many || path.Many
		one := jsonpath.Search{Places: map[string]bool{}}
		one.Find(tree, "", path.Legs)
		found = append(found, one.Values...)
	}
	switch {
	case len(found) == 0:
		return nil, false, nil
	case many:
		return found, true, nil
	}
	return found[0], true, nil
}

// path is an argument as a path into a document.
func (f *Function) path(ctx *gms.Context, i int, v any) (jsonpath.Path, error) {
	if IsPlainBytes(f.Args[i]) {
		return jsonpath.Path{}, mysqlerr.New(mysqlerr.InvalidJSONCharset, string(types.CharsetBinary))
	}
	text, err := f.text(ctx, i, v)
	if err != nil {
		return jsonpath.Path{}, err
	}
	return jsonpath.Parse(text)
}

// Always is the type of a function whatever its arguments are.
func Always(t gms.Type) func([]gms.Expression) gms.Type {
	return func([]gms.Expression) gms.Type { return t }
}

// Eval implements gms.Expression.
func (f *Function) Eval(ctx *gms.Context, row gms.Row) (any, error) {
	values := make([]any, len(f.Args))
	for i, e := range f.Args {
		v, err := e.Eval(ctx, row)
		if err != nil {
			return nil, err
		}
		if v == nil && !f.nulls {
			return nil, nil
		}
		values[i] = v
	}
	return f.Compute(ctx, f, values)
}

// text is an argument as text.
func (f *Function) text(ctx *gms.Context, i int, v any) (string, error) {
	value, from, err := convert.Down(ctx, v, f.Args[i].Type())
	return string(types.Text(value, from)), err
}

// whole is an argument as a whole number: of a text the digits that it begins with.
func (f *Function) whole(ctx *gms.Context, i int, v any) (int64, error) {
	value, from, err := convert.Down(ctx, v, f.Args[i].Type())
	if err != nil {
		return 0, err
	}
	if bits, is := literalBits(f.Args[i], value, from); is {
		return int64(bits), nil
	}
	text, is := value.([]byte)
	if !is || !from.IsString() {
		value, err := f.as(ctx, i, v, types.Type{Kind: types.BigInt})
		n, _ := value.(int64)
		return n, err
	}
	digits, clean := leadingInteger(string(text))
	if !clean && !IsLongText(f.Args[i]) {
		ctx.Warn(mysqlerr.TruncatedWrongValue, TruncatedWord+"INTEGER value: '%s'", text)
	}
	n, ok := new(big.Int).SetString(digits, 10)
	if !ok {
		return 0, nil
	}
	return clamped(n, false).Int64(), nil
}

// as is an argument converted to a type, cut to it where it does not fit; nil for
// a date or a time that is none. Either warns.
func (f *Function) as(ctx *gms.Context, i int, v any, t types.Type) (binlog.Value, error) {
	return convertTo(ctx, v, f.Args[i], t)
}

// FunctionName implements gms.FunctionExpression.
func (f *Function) FunctionName() string { return f.Name }

// Description implements gms.FunctionExpression.
func (*Function) Description() string { return "MySQL's function of that name." }

// String implements fmt.Stringer.
func (f *Function) String() string {
	args := make([]string, len(f.Args))
	for i, e := range f.Args {
		args[i] = e.String()
	}
	return f.Name + "(" + strings.Join(args, ",") + ")"
}

// Type implements gms.Expression.
func (f *Function) Type() gms.Type { return f.TypeOf(f.Args) }

// IsNullable implements gms.Expression.
func (*Function) IsNullable() bool { return true }

// Resolved implements gms.Expression.
func (f *Function) Resolved() bool {
	for _, e := range f.Args {
		if !e.Resolved() {
			return false
		}
	}
	return true
}

// Children implements gms.Expression.
func (f *Function) Children() []gms.Expression { return f.Args }

// WithChildren implements gms.Expression.
func (f *Function) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) != len(f.Args) {
		return nil, gms.ErrInvalidChildrenNumber.New(f, len(children), len(f.Args))
	}
	return &Function{f.Name, children, f.Recipe}, nil
}

// CollationCoercibility implements gms.CollationCoercible.
func (f *Function) CollationCoercibility(ctx *gms.Context) (gms.CollationID, byte) {
	if !gtypes.IsText(f.Type()) {
		return gms.Collation_binary, 5
	}
	if ofDocuments[f.Name] {
		return gms.Collation_utf8mb4_bin, 4
	}
	if c, ok := CollationWithin(f); ok {
		return gms.CollationID(c), 2
	}
	return ctx.GetCollation(), 4
}
