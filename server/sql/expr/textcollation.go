package expr

import (
	"cmp"
	"slices"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// ofTheirTexts are functions whose text has the collation of the texts they are given.
// Their type in the library has another one.
var ofTheirTexts = map[string]bool{
	"left": true, CastLetters: true, "right": true, "lpad": true, "rpad": true, "insert": true, "repeat": true, "concat": true, "concat_ws": true,
	"trim": true, "ltrim": true, "rtrim": true, "quote": true, "elt": true, "greatest": true, "least": true, "group_concat": true, "make_set": true,
	"export_set": true,
}

// CollationWithin is the collation of the columns that a function makes its text of; ok
// is false where none or several sets tell it: several of one set are its order by codes.
func CollationWithin(e gms.Expression) (c types.Collation, ok bool) {
	switch e := e.(type) {
	case *expression.GetField:
		t, known := convert.FromType(e.Type())
		return t.Collation, known && (t.IsNamed() || t.IsText() && !t.IsSpecial())
	case *Transcoding:
		return e.collation, e.collation != types.CollationBinary
	case *expression.Literal:
		return introduced(e)
	case *expression.UserVar:
		t, known := convert.FromType(e.Type())
		return t.Collation, known && t.Recoded()
	case *expression.Convert:
		if t, of := e.Child.(*Transcoding); of && IsText(e) {
			return t.collation, t.collation != types.CollationBinary
		}
		return 0, false
	default:
		name := callName(e)
		if name == "char" {
			t, known := convert.FromType(e.Type())
			return t.Collation, known && t.IsText()
		}
		if !ofTheirTexts[name] {
			return 0, false
		}
	}
	for _, arg := range e.Children() {
		_, literal := arg.(*expression.Literal)
		other, is := CollationWithin(arg)
		switch {
		case literal && ok: // which gives way
		case !is && IsText(arg) && !literal:
			return 0, false
		case is && ok && other != c && other.Charset() == c.Charset():
			c = c.Bin()
		case is && ok && other != c:
			return 0, false
		case is:
			c, ok = other, true
		}
	}
	return c, ok
}

// introduced is the collation of a literal that says which character set its text is of, if
// that is not one that literals have anyway.
func introduced(e *expression.Literal) (c types.Collation, ok bool) {
	t, known := convert.FromType(e.Type())
	return t.Collation, known && t.IsText() && t.Collation.Charset().Recodes()
}

// TextType is the type of an expression that becomes a column: of a text, with the
// collation that the expression has.
func TextType(e gms.Expression) gms.Type {
	if _, column := e.(*expression.GetField); column {
		return e.Type()
	}
	t, is := e.Type().(gtypes.StringType)
	if !is || !gtypes.IsTextOnly(t) {
		return e.Type()
	}
	c, ok := madeCollation(e)
	if !ok && t.Collation() == gms.Collation_Default {
		c, ok = types.CollationGeneralCI, true
	}
	if ok && gms.CollationID(c) != t.Collation() {
		if out, err := t.WithNewCollation(gms.CollationID(c)); err == nil {
			return out
		}
	}
	return t
}

// madeCollation is the collation of a text that may be made of others; ok is false where it is
// made of constants. The library has functions' texts in one that it never tells.
func madeCollation(e gms.Expression) (c types.Collation, ok bool) {
	t, known := convert.FromType(e.Type())
	switch e.(type) {
	case *expression.Literal:
		return 0, false
	case *expression.GetField, *expression.CollatedExpression:
		return t.Collation, known && t.IsText()
	}
	if c, ok := CollationWithin(e); ok || !known || !t.IsText() || t.Collation != types.Collation(gms.Collation_Default) {
		return cmp.Or(c, t.Collation), ok || known && t.IsText()
	}
	var columns []gms.Expression
	collated := false
	gms.Inspect(e, func(e gms.Expression) bool {
		_, is := e.(*expression.CollatedExpression)
		collated = collated || is
		if _, column := e.(*expression.GetField); column {
			columns = append(columns, e)
		}
		return true
	})
	if collated {
		return t.Collation, true
	}
	c = CollationAmong(columns, 0)
	return c, c != 0
}

// CommonCollation is the collation in which two texts are compared; ok is false
// for what are not texts, and for bytes.
func CommonCollation(ctx *gms.Context, l, r gms.Expression) (types.Collation, bool) {
	return CollationOfAll(ctx, []gms.Expression{l, r})
}

// CollationOfAll is the collation that the strongest of several texts asks for.
func CollationOfAll(ctx *gms.Context, list []gms.Expression) (types.Collation, bool) {
	var id gms.CollationID
	var level byte
	for i, e := range list {
		if !IsText(e) {
			return 0, false
		}
		next, nextLevel := Coercibility(ctx, e)
		if i == 0 {
			id, level = next, nextLevel
			continue
		}
		id, level = gms.ResolveCoercibility(id, level, next, nextLevel)
	}
	c := types.Collation(id)
	return c, c.Known() && c != types.CollationBinary
}

// Coercibility is a text's collation, and how strong it is: where a function makes it of a column
// that of the column. The library takes the digits of a number's column for bytes.
func Coercibility(ctx *gms.Context, e gms.Expression) (gms.CollationID, byte) {
	if _, column := e.(*expression.GetField); column {
		return gms.GetCoercibility(ctx, e)
	}
	if c, ok := CollationWithin(e); ok {
		if ofLiterals(e) {
			return gms.CollationID(c), literalLevel
		}
		return gms.CollationID(c), columnLevel
	}
	id, level := gms.GetCoercibility(ctx, e)
	if id == gms.Collation_binary && IsText(e) && ofTheirTexts[callName(e)] && !slices.ContainsFunc(e.Children(), IsBytes) {
		return ctx.GetCollation(), literalLevel
	}
	return id, level
}

// ofLiterals reports whether all texts of an expression are literals.
func ofLiterals(e gms.Expression) bool {
	if _, literal := e.(*expression.Literal); literal {
		return true
	}
	args := e.Children()
	return ofTheirTexts[callName(e)] && !slices.ContainsFunc(args, func(e gms.Expression) bool { return IsText(e) && !ofLiterals(e) })
}

// How strong collations of columns are, and those of literals (MySQL manual, Collation
// Coercibility in Expressions).
const (
	columnLevel  = 2
	literalLevel = 4
)

// callName is the name of a function; "" of others.
func callName(e gms.Expression) string {
	switch e := e.(type) {
	case *Function:
		return e.Name
	case gms.FunctionExpression:
		return e.FunctionName()
	}
	return ""
}

// IsText reports whether an expression is a text, and no bytes.
func IsText(e gms.Expression) bool {
	t, ok := convert.FromType(e.Type())
	return ok && t.IsText()
}

// CollationOf is the collation of a text that goes to a client as it is. What is made of
// numbers and names has the connection's.
func CollationOf(ctx *gms.Context, e gms.Expression) types.Collation {
	if t, known := convert.FromType(e.Type()); known && t.Recoded() {
		return t.Collation // a column's, through whatever query
	}
	return collationOf(ctx, e)
}

// collationOf is the collation that an expression's values have, whatever they are: that of
// bytes where they are no texts.
func collationOf(ctx *gms.Context, e gms.Expression) types.Collation {
	t, known := convert.FromType(e.Type())
	switch {
	case known && t.IsNamed():
		return t.Collation
	case !known || !t.IsText():
		return types.CollationBinary
	}
	if c, ok := CollationWithin(e); ok {
		return c
	}
	if c, _ := gms.GetCoercibility(ctx, e); c != gms.Collation_Unspecified && c != gms.Collation_binary && types.Collation(c).Known() {
		return types.Collation(c)
	}
	return types.Collation(ctx.GetCollation())
}
