package sql

import (
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/expression/function/aggregation"
	"github.com/dolthub/go-mysql-server/sql/transform"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/types"
)

// A chooser finds the columns that expressions become in a table.
type chooser struct {
	shaper
	ctx             *gms.Context
	outer           map[string]bool // see nullSides
	below           map[gms.ColumnId]gms.Expression
	derived         map[string][]chosenColumn
	grouped, rolled bool
}

func (x *chooser) column(e gms.Expression) catalog.Column {
	if a, is := e.(*expression.Alias); is {
		return x.column(a.Child)
	}
	if f, is := e.(*expression.GetField); is {
		if _, col := x.field(f); col != nil {
			return x.unchanged(f, *col)
		}
		if below := x.below[f.Id()]; below != nil {
			out := x.column(below)
			if _, own := x.ofGroup(below); own {
				return out
			}
			if t, ok := convert.FromType(f.Type()); ok && t.Kind == types.Decimal { // see exactSums
				out.Type = t
			}
			return out
		}
	}
	if any, is := e.(*aggregation.AnyValue); is {
		col := x.column(any.Child)
		col.Default, col.OnUpdateNow = ofType(), false
		return col
	}
	whole := x.expanded(e)
	nullable := x.rolled && !counts(e) || !x.notNull(whole) || x.mayBreak(whole)
	return catalog.Column{Type: x.typeOf(e), Nullable: nullable, Default: ofType()}
}

// expanded is an expression with the aggregates that it reads.
func (x *chooser) expanded(e gms.Expression) gms.Expression {
	if len(x.below) == 0 {
		return e
	}
	out, _, err := transform.Expr(e, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		if f, is := e.(*expression.GetField); is && x.below[f.Id()] != nil {
			return x.below[f.Id()], transform.NewTree, nil
		}
		return e, transform.SameTree, nil
	})
	if err != nil {
		return e
	}
	return out
}

func counts(e gms.Expression) bool {
	switch e.(type) {
	case *aggregation.Count, *aggregation.CountDistinct:
		return true
	}
	return false
}

// field is the column of a table, or of a derived one, that a field is; nil if it is none.
func (x *chooser) field(f *expression.GetField) (*catalog.Table, *catalog.Column) {
	table := strings.ToLower(f.Table())
	for i, col := range x.derived[table] {
		if strings.EqualFold(col.Name, f.Name()) {
			return nil, &x.derived[table][i].Column
		}
	}
	def := x.shaper[table]
	if def == nil {
		return nil, nil
	}
	at, ok := def.Column(f.Name())
	if !ok {
		return nil, nil
	}
	return def, &def.Columns[at]
}

// unchanged is a table's column: neither generated nor numbered any more.
func (x *chooser) unchanged(f *expression.GetField, col catalog.Column) catalog.Column {
	out := catalog.Column{Type: col.Type, Nullable: col.Nullable, Default: col.Default, OnUpdateNow: col.OnUpdateNow, Comment: col.Comment}
	if x.grouped || col.AutoIncrement {
		out.Default, out.OnUpdateNow = ofType(), false
	}
	out.Nullable = out.Nullable || x.rolled || x.outer[strings.ToLower(f.Table())]
	return out
}

// mayBreak reports whether an expression may be NULL though its operands are not.
func (x *chooser) mayBreak(e gms.Expression) bool {
	found := false
	gms.Inspect(e, func(e gms.Expression) bool {
		switch e := e.(type) {
		case *expression.GetField:
			found = found || x.outer[strings.ToLower(e.Table())]
		case *expression.Div, *expr.Division, *expr.Quotient, *expression.Mod:
			found = true
		case *timeText:
			found = true
		case gms.FunctionExpression: // which may be too long
			name := strings.ToLower(e.FunctionName())
			t, ok := convert.FromType(e.Type())
			found = found || ok && (t.Kind == types.JSON || t.IsString() && !short[name] && (!never[name] || name == "quote"))
		case *expr.Conversion:
			found = found || e.To.Own.IsTemporal()
		}
		return !found
	})
	return found
}

// short are functions whose texts are never too long.
var short = map[string]bool{"make_set": true, "greatest": true, "least": true}

