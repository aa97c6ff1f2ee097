package expr

import (
	"encoding/hex"
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf8"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/expression/function"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"
	"github.com/shopspring/decimal"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// wordRecipes are more functions of texts.
var wordRecipes = map[string]Recipe{
	"bin":              {1, 1, letters(64), inBase(2), false, false},
	"oct":              {1, 1, letters(64), inBase(8), false, false},
	"elt":              {2, manyArgs, Always(gtypes.LongText), elt, true, false},
	"field":            {2, manyArgs, Always(gtypes.Int64), field, true, false},
	"find_in_set":      {2, 2, Always(gtypes.Int64), findInSet, false, false},
	"ord":              {1, 1, Always(gtypes.Int64), ord, false, false},
	"quote":            {1, 1, Always(gtypes.LongText), quoteText, true, false},
	"strcmp":           {2, 2, Always(gtypes.Int64), strcmp, false, false},
	"soundex":          {1, 1, Always(gtypes.LongText), soundex, false, false},
	"substring_index":  {3, 3, Always(gtypes.LongText), substringIndex, false, false},
	"unhex":            {1, 1, Always(gtypes.LongBlob), unhex, false, false},
	"format":           {2, 3, Always(gtypes.LongText), formatNumber, true, true},
	"format_bytes":     {1, 1, letters(11), formatBytes, false, true},
	"format_pico_time": {1, 1, letters(11), formatPicoTime, false, true},
}

// newHex is HEX: the library's, but of numbers that are not whole, which are rounded to what a
// BIGINT has.
func newHex(args ...gms.Expression) (gms.Expression, error) {
	if len(args) != 1 {
		return nil, mysqlerr.New(mysqlerr.WrongParamCount, "HEX")
	}
	t, known := convert.FromType(args[0].Type())
	switch {
	case known && t.IsText():
		return &Function{"hex", args, Recipe{1, 1, Always(gtypes.LongText), ofCodes(func(s string) any {
			return strings.ToUpper(hex.EncodeToString([]byte(s)))
		}), false, false}}, nil
	case !t.IsFloat() && t.Kind != types.Decimal:
		return builtIn("hex").NewInstance(args)
	}
	return &Function{"hex", args, Recipe{1, 1, letters(16), func(ctx *gms.Context, f *Function, v []any) (any, error) {
		value, _, err := convert.Down(ctx, v[0], f.Args[0].Type())
		if err != nil {
			return nil, err
		}
		if bytes, is := value.([]byte); is { // of an operator on bits, whose operands are bytes
			return fmt.Sprintf("%X", bytes), nil
		}
		d, _ := types.Exact(value)
		n := d.Round(0).BigInt()
		if _, float := value.(float64); float {
			n = d.RoundBank(0).BigInt()
		} else if !n.IsInt64() {
			ctx.Warn(mysqlerr.TruncatedWrongValue, TruncatedWord+"DECIMAL value: '%s'", d)
		}
		return strings.ToUpper(strconv.FormatUint(uint64(clamped(n, false).Int64()), 16)), nil
	}, false, false}}, nil
}

// inBase writes the digits that a text begins with in another base.
func inBase(base int) func(*gms.Context, *Function, []any) (any, error) {
	return func(ctx *gms.Context, f *Function, v []any) (any, error) {
		s, err := f.digits(ctx, 0, v[0])
		if err != nil || s == "" {
			return nil, err
		}
		digits, _ := leadingInteger(s)
		d, err := decimal.NewFromString(digits)
		if err != nil {
			return "0", nil
		}
		if n := d.BigInt(); n.IsInt64() {
			return strconv.FormatUint(uint64(n.Int64()), base), nil
		} else if n.IsUint64() {
			return strconv.FormatUint(n.Uint64(), base), nil
		}
		return strconv.FormatUint(math.MaxUint64, base), nil
	}
}

// digits is an argument as the text that begins with the digits of a number: of bits those of
// their number.
func (f *Function) digits(ctx *gms.Context, i int, v any) (string, error) {
	if t, _ := convert.FromType(f.Args[i].Type()); t.Kind == types.Bit {
		n, err := f.whole(ctx, i, v)
		return strconv.FormatUint(uint64(n), 10), err
	}
	return f.text(ctx, i, v)
}

func elt(ctx *gms.Context, f *Function, v []any) (any, error) {
	if v[0] == nil {
		return nil, nil
	}
	n, err := f.whole(ctx, 0, v[0])
	if err != nil || n < 1 || n >= int64(len(v)) || v[n] == nil {
		return nil, err
	}
	return f.text(ctx, int(n), v[n])
}

// field compares texts as texts, numbers as numbers, and what is mixed as DOUBLE.
func field(ctx *gms.Context, f *Function, v []any) (any, error) {
	if v[0] == nil {
		return int64(0), nil
	}
	texts, exact := true, true
	for _, e := range f.Args {
		t, ok := convert.FromType(e.Type())
		texts = texts && ok && (t.IsString() || t.Kind == types.Vector || t.Kind == types.Null)
		exact = exact && ok && (t.IsInteger() || t.Kind == types.Decimal || t.Kind == types.Null)
	}
	for i := 1; i < len(v); i++ {
		if v[i] == nil {
			continue
		}
		same, err := false, error(nil)
		switch {
		case texts:
			same, err = f.sameText(ctx, i, v)
		case exact:
			same, err = f.sameNumber(ctx, i, v)
		default:
			same, err = f.sameDouble(ctx, i, v)
		}
		if same || err != nil {
			return int64(i), err
		}
	}
	return int64(0), nil
}

// ComparesTexts reports whether FIELD compares texts, which dates and members of an ENUM are among
// others; among numbers all are numbers.
func ComparesTexts(f *Function) bool {
	for _, e := range f.Args {
		if t, ok := convert.FromType(e.Type()); ok && (t.IsNumber() || t.Kind == types.Bit) {
			return false
		}
	}
	return true
}

func (f *Function) sameText(ctx *gms.Context, i int, v []any) (bool, error) {
	a, err := f.text(ctx, 0, v[0])
	if err != nil {
		return false, err
	}
	b, err := f.text(ctx, i, v[i])
	if c, ok := CommonCollation(ctx, f.Args[0], f.Args[i]); ok {
		return c.Compare([]byte(a), []byte(b)) == 0, err
	}
	return a == b, err
}

func (f *Function) sameNumber(ctx *gms.Context, i int, v []any) (bool, error) {
	a, err := numberOf(ctx, v[0], f.Args[0].Type())
	if err != nil {
		return false, err
	}
	b, err := numberOf(ctx, v[i], f.Args[i].Type())
	return a.Equal(b), err
}

func (f *Function) sameDouble(ctx *gms.Context, i int, v []any) (bool, error) {
	a, err := f.double(ctx, 0, v[0])
	if err != nil {
		return false, err
	}
	b, err := f.double(ctx, i, v[i])
	return a == b, err
}

// ord is the bytes of the first character as a number.
// ord is ORD: the code of a text's first character.
func ord(ctx *gms.Context, f *Function, v []any) (any, error) {
	s, err := f.text(ctx, 0, v[0])
	if err != nil || s == "" {
		return int64(0), err
	}
	code := []byte(s[:1])
	if t, ok := convert.FromType(f.Args[0].Type()); !ok || !t.IsString() || t.IsText() {
		_, size := utf8.DecodeRuneInString(s)
		code = collationOf(ctx, f.Args[0]).Charset().Encode([]byte(s[:size]))
	}
	n := int64(0)
	for _, c := range code {
		n = n<<8 | int64(c)
	}
	return n, nil
}

var quoting = strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\x00", `\0`, "\x1a", `\Z`)

func quoteText(ctx *gms.Context, f *Function, v []any) (any, error) {
	if v[0] == nil {
		return "NULL", nil
	}
	s, err := f.text(ctx, 0, v[0])
	return "'" + quoting.Replace(s) + "'", err
}

// soundex is the library's, but of a text without letters.
func soundex(ctx *gms.Context, f *Function, v []any) (any, error) {
	s, err := f.text(ctx, 0, v[0])
	first := strings.IndexFunc(s, func(c rune) bool { return c >= utf8.RuneSelf || c|0x20 >= 'a' && c|0x20 <= 'z' })
	if err != nil || first < 0 {
		return "", err
	}
	return function.NewSoundex(expression.NewLiteral(s[first:], gtypes.LongText)).Eval(ctx, nil)
}

// substringIndex tells cases apart, whatever the collation.
func substringIndex(ctx *gms.Context, f *Function, v []any) (any, error) {
	s, err := f.text(ctx, 0, v[0])
	if err != nil {
		return nil, err
	}
	by, err := f.text(ctx, 1, v[1])
	if err != nil {
		return nil, err
	}
	n, err := f.whole(ctx, 2, v[2])
	if err != nil || n == 0 || by == "" {
		return "", err
	}
	if n > 0 {
		end := 0
		for ; n > 0; n-- {
			at := strings.Index(s[end:], by)
			if at < 0 {
				return s, nil
			}
			end += at + len(by)
		}
		return s[:end-len(by)], nil
	}
	begin := len(s)
	for ; n < 0; n++ {
		at := strings.LastIndex(s[:begin], by)
		if at < 0 {
			return s, nil
		}
		begin = at
	}
	return s[begin+len(by):], nil
}

func unhex(ctx *gms.Context, f *Function, v []any) (any, error) {
	s, err := f.text(ctx, 0, v[0])
	if err != nil {
		return nil, err
	}
	digits := s
	if len(s)%2 == 1 {
		digits = "0" + s
	}
	out := make([]byte, len(digits)/2)
	for i := range out {
		n, err := strconv.ParseUint(digits[2*i:2*i+2], 16, 8)
		if err != nil {
			ctx.Warn(mysqlerr.WrongValueForType, "Incorrect string value: ''%s'' for function unhex", s)
			return nil, nil
		}
		out[i] = byte(n)
	}
	return out, nil
}

// charOf is CHAR: the bytes of numbers, as a text of a character set if it names one.
func charOf(c *function.Char) (gms.Expression, error) {
	collation := types.Collation(c.Collation)
	typ, unit := gms.Type(gtypes.LongBlob), 1
	switch {
	case c.Collation == gms.Collation_Unspecified, collation == types.CollationBinary:
	case collation.Known():
		typ, unit = gtypes.CreateLongText(c.Collation), collation.Charset().BytesMin()
	default:
		return nil, unsupported("CHAR USING " + c.Collation.CharacterSet().Name())
	}
	return &Function{"char", c.Children(), Recipe{1, manyArgs, Always(typ), func(ctx *gms.Context, f *Function, v []any) (any, error) {
		var out []byte
		for i := range v {
			if v[i] == nil {
				continue
			}
			n, err := f.whole(ctx, i, v[i])
			if err != nil {
				return nil, err
			}
			width := max(1, (bits.Len32(uint32(n))+7)/8)
			for width = (width + unit - 1) / unit * unit; width > 0; width-- {
				out = append(out, byte(n>>(8*(width-1))))
			}
		}
		if typ == gtypes.LongBlob {
			return out, nil
		}
		return textOfSet(ctx, collation.Charset(), out), nil
	}, true, false}}, nil
}
