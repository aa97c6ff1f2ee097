package sql

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/expression/function"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/sql/walk"
	"github.com/xadb/xadb/server/types"
)

// textTimes makes texts of dates and times where they stand among texts: the library
// can make none of TIMEs, and makes moments of DATEs.
func (c *call) textTimes(node gms.Node) (gms.Node, error) {
	tables := c.origins(node)
	return walk.Exprs(node, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		if cmp, ok := e.(expression.Comparer); ok {
			return timesCompared(cmp)
		}
		var children []gms.Expression
		for i, child := range e.Children() {
			if child == nil {
				continue
			}
			t, ok := convert.FromType(child.Type())
			if ok && !t.IsTemporal() && needsText(e, i, t) {
				if children == nil {
					children = append(children, e.Children()...)
				}
				children[i] = &expr.InLetters{UnaryExpression: expression.UnaryExpression{Child: child}}
				continue
			}
			if !ok || !t.IsTemporal() || !takesText(e, i) || t.Kind != types.Time && ofMoments(e) || takesMoment(e) {
				continue
			}
			if conv, is := e.(*expr.Conversion); is && conv.To.Union && t.Kind == types.Time {
				t.FSP = conv.To.Digits
			} else if t.Kind == types.Time {
				t.FSP = digits(tables, child)
			}
			if children == nil {
				children = append(children, e.Children()...)
			}
			children[i] = newTimeText(child, t)
		}
		if children == nil {
			return e, transform.SameTree, nil
		}
		e, err := e.WithChildren(children...)
		return e, transform.NewTree, err
	})
}

// textOfConstants does so with constant TIMEs: the analysis computes what has no columns.
func textOfConstants(node gms.Node) (gms.Node, error) {
	return walk.Exprs(node, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		children, same := slices.Clone(e.Children()), transform.SameTree
		for i, child := range children {
			if child == nil || !child.Resolved() || !gtypes.IsTimespan(child.Type()) || !takesText(e, i) || takesMoment(e) || !walk.Outer(child).Empty() || walk.HasSubquery(child) {
				continue
			}
			children[i], same = newTimeText(child, types.Type{Kind: types.Time, FSP: digits(nil, child)}), transform.NewTree
		}
		if same {
			return e, same, nil
		}
		e, err := e.WithChildren(children...)
		return e, same, err
	})
}

// timesCompared makes a TIME of a text that is compared with one.
func timesCompared(e expression.Comparer) (gms.Expression, transform.TreeIdentity, error) {
	l, r := e.Left(), e.Right()
	switch {
	case gtypes.IsTimespan(l.Type()) && expr.IsText(r):
		r = expression.NewConvert(r, expression.ConvertToTime)
	case gtypes.IsTimespan(r.Type()) && expr.IsText(l):
		l = expression.NewConvert(l, expression.ConvertToTime)
	default:
		return e, transform.SameTree, nil
	}
	out, err := e.WithChildren(l, r)
	return out, transform.NewTree, err
}

// ofTexts are functions of texts whose results are none, or are what they are given.
var ofTexts = map[string]bool{
	"ascii": true, "regexp_like": true, "regexp_instr": true, "elt": true, "substring": true, "substr": true, "mid": true, "lower": true, "lcase": true, "upper": true, "ucase": true, "reverse": true, "bit_length": true, "char_length": true, "character_length": true, "crc32": true, "field": true, "find_in_set": true,
	"instr": true, "length": true, "locate": true, "octet_length": true, "ord": true, "position": true, "strcmp": true,
}

// ofMoments reports whether an expression whose values are texts takes dates as they are.
func ofMoments(e gms.Expression) bool {
	switch e := e.(type) {
	case *expr.Choice, *expr.Conversion:
		return true
	case *expr.Function:
		switch e.Name {
		case "date_format", "time_format", "dayname", "monthname", "date_add", "date_sub", "addtime", "subtime", "from_unixtime":
			return true
		}
	case gms.FunctionExpression:
		switch strings.ToLower(e.FunctionName()) {
		case "charset", "collation", "coercibility":
			return true
		}
	}
	return false
}

// takesMoment reports whether a function takes a TIME for one of today.
func takesMoment(e gms.Expression) bool {
	f, is := e.(*expr.Function)
	return is && (f.Name == "date_format" || f.Name == "dayname" || f.Name == "monthname")
}

// takesText reports whether an expression needs its i-th operand, a date or a time, as
// a text.
func takesText(e gms.Expression, i int) bool {
	switch e := e.(type) {
	case *timeText, *function.TimeFormat, *function.DateFormat:
		return false
	case *expression.Like:
		return true
	case *expr.Choice:
		return i >= len(e.Conds) && gtypes.IsText(e.Type())
	case *expr.Function:
		switch e.Name {
		case "charset", "collation", "json_quote", "json_unquote", "json_valid", "json_type", "json_value":
			return false
		case "field":
			return expr.ComparesTexts(e)
		case "greatest", "least": // a TIME among dates is one of today
			if gtypes.IsTimespan(e.Args[i].Type()) && slices.ContainsFunc(e.Args, isDate) {
				return false
			}
		}
		return gtypes.IsText(e.Type()) || ofTexts[e.Name] || e.TakesText(i)
	case gms.FunctionExpression:
		return gtypes.IsText(e.Type()) || ofTexts[strings.ToLower(e.FunctionName())]
	}
	return gtypes.IsText(e.Type())
}

