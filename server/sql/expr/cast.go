package expr

import (
	"bytes"
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/transform"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"
	"github.com/shopspring/decimal"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/sql/spell"
	"github.com/xadb/xadb/server/sql/walk"
	"github.com/xadb/xadb/server/types"
)

// A cast is CAST to a number, a date or time, or text. The library's takes '12ab'
// for 0, cuts text in the middle of a character, does not round parts of a second
// and gives DECIMAL thirty digits.
type Cast struct {
	expression.UnaryExpression
	To    types.Type
	typ   gms.Type
	words string // how the library writes it, behind its operand
}

// Casts puts ours in the place of the library's.
func Casts(node gms.Node) (gms.Node, error) {
	return walk.Exprs(node, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		c, ok := e.(*expression.Convert)
		if !ok {
			return e, transform.SameTree, nil
		}
		same := transform.SameTree
		if f, is := c.Child.(*Function); is && f.Name == spell.CastOperand {
			of, err := c.WithChildren(f.Args...)
			if c, is = of.(*expression.Convert); !is || err != nil {
				return e, transform.SameTree, err
			}
			same = transform.NewTree
		}
		out, err := newCast(c)
		if out == nil || err != nil {
			return c, same, err
		}
		return out, transform.NewTree, nil
	})
}

// CastType is how the library's CAST says what it makes.
var CastType = regexp.MustCompile(`, ([a-z]+)(?:\((\d+)(?:,(\d+))?\))?\)$`)

// CastLetters is the name of a CAST to so many letters.
const CastLetters = "cast as char"

// castRecipes has what stands around the operands of CASTs until they are planned.
var castRecipes = map[string]Recipe{
	spell.CastOperand: {1, 1, Always(gtypes.Null), func(_ *gms.Context, _ *Function, v []any) (any, error) { return v[0], nil }, false, false},
}

// documentCasts are those of documents that are not the library's.
var documentCasts = map[string]bool{
	"signed": true, "unsigned": true, "decimal": true, "double": true, "float": true, "year": true, "date": true, "datetime": true, "time": true,
	"char": true, "nchar": true, "binary": true,
}

// newCast is nil for casts that stay the library's.
func newCast(c *expression.Convert) (gms.Expression, error) {
	m := CastType.FindStringSubmatch(c.String())
	from, known := convert.FromType(c.Child.Type())
	if m == nil || !known || from.Kind == types.JSON && !documentCasts[m[1]] {
		return nil, nil
	}
	length, _ := strconv.Atoi("0" + m[2]) // digits, as the pattern says
	scale, _ := strconv.Atoi("0" + m[3])
	var to types.Type
	switch m[1] {
	case "signed", "unsigned":
		to = types.Type{Kind: types.BigInt, Unsigned: m[1] == "unsigned"}
	case "decimal":
		if m[2] == "" { // the library's own, in the parts of a UNION
			return nil, nil
		}
		to = types.Type{Kind: types.Decimal, Precision: uint8(length), Scale: uint8(scale)}
	case "double":
		to = types.Type{Kind: types.Double}
	case "float":
		if from.IsNumber() {
			return nil, nil
		}
		to = types.Type{Kind: types.Float}
	case "year":
		return &Function{"cast_year", []gms.Expression{c.Child}, Recipe{1, 1, Always(gtypes.Year), castYear, false, false}}, nil
	case "json":
		if from.IsText() && !from.IsNamed() {
			return &Function{"json", []gms.Expression{c.Child}, Recipe{1, 1, Always(gtypes.JSON), parsedDocument, false, false}}, nil
		}
		if from.IsNamed() || from.IsNumber() && c.Child.Type() != gtypes.Boolean || from.IsTemporal() || from.Kind == types.Bit || from.IsString() && !from.IsText() {
			return &Function{"json", []gms.Expression{c.Child}, Recipe{1, 1, Always(gtypes.JSON), scalarDocument, false, from.IsNamed() || from.Kind == types.Bit}}, nil
		}
		return nil, nil
	case "binary":
		if from.Kind == types.Bit || from.Kind == types.Year || from.Kind == types.JSON || from.IsFloat() {
			return expression.NewConvertWithLengthAndScale(InCodes(c.Child, types.CharsetUTF8MB4), m[1], length, 0), nil
		}
		return nil, nil
	case "date":
		to = types.Type{Kind: types.Date}
	case "datetime":
		to = types.Type{Kind: types.DateTime, FSP: uint8(length)}
	case "time":
		to = types.Type{Kind: types.Time, FSP: uint8(length)}
	case "char", "nchar":
		if length == 0 && (from.Kind == types.Bit || from.Kind == types.Year || from.Kind == types.JSON || from.IsFloat()) {
			return &InLetters{expression.UnaryExpression{Child: c.Child}}, nil
		}
		if length == 0 {
			return nil, nil
		}
		child := c.Child
		if from.Kind == types.Bit || from.Kind == types.Year || from.Kind == types.JSON || from.IsFloat() {
			child = &InLetters{expression.UnaryExpression{Child: child}}
		}
		args := []gms.Expression{expression.NewConvert(child, m[1]), expression.NewLiteral(int64(length), gtypes.Int64)}
		return &Function{CastLetters, args, Recipe{2, 2, Always(gtypes.LongText), cutLetters, false, false}}, nil
	default:
		return nil, nil
	}
	child := c.Child
	if n, ok := InBranches(child); ok && to.IsNumber() && !to.IsInteger() {
		child = n
	}
	typ, err := convert.ToType(to)
	return &Cast{expression.UnaryExpression{Child: child}, to, typ, m[0]}, err
}

