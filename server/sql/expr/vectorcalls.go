package expr

import (
	"encoding/binary"
	"slices"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/sql/spell"
	"github.com/xadb/xadb/server/types"
)

// vectorRecipes are the functions of vectors.
var vectorRecipes = map[string]Recipe{
	"to_vector":        {1, 1, Always(convert.WidestVector), toVector, false, false},
	"string_to_vector": {1, 1, Always(convert.WidestVector), toVector, false, false},
	"from_vector":      {1, 1, Always(gtypes.LongText), fromVector, false, false},
	"vector_to_string": {1, 1, Always(gtypes.LongText), fromVector, false, false},
	"vector_dim":       {1, 1, Always(gtypes.Int64), vectorDim, false, false},
}

// OfVectors are those whose argument must be a vector, or bytes.
var OfVectors = map[string]bool{
	"to_vector": true, "string_to_vector": true, "from_vector": true, "vector_to_string": true, "vector_dim": true,
}

// CheckOperand refuses an argument of such a function by its type.
func CheckOperand(f *Function) error {
	t, known := convert.FromType(f.Args[0].Type())
	name := vectorNames[f.Name]
	switch {
	case !known || t.Kind == types.Null || t.Kind == types.Vector:
		return nil
	case name == "to_vector":
		if t.IsString() || t.IsNamed() || t.IsTemporal() {
			return nil
		}
	case t.IsString() && !t.IsText(), t.Kind == types.Geometry:
		return nil
	}
	return NotWithVector(name)
}

// vectorBytes is the argument as it is.
func vectorBytes(ctx *gms.Context, f *Function, v any) ([]byte, error) {
	value, from, err := convert.Down(ctx, v, f.Args[0].Type())
	return types.Text(value, from), err
}

func toVector(ctx *gms.Context, f *Function, v []any) (any, error) {
	text, err := vectorBytes(ctx, f, v[0])
	if err != nil {
		return nil, err
	}
	out, ok := types.ParseVector(string(text))
	switch {
	case !ok:
		return nil, noVector(text)
	case len(out) > int(convert.WidestVector.(convert.Vector).MaxByteLength()):
		return nil, mysqlerr.New(mysqlerr.DataOutOfRange, beginning(text), vectorNames[f.Name])
	}
	return out, nil
}

func fromVector(ctx *gms.Context, f *Function, v []any) (any, error) {
	b, err := wholeVector(ctx, f, v)
	if err != nil {
		return nil, err
	}
	if len(b) > int(convert.WidestVector.(convert.Vector).MaxByteLength()) {
		return nil, mysqlerr.New(mysqlerr.DataOutOfRange, beginning(b), vectorNames[f.Name])
	}
	return string(types.FormatVector(b)), nil
}

func vectorDim(ctx *gms.Context, f *Function, v []any) (any, error) {
	b, err := wholeVector(ctx, f, v)
	return int64(len(b) / binary.Size(float32(0))), err
}

// wholeVector is an argument that is a vector.
func wholeVector(ctx *gms.Context, f *Function, v []any) ([]byte, error) {
	b, err := vectorBytes(ctx, f, v[0])
	if err == nil && !types.ValidVector(b) {
		err = noVector(b)
	}
	return b, err
}

// noVector says what is none, up to a byte of zero.
func noVector(text []byte) error {
	shown, _, _ := strings.Cut(string(text), "\x00")
	return mysqlerr.New(mysqlerr.NoVectorText, strings.ToValidUTF8(shown, "?"))
}

// beginning is what an error tells of a long text.
func beginning(text []byte) string {
	const shown = 32
	return strings.ToValidUTF8(string(text[:min(len(text), shown)]), "?") + "... "
}

// takeVectors are the functions that take a vector as they take bytes, as MySQL says by
// not refusing it.
var takeVectors = wordSet(`aes_encrypt any_value anyvalue ascii bit_count bit_length char_length character_length charset
	coercibility collation compress count countdistinct crc32 field find_in_set format_bytes format_pico_time get_lock
	group_concat groupconcat grouping hex inet6_aton inet6_ntoa inet_aton inet_ntoa instr interval is_free_lock is_ipv4
	is_ipv4_compat is_ipv4_mapped is_ipv6 is_used_lock isnull last_insert_id length locate md5 nullif octet_length ord
	position ps_thread_id regexp_instr regexp_like regexp_replace regexp_substr release_lock sha sha1 sha2 strcmp
	to_base64 validate_password_strength values`)

