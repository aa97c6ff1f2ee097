package expr

import (
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/transform"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// A chosenText is an IF or a CASE of DECIMALs as the text of the value that it chooses, which
// has its own digits.
type chosenText struct {
	expression.UnaryExpression
	typ gms.Type
}

var _ gms.CollationCoercible = (*chosenText)(nil)

// ChosenTexts has functions of texts read choices of DECIMALs so.
func ChosenTexts(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
	texts := textOperands(e)
	children, same := append([]gms.Expression{}, e.Children()...), transform.SameTree
	for i, child := range children {
		c, is := child.(*Choice)
		if !is || i >= texts {
			continue
		}
		kept, ok := c.KeepDigits()
		if !ok {
			continue
		}
		typ, err := convert.ToType(AsText(c.merged().Own))
		if err != nil {
			return nil, transform.SameTree, err
		}
		children[i], same = &chosenText{expression.UnaryExpression{Child: kept}, typ}, transform.NewTree
	}
	if same {
		return e, same, nil
	}
	out, err := e.WithChildren(children...)
	return out, transform.NewTree, err
}

// ofOneText are functions whose first operand is a text.
var ofOneText = map[string]bool{
	"length": true, "octet_length": true, "char_length": true, "character_length": true, "bit_length": true, "upper": true, "ucase": true, "lower": true, "lcase": true,
	"lpad": true, "rpad": true, "left": true, "right": true, "substring": true, "substr": true, "mid": true, "trim": true, "ltrim": true, "rtrim": true,
	"replace": true, "reverse": true, "repeat": true, "quote": true, "md5": true, "sha1": true, "sha": true, "sha2": true,
}

// textOperands is how many operands of an expression are texts.
func textOperands(e gms.Expression) int {
	switch e := e.(type) {
	case *Cast:
		if e.To.IsText() {
			return 1
		}
	case *expression.Convert:
		if gtypes.IsTextOnly(e.Type()) {
			return 1
		}
	case *InLetters:
		return 1
	case gms.FunctionExpression:
		switch name := strings.ToLower(e.FunctionName()); {
		case name == "concat", name == "concat_ws":
			return len(e.Children())
		case ofOneText[name]:
			return 1
		}
	}
	return 0
}

// Type implements gms.Expression.
func (t *chosenText) Type() gms.Type { return t.typ }

// String implements gms.Expression.
func (t *chosenText) String() string { return t.Child.String() }

// CollationCoercibility implements gms.CollationCoercible: that of what is no text.
func (*chosenText) CollationCoercibility(*gms.Context) (gms.CollationID, byte) {
	return gms.Collation_Default, 5
}

// WithChildren implements gms.Expression.
func (t *chosenText) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) != 1 {
		return nil, gms.ErrInvalidChildrenNumber.New(t, len(children), 1)
	}
	return &chosenText{expression.UnaryExpression{Child: children[0]}, t.typ}, nil
}

// Eval implements gms.Expression.
func (t *chosenText) Eval(ctx *gms.Context, row gms.Row) (any, error) {
	v, err := t.Child.Eval(ctx, row)
	if err != nil || v == nil {
		return nil, err
	}
	value, from, err := convert.Down(ctx, v, gtypes.InternalDecimalType)
	if err != nil {
		return nil, err
	}
	return string(types.Text(value, from)), nil
}
