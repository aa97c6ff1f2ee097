package expr

import (
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// bytesRecipes are functions of texts that make bytes where some of their operands are bytes
// or bits: the library's take none that are no text.
var bytesRecipes = map[string]Recipe{
	"concat":    {1, manyArgs, Always(gtypes.LongBlob), concatBytes, false, false},
	"concat_ws": {2, manyArgs, Always(gtypes.LongBlob), concatBytesWith, true, false},
	"replace":   {3, 3, Always(gtypes.LongBlob), replaceBytes, false, false},
}

// ofBytes is one of them, or the library's.
func ofBytes(name string) gms.Function {
	return gms.FunctionN{Name: name, Fn: func(args ...gms.Expression) (gms.Expression, error) {
		r := bytesRecipes[name]
		if len(args) < r.least || len(args) > r.most {
			return nil, mysqlerr.New(mysqlerr.WrongParamCount, name)
		}
		for i, e := range args {
			if i > 0 && byFirst[name] {
				break
			}
			_, literal := ASCIIOf(e)
			if t, _ := convert.FromType(e.Type()); !literal && (t.Kind == types.Bit || IsPlainBytes(e)) {
				return &Function{name, args, r}, nil
			}
		}
		return builtIn(name).NewInstance(args)
	}}
}

// Made is an operation of other operands: one of bytes may be one of text now.
func Made(e gms.Expression, children []gms.Expression) (gms.Expression, error) {
	if name := callName(e); bytesRecipes[name].most > 0 {
		return ofBytes(name).NewInstance(children)
	}
	return e.WithChildren(children...)
}

func concatBytes(ctx *gms.Context, f *Function, v []any) (any, error) {
	var out []byte
	for i := range v {
		s, err := f.text(ctx, i, v[i])
		if err != nil {
			return nil, err
		}
		out = append(out, s...)
	}
	return out, nil
}

func concatBytesWith(ctx *gms.Context, f *Function, v []any) (any, error) {
	if v[0] == nil {
		return nil, nil
	}
	between, err := f.text(ctx, 0, v[0])
	if err != nil {
		return nil, err
	}
	var list []string
	for i := 1; i < len(v); i++ {
		if v[i] == nil {
			continue
		}
		s, err := f.text(ctx, i, v[i])
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return []byte(strings.Join(list, between)), nil
}

func replaceBytes(ctx *gms.Context, f *Function, v []any) (any, error) {
	var words [3]string
	for i := range v {
		var err error
		if words[i], err = f.text(ctx, i, v[i]); err != nil {
			return nil, err
		}
	}
	if words[1] == "" {
		return []byte(words[0]), nil
	}
	return []byte(strings.ReplaceAll(words[0], words[1], words[2])), nil
}
