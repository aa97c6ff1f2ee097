package sql

import (
	"bytes"
	"slices"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/sql/spell"
	"github.com/xadb/xadb/server/sql/walk"
	"github.com/xadb/xadb/server/types"
)

// Texts are UTF-8 here whatever their character set is. Where they meet bytes, they are
// the bytes that they have in their set; only a text whose claim is stronger than that of
// constant bytes makes a text of these (MySQL manual, Collation Coercibility in Expressions).

// textsAndBytes has what meets in an operation agree.
func (c *call) textsAndBytes(ctx *gms.Context, node gms.Node) (gms.Node, error) {
	return walk.Exprs(node, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		children := e.Children()
		switch e := e.(type) {
		case *expression.Literal:
			if quoted := expr.Quoted(e); quoted != nil && c.stmt.Kind == writeKind { // elsewhere it may name a column
				return quoted, transform.NewTree, nil
			}
			return e, transform.SameTree, nil
		case *expression.Convert:
			return castText(ctx, e)
		case *expr.Conversion:
			return conversionOf(ctx, e, e.Child)
		case *plan.InSubquery:
			return textInQuery(ctx, e)
		}
		places := meeting(e)
		if in, is := e.(*expression.InTuple); is {
			list, _ := in.Right().(expression.Tuple)
			if children = append([]gms.Expression{in.Left()}, list...); len(list) == 0 {
				return e, transform.SameTree, nil
			}
			places = span(0, len(children))
		}
		m := mixtureOf(ctx, children, places)
		if !m.bytes || !m.text {
			return e, transform.SameTree, nil
		}
		if name := operationOf(e); strings.HasPrefix(name, "regexp_") {
			return nil, transform.SameTree, mysqlerr.New(mysqlerr.CharsetsTogether, collationName(ctx, children[0]), collationName(ctx, children[1]), name)
		}
		children, err := m.agreeing(ctx, children, places)
		if err != nil || children == nil {
			return e, transform.SameTree, err
		}
		if _, is := e.(*expression.InTuple); is {
			return expression.NewInTuple(children[0], expression.NewTuple(children[1:]...)), transform.NewTree, nil
		}
		out, err := expr.Made(e, children)
		return out, transform.NewTree, err
	})
}

// castText is a CAST of bytes to text, which are of the connection's character set, or of
// text to bytes.
func castText(ctx *gms.Context, e *expression.Convert) (gms.Expression, transform.TreeIdentity, error) {
	c := types.Collation(ctx.GetCollation())
	child := e.Child
	if f, is := child.(*expr.Function); is && f.Name == spell.CastOperand {
		child = f.Args[0]
	}
	_, named := child.(*expression.ConvertUsing) // whose set is said
	if _, isBytes := bytesClaim(ctx, child); isBytes && !named && expr.IsText(e) && c.Charset().Recodes() {
		out, err := e.WithChildren(expr.Transcode(child, c.Charset(), c))
		return out, transform.NewTree, err
	}
	return conversionOf(ctx, e, child)
}

// conversionOf is a conversion to bytes of a text's ones.
func conversionOf(ctx *gms.Context, e, child gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
	if !expr.IsPlainBytes(e) {
		return e, transform.SameTree, nil
	}
	text := encoded(ctx, child, child)
	if text == nil {
		return e, transform.SameTree, nil
	}
	out, err := e.WithChildren(text)
	return out, transform.NewTree, err
}

// textInQuery is IN of a subquery where one side is bytes and the other one text.
func textInQuery(ctx *gms.Context, e *plan.InSubquery) (gms.Expression, transform.TreeIdentity, error) {
	query, is := e.Right().(*plan.Subquery)
	if !is || gtypes.NumColumns(e.Left().Type()) != 1 || gtypes.NumColumns(query.Type()) != 1 {
		return e, transform.SameTree, nil
	}
	found := &foundRow{}
	sides := []gms.Expression{e.Left(), pick{query.Type(), found, 0}}
	m := mixtureOf(ctx, sides, span(0, 2))
	switch {
	case m.bytes && !m.text && ctx.GetCollation() == gms.Collation_binary: // literals, which the library takes for others than columns
	case !m.bytes || !m.text:
		return e, transform.SameTree, nil
	default:
		agreed, err := m.agreeing(ctx, sides, span(0, 2))
		if err != nil || agreed == nil { // an error: they are no text, and equal to none
			return e, transform.SameTree, nil
		}
		sides = agreed
	}
	return &quantified{expression.NewEquals(sides[0], sides[1]), query, found, anyRow}, transform.NewTree, nil
}

