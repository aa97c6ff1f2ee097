package sql

import (
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/expression/function/aggregation"
	"github.com/dolthub/go-mysql-server/sql/plan"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/sql/geo"
	"github.com/xadb/xadb/server/sql/window"
	"github.com/xadb/xadb/server/types"
)

// A column that CREATE TABLE ... SELECT makes of a whole number is an INT if its values
// have few characters, and else a BIGINT. How many they have follows from what they are
// made of.

const (
	intWidth    = 11 // characters of an INT, with its sign
	geoWidth    = 10 // of what spatial functions count
	bigIntWidth = 21 // of a whole number of which nothing is known
	// literalWidthMax is that of a literal that becomes an INT.
	literalWidthMax = 10
)

// widths are the characters of functions' whole numbers, their sign among them; of all
// others they are unknown.
var widths = map[string]int{
	"length": 11, "octet_length": 11, "char_length": 11, "character_length": 11, "bit_length": 11, "vector_dim": 10, "ascii": 4, "field": 11,
	"find_in_set": 11, "instr": 11, "locate": 11, "position": 11, "strcmp": 2, "isnull": 1, "is_ipv4": 1, "is_ipv6": 1, "is_ipv4_compat": 1, "is_ipv4_mapped": 1, "crc32": 10, "coercibility": 10,
	"month": 3, "day": 3, "dayofmonth": 3, "dayofweek": 2, "dayofyear": 4, "weekday": 2, "week": 3, "weekofyear": 3, "yearweek": 7,
	"hour": 4, "minute": 3, "second": 3, "quarter": 2, "to_days": 8, "datediff": 9, "time_to_sec": 10,
	"regexp_like": 1, "json_overlaps": 1, "interval": 2, "uncompressed_length": 11, "json_schema_valid": 1, "st_srid": 10,
	"get_lock": 1, "is_free_lock": 1, "release_lock": 1, "benchmark": 1, "regexp": 1, "inet_aton": bigIntWidth,
}

// extractWidths are those of EXTRACT, by its unit.
var extractWidths = map[string]int{
	"year": 5, "quarter": 2, "month": 3, "week": 3, "day": 3, "hour": 4, "minute": 3, "second": 3, "microsecond": 7, "year_month": 7,
	"day_hour": 9, "day_minute": 11, "day_second": 13, "day_microsecond": 20, "hour_minute": 6, "hour_second": 8, "hour_microsecond": 14,
	"minute_second": 5, "minute_microsecond": 11, "second_microsecond": 9,
}

// wholeColumn is an INT where all values are small, and else a BIGINT.
func (x *chooser) wholeColumn(e gms.Expression, t types.Type) types.Type {
	if f, is := e.(gms.FunctionExpression); is && ofFirst[strings.ToLower(f.FunctionName())] && len(e.Children()) > 0 {
		if own, ok := convert.FromType(e.Children()[0].Type()); ok && own.IsInteger() {
			return x.typeOf(e.Children()[0])
		}
	}
	_, literal := e.(*expression.Literal)
	out := types.Type{Kind: types.BigInt, Unsigned: t.Unsigned && !literal && !isCall(e, "ascii") || x.unsigned(e)}
	most := intWidth
	if literal {
		most = literalWidthMax
	}
	if x.width(e) <= most {
		out.Kind = types.Int
	} else if literal {
		out.Unsigned = t.Unsigned && x.width(e) == len(mostUnsigned)
	}
	return out
}

// mostUnsigned is the largest whole number.
const mostUnsigned = "18446744073709551615"

// isCall reports whether an expression is a call of a function.
func isCall(e gms.Expression, name string) bool {
	f, is := e.(gms.FunctionExpression)
	return is && strings.EqualFold(f.FunctionName(), name)
}

// unsigned are numbers that the library calls signed.
func (x *chooser) unsigned(e gms.Expression) bool {
	switch e := e.(type) {
	case gms.FunctionExpression:
		switch window.FunctionName(e) {
		case "crc32", "inet_aton", "row_number", "ntile", "rank", "dense_rank", "release_all_locks", "bit_and", "bit_or", "bit_xor":
			return true
		}
	case *expr.Guard, *expression.Arithmetic:
		for _, child := range e.Children() {
			if x.unsignedOperand(child) {
				return true
			}
		}
	}
	return false
}

// unsignedOperand reports whether arithmetic takes an operand for one without a sign.
func (x *chooser) unsignedOperand(e gms.Expression) bool {
	if f, is := e.(*expression.GetField); is {
		if _, col := x.field(f); col != nil {
			return col.Type.Unsigned || col.Type.Kind == types.Bit || col.Type.Kind == types.Year
		}
	}
	t, ok := convert.FromType(e.Type())
	return ok && t.IsInteger() && t.Unsigned || x.unsigned(e)
}