// Type implements gms.Expression.
func (c *Cast) Type() gms.Type { return c.typ }

// IsNullable implements gms.Expression.
func (*Cast) IsNullable() bool { return true }

// String implements gms.Expression.
func (c *Cast) String() string { return "convert(" + c.Child.String() + c.words }

// CollationCoercibility implements gms.CollationCoercible.
func (*Cast) CollationCoercibility(*gms.Context) (gms.CollationID, byte) {
	return gms.Collation_binary, 5
}

// WithChildren implements gms.Expression.
func (c *Cast) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) != 1 {
		return nil, gms.ErrInvalidChildrenNumber.New(c, len(children), 1)
	}
	return &Cast{expression.UnaryExpression{Child: children[0]}, c.To, c.typ, c.words}, nil
}

// Eval implements gms.Expression.
func (c *Cast) Eval(ctx *gms.Context, row gms.Row) (any, error) {
	v, err := c.Child.Eval(ctx, row)
	if err != nil || v == nil {
		return nil, err
	}
	if c.To.IsInteger() {
		return c.integer(ctx, v)
	}
	if c.To.HasDate() {
		return c.date(ctx, v)
	}
	if c.To.Kind == types.Time && isYearColumn(c.Child) {
		return gtypes.Timespan(0), nil
	}
	e := c.Child
	if n := HexNumber(e); n != nil && c.To.IsNumber() {
		e, v = n, n.(*expression.Literal).Value()
	}
	value, err := convertTo(ctx, v, e, c.To)
	if err != nil {
		return nil, err
	}
	return convert.Up(value, c.To, sessionOf(ctx).Location())
}

// date is CAST to a date, or a date and time.
func (c *Cast) date(ctx *gms.Context, v any) (any, error) {
	wish := dateWish{word: KindWord(c.To), zeros: zerosByMode, day: c.To.Kind == types.Date}
	at, ok, err := dateOf(ctx, v, c.Child, wish)
	if !ok || err != nil {
		return nil, err
	}
	if c.To.Kind == types.Date {
		return upDay(at), nil
	}
	value, err := types.Store(at, MomentType, types.Target{Type: c.To, Row: 1, ZeroDates: true, Display: true})
	if err != nil {
		return nil, nil // it is rounded to a day that there is not
	}
	return upMoment(value.(binlog.DateTime))
}

