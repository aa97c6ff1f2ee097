package expr

import (
	"encoding/base64"
	"slices"
	"strings"
	"unicode/utf8"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression/function"
	"github.com/dolthub/go-mysql-server/sql/transform"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// textRecipes are functions of texts. They count characters.
var textRecipes = map[string]Recipe{
	"left":        {2, 2, Always(gtypes.LongText), left, false, false},
	"right":       {2, 2, Always(gtypes.LongText), right, false, false},
	"ltrim":       {1, 1, Always(gtypes.LongText), trimmed(strings.TrimLeft), false, false},
	"rtrim":       {1, 1, Always(gtypes.LongText), trimmed(strings.TrimRight), false, false},
	"lpad":        {3, 3, Always(gtypes.LongText), func(ctx *gms.Context, f *Function, v []any) (any, error) { return f.pad(ctx, v, true) }, false, false},
	"rpad":        {3, 3, Always(gtypes.LongText), func(ctx *gms.Context, f *Function, v []any) (any, error) { return f.pad(ctx, v, false) }, false, false},
	"insert":      {4, 4, Always(gtypes.LongText), insert, false, false},
	"from_base64": {1, 1, Always(gtypes.LongBlob), fromBase64, false, false},
	"repeat":      {2, 2, Always(gtypes.LongText), repeat, false, false},
	"locate":      {2, 3, Always(gtypes.Int64), locate, false, false},
	"position":    {2, 2, Always(gtypes.Int64), locate, false, false},
	"space":       {1, 1, Always(gtypes.LongText), space, false, false},
	"instr":       {2, 2, Always(gtypes.Int64), instr, false, false},
	"charset": {1, 1, Always(gtypes.LongText), func(ctx *gms.Context, f *Function, _ []any) (any, error) {
		return string(collationOf(ctx, f.Args[0]).Charset()), nil
	}, true, false},
	"collation": {1, 1, Always(gtypes.LongText), func(ctx *gms.Context, f *Function, _ []any) (any, error) {
		return collationOf(ctx, f.Args[0]).Name(), nil
	}, true, false},
	"make_set":   {2, manyArgs, Always(gtypes.LongText), makeSet, true, false},
	"export_set": {3, 5, Always(gtypes.LongText), exportSet, false, false},
}

// LettersMax bounds what functions make of little: MySQL's max_allowed_packet.
const LettersMax = 64 << 20

func left(ctx *gms.Context, f *Function, v []any) (any, error) {
	s, err := f.text(ctx, 0, v[0])
	if err != nil {
		return nil, err
	}
	n, err := f.whole(ctx, 1, v[1])
	if err != nil || n <= 0 {
		return "", err
	}
	return firstLetters(s, n), nil
}

func right(ctx *gms.Context, f *Function, v []any) (any, error) {
	s, err := f.text(ctx, 0, v[0])
	if err != nil {
		return nil, err
	}
	n, err := f.whole(ctx, 1, v[1])
	if err != nil || n <= 0 {
		return "", err
	}
	if has := int64(utf8.RuneCountInString(s)); n < has {
		return s[len(firstLetters(s, has-n)):], nil
	}
	return s, nil
}

// trimmed is LTRIM or RTRIM.
func trimmed(trim func(s, cutset string) string) func(ctx *gms.Context, f *Function, v []any) (any, error) {
	return func(ctx *gms.Context, f *Function, v []any) (any, error) {
		s, err := f.text(ctx, 0, v[0])
		return trim(s, " "), err
	}
}

// newTrim is TRIM: the library's has no answer for a pattern that is NULL.
func newTrim(e *function.Trim) gms.Expression {
	words := e.String()
	leading, trailing := !strings.HasPrefix(words, "trim(trailing"), !strings.HasPrefix(words, "trim(leading")
	return &trimming{inBytes(&Function{"trim", e.Children(), Recipe{TypeOf: Always(gtypes.LongText), Compute: func(ctx *gms.Context, f *Function, v []any) (any, error) {
		s, err := f.text(ctx, 0, v[0])
		if err != nil {
			return nil, err
		}
		part, err := f.text(ctx, 1, v[1])
		for part != "" && leading && strings.HasPrefix(s, part) {
			s = s[len(part):]
		}
		for part != "" && trailing && strings.HasSuffix(s, part) {
			s = s[:len(s)-len(part)]
		}
		return s, err
	}}}), words}
}

// A trimming writes itself as the library does.
type trimming struct {
	*Function
	words string
}

// String implements gms.Expression.
func (t *trimming) String() string { return t.words }

// WithChildren implements gms.Expression.
func (t *trimming) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	e, err := t.Function.WithChildren(children...)
	if f, is := e.(*Function); is && err == nil {
		return &trimming{f, t.words}, nil
	}
	return e, err
}