// width is how many characters a whole number has at most, its sign among them.
func (x *chooser) width(e gms.Expression) int {
	if e.Type() == gtypes.Boolean && !isCall(e, "json_valid") && !isCall(e, "json_contains") && !isCall(e, "json_contains_path") {
		return 1
	}
	switch e := e.(type) {
	case *expression.Alias:
		return x.width(e.Child)
	case *expression.Literal:
		if e.Value() == nil {
			return 0
		}
		n := len(strings.TrimPrefix(e.String(), "-"))
		if n < len(mostUnsigned) {
			n++ // of the sign
		}
		return n
	case *expression.GetField:
		return x.fieldWidth(e)
	case *expr.Guard:
		return x.sumWidth(e.Operator(), e.Children())
	case *expression.Arithmetic:
		return x.sumWidth(e.Operator(), e.Children())
	case *expr.Quotient:
		return x.width(e.Args[0])
	case *expr.Negation:
		return x.negatedWidth(e.Child)
	case *expression.UnaryMinus:
		return x.negatedWidth(e.Child)
	case *expr.Choice:
		return x.widest(e.Values)
	case expression.Comparer, *expression.Not, *expression.And, *expression.Or, *expression.Xor, *expression.Between,
		*expression.IsNull, *expression.IsTrue, *like, *momentCompare, *plan.ExistsSubquery:
		return 1
	case *temporalNumber:
		return x.width(e.Children()[0])
	case *assignment:
		return x.width(e.Child)
	case *aggregation.AnyValue:
		return x.width(e.Child)
	case *aggregation.Max:
		return x.width(e.Child)
	case *aggregation.Min:
		return x.width(e.Child)
	case *plan.Subquery:
		if list, _ := sidesOf(e.Query); len(list) == 1 {
			return x.width(list[0])
		}
	case gms.FunctionExpression:
		name := strings.ToLower(e.FunctionName())
		switch name {
		case "abs", "greatest", "least", "mod", "%", "lag", "lead":
			return x.widest(e.Children())
		case "extract":
			if unit, ok := expr.ConstantText(e.Children()[0]); ok {
				return extractWidths[strings.ToLower(unit)]
			}
		}
		if keepsType[name] && len(e.Children()) > 0 {
			return x.width(e.Children()[0])
		}
		if f, is := geo.Functions[name]; is && f.Result == geo.Whole {
			return geoWidth
		}
		if n, ok := widths[name]; ok {
			return n
		}
	}
	if v, is := e.(*expression.SystemVar); is && gtypes.IsBoolean(v.Type()) {
		return 1
	}
	if t, ok := convert.FromType(e.Type()); ok && momentWidths[t.Kind] > 0 {
		return momentWidths[t.Kind]
	}
	return bigIntWidth
}

func (x *chooser) negatedWidth(e gms.Expression) int {
	n := x.width(e)
	if x.unsignedOperand(e) {
		n++
	}
	return n
}

func isLiteral(e gms.Expression) bool {
	_, is := e.(*expression.Literal)
	return is
}

func (x *chooser) widest(list []gms.Expression) int {
	most := 0
	for _, e := range list {
		most = max(most, x.width(e))
	}
	return most
}

// momentWidths are the characters of dates and times as whole numbers.
var momentWidths = map[types.Kind]int{types.Date: 9, types.Time: 8, types.DateTime: 15, types.Timestamp: 15}

func (x *chooser) fieldWidth(f *expression.GetField) int {
	_, def := x.field(f)
	if def == nil {
		if below := x.below[f.Id()]; below != nil {
			return x.width(below)
		}
		return bigIntWidth
	}
	if n, ok := momentWidths[def.Type.Kind]; ok {
		return n
	}
	if !def.Type.IsInteger() && def.Type.Kind != types.Bit {
		return bigIntWidth
	}
	return int(def.Type.Wire().Length)
}

// sumWidth is that of arithmetic.
func (x *chooser) sumWidth(op string, args []gms.Expression) int {
	if len(args) != 2 {
		return bigIntWidth
	}
	digits := func(e gms.Expression) int {
		n := x.width(e)
		if !x.unsignedOperand(e) || isLiteral(e) {
			n--
		}
		return max(n, 1)
	}
	l, r := digits(args[0]), digits(args[1])
	sign := 1
	if x.unsignedOperand(args[0]) || x.unsignedOperand(args[1]) {
		sign = 0
	}
	switch op {
	case "+", "-":
		return max(l, r) + 1 + sign
	case "*":
		return l + r + sign
	}
	return bigIntWidth
}
