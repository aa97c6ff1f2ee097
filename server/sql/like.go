package sql

import (
	"strings"
	"unicode/utf8"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/sql/walk"
	"github.com/xadb/xadb/server/types"
)

// A like is LIKE by package types, as package exec has it. The library makes ranges of
// some patterns, which end at the letter \xff, and compares others literally.
type like struct {
	expression.BinaryExpressionStub
	escape    gms.Expression // nil: a backslash
	collation types.Collation
	shown     string // as the library has it, which finds aggregates by their texts
}

var _ gms.CollationCoercible = (*like)(nil)

// likes puts it in the place of the library's. What a pattern begins with is a range, too,
// where rows are looked for, so that an index can be used.
func (c *call) likes(node gms.Node) (gms.Node, error) {
	ctx := c.context()
	return walk.Nodes(node, func(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
		_, filter := n.(*plan.Filter)
		return transform.OneNodeExpressions(n, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
			l, is := e.(*expression.Like)
			if !is {
				return e, transform.SameTree, nil
			}
			own := newLike(ctx, l)
			if begins, ok := own.prefix(); ok && filter {
				return expression.NewAnd(begins, own), transform.NewTree, nil
			}
			return own, transform.NewTree, nil
		})
	})
}

func newLike(ctx *gms.Context, l *expression.Like) *like {
	collation, ok := expr.CommonCollation(ctx, l.LeftChild, l.RightChild)
	if !ok {
		collation = types.CollationBinary
		if !bytesOf(l.LeftChild) && !bytesOf(l.RightChild) {
			collation = types.CollationGeneralCI
		}
	}
	return &like{l.BinaryExpressionStub, l.Escape, collation, l.String()}
}

// highest is the last letter of all collations.
const highest = "\U0010FFFF"

// prefix is the range of the texts that begin as the pattern does; ok is false if that
// is not known.
func (l *like) prefix() (gms.Expression, bool) {
	_, column := l.LeftChild.(*expression.GetField)
	pattern, literal := l.RightChild.(*expression.Literal)
	if !column || !literal || l.escape != nil || !l.collation.Prefixed() || !expr.IsText(l.LeftChild) {
		return nil, false
	}
	text, _ := pattern.Value().(string)
	at := strings.IndexAny(text, `%_\`)
	if at <= 0 {
		return nil, false
	}
	// A text may go on with what is below the blanks that a shorter one is filled up with.
	low := expression.NewLiteral(text[:at]+"\x00", pattern.Type())
	high := expression.NewLiteral(text[:at]+strings.Repeat(highest, 3), pattern.Type())
	return expression.NewAnd(expression.NewGreaterThanOrEqual(l.LeftChild, low), expression.NewLessThanOrEqual(l.LeftChild, high)), true
}

// bytesOf reports whether an expression gives strings of bytes.
func bytesOf(e gms.Expression) bool {
	t, ok := convert.FromType(e.Type())
	return ok && t.IsString() && !t.IsText()
}

// Eval implements gms.Expression.
func (l *like) Eval(ctx *gms.Context, row gms.Row) (any, error) {
	var sides [2][]byte
	for i, e := range []gms.Expression{l.LeftChild, l.RightChild} {
		v, err := e.Eval(ctx, row)
		if err != nil || v == nil {
			return nil, err
		}
		value, t, err := convert.Down(ctx, v, e.Type())
		if err != nil {
			return nil, err
		}
		sides[i] = types.Text(value, t)
	}
	escape, err := l.escapeRune(ctx, row)
	if err != nil {
		return nil, err
	}
	return l.collation.Like(sides[0], sides[1], escape), nil
}

// escapeRune is what takes a sign of the pattern as it is: 0 if nothing does.
func (l *like) escapeRune(ctx *gms.Context, row gms.Row) (rune, error) {
	if l.escape == nil {
		return '\\', nil
	}
	v, err := l.escape.Eval(ctx, row)
	if err != nil || v == nil {
		return '\\', err
	}
	value, t, err := convert.Down(ctx, v, l.escape.Type())
	if err != nil {
		return 0, err
	}
	text := types.Text(value, t)
	if utf8.RuneCount(text) > 1 {
		return 0, mysqlerr.New(mysqlerr.WrongArguments, "ESCAPE")
	}
	if len(text) == 0 {
		return 0, nil
	}
	r, _ := utf8.DecodeRune(text)
	return r, nil
}

// Type implements gms.Expression.
func (*like) Type() gms.Type { return gtypes.Boolean }

// String implements fmt.Stringer.
func (l *like) String() string { return l.shown }

// Children implements gms.Expression.
func (l *like) Children() []gms.Expression {
	if l.escape == nil {
		return []gms.Expression{l.LeftChild, l.RightChild}
	}
	return []gms.Expression{l.LeftChild, l.RightChild, l.escape}
}

// WithChildren implements gms.Expression.
func (l *like) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) != len(l.Children()) {
		return nil, gms.ErrInvalidChildrenNumber.New(l, len(children), len(l.Children()))
	}
	out := *l
	out.LeftChild, out.RightChild = children[0], children[1]
	if l.escape != nil {
		out.escape = children[2]
	}
	return &out, nil
}

// CollationCoercibility implements gms.CollationCoercible.
func (*like) CollationCoercibility(*gms.Context) (gms.CollationID, byte) {
	return gms.Collation_binary, 5
}