// wholePlaces makes whole numbers of where SUBSTRING and SUBSTRING_INDEX begin, and how long
// they are.
func wholePlaces(e gms.Expression, first int) (gms.Expression, transform.TreeIdentity, error) {
	list, changed := slices.Clone(e.Children()), false
	for i := first; i < len(list); i++ {
		if t, known := convert.FromType(list[i].Type()); known && (!isLiteral(list[i]) || t.IsString()) && t.Kind != types.Null {
			list[i], changed = &Function{"position", []gms.Expression{list[i]}, Recipe{1, 1, Always(gtypes.Int64), func(ctx *gms.Context, f *Function, v []any) (any, error) {
				n, err := f.whole(ctx, 0, v[0])
				return min(max(n, -LettersMax), LettersMax), err
			}, false, true}}, true
		}
	}
	if !changed {
		return e, transform.SameTree, nil
	}
	out, err := e.WithChildren(list...)
	return out, transform.NewTree, err
}

// firstLetters is the first n characters.
func firstLetters(s string, n int64) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

func (f *Function) pad(ctx *gms.Context, v []any, before bool) (any, error) {
	s, err := f.text(ctx, 0, v[0])
	if err != nil {
		return nil, err
	}
	n, err := f.whole(ctx, 1, v[1])
	if err != nil {
		return nil, err
	}
	fill, err := f.text(ctx, 2, v[2])
	has := int64(len([]rune(s)))
	switch {
	case err != nil || n < 0:
		return nil, err
	case n > LettersMax/4:
		f.tooLarge(ctx)
		return nil, nil
	case n <= has:
		return firstLetters(s, n), nil
	case fill == "":
		return s, nil // as MySQL 9 does; before, it was empty
	}
	missing := n - has
	more := firstLetters(strings.Repeat(fill, int(missing)), missing)
	if before {
		return more + s, nil
	}
	return s + more, nil
}

func insert(ctx *gms.Context, f *Function, v []any) (any, error) {
	s, err := f.text(ctx, 0, v[0])
	if err != nil {
		return nil, err
	}
	at, err := f.whole(ctx, 1, v[1])
	if err != nil {
		return nil, err
	}
	n, err := f.whole(ctx, 2, v[2])
	if err != nil {
		return nil, err
	}
	instead, err := f.text(ctx, 3, v[3])
	letters := []rune(s)
	if has := int64(len(letters)); at < 1 || at > has {
		return s, err
	} else if rest := has - at + 1; n < 0 || n > rest {
		n = rest
	}
	return string(letters[:at-1]) + instead + string(letters[at-1+n:]), err
}

func repeat(ctx *gms.Context, f *Function, v []any) (any, error) {
	s, err := f.text(ctx, 0, v[0])
	if err != nil {
		return nil, err
	}
	n, err := f.whole(ctx, 1, v[1])
	switch {
	case err != nil || n <= 0 || s == "":
		return "", err
	case n > LettersMax/int64(len(s)):
		f.tooLarge(ctx)
		return nil, nil
	}
	return strings.Repeat(s, int(n)), nil
}