// A mixture is what meets in an operation.
type mixture struct {
	text, bytes bool
	claim       types.Claim     // the strongest of the texts
	bytesClaim  types.Claim     // the strongest of the bytes
	collation   types.Collation // of the strongest text
}

// mixtureOf is what meets at some places of a list. Of texts nothing is asked where there are
// no bytes, as in most operations.
func mixtureOf(ctx *gms.Context, list []gms.Expression, places []int) mixture {
	m := mixture{claim: types.Numeric, bytesClaim: types.Numeric}
	var texts []gms.Expression
	for _, at := range places {
		e := list[at]
		if e == nil {
			continue
		}
		if claim, is := bytesClaim(ctx, e); is {
			m.bytes, m.bytesClaim = true, min(m.bytesClaim, claim)
		} else if expr.IsText(e) || isNamed(e) {
			m.text, texts = true, append(texts, e)
		}
	}
	if !m.bytes {
		return m
	}
	for _, e := range texts {
		id, level := expr.Coercibility(ctx, e)
		if c := types.Collation(id); c.Known() && types.Claim(level) < m.claim {
			m.claim, m.collation = types.Claim(level), c
		}
	}
	return m
}

// bytesClaim is how strongly an expression asks for bytes; is: it does.
func bytesClaim(ctx *gms.Context, e gms.Expression) (claim types.Claim, is bool) {
	if expr.IsPlainBytes(e) {
		if _, literal := e.(*expression.Literal); literal {
			return types.Coercible, true
		}
		return types.Implicit, true
	}
	if _, comparison := e.(expression.Comparer); comparison || !expr.IsText(e) {
		return 0, false
	}
	m := mixtureOf(ctx, e.Children(), meeting(e)) // whose type may say text still
	return m.bytesClaim, m.bytes && !m.makesText()
}

func (m mixture) makesText() bool {
	return m.text && m.claim < m.bytesClaim && m.bytesClaim == types.Coercible
}

// agreeing is a list in which those at some places are what they all are; nil if they are that.
func (m mixture) agreeing(ctx *gms.Context, list []gms.Expression, places []int) (out []gms.Expression, err error) {
	for _, at := range places {
		e, err := m.agreed(ctx, list[at])
		if err != nil {
			return nil, err
		}
		if e == nil {
			continue
		}
		if out == nil {
			out = slices.Clone(list)
		}
		out[at] = e
	}
	return out, nil
}

// agreed is one of them as what they all are, nil if it is that.
func (m mixture) agreed(ctx *gms.Context, e gms.Expression) (gms.Expression, error) {
	if e == nil {
		return nil, nil
	}
	_, isBytes := bytesClaim(ctx, e)
	switch {
	case m.makesText() && isBytes:
		return textLiteral(e, m.collation)
	case !m.makesText() && !isBytes:
		return encoded(ctx, e, e), nil
	}
	return nil, nil
}

// textLiteral is constant bytes as a text; nil where they are one as they are.
func textLiteral(e gms.Expression, c types.Collation) (gms.Expression, error) {
	literal, is := e.(*expression.Literal)
	if !is {
		return nil, nil
	}
	b, is := literalBytes(literal)
	if !is {
		return nil, nil
	}
	ascii := types.CharsetASCII.Holds(b)
	if _, hex := literal.Value().([]byte); hex && ascii && c.Charset().BytesMin() == 1 {
		return nil, nil
	}
	text, bad := c.Charset().Text(b)
	if bad != nil || !bytes.Equal(c.Charset().Encode(text), b) {
		if ascii { // letters, such as the space that TRIM takes without a word
			return expression.NewLiteral(string(b), gtypes.CreateLongText(gms.CollationID(c))), nil
		}
		return nil, mysqlerr.New(mysqlerr.NoConversion, types.Printed(b), types.CharsetBinary, c.Charset())
	}
	return expression.NewLiteral(string(text), gtypes.CreateLongText(gms.CollationID(c))), nil
}

