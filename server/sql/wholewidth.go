package sql

import (
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/types"
)

// A column that CREATE TABLE ... SELECT makes of a whole number is an INT if its values
// have few characters, and else a BIGINT. How many they have follows from what they are
// made of.

const (
	intWidth    = 11 // characters of an INT, with its sign
	bigIntWidth = 21 // of a whole number of which nothing is known
	// literalDigitsMax is how many digits a literal has at most that becomes an INT.
	literalDigitsMax = 9
)

// widths are the characters of functions' whole numbers; of all others they are unknown.
var widths = map[string]int{
	"length": 10, "octet_length": 10, "char_length": 10, "character_length": 10, "bit_length": 11, "vector_dim": 10, "ascii": 3, "field": 3,
	"find_in_set": 3, "instr": 11, "locate": 11, "position": 11, "strcmp": 2, "isnull": 1, "crc32": 10, "coercibility": 10,
	"month": 2, "day": 2, "dayofmonth": 2, "dayofweek": 1, "dayofyear": 3, "weekday": 1, "week": 2, "weekofyear": 2, "yearweek": 6,
	"hour": 10, "minute": 2, "second": 2, "quarter": 2, "to_days": 6, "datediff": 7, "time_to_sec": 10, "extract": 10,
	"regexp_like": 1, "json_overlaps": 1, "interval": 2, "uncompressed_length": 10,
	"get_lock": 1, "is_free_lock": 1, "release_lock": 1, "benchmark": 1, "regexp": 1, "inet_aton": bigIntWidth,
}

// wholeColumn is an INT where all values are small, and else a BIGINT.
func (x *chooser) wholeColumn(e gms.Expression, t types.Type) types.Type {
	if f, is := e.(gms.FunctionExpression); is && ofFirst[strings.ToLower(f.FunctionName())] && len(e.Children()) > 0 {
		if own, ok := fromType(e.Children()[0].Type()); ok && own.IsInteger() {
			return x.typeOf(e.Children()[0])
		}
	}
	_, literal := e.(*expression.Literal)
	out := types.Type{Kind: types.BigInt, Unsigned: t.Unsigned && !literal && !isCall(e, "ascii") || x.unsigned(e)}
	if x.width(e) <= intWidth {
		out.Kind = types.Int
	} else if literal {
		out.Unsigned = t.Unsigned
	}
	return out
}

// isCall reports whether an expression is a call of a function.
func isCall(e gms.Expression, name string) bool {
	f, is := e.(gms.FunctionExpression)
	return is && strings.EqualFold(f.FunctionName(), name)
}

// unsigned are numbers that the library calls signed.
func (x *chooser) unsigned(e gms.Expression) bool {
	switch e := e.(type) {
	case gms.FunctionExpression:
		switch strings.ToLower(e.FunctionName()) {
		case "crc32", "inet_aton", "row_number", "ntile", "rank", "dense_rank":
			return true
		}
	case *guard, *expression.Arithmetic:
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
	t, ok := fromType(e.Type())
	return ok && t.IsInteger() && t.Unsigned || x.unsigned(e)
}

// width is how many characters a whole number has at most, its sign among them.
func (x *chooser) width(e gms.Expression) int {
	if e.Type() == gtypes.Boolean && !isCall(e, "json_valid") && !isCall(e, "json_contains") {
		return 1
	}
	switch e := e.(type) {
	case *expression.Alias:
		return x.width(e.Child)
	case *expression.Literal:
		n := len(strings.TrimPrefix(e.String(), "-"))
		if n > literalDigitsMax {
			n = bigIntWidth
		}
		return n
	case *expression.GetField:
		return x.fieldWidth(e)
	case *guard:
		return x.sumWidth(e.Operator(), e.Children())
	case *expression.Arithmetic:
		return x.sumWidth(e.Operator(), e.Children())
	case *expression.IntDiv:
		return x.width(e.Left())
	case *negation:
		return x.widest(e.Children())
	case *expression.UnaryMinus:
		return x.width(e.Child) + 1
	case *choice:
		return x.widest(e.values)
	case expression.Comparer, *expression.Not, *expression.And, *expression.Or, *expression.Xor, *expression.Between,
		*expression.IsNull, *expression.IsTrue, *like, *momentCompare, *plan.ExistsSubquery:
		return 1
	case *temporalNumber:
		return x.width(e.Children()[0])
	case *assignment:
		return x.width(e.Children()[len(e.Children())-1])
	case *plan.Subquery:
		if list, _ := sidesOf(e.Query); len(list) == 1 {
			return x.width(list[0])
		}
	case gms.FunctionExpression:
		name := strings.ToLower(e.FunctionName())
		switch name {
		case "abs", "greatest", "least", "mod", "%":
			return x.widest(e.Children())
		}
		if n, ok := widths[name]; ok {
			return n
		}
	}
	if t, ok := fromType(e.Type()); ok && t.IsTemporal() {
		return lettersOf(t) - 1
	}
	return bigIntWidth
}

func (x *chooser) widest(list []gms.Expression) int {
	most := 0
	for _, e := range list {
		most = max(most, x.width(e))
	}
	return most
}

// fieldWidths are the characters of columns, with a sign.
var fieldWidths = map[types.Kind]int{
	types.TinyInt: 4, types.SmallInt: 6, types.MediumInt: 8, types.Int: intWidth, types.BigInt: 20, types.Year: 4, types.Bit: 1,
	types.Date: 8, types.Time: 8,
}

func (x *chooser) fieldWidth(f *expression.GetField) int {
	_, def := x.field(f)
	if def == nil {
		if below := x.below[f.Id()]; below != nil {
			return x.width(below)
		}
		return bigIntWidth
	}
	col := def.Type
	n, ok := fieldWidths[col.Kind]
	if !ok {
		return bigIntWidth
	}
	if col.Unsigned && col.Kind != types.BigInt {
		n--
	}
	return n
}

// sumWidth is that of arithmetic.
func (x *chooser) sumWidth(op string, args []gms.Expression) int {
	if len(args) != 2 {
		return bigIntWidth
	}
	digits := func(e gms.Expression) int {
		n := x.width(e)
		if _, literal := e.(*expression.Literal); !literal && !x.unsignedOperand(e) {
			n--
		}
		return n
	}
	l, r := digits(args[0]), digits(args[1])
	switch op {
	case "+", "-":
		return max(l, r) + 2
	case "*":
		return l + r + 1
	}
	return bigIntWidth
}