// space bounds its spaces, which the library does not.
func space(ctx *gms.Context, f *Function, v []any) (any, error) {
	n, err := f.whole(ctx, 0, v[0])
	switch {
	case err != nil || n <= 0:
		return "", err
	case n > LettersMax:
		f.tooLarge(ctx)
		return nil, nil
	}
	return strings.Repeat(" ", int(n)), nil
}

// tooLarge warns of a result that no packet has room for.
func (f *Function) tooLarge(ctx *gms.Context) {
	most, _ := sessionOf(ctx).Variable("max_allowed_packet")
	ctx.Warn(mysqlerr.AllowedPacketOverflowed, "Result of %s() was larger than max_allowed_packet (%s) - truncated", f.Name, most)
}

// instr finds texts in their collation.
func instr(ctx *gms.Context, f *Function, v []any) (any, error) {
	return f.find(ctx, v[0], 0, v[1], 1, 1)
}

// locate is LOCATE, and POSITION.
func locate(ctx *gms.Context, f *Function, v []any) (any, error) {
	from := int64(1)
	if len(v) > 2 {
		var err error
		if from, err = f.whole(ctx, 2, v[2]); err != nil {
			return nil, err
		}
	}
	return f.find(ctx, v[1], 1, v[0], 0, from)
}

// find is the letter at which a part is in a text, from a letter on, counted from 1; 0
// if it is not. Which arguments they are is said behind them.
func (f *Function) find(ctx *gms.Context, text any, textAt int, part any, partAt int, from int64) (any, error) {
	s, err := f.text(ctx, textAt, text)
	if err != nil {
		return nil, err
	}
	what, err := f.text(ctx, partAt, part)
	if err != nil {
		return nil, err
	}
	if from < 1 || from > int64(utf8.RuneCountInString(s))+1 {
		return int64(0), nil
	}
	c, ok := CommonCollation(ctx, f.Args[textAt], f.Args[partAt])
	if !ok {
		c = types.CollationBinary
	}
	rest := s[len(firstLetters(s, from-1)):]
	at := c.Index([]byte(rest), []byte(what))
	if at < 0 {
		return int64(0), nil
	}
	return from + int64(utf8.RuneCountInString(rest[:at])), nil
}

func makeSet(ctx *gms.Context, f *Function, v []any) (any, error) {
	if v[0] == nil {
		return nil, nil
	}
	bits, err := f.whole(ctx, 0, v[0])
	var out []string
	for i := 1; i < len(v) && i <= 64 && err == nil; i++ {
		if v[i] == nil || bits>>(i-1)&1 == 0 {
			continue
		}
		var s string
		s, err = f.text(ctx, i, v[i])
		out = append(out, s)
	}
	return strings.Join(out, ","), err
}

func exportSet(ctx *gms.Context, f *Function, v []any) (any, error) {
	value, err := f.as(ctx, 0, v[0], types.Type{Kind: types.BigInt, Unsigned: true})
	bits, _ := value.(uint64)
	words := [3]string{2: ","}
	for i := 1; i < len(v) && i < 4 && err == nil; i++ {
		words[i-1], err = f.text(ctx, i, v[i])
	}
	n := int64(64)
	if len(v) > 4 && err == nil {
		n, err = f.whole(ctx, 4, v[4])
	}
	if n < 0 || n > 64 {
		n = 64
	}
	out := make([]string, n)
	for i := range out {
		if out[i] = words[1]; bits>>i&1 == 1 {
			out[i] = words[0]
		}
	}
	return strings.Join(out, words[2]), err
}

func fromBase64(ctx *gms.Context, f *Function, v []any) (any, error) {
	s, err := f.text(ctx, 0, v[0])
	if err != nil {
		return nil, err
	}
	out, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		return nil, nil // it is none
	}
	return out, nil
}
