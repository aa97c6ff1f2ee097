package expr

import (
	"fmt"
	"strings"
	"unicode/utf8"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// bytewise are functions of texts that make bytes, and count them, where one of their texts
// is bytes or bits: the bits of a mask say which operands are texts.
var bytewise = map[string]uint64{
	"left": 1, "right": 1, "ltrim": 1, "rtrim": 1, "trim": 1 | 1<<1, "lpad": 1 | 1<<2, "rpad": 1 | 1<<2, "insert": 1 | 1<<3, "repeat": 1,
	"substring": 1, "substr": 1, "mid": 1, "substring_index": 1 | 1<<1, "reverse": 1, "upper": 1, "ucase": 1, "lower": 1, "lcase": 1,
	"quote": 1, "elt": ^uint64(1), "make_set": ^uint64(1), "export_set": 1<<1 | 1<<2 | 1<<3,
}

// byFirst are those of several texts that make bytes if the first one is bytes: the others are
// made what that is.
var byFirst = map[string]bool{"insert": true, "lpad": true, "rpad": true, "substring_index": true, "replace": true}

// isTextPlace reports whether the i-th operand of a function in bytewise is a text.
func isTextPlace(name string, i int) bool { return bytewise[name]>>min(i, 63)&1 == 1 }

// makesBytes reports whether a function makes bytes of such operands.
func makesBytes(name string, args []gms.Expression) bool {
	if byFirst[name] {
		args = args[:1]
	}
	for i, e := range args {
		if t, known := convert.FromType(e.Type()); isTextPlace(name, i) && (known && t.Kind == types.Bit || IsPlainBytes(e)) {
			return true
		}
	}
	return false
}

// TakesText reports whether the i-th operand is one of the texts that bytes are made of.
func (f *Function) TakesText(i int) bool {
	return isTextPlace(f.Name, i) && makesBytes(f.Name, f.Args)
}

// inBytes is a function that makes bytes if it is of bytes, by the way that it makes texts:
// of bytes as letters, one each.
func inBytes(f *Function) *Function {
	if bytewise[f.Name] == 0 {
		return f
	}
	r := f.Recipe
	f.TypeOf = func(args []gms.Expression) gms.Type {
		if makesBytes(f.Name, args) {
			return gtypes.LongBlob
		}
		return r.TypeOf(args)
	}
	f.Compute = func(ctx *gms.Context, f *Function, v []any) (any, error) {
		if !makesBytes(f.Name, f.Args) {
			if err := f.checkBytes(ctx, v); err != nil {
				return nil, err
			}
			return r.Compute(ctx, f, v)
		}
		of := &Function{f.Name, append([]gms.Expression(nil), f.Args...), r}
		v = append([]any(nil), v...)
		for i := range v {
			if v[i] == nil || !isTextPlace(f.Name, i) {
				continue
			}
			s, err := f.text(ctx, i, v[i])
			if err != nil {
				return nil, err
			}
			v[i] = lettersOf([]byte(s))
			of.Args[i] = expression.NewLiteral(v[i], gtypes.LongText)
		}
		out, err := r.Compute(ctx, of, v)
		if s, is := out.(string); is {
			return bytesOf(s), err
		}
		return out, err
	}
	return f
}

// checkBytes refuses bytes among texts that are none.
func (f *Function) checkBytes(ctx *gms.Context, v []any) error {
	for i, e := range f.Args {
		if t, _ := convert.FromType(e.Type()); v[i] == nil || !isTextPlace(f.Name, i) || t.Kind != types.Bit && !IsPlainBytes(e) {
			continue
		}
		if s, err := f.text(ctx, i, v[i]); err != nil {
			return err
		} else if !utf8.ValidString(s) {
			return mysqlerr.New(mysqlerr.NoConversion, escaped(s), types.CharsetBinary, types.CharsetUTF8MB4)
		}
	}
	return nil
}

// escaped is the first bytes of a text, those in hexadecimal that are no letters of ASCII.
func escaped(s string) string {
	const most = 6
	var out strings.Builder
	for i := range min(len(s), most) {
		if s[i] >= ' ' && s[i] < 0x7f {
			out.WriteByte(s[i])
		} else {
			fmt.Fprintf(&out, "\\x%02X", s[i])
		}
	}
	if len(s) > most {
		out.WriteString("...")
	}
	return out.String()
}

// ofLibrary is a function of the library that makes bytes of bytes.
func ofLibrary(name string, args []gms.Expression) *Function {
	return inBytes(&Function{name, args, Recipe{1, manyArgs, Always(gtypes.LongText), func(ctx *gms.Context, f *Function, v []any) (any, error) {
		if upper := name == "upper" || name == "ucase"; upper || name == "lower" || name == "lcase" {
			return v[0], nil // bytes have no cases
		}
		list := make([]gms.Expression, len(v))
		for i := range v {
			list[i] = expression.NewLiteral(v[i], f.Args[i].Type())
		}
		e, err := builtIn(name).NewInstance(list)
		if err != nil {
			return nil, err
		}
		return e.Eval(ctx, nil)
	}, false, false}})
}

// lettersOf has a letter for each byte.
func lettersOf(text []byte) string {
	letters := make([]rune, len(text))
	for i, b := range text {
		letters[i] = rune(b)
	}
	return string(letters)
}

// bytesOf is the inverse of lettersOf.
func bytesOf(letters string) []byte {
	out := make([]byte, 0, len(letters))
	for _, c := range letters {
		out = append(out, byte(c))
	}
	return out
}
