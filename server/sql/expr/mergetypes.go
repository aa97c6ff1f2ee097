package expr

import (
	"unicode/utf8"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// A merged is the type of what several expressions may give: the parts of a UNION, the
// branches of a CASE (MySQL manual, Flow Control Functions and UNION Clause).
type Merged struct {
	Own  types.Type
	Type gms.Type
	Same bool // all have it already
	// Union: of parts of a UNION, which have bits and years among texts as plain numbers.
	Union  bool
	Digits uint8 // of its TIMEs as texts
}

// VarCharMax is the most characters of a text that is announced as a VARCHAR.
const VarCharMax = 16383

// MergeTypes is nil if only the library knows what the expressions give.
func MergeTypes(list []gms.Expression) *Merged {
	var known []types.Type
	var first gms.Type
	same := true
	for _, e := range list {
		t, ok := convert.FromType(e.Type())
		if !ok || t.Kind == types.Geometry {
			return nil
		}
		if t.Kind == types.Null {
			continue
		}
		if t.IsString() {
			t = textOf(e, t)
		}
		if t.Kind == types.Time {
			t.FSP = knownDigits(e)
		}
		if first == nil {
			first = e.Type()
		} else if !first.Equals(e.Type()) || first.String() != e.Type().String() { // TINYINT(1) is no TINYINT in a UNION
			same = false
		}
		known = append(known, t)
	}
	if len(known) == 0 {
		return nil
	}
	own := widestType(known)
	if own.IsText() {
		own.Collation = CollationAmong(list, own.Collation)
	}
	if own.IsInteger() && own.Kind != types.Year {
		own = types.Type{Kind: types.BigInt, Unsigned: own.Unsigned}
	}
	if same && !own.IsString() && !own.IsNamed() {
		return &Merged{Own: own, Type: first, Same: true}
	}
	if own.IsNamed() {
		own = AsText(own)
	}
	typ, err := convert.ToType(own)
	if err != nil {
		return nil
	}
	return &Merged{Own: own, Type: typ}
}

// widestType is the type that has the values of all; of texts as many letters as the
// longest of them takes by itself.
func widestType(list []types.Type) types.Type {
	widest := func(list []types.Type) types.Type {
		own := list[0]
		for _, t := range list[1:] {
			own = WiderType(own, t)
		}
		return own
	}
	own := widest(list)
	if !own.IsString() {
		return own
	}
	texts := make([]types.Type, len(list))
	for i, t := range list {
		texts[i] = AsText(t)
	}
	return widest(texts)
}

// knownDigits are those of a TIME that a constant or CAST tells: the library knows none.
func knownDigits(e gms.Expression) uint8 {
	switch e := e.(type) {
	case *expression.Literal:
		return LiteralDigits(e.Value())
	case *Cast:
		return e.To.FSP
	}
	return 0
}

// CollationAmong is the collation of texts: constants follow the others.
func CollationAmong(list []gms.Expression, otherwise types.Collation) types.Collation {
	found := types.Collation(0)
	for _, e := range list {
		own, ok := madeCollation(e)
		t, _ := convert.FromType(e.Type())
		switch {
		case !ok || !t.IsText():
		case found == 0:
			found = own
		default:
			if c, ok := types.MergeCollations(found, own); ok {
				found = c
			}
		}
	}
	if found == 0 {
		return otherwise
	}
	return found
}

// textOf is a text's type, of a literal as long as it is.
func textOf(e gms.Expression, t types.Type) types.Type {
	if s, is := ConstantText(e); is && t.IsText() {
		t.Kind, t.Length = types.VarChar, utf8.RuneCountInString(s)
	}
	return t
}

// WiderType is the type that has the values of both.
func WiderType(a, b types.Type) types.Type {
	switch {
	case a.Kind == b.Kind && !a.IsString() && !a.IsNamed() && !a.IsInteger() && a.Kind != types.Decimal:
		a.FSP, a.Length = max(a.FSP, b.FSP), max(a.Length, b.Length) // of moments, of vectors
		return a
	case IsNumeric(a) && IsNumeric(b):
		return widerNumber(a, b)
	case a.IsTemporal() && b.IsTemporal():
		out := types.Type{Kind: types.DateTime}
		out.FSP = max(a.FSP, b.FSP)
		return out
	}
	return WiderText(AsText(a), AsText(b))
}

// IsNumeric reports whether a type mixes with numbers as one.
func IsNumeric(t types.Type) bool { return t.IsNumber() || t.Kind == types.Bit }

// widerNumber: whole numbers of both signs are DECIMALs where no BIGINT has them all.
func widerNumber(a, b types.Type) types.Type {
	if a.IsFloat() || b.IsFloat() {
		if a.Kind == types.Float && b.Kind == types.Float {
			return types.Type{Kind: types.Float}
		}
		return types.Type{Kind: types.Double}
	}
	a, b = wholeOrDecimal(a), wholeOrDecimal(b)
	if a.IsInteger() && b.IsInteger() {
		switch {
		case a.Unsigned == b.Unsigned:
			return types.Type{Kind: max(a.Kind, b.Kind), Unsigned: a.Unsigned}
		case a.Unsigned && a.Kind == types.BigInt, b.Unsigned && b.Kind == types.BigInt:
			return types.Type{Kind: types.Decimal, Precision: IntDigits[types.BigInt]}
		}
		return types.Type{Kind: types.BigInt}
	}
	x, y := decimalOf(a), decimalOf(b)
	scale := max(x.Scale, y.Scale)
	whole := max(x.Precision-x.Scale, y.Precision-y.Scale)
	return types.Type{Kind: types.Decimal, Precision: min(whole+scale, types.DecimalPrecisionMax), Scale: scale}
}

func wholeOrDecimal(t types.Type) types.Type {
	switch t.Kind {
	case types.Year:
		return types.Type{Kind: types.SmallInt}
	case types.Bit:
		return types.Type{Kind: types.BigInt, Unsigned: true}
	}
	return t
}

func decimalOf(t types.Type) types.Type {
	if t.IsInteger() {
		return types.Type{Kind: types.Decimal, Precision: IntDigits[t.Kind]}
	}
	return t
}

// Characters that values of other types take as text.
const (
	DoubleLetters = 23
	DateLetters   = 10
	MomentLetters = 19
	bitLetters    = 20
)

// AsText is a type as text that has its values.
func AsText(t types.Type) types.Type {
	out := types.Type{Kind: types.VarChar, Collation: types.CollationGeneralCI}
	fraction := 0
	if t.FSP > 0 {
		fraction = int(t.FSP) + 1
	}
	switch {
	case t.IsString():
		return t
	case t.IsNamed():
		out.Collation = t.Collation
		for _, name := range t.Members {
			if n := utf8.RuneCountInString(name); t.Kind == types.Set {
				out.Length += n + 1
			} else {
				out.Length = max(out.Length, n)
			}
		}
		if t.Kind == types.Set && out.Length > 0 {
			out.Length-- // no comma behind the last
		}
	case t.IsInteger():
		out.Length = int(IntDigits[t.Kind]) + 1
	case t.Kind == types.Decimal:
		out.Length = int(t.Precision) + 2
	case t.IsFloat():
		out.Length = DoubleLetters
	case t.Kind == types.Date:
		out.Length = DateLetters
	case t.Kind == types.Time:
		out.Length = DateLetters + fraction
	case t.HasDate():
		out.Length = MomentLetters + fraction
	case t.Kind == types.Bit:
		out.Length, out.Collation = bitLetters, types.CollationBinary
	default:
		out.Kind, out.Length = types.Blob, 4
	}
	return out
}

// WiderText has the collation of the one that is bytes, or else of the first.
func WiderText(a, b types.Type) types.Type {
	out := types.Type{Kind: types.VarChar, Collation: a.Collation}
	if b.Collation == types.CollationBinary {
		out.Collation = b.Collation
	}
	if a.Kind != types.Blob && b.Kind != types.Blob {
		if out.Length = max(a.Length, b.Length); out.Length <= VarCharMax {
			return out
		}
	}
	out.Kind, out.Length = types.Blob, 4
	return out
}

// convert is a value of an expression as the merged type has it.
func (m *Merged) convert(ctx *gms.Context, v any, e gms.Expression) (any, error) {
	if v == nil || m.Same {
		return v, nil
	}
	from := e.Type()
	if m.Own.Kind == types.Vector { // as all others are
		return v, nil
	}
	if span, is := v.(gtypes.Timespan); is && m.Own.HasDate() {
		f := Function{Args: []gms.Expression{e}}
		at, _, err := f.moment(ctx, 0, span)
		return at, err
	}
	if m.Own.IsString() {
		value, t, err := convert.Down(ctx, v, from)
		if err != nil {
			return nil, err
		}
		if n, is := value.(uint64); is && t.Kind == types.Bit && m.Union { // a number among texts
			value, t = n, types.Type{Kind: types.BigInt, Unsigned: true}
		}
		if announced, _ := convert.FromType(from); m.Union && announced.Kind == types.Year {
			t = types.Type{Kind: types.Int}
		}
		if t.Kind == types.Time && m.Union {
			t.FSP = m.Digits
		}
		if text := types.Text(value, t); m.Own.IsText() {
			return string(text), nil
		} else {
			return text, nil
		}
	}
	value, err := convertTo(ctx, v, e, m.Own)
	if err != nil {
		return nil, err
	}
	return convert.Up(value, m.Own, sessionOf(ctx).Location())
}

// A conversion is an expression as a type that has its values.
type Conversion struct {
	expression.UnaryExpression
	To *Merged
}

var _ gms.CollationCoercible = (*Conversion)(nil)

// Type implements gms.Expression.
func (c *Conversion) Type() gms.Type { return c.To.Type }

// String implements gms.Expression.
func (c *Conversion) String() string { return c.Child.String() }

// CollationCoercibility implements gms.CollationCoercible.
func (c *Conversion) CollationCoercibility(ctx *gms.Context) (gms.CollationID, byte) {
	if !c.To.Own.IsString() {
		return gms.Collation_binary, 5
	}
	return gms.CollationID(c.To.Own.Collation), 2
}

// WithChildren implements gms.Expression.
func (c *Conversion) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) != 1 {
		return nil, gms.ErrInvalidChildrenNumber.New(c, len(children), 1)
	}
	return &Conversion{expression.UnaryExpression{Child: children[0]}, c.To}, nil
}

// Eval implements gms.Expression.
func (c *Conversion) Eval(ctx *gms.Context, row gms.Row) (any, error) {
	v, err := c.Child.Eval(ctx, row)
	if err != nil {
		return nil, err
	}
	return c.To.convert(ctx, v, c.Child)
}