// literalBytes are the bytes of a literal: X'41', or one in quotes.
func literalBytes(literal *expression.Literal) (b []byte, is bool) {
	switch v := literal.Value().(type) {
	case []byte:
		return v, true
	case string:
		return []byte(v), true
	}
	return nil, false
}

// encoded is a text as the bytes of its character set, which is that of what it is made of;
// nil where these are the ones that it has.
func encoded(ctx *gms.Context, e, of gms.Expression) gms.Expression {
	if !expr.IsText(of) {
		return nil
	}
	id, _ := expr.Coercibility(ctx, of)
	set := types.Collation(id)
	if query, is := of.(*plan.Subquery); is {
		t, _ := convert.FromType(query.Type())
		set = t.Collation
	}
	if !set.Known() || !set.Charset().Recodes() {
		return nil
	}
	if literal, is := e.(*expression.Literal); is {
		if text, is := literal.Value().(string); is {
			return expression.NewLiteral(set.Charset().Encode([]byte(text)), gtypes.LongBlob)
		}
	}
	return expr.InCodes(e, set.Charset())
}

// byPlace are functions of which some operands have to agree, and their places; of those
// without any all have, from the first one on.
var byPlace = map[string][]int{
	"insert": {0, 3}, "lpad": {0, 2}, "rpad": {0, 2}, "substring_index": {0, 1}, "locate": {0, 1}, "instr": {0, 1},
	"regexp_like": {0, 1}, "regexp_instr": {0, 1}, "regexp_substr": {0, 1}, "regexp_replace": {0, 1}, "find_in_set": {0, 1}, "strcmp": {0, 1}, "nullif": {0, 1},
}

// meeting are the places of an operation's operands that have to agree.
func meeting(e gms.Expression) []int {
	switch e := e.(type) {
	case *expression.Equals, *expression.NullSafeEquals, *expression.GreaterThan, *expression.GreaterThanOrEqual,
		*expression.LessThan, *expression.LessThanOrEqual, *expression.Like:
		return span(0, 2)
	case *expression.Between:
		return span(0, 3)
	case *expression.Case:
		return caseValues(e)
	case gms.FunctionExpression:
		name, count := operationOf(e), len(e.Children())
		if places := byPlace[name]; places != nil && places[len(places)-1] < count {
			return places
		}
		switch first, is := mixing[name]; {
		case is:
			return span(first, count)
		case name == "make_set" || name == "export_set":
			return span(1, min(count, 4))
		case converting[name]:
			return span(0, count)
		}
	}
	return nil
}

// operationOf is the name of a function; "" of others.
func operationOf(e gms.Expression) string {
	f, is := e.(gms.FunctionExpression)
	if !is {
		return ""
	}
	return strings.ToLower(f.FunctionName())
}

// collationName is the collation of a text or of bytes.
func collationName(ctx *gms.Context, e gms.Expression) string {
	if _, isBytes := bytesClaim(ctx, e); isBytes {
		return types.CollationBinary.Name()
	}
	id, _ := expr.Coercibility(ctx, e)
	return types.Collation(id).Name()
}

// caseValues are the places of the values among what a CASE is made of.
func caseValues(e *expression.Case) (places []int) {
	at := 0
	if e.Expr != nil {
		at++
	}
	for range e.Branches {
		places = append(places, at+1)
		at += 2
	}
	if e.Else != nil {
		places = append(places, at)
	}
	return places
}

func span(from, to int) (places []int) {
	for at := from; at < to; at++ {
		places = append(places, at)
	}
	return places
}