// typeOf is an expression's type as a column has it.
func (x *chooser) typeOf(e gms.Expression) types.Type {
	if exact, ok := x.exact(e); ok {
		return exact
	}
	if own, ok := x.ofGroup(e); ok {
		return own
	}
	t, ok := convert.FromType(e.Type())
	switch e := e.(type) {
	case *expr.Choice:
		if t, ok := x.among(e.Values); ok {
			if t.IsInteger() && t.Kind != types.Year {
				t.Kind = x.choiceKind(e)
			}
			return t
		}
	case *assignment:
		return x.column(e.Child).Type
	case *aggregation.AnyValue:
		return x.column(e.Child).Type
	case *expression.UserVar:
		return userVarType(t)
	case *expression.SystemVar:
		return systemVarType(t)
	case *expr.Cast:
		if e.To.IsString() && e.To.Length > 0 || e.To.Kind == types.Decimal {
			return e.To
		}
	case gms.FunctionExpression:
		if ok && isWindowed(e) && t.IsInteger() && t.Kind != types.Year {
			return types.Type{Kind: types.BigInt, Unsigned: x.unsigned(e)}
		}
		switch strings.ToLower(e.FunctionName()) {
		case "greatest", "least":
			if t, ok := x.extremeOf(e.Children()); ok {
				return t
			}
		}
	}
	if t.Kind == types.Null && ok {
		return storable(t, ok)
	}
	if t.IsNamed() {
		t = expr.AsText(t)
	}
	if t = storable(t, ok); t.IsString() {
		return x.textColumn(e, t)
	}
	if t.IsFloat() && !keepsFloat(e) {
		t.Kind = types.Double
	}
	if f, is := e.(*expr.Function); t.Kind == types.Time || is && t.Kind == types.DateTime && sumsOfTimes[f.Name] {
		t.FSP = digits(x.shaper, e)
	}
	if t.IsInteger() && t.Kind != types.Year {
		return x.wholeColumn(e, t)
	}
	return t
}

// sumsOfTimes are functions whose dates have the digits of the dates and times that they add.
var sumsOfTimes = map[string]bool{"timestamp": true, "addtime": true, "subtime": true, "date_add": true, "date_sub": true}

// among is the type that has the values of all; ok is false if only the library knows.
func (x *chooser) among(list []gms.Expression) (t types.Type, ok bool) {
	null := storable(types.Type{Kind: types.Null}, true)
	t = null
	var all []types.Type
	for _, e := range list {
		all = append(all, x.column(e).Type)
		t = widerChosen(t, all[len(all)-1])
	}
	if !t.IsText() && t.Kind != types.Decimal {
		return t, t.Kind != types.Blob
	}
	text := t.IsText()
	t = null
	for i, e := range list { // literals have the digits that they have
		if _, literal := e.(*expression.Literal); literal && all[i].IsInteger() {
			if all[i] = x.digitsIn(e, all[i]); text {
				all[i] = types.Type{Kind: types.VarChar, Length: int(all[i].Precision) + 1, Collation: types.CollationGeneralCI}
			}
		}
		t = widerChosen(t, all[i])
	}
	return t, t.Kind != types.Blob
}

// extremeOf is the type of GREATEST and LEAST of numbers, or of texts.
func (x *chooser) extremeOf(list []gms.Expression) (t types.Type, ok bool) {
	texts, exact := 0, 0
	for _, e := range list {
		switch t, ok := convert.FromType(e.Type()); {
		case ok && t.IsText():
			texts++
		case ok && (t.Kind == types.Decimal || t.IsInteger()):
			exact++
		}
	}
	if texts < len(list) && exact < len(list) {
		return t, false
	}
	t, ok = x.among(list)
	return t, ok && !t.IsInteger()
}

// collation is a text's: that of the texts it is made of. The library has one of its
// own for functions.
func (x *chooser) collation(e gms.Expression, of types.Collation) types.Collation {
	switch e := e.(type) {
	case *expression.CollatedExpression, *expr.Transcoding:
		return of
	case *expression.Convert, *expr.Cast:
		if c, ok := expr.CollationWithin(e); ok {
			return c
		}
		return types.CollationGeneralCI
	case gms.FunctionExpression:
		name := strings.ToLower(e.FunctionName())
		if c, ok := callCollations[name]; ok {
			return c
		}
		if ofBytes[name] && x.readsBytes(e.Children()) {
			return types.CollationBinary
		}
	}
	var texts []gms.Expression
	gms.Inspect(e, func(e gms.Expression) bool {
		if f, is := e.(*expression.GetField); is && x.below[f.Id()] == nil {
			texts = append(texts, e)
		}
		return true
	})
	if own := expr.CollationAmong(texts, 0); own != 0 && own != types.CollationBinary {
		return own
	}
	if of != types.Collation(gms.Collation_Default) && of.Name() != "" {
		return of
	}
	id, _ := gms.GetCoercibility(x.ctx, e)
	if c := types.Collation(id); c.Name() != "" && c != types.CollationBinary && id != gms.Collation_Default {
		return c
	}
	return types.CollationGeneralCI
}

