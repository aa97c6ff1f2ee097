package expr

import (
	"regexp"
	"strconv"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/sql/jsonpath"
	"github.com/xadb/xadb/server/sql/spell"
	"github.com/xadb/xadb/server/types"
)

// jsonRecipes are functions of documents.
var jsonRecipes = map[string]Recipe{
	"json_value":         {2, 7, jsonValueType, jsonValue, true, false},
	"json_contains_path": {3, manyArgs, Always(gtypes.Boolean), jsonContainsPath, true, false},
	"json_array":         {0, manyArgs, Always(gtypes.JSON), arrayDocument, true, false},
	"json_type":          {1, 1, Always(gtypes.LongText), jsonTypeOf, false, false},
	"json_pretty":        {1, 1, Always(gtypes.LongText), jsonPretty, false, false},
	"json_length":        {1, 2, Always(gtypes.Int64), jsonLength, false, false},
	"json_valid":         {1, 1, Always(gtypes.Boolean), jsonValid, true, false},
	"json_quote":         {1, 1, Always(gtypes.LongText), ofText("json_quote"), false, false},
	"json_unquote":       {1, 1, Always(gtypes.LongText), ofText("json_unquote"), false, false},
	"json_storage_size":  {1, 1, Always(gtypes.Int64), jsonStorageSize, false, false},
	"json_storage_free":  {1, 1, Always(gtypes.Int64), jsonStorageFree, false, false},
}

// Where the arguments of JSON_VALUE are that package exec writes for its clauses.
const (
	valueReturning = 2
	valueOnEmpty   = 3
	valueOnError   = 5
)

// valueLength is how long the texts of JSON_VALUE are without RETURNING.
const valueLength = 512

var returningType = regexp.MustCompile(`(?i)^\s*([a-z]+)\s*(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?`)

// returned is what RETURNING says.
func returned(args []gms.Expression) types.Type {
	text := ""
	if len(args) > valueReturning {
		text, _ = ConstantText(args[valueReturning])
	}
	m := returningType.FindStringSubmatch(text)
	otherwise := types.Type{Kind: types.VarChar, Length: valueLength, Collation: types.CollationGeneralCI}
	if m == nil {
		return otherwise
	}
	length, _ := strconv.Atoi("0" + m[2]) // digits, as the pattern says
	scale, _ := strconv.Atoi("0" + m[3])
	fsp := uint8(min(length, types.FSPMax))
	switch strings.ToLower(m[1]) {
	case "signed", "unsigned":
		return types.Type{Kind: types.BigInt, Unsigned: m[1][0]|0x20 == 'u'}
	case "decimal":
		if m[2] == "" {
			length = spell.CastPrecision
		}
		return types.Type{Kind: types.Decimal, Precision: uint8(min(length, types.DecimalPrecisionMax)), Scale: uint8(min(scale, types.DecimalScaleMax))}
	case "float":
		return types.Type{Kind: types.Float}
	case "double", "real":
		return types.Type{Kind: types.Double}
	case "date":
		return types.Type{Kind: types.Date}
	case "datetime":
		return types.Type{Kind: types.DateTime, FSP: fsp}
	case "time":
		return types.Type{Kind: types.Time, FSP: fsp}
	case "year":
		return types.Type{Kind: types.Year}
	case "json":
		return types.Type{Kind: types.JSON}
	case "char":
		if m[2] != "" {
			otherwise.Length = length
		}
	}
	return otherwise
}

func jsonValueType(args []gms.Expression) gms.Type {
	t, err := convert.ToType(returned(args))
	if err != nil {
		return gtypes.LongText
	}
	return t
}