func wordSet(words string) map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		out[w] = true
	}
	return out
}

// vectorNames is how errors call functions that go by several names.
var vectorNames = map[string]string{
	"to_vector": "to_vector", "string_to_vector": "to_vector", "from_vector": "from_vector",
	"vector_to_string": "from_vector", "vector_dim": "vector_dim",
	"adddate": "date_add_interval", "subdate": "date_add_interval", "date_add": "date_add_interval", "date_sub": "date_add_interval",
	"addtime": "add_time", "subtime": "add_time", "atan2": "atan", "bin": "conv", "oct": "conv", "ceil": "ceiling",
	"date": "cast_as_date", "datediff": "to_days", "day": "dayofmonth", "json_merge": "json_merge_preserve", "lcase": "lower",
	"ucase": "upper", "mid": "substr", "substring": "substr", "mod": "%", "power": "pow", "stddev": "std", "stddev_pop": "std",
	"var_pop": "variance", "stddevpop": "std", "stddevsamp": "stddev_samp", "varpop": "variance", "varsamp": "var_samp",
	"bitand": "bit_and", "bitor": "bit_or", "bitxor": "bit_xor", "jsonarray": "json_arrayagg", "jsonobject": "json_objectagg",
	"sleep": "sleep.", "firstvalue": "first_value", "lastvalue": "last_value", "nthvalue": "nth_value",
	"time": "cast_as_time", "timestamp": "cast_as_datetime", "weekofyear": "week",
}

// CheckVectorCall refuses a function of which an argument is a vector.
func CheckVectorCall(name string, args []gms.Expression) error {
	name = strings.TrimPrefix(strings.ToLower(name), spell.OverPrefix)
	if !slices.ContainsFunc(args, convert.IsVector) {
		return nil
	}
	switch {
	case name == "coalesce", name == "ifnull", name == "greatest", name == "least":
		if err := CheckMixed(args); err != nil || name == "coalesce" || name == "ifnull" {
			return err
		}
	case takeVectors[name], strings.HasPrefix(name, "st_"), strings.HasPrefix(name, "gtid_"):
		return nil
	}
	if as, is := vectorNames[name]; is {
		name = as
	}
	return NotWithVector(name)
}

// CheckMixed refuses expressions of which one is a vector; NULL has any type.
func CheckMixed(list []gms.Expression) error {
	var first gms.Expression
	for _, e := range list {
		switch {
		case e.Type() == nil || e.Type() == gtypes.Null:
		case first == nil || convert.IsVector(first) == convert.IsVector(e):
			first = e
		default:
			return mysqlerr.New(mysqlerr.VectorMeetsOther, protocolName(first), protocolName(e))
		}
	}
	return nil
}

// protocolNames are MySQL's names for types by their numbers in the protocol, where they
// are others than those of columns.
var protocolNames = map[types.Kind]string{
	types.TinyInt: "TINY", types.SmallInt: "SHORT", types.MediumInt: "INT24", types.Int: "LONG", types.BigInt: "LONGLONG",
	types.Decimal: "NEWDECIMAL", types.Date: "NEWDATE", types.Char: "STRING", types.VarChar: "VARCHAR", types.Blob: "BLOB",
}

// protocolName is the type of an expression as an error calls it.
func protocolName(e gms.Expression) string {
	t, known := convert.FromType(e.Type())
	switch e.(type) {
	case *expression.Literal, *expression.UserVar:
		switch {
		case t.IsInteger():
			t.Kind = types.BigInt
		case t.Kind == types.Blob:
			t.Kind = types.VarChar
		}
	}
	switch name := protocolNames[t.Kind]; {
	case name != "":
		return name
	case known:
		return strings.ToUpper(t.Family())
	}
	return strings.ToUpper(e.Type().String())
}

// NotWithVector is the error of an operator or a function that takes no vectors.
func NotWithVector(what string) error { return mysqlerr.New(mysqlerr.WrongArguments, what) }