// choiceKind is the type of a choice of whole numbers: that of all of them, or of how many
// characters they have.
func (x *chooser) choiceKind(e *expr.Choice) types.Kind {
	switch {
	case e.Name == "ifnull":
		return x.wholeKind(e)
	case x.width(e) <= intWidth:
		return types.Int
	}
	return types.BigInt
}

// storable is a type that columns can have.
func storable(t types.Type, ok bool) types.Type {
	switch {
	case !ok:
		return types.Type{Kind: types.Blob, Length: 4, Collation: types.CollationGeneralCI}
	case t.Kind == types.Null:
		return types.Type{Kind: types.VarChar, Collation: types.CollationBinary}
	}
	return t
}

// exact is the type of arithmetic on exact numbers one of which is a DECIMAL, or a
// quotient; the library's has another number of digits.
func (x *chooser) exact(e gms.Expression) (types.Type, bool) {
	e = x.expanded(e)
	if g, is := e.(*expr.Guard); is {
		e = g.Arithmetic
	}
	if l, is := e.(*expression.Literal); is && l.Type() == gtypes.InternalDecimalType {
		whole, fraction, _ := strings.Cut(strings.TrimPrefix(l.String(), "-"), ".")
		n := len(whole) + len(fraction)
		return types.Type{Kind: types.Decimal, Precision: uint8(n), Scale: uint8(len(fraction))}, n <= types.DecimalPrecisionMax
	}
	var op string
	var args []gms.Expression
	more := uint8(averageDigits)
	switch a := e.(type) {
	case *expr.Division:
		op, args, more = "/", a.Args, a.More
	case *expression.Arithmetic:
		op, args = a.Operator(), a.Children()
	case *expression.Div:
		op, args = "/", a.Children()
	}
	if len(args) != 2 {
		return types.Type{}, false
	}
	l, lok := x.operand(args[0])
	r, rok := x.operand(args[1])
	if !lok || !rok || op != "/" && l.IsInteger() && r.IsInteger() {
		return types.Type{}, false
	}
	return expr.DigitsOf(op, x.digitsIn(args[0], l), x.digitsIn(args[1], r), more)
}

// operand is an exact number's type.
func (x *chooser) operand(e gms.Expression) (types.Type, bool) {
	if t, ok := x.exact(e); ok {
		return t, true
	}
	if f, is := e.(*expression.GetField); is {
		if _, col := x.field(f); col != nil {
			return col.Type, col.Type.IsInteger() || col.Type.Kind == types.Decimal
		}
	}
	if t, ok := x.ofGroup(e); ok {
		return t, t.Kind == types.Decimal
	}
	t, ok := convert.FromType(e.Type())
	if e.Type() == gtypes.InternalDecimalType {
		return t, false
	}
	return t, ok && (t.IsInteger() || t.Kind == types.Decimal)
}

// digitsIn is an exact number as a DECIMAL, a whole one with the digits that it may have.
func (x *chooser) digitsIn(e gms.Expression, t types.Type) types.Type {
	if !t.IsInteger() {
		return t
	}
	if l, is := e.(*expression.Literal); is {
		return types.Type{Kind: types.Decimal, Precision: uint8(min(len(strings.TrimPrefix(l.String(), "-")), types.DecimalPrecisionMax))}
	}
	n := x.width(e)
	if !x.unsignedOperand(e) {
		n--
	}
	return types.Type{Kind: types.Decimal, Precision: uint8(max(min(n, types.DecimalPrecisionMax), 1))}
}

// widerChosen is expr.WiderType of columns, NULLs among them.
func widerChosen(a, b types.Type) types.Type {
	null := func(t types.Type) bool {
		return t.Kind == types.VarChar && t.Length == 0 && t.Collation == types.CollationBinary
	}
	switch {
	case null(a):
		return b
	case null(b):
		return a
	case a.IsString() && b.IsString() && a.IsText() != b.IsText():
		return expr.WiderText(inBytes(a), inBytes(b))
	case a.IsText() && b.IsText():
		t := expr.WiderText(a, b)
		if c, ok := types.MergeCollations(a.Collation, b.Collation); ok {
			t.Collation = c
		}
		return t
	case a.Kind == b.Kind && a.IsNamed():
		return expr.WiderText(expr.AsText(a), expr.AsText(b))
	}
	return expr.WiderType(a, b)
}

// inBytes is a text's type with as many bytes as it may have for its length.
func inBytes(t types.Type) types.Type {
	if t.IsText() {
		t.Length *= t.Collation.BytesPerChar()
	}
	return t
}