// jsonValue is the scalar that a path leads to. Without one it is what ON EMPTY says;
// what is no scalar, or none of the type, is what ON ERROR says.
func jsonValue(ctx *gms.Context, f *Function, v []any) (any, error) {
	if t, known := convert.FromType(f.Args[0].Type()); known && t.Kind != types.JSON && t.Kind != types.Null && !t.IsString() {
		return nil, mysqlerr.New(mysqlerr.InvalidJSONType, "1", f.Name)
	}
	if v[0] == nil || v[1] == nil {
		return nil, nil
	}
	found, err := f.valueAt(ctx, v)
	if err != nil {
		if f.handling(valueOnError) == "null" && mysqlerr.Is(err, mysqlerr.InvalidJSONParam) {
			ctx.Warn(mysqlerr.InvalidJSONParam, "%s", err.(*mysqlerr.Error).Message)
			return nil, nil
		}
		return f.handle(ctx, v, valueOnError, err)
	}
	switch len(found) {
	case 0:
		return f.handle(ctx, v, valueOnEmpty, mysqlerr.New(mysqlerr.JSONValueMissing, f.Name))
	case 1:
	default:
		return f.handle(ctx, v, valueOnError, mysqlerr.New(mysqlerr.JSONValueMany, f.Name))
	}
	out, err := f.returnedAs(ctx, found[0])
	if err != nil {
		return f.handle(ctx, v, valueOnError, err)
	}
	return out, nil
}

// valueAt is all that the path leads to.
func (f *Function) valueAt(ctx *gms.Context, v []any) ([]any, error) {
	tree, err := f.Document(ctx, 0, v[0])
	if err != nil {
		return nil, err
	}
	path, err := f.path(ctx, 1, v[1])
	if err != nil {
		return nil, err
	}
	one := jsonpath.Search{Places: map[string]bool{}}
	one.Find(tree, "", path.Legs)
	return one.Values, nil
}

// handling is what ON EMPTY or ON ERROR does: null, error or default.
func (f *Function) handling(at int) string {
	if len(f.Args) <= at {
		return "null"
	}
	word, _ := ConstantText(f.Args[at])
	return word
}

// handle is what ON EMPTY or ON ERROR says.
func (f *Function) handle(ctx *gms.Context, v []any, at int, cause error) (any, error) {
	switch f.handling(at) {
	case "error":
		return nil, cause
	case "default":
		value, from, err := convert.Down(ctx, v[at+1], f.Args[at+1].Type())
		if err != nil {
			return nil, err
		}
		return f.stored(ctx, value, from)
	}
	return nil, nil
}

// returnedAs is a value of a document as RETURNING says.
func (f *Function) returnedAs(ctx *gms.Context, found any) (any, error) {
	to := returned(f.Args)
	if to.Kind == types.JSON {
		return DocumentOf(found)
	}
	switch tree := found.(type) {
	case nil:
		return nil, nil
	case types.JSONArray, types.JSONObject:
		if !to.IsText() {
			return nil, mysqlerr.New(mysqlerr.DataOutOfRange, strings.ToUpper(KindWord(to)), f.Name)
		}
		return f.stored(ctx, types.AppendJSONText(nil, tree), types.Type{Kind: types.Blob, Length: 4, Collation: to.Collation})
	case bool:
		if to.IsText() {
			return strconv.FormatBool(tree), nil
		}
		return f.stored(ctx, map[bool]binlog.Value{true: int64(1), false: int64(0)}[tree], types.Type{Kind: types.BigInt})
	case string:
		return f.stored(ctx, []byte(tree), types.Type{Kind: types.Blob, Length: 4, Collation: types.CollationGeneralCI})
	}
	text := types.AppendJSONText(nil, found)
	return f.stored(ctx, text, types.Type{Kind: types.Blob, Length: 4, Collation: types.CollationGeneralCI})
}

// stored is a value as a column of the function's type would have it.
func (f *Function) stored(ctx *gms.Context, v binlog.Value, from types.Type) (any, error) {
	if v == nil {
		return nil, nil
	}
	to := returned(f.Args)
	zone := sessionOf(ctx).Location()
	out, err := types.Store(v, from, types.Target{Name: f.Name, Type: to, Row: 1, Zone: zone, Display: true})
	if err != nil {
		word := strings.ToUpper(KindWord(to))
		if to.Kind == types.BigInt {
			word = map[bool]string{false: "SIGNED", true: "UNSIGNED"}[to.Unsigned]
		}
		return nil, mysqlerr.New(mysqlerr.DataOutOfRange, word, f.Name)
	}
	return convert.Up(out, to, zone)
}