// integer is a number modulo 2^64: of text, as many digits as it begins with; a
// number is rounded.
func (c *Cast) integer(ctx *gms.Context, v any) (any, error) {
	value, from, err := convert.Down(ctx, v, c.Child.Type())
	if err != nil {
		return nil, err
	}
	if from.Kind == types.JSON {
		bits, err := documentBits(ctx, value, c.Child)
		if c.To.Unsigned {
			return bits, err
		}
		return int64(bits), err
	}
	if from.IsTemporal() {
		value, from = wholeSeconds(ctx, value, from)
		value = types.FormatDecimal(types.TemporalNumber(value, from), 0)
	}
	n := new(big.Int)
	if bits, is := literalBits(c.Child, value, from); is {
		n.SetUint64(bits)
	} else if b, is := value.([]byte); is && from.IsString() {
		digits, whole := leadingInteger(string(b))
		n.SetString(digits, 10)
		if !whole {
			ctx.Warn(mysqlerr.TruncatedWrongValue, TruncatedWord+"INTEGER value: '%s'", b)
		}
		if max := new(big.Int).SetUint64(1<<64 - 1); n.Cmp(max) > 0 {
			n = max
		}
	} else if x, is := value.(float64); is {
		whole, err := convertTo(ctx, x, c.Child, types.Type{Kind: types.BigInt})
		if err != nil {
			return nil, err
		}
		n.SetInt64(whole.(int64))
	} else if d, exact := types.Exact(value); exact {
		n = d.Round(0).BigInt()
		if most := clamped(n, c.To.Unsigned && n.Sign() > 0); from.Kind == types.Decimal && most.Cmp(n) != 0 {
			n = most
			ctx.Warn(mysqlerr.TruncatedWrongValue, TruncatedWord+"DECIMAL value: '%s'", types.Text(value, from))
		}
	} else {
		return expression.NewConvert(expression.NewLiteral(v, c.Child.Type()), strings.ToLower(c.word())).Eval(ctx, nil)
	}
	low := new(big.Int).And(n, new(big.Int).SetUint64(1<<64-1)).Uint64()
	if c.To.Unsigned {
		return low, nil
	}
	return int64(low), nil
}

// literalBits is the number that bytes are which the statement writes as 0x41.
func literalBits(e gms.Expression, v binlog.Value, t types.Type) (n uint64, ok bool) {
	b, is := v.([]byte)
	if HexNumber(e) == nil || !is || t.IsText() || len(b) > 8 {
		return 0, false
	}
	return types.BytesNumber(b)
}

func (c *Cast) word() string {
	if c.To.Unsigned {
		return expression.ConvertToUnsigned
	}
	return expression.ConvertToSigned
}

// clamped is the next number that an integer's type has.
func clamped(n *big.Int, unsigned bool) *big.Int {
	least, most := decimal.New(-1<<63, 0).BigInt(), decimal.New(1<<63-1, 0).BigInt()
	if unsigned {
		most = new(big.Int).SetUint64(1<<64 - 1)
	}
	switch {
	case n.Cmp(least) < 0:
		return least
	case n.Cmp(most) > 0:
		return most
	}
	return n
}

// leadingInteger is the digits that a text begins with, and whether it has no
// others.
func leadingInteger(s string) (digits string, whole bool) {
	s = strings.TrimSpace(s)
	n := 0
	if n < len(s) && (s[0] == '-' || s[0] == '+') {
		n++
	}
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	digits = strings.TrimPrefix(s[:n], "+")
	if digits == "" || digits == "-" {
		return "0", false
	}
	return digits, n == len(s)
}

// NewTemporalDocument is a date, a moment or a time within a document, as text.
func NewTemporalDocument(of gms.Expression) gms.Expression {
	return &Function{"json", []gms.Expression{of}, Recipe{1, 1, Always(gtypes.JSON), temporalDocument, false, false}}
}

// temporalDocument is a date or a time as a document.
func temporalDocument(ctx *gms.Context, f *Function, v []any) (any, error) {
	value, from, err := convert.Down(ctx, v[0], f.Args[0].Type())
	if err != nil {
		return nil, err
	}
	if from.Kind != types.Date {
		from.FSP = types.FSPMax
	}
	return gtypes.JSONDocument{Val: string(types.Text(value, from))}, nil
}