// isDate reports whether an expression is a date, or the text of one.
func isDate(e gms.Expression) bool {
	if text, is := e.(*timeText); is {
		return text.from.HasDate()
	}
	t, known := convert.FromType(e.Type())
	return known && t.HasDate()
}

// castDigits is how CAST says how many digits its TIME has.
var castDigits = regexp.MustCompile(`, time(?:\((\d)\))?\)$`)

// digits is how many digits behind the point a TIME shows: those of its column, or
// what its operands have.
func digits(tables map[string]*catalog.Table, e gms.Expression) uint8 {
	switch e := e.(type) {
	case *expression.GetField:
		if def := tables[strings.ToLower(e.Table())]; def != nil {
			if at, ok := def.Column(e.Name()); ok && !def.Columns[at].Type.IsText() {
				return def.Columns[at].Type.FSP
			}
		}
		if t, ok := convert.FromType(e.Type()); ok && t.HasDate() {
			return t.FSP
		}
		return types.FSPMax
	case *expression.Literal:
		return expr.LiteralDigits(e.Value())
	case *plan.Subquery:
		return queryDigits(tables, e.Query, 0)
	case pick: // which is compared with all that it has
		return types.FSPMax
	case *expr.Cast:
		return e.To.FSP
	case *expr.Function:
		switch e.Name {
		case "sec_to_time":
			return uint8(expr.UnixType(e.Args).(gms.DatetimeType).Precision()) // the same
		case "maketime":
			return expr.MakeTimeDigits(e.Args)
		case "str_to_date":
			format, constant := expr.ConstantText(e.Args[1])
			if _, _, fsp := expr.FormatParts(format); constant {
				return fsp
			}
			return types.FSPMax
		case "date_add", "date_sub":
			unit, _ := expr.ConstantText(e.Args[2])
			return max(digits(tables, e.Args[0]), expr.UnitDigits(unit, e.Args[1]))
		}
	case *expression.Convert:
		if m := castDigits.FindStringSubmatch(e.String()); m != nil {
			n, _ := strconv.ParseUint("0"+m[1], 10, 8) // a digit, as the pattern says
			return min(uint8(n), types.FSPMax)
		}
		return types.FSPMax
	}
	if isCall(e, "curtime") || isCall(e, "current_time") || isCall(e, "utc_time") {
		for _, arg := range e.Children() {
			n, _ := expr.Constant(arg)
			return uint8(min(max(n, 0), types.FSPMax))
		}
		return 0
	}
	most := uint8(0)
	children := e.Children()
	if isCall(e, "nullif") {
		children = children[:1]
	}
	for _, child := range children {
		switch t, ok := convert.FromType(child.Type()); {
		case isLiteral(child) && ok && !t.IsFloat():
			most = max(most, digits(tables, child), min(t.Scale, types.FSPMax))
		case !ok || t.IsTemporal() && t.Kind != types.Time:
			most = max(most, t.FSP)
		case t.Kind == types.Time:
			most = max(most, digits(tables, child))
		case t.Kind == types.Decimal:
			most = max(most, min(t.Scale, types.FSPMax))
		case t.IsString(), t.IsNamed(), t.IsFloat(), t.Kind == types.JSON:
			return types.FSPMax
		}
	}
	return most
}

// projected is the expressions that a plan's columns are; nil if it has others.
func projected(node gms.Node) []gms.Expression {
	for {
		switch n := node.(type) {
		case *plan.Project:
			return n.Projections
		case *plan.GroupBy:
			return n.SelectedExprs
		}
		children := node.Children()
		if len(children) != 1 {
			return nil
		}
		node = children[0]
	}
}

// timeText is a date or a time as text; what is none stays as it is.
type timeText struct {
	expression.UnaryExpression
	from types.Type
}

func newTimeText(e gms.Expression, from types.Type) *timeText {
	return &timeText{expression.UnaryExpression{Child: e}, from}
}

// Type implements gms.Expression.
func (*timeText) Type() gms.Type { return gtypes.LongText }

// String implements gms.Expression.
func (t *timeText) String() string { return t.Child.String() }

// CollationCoercibility implements gms.CollationCoercible: that of what is no text.
func (*timeText) CollationCoercibility(*gms.Context) (gms.CollationID, byte) {
	return gms.Collation_Default, 5
}

// WithChildren implements gms.Expression.
func (t *timeText) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) != 1 {
		return nil, gms.ErrInvalidChildrenNumber.New(t, len(children), 1)
	}
	return newTimeText(children[0], t.from), nil
}

// Eval implements gms.Expression.
func (t *timeText) Eval(ctx *gms.Context, row gms.Row) (any, error) {
	v, err := t.Child.Eval(ctx, row)
	if err != nil || v == nil {
		return nil, err
	}
	switch v := v.(type) {
	case gtypes.Timespan:
		return string(types.Text(convert.DownTimespan(v), t.from)), nil
	case time.Time:
		return string(types.Text(convert.DownTime(v, t.from), t.from)), nil
	}
	return v, nil
}