// jsonStorageSize is the bytes of a document in binary form.
func jsonStorageSize(ctx *gms.Context, f *Function, v []any) (any, error) {
	tree, err := f.Document(ctx, 0, v[0])
	if err != nil {
		return nil, err
	}
	stored, err := types.EncodeJSON(tree)
	return int64(len(stored)), err
}

// jsonStorageFree is 0: documents are stored as a whole.
func jsonStorageFree(ctx *gms.Context, f *Function, v []any) (any, error) {
	_, err := f.Document(ctx, 0, v[0])
	return int64(0), err
}

// newObject is JSON_OBJECT: the library's, of keys that are texts and not NULL.
func newObject(args ...gms.Expression) (gms.Expression, error) {
	if len(args)%2 == 1 {
		return nil, mysqlerr.New(mysqlerr.WrongParamCount, "json_object")
	}
	for i := 0; i < len(args); i += 2 {
		args[i] = &Function{"key", []gms.Expression{args[i]}, Recipe{1, 1, Always(gtypes.LongText), jsonKey, true, false}}
	}
	return &Function{"json_object", args, Recipe{0, manyArgs, Always(gtypes.JSON), objectDocument, true, false}}, nil
}

// arrayDocument is JSON_ARRAY: the library's makes whole numbers of DOUBLEs that are whole.
func arrayDocument(ctx *gms.Context, f *Function, v []any) (any, error) {
	out := make(types.JSONArray, len(v))
	for i := range v {
		var err error
		if out[i], err = f.part(ctx, i, v[i]); err != nil {
			return nil, err
		}
	}
	return DocumentOf(out)
}

// objectDocument is JSON_OBJECT, whose keys are texts by now.
func objectDocument(ctx *gms.Context, f *Function, v []any) (any, error) {
	var members []types.JSONMember
	for i := 0; i < len(v); i += 2 {
		key, err := f.text(ctx, i, v[i])
		if err != nil {
			return nil, err
		}
		value, err := f.part(ctx, i+1, v[i+1])
		if err != nil {
			return nil, err
		}
		members = append(members, types.JSONMember{Key: key, Value: value})
	}
	return DocumentOf(types.NewJSONObject(members))
}

func jsonKey(ctx *gms.Context, f *Function, v []any) (any, error) {
	if v[0] == nil {
		return nil, mysqlerr.New(mysqlerr.JSONNullKey)
	}
	return f.text(ctx, 0, v[0])
}

// jsonTypeOf is JSON_TYPE: the library's knows no DOUBLEs that are whole.
func jsonTypeOf(ctx *gms.Context, f *Function, v []any) (any, error) {
	tree, err := f.Document(ctx, 0, v[0])
	if err != nil {
		return nil, err
	}
	return jsonWord(tree), nil
}

func jsonPretty(ctx *gms.Context, f *Function, v []any) (any, error) {
	tree, err := f.Document(ctx, 0, v[0])
	if err != nil {
		return nil, err
	}
	return string(types.AppendJSONLines(nil, tree, 0)), nil
}

// jsonWord is how JSON_TYPE names a document.
func jsonWord(tree any) string {
	switch tree := tree.(type) {
	case nil:
		return "NULL"
	case bool:
		return "BOOLEAN"
	case int64:
		return "INTEGER"
	case uint64:
		return "UNSIGNED INTEGER"
	case float64:
		return "DOUBLE"
	case binlog.Decimal:
		return "DECIMAL"
	case string:
		return "STRING"
	case types.JSONArray:
		return "ARRAY"
	case types.JSONObject:
		return "OBJECT"
	case types.JSONOpaque:
		switch tree.Type {
		case byte(binlog.TypeBit):
			return "BIT"
		case byte(binlog.TypeVarchar), byte(binlog.TypeString), byte(binlog.TypeBlob):
			return "BLOB"
		}
		return "OPAQUE"
	case types.JSONTemporal:
		if tree.Type.Kind == types.Timestamp {
			return "DATETIME"
		}
		return strings.ToUpper(tree.Type.Family())
	}
	return ""
}