// parsedDocument is the document that a text is.
func parsedDocument(ctx *gms.Context, f *Function, v []any) (any, error) {
	text, err := f.text(ctx, 0, v[0])
	if err != nil {
		return nil, err
	}
	tree, fault := types.ParseJSON([]byte(text))
	switch {
	case fault == nil:
		return DocumentOf(tree)
	case fault.TooDeep:
		return nil, mysqlerr.New(mysqlerr.JSONDocumentTooDeep)
	}
	return nil, InvalidJSON("cast_as_json", 0, fault)
}

// castYear is CAST AS YEAR: of a date its year, of a number one of four digits, or of two of
// this century or the last; NULL of others, of which it warns.
func castYear(ctx *gms.Context, f *Function, v []any) (any, error) {
	if at, is := v[0].(time.Time); is {
		v[0] = int64(convert.DownMoment(at).Year)
		f = &Function{f.Name, []gms.Expression{expression.NewLiteral(v[0], gtypes.Int64)}, f.Recipe}
	}
	if _, is := v[0].(gtypes.Timespan); is {
		return int64(ctx.QueryTime().In(sessionOf(ctx).Location()).Year()), nil
	}
	value, from, err := convert.Down(ctx, v[0], f.Args[0].Type())
	if err != nil || value == nil {
		return nil, err
	}
	if from.Kind == types.JSON {
		whole := types.Type{Kind: types.BigInt}
		if value, err = documentNumber(ctx, value, f.Args[0], whole); err != nil {
			return nil, err
		}
		from = whole
	}
	n, _, _ := types.FloatOf(value, from)
	year := int64(math.Round(n))
	if _, float := value.(float64); float {
		year = int64(math.RoundToEven(n))
	}
	text, whole := types.Text(value, from), true
	bits, literal := literalBits(f.Args[0], value, from)
	if literal {
		year = int64(min(bits, math.MaxInt32))
	}
	isText := from.IsString() && !literal
	if isText {
		digits, all := leadingInteger(string(text))
		year, _ = strconv.ParseInt(digits, 10, 64) // the largest where there are more digits
		if whole = all; digits == "0" && !bytes.HasPrefix(bytes.TrimSpace(text), []byte("0")) {
			ctx.Warn(mysqlerr.WrongValue, "Incorrect YEAR value: '%s'", text)
			return nil, nil
		}
	}
	switch {
	case year == 0 && isText:
		year = 2000
	case year > 0 && year < 70:
		year += 2000
	case year >= 70 && year < 100:
		year += 1900
	case year < 0, year > 0 && year < 1901, year > 2155:
		ctx.Warn(mysqlerr.TruncatedWrongValue, TruncatedWord+"YEAR value: '%s'", text)
		return nil, nil
	}
	if !whole {
		ctx.Warn(mysqlerr.TruncatedWrongValue, TruncatedWord+"YEAR value: '%s'", text)
	}
	return year, nil
}

// scalarDocument is a member of an ENUM, or bytes, as a document.
func scalarDocument(ctx *gms.Context, f *Function, v []any) (any, error) {
	value, from, err := convert.Down(ctx, v[0], f.Args[0].Type())
	if err != nil || value == nil {
		return nil, err
	}
	tree, err := types.JSONScalar(value, from)
	if err != nil {
		return nil, err
	}
	return DocumentOf(tree)
}

// cutLetters is the first letters of a text; it warns if there are more.
func cutLetters(ctx *gms.Context, f *Function, v []any) (any, error) {
	out, err := left(ctx, f, v)
	if s, lerr := f.text(ctx, 0, v[0]); err == nil && lerr == nil && out != s {
		n, _ := Constant(f.Args[1])
		ctx.Warn(mysqlerr.TruncatedWrongValue, TruncatedWord+"CHAR(%d) value: '%s'", n, s)
	}
	return out, err
}
