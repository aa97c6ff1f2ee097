package sql

import (
	"strconv"
	"strings"
	"unicode/utf8"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/expression/function/aggregation"
	"github.com/dolthub/go-mysql-server/sql/plan"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/reword"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/sql/window"
	"github.com/xadb/xadb/server/types"
)

// A shaper finds out what drivers are told of an expression beyond its type: whether it
// may be NULL, and how long a text it may be. The library says that everything may, and
// that every text is a LONGTEXT.
type shaper map[string]*catalog.Table // by name, or alias

// never are functions that are never NULL.
var never = map[string]bool{
	"count": true, "count distinct": true, "now": true, "curdate": true, "curtime": true, "utc_date": true, "utc_time": true, "utc_timestamp": true,
	"current_date": true, "current_time": true, "sysdate": true, "connection_id": true, "last_insert_id": true, "row_count": true,
	"found_rows": true, "pi": true, "version": true, "isnull": true, "sleep": true, "json_array": true,
	"json_object": true, "row_number": true, "rank": true, "dense_rank": true, "percent_rank": true, "cume_dist": true,
	"bit_and": true, "bit_or": true, "bit_xor": true, "uuid_short": true, "rand": true, "quote": true,
	"ntile": true, "unix_timestamp": true, "field": true, "interval": true, "coercibility": true,
	"release_all_locks": true,
}

// asItsOperands are functions that are NULL only if an operand is.
var asItsOperands = map[string]bool{
	"abs": true, "round": true, "truncate": true, "ceil": true, "ceiling": true, "floor": true, "sign": true, "length": true, "octet_length": true, "char_length": true,
	"character_length": true, "bit_length": true, "ascii": true, "ord": true, "field": true, "find_in_set": true, "instr": true, "locate": true,
	"position": true, "strcmp": true, "concat": true, "upper": true, "ucase": true, "lower": true, "lcase": true, "trim": true, "ltrim": true, "rtrim": true,
	"reverse": true, "left": true, "right": true, expr.CastLetters: true, "substring": true, "substr": true, "mid": true, "replace": true, "repeat": true, "hex": true, "md5": true,
	"sha1": true, "crc32": true, "bit_count": true, "period_add": true, "period_diff": true, "interval": true, "regexp_like": true,
	"make_set": true, "degrees": true, "radians": true, "greatest": true, "least": true, "is_ipv4": true, "is_ipv6": true, "is_ipv4_compat": true,
	"is_ipv4_mapped": true, "st_x": true, "st_y": true, "st_srid": true, "~": true, "vector_dim": true,
}

// notNull reports whether an expression is never NULL.
func (s shaper) notNull(e gms.Expression) bool {
	switch e := e.(type) {
	case *expression.Alias:
		return s.notNull(e.Child)
	case *expression.Literal:
		return e.Value() != nil
	case *expression.GetField:
		return e.Table() != "" && !e.IsNullable()
	case *aggregation.Count, *aggregation.CountDistinct, *expression.IsNull, *expression.IsTrue, *expression.NullSafeEquals, *plan.ExistsSubquery,
		*aggregation.BitAnd, *aggregation.BitOr, *aggregation.BitXor:
		return true
	case *expr.Choice:
		return s.choiceNotNull(e)
	case *assignment:
		return s.notNull(e.Child)
	case *aggregation.AnyValue:
		return s.notNull(e.Child)
	case *expr.Cast:
		return e.To.IsNumber() && s.notNull(e.Child)
	case *expression.InTuple:
		return s.allNotNull(e.Children())
	case expression.Tuple:
		return s.allNotNull(e)
	case *like:
		return s.allNotNull(e.Children())
	case *expr.BitOperation:
		return s.allNotNull(e.Children())
	case *expr.Guard, *expr.Negation, *expression.Arithmetic, expression.Comparer, *expression.Not, *expression.And, *expression.Or, *expression.Between, *expr.Conversion, *expression.UnaryMinus, *expression.Xor, *expression.BitOp, *temporalNumber, *timeText:
		return s.allNotNull(e.Children())
	case gms.FunctionExpression:
		name := window.FunctionName(e)
		if name == "unix_timestamp" && len(e.Children()) > 0 {
			return false
		}
		return never[name] || asItsOperands[name] && s.allNotNull(e.Children())
	}
	return false
}

func (s shaper) allNotNull(list []gms.Expression) bool {
	for _, e := range list {
		if e != nil && !s.notNull(e) {
			return false
		}
	}
	return true
}

// choiceNotNull: one value that is not NULL is enough without conditions.
func (s shaper) choiceNotNull(c *expr.Choice) bool {
	if len(c.Conds) > 0 {
		return len(c.Values) > len(c.Conds) && s.allNotNull(c.Values)
	}
	for _, e := range c.Values {
		if s.notNull(e) {
			return true
		}
	}
	return false
}

// lettersUnknown is a text that may be as long as any.
const lettersUnknown = -1

// letters is how many characters an expression has at most, as text.
func (s shaper) letters(e gms.Expression) int {
	switch e := e.(type) {
	case *expression.Alias:
		return s.letters(e.Child)
	case *expression.Literal:
		switch v := e.Value().(type) {
		case string:
			if expr.IsPlainBytes(e) {
				return len(v)
			}
			return utf8.RuneCountInString(v)
		case []byte:
			return len(v)
		case nil:
			return 0
		}
		if gtypes.IsNumber(e.Type()) && !gtypes.IsFloat(e.Type()) {
			return len(strings.TrimPrefix(e.String(), "-")) + 1
		}
	case *assignment:
		return s.letters(e.Child)
	case *expression.CollatedExpression:
		return s.letters(e.Child())
	case *plan.Subquery:
		if list, several := sidesOf(e.Query); len(list) == 1 && !several {
			return s.letters(list[0])
		}
	case *expression.GetField:
		if def := s[strings.ToLower(e.Table())]; def != nil {
			if at, ok := def.Column(e.Name()); ok {
				return lettersOf(def.Columns[at].Type)
			}
		}
	case *expr.Conversion:
		return lettersOf(e.To.Own)
	case *timeText:
		return lettersOf(e.from)
	case *expr.InLetters:
		return s.letters(e.Child)
	case *expr.Codes:
		if n := s.letters(e.Child); n != lettersUnknown {
			return n * e.PerChar()
		}
	case *expression.Convert:
		return s.lettersOfCast(e)
	case *expression.Binary:
		return s.bytesOf(e.Child)
	case *names:
		return lettersOf(e.typ)
	case *expr.Choice:
		most := 0
		for _, v := range e.Values {
			n := s.letters(v)
			if n == lettersUnknown {
				return n
			}
			most = max(most, n)
		}
		return most
	case gms.FunctionExpression:
		return s.lettersOfCall(strings.ToLower(e.FunctionName()), e)
	}
	t, ok := convert.FromType(e.Type())
	if !ok {
		return lettersUnknown
	}
	return lettersOf(t)
}

// lettersOf is how many characters values of a type have as text.
func lettersOf(t types.Type) int {
	switch t.Kind {
	case types.Float:
		return floatLetters
	case types.Double:
		return expr.DoubleLetters - 1
	}
	if t = expr.AsText(t); t.Kind == types.Blob {
		return blobLetters(t)
	}
	return t.Length
}

// blobLetters is how many characters MySQL takes a TEXT or a BLOB to have.
func blobLetters(t types.Type) int {
	switch n := int(t.BytesMax()); {
	case t.Length == 4:
		return lettersUnknown
	case t.Length == 1 || !t.IsText():
		return n
	default:
		return n * t.Collation.BytesPerChar()
	}
}

// floatLetters is how many characters a FLOAT has as text.
const floatLetters = 12

// lettersOfCast: CAST to text has the letters of what it is of, or bytes as many.
func (s shaper) lettersOfCast(e *expression.Convert) int {
	m := expr.CastType.FindStringSubmatch(e.String())
	if m == nil {
		return lettersUnknown
	}
	n := s.letters(e.Child)
	if most, err := strconv.Atoi(m[2]); err == nil {
		return most
	}
	switch m[1] {
	case "char", "nchar":
		return n
	case "binary":
		return s.bytesOf(e.Child)
	}
	if t, ok := convert.FromType(e.Type()); ok {
		return lettersOf(t)
	}
	return lettersUnknown
}

// bytesOf is how many bytes an expression has at most, as text.
func (s shaper) bytesOf(e gms.Expression) int {
	n := s.letters(e)
	if t, ok := convert.FromType(e.Type()); ok && t.IsText() && n > 0 {
		n *= t.Collation.BytesPerChar()
	}
	return n
}

// callLetters are the characters of functions that do not depend on their operands.
var callLetters = map[string]int{
	"user": 288, "current_user": 288, "session_user": 288, "system_user": 288, "database": 64, "schema": 64, "version": 60, "charset": 64,
	"collation": 64, "uuid": 36, "md5": 32, "sha1": 40, "sha": 40, "inet_ntoa": 31, "inet6_ntoa": 39, "date_format": 255, "time_format": 255,
	"from_unixtime": 255, "json_type": 17, "icu_version": 60, "current_role": 288, "uuid_to_bin": 16, "inet6_aton": 16, "bin": 65, "oct": 65, "conv": 65,
	"get_format": 17,
}

// ofFirst are functions that give their first operand, or a part of it.
var ofFirst = map[string]bool{
	"upper": true, "ucase": true, "lower": true, "lcase": true, "trim": true, "ltrim": true, "rtrim": true, "reverse": true,
	"substring": true, "substr": true, "mid": true, "right": true, "left": true, "substring_index": true, "nullif": true, "any_value": true, "convert": true,
	"regexp_substr": true, "addtime": true, "subtime": true, "max": true, "min": true, "json_unquote": true,
}

// ofBits are operators that make as many bytes as they are given.
var ofBits = map[string]bool{"&": true, "|": true, "^": true, "<<": true, ">>": true, reword.BitNot: true}

// ofOperands are functions whose letters are counted, whatever type they have.
var ofOperands = map[string]bool{
	"substring": true, "substr": true, "mid": true, "left": true, "right": true, expr.CastLetters: true, "replace": true, "insert": true, "sha2": true, "addtime": true, "subtime": true,
	"elt": true, "greatest": true, "least": true,
}

func (s shaper) lettersOfCall(name string, e gms.Expression) int {
	args := e.Children()
	if n, ok := formatLetters(name, args); ok {
		return n
	}
	if n, ok := callLetters[name]; ok {
		return n
	}
	if t, ok := convert.FromType(e.Type()); ok && (!t.IsString() || t.Kind != types.Blob && !ofOperands[name] && !ofBits[name]) {
		return lettersOf(t)
	}
	switch {
	case len(args) == 0:
		return lettersUnknown
	case name == expr.CastLetters:
		n, _ := expr.Constant(args[1])
		return int(n)
	case ofBits[name]:
		return s.letters(args[0])
	case ofFirst[name]:
		n := s.letters(args[0])
		switch name {
		case "left", "right":
			if most, ok := expr.Constant(args[len(args)-1]); ok {
				return fewest(n, most)
			}
		case "substring", "substr", "mid":
			return partLetters(n, args[1:])
		case "addtime", "subtime":
			return expr.DateLetters + expr.MomentLetters
		}
		return n
	case name == "lpad", name == "rpad":
		if n, ok := expr.Constant(args[1]); ok && n >= 0 && n <= expr.VarCharMax {
			return int(n)
		}
		return lettersUnknown
	case name == "repeat":
		if n, ok := expr.Constant(args[1]); ok && n >= 0 && n <= expr.LettersMax {
			return s.times(args[0], int(n))
		}
		return lettersUnknown
	case name == "space":
		if n, ok := expr.ConstantNumber(args[0]); ok && n <= expr.LettersMax {
			return int(max(n, 0))
		}
		return lettersUnknown
	case name == "concat":
		return s.sum(args)
	case name == "insert":
		return s.sum([]gms.Expression{args[0], args[len(args)-1]})
	case name == "make_set":
		if n := s.sum(args[1:]); n >= 0 {
			return n + len(args) - 2
		}
	case name == "concat_ws":
		separators := s.times(args[0], max(len(args)-2, 0))
		if n := s.sum(args[1:]); n >= 0 && separators >= 0 {
			return n + separators
		}
	case name == "elt", name == "greatest", name == "least":
		most := 0
		if name == "elt" {
			args = args[1:]
		}
		for _, e := range args {
			n := s.letters(e)
			if n == lettersUnknown {
				return n
			}
			most = max(most, n)
		}
		return most
	}
	return s.lettersOfCode(name, args)
}

func (s shaper) sum(list []gms.Expression) int {
	sum := 0
	for _, e := range list {
		n := s.letters(e)
		if n == lettersUnknown {
			return n
		}
		sum += n
	}
	return sum
}

func (s shaper) times(e gms.Expression, n int) int {
	if has := s.letters(e); has >= 0 && has*n <= expr.LettersMax {
		return has * n
	}
	return lettersUnknown
}

// describe completes what a column says of an expression.
func (s shaper) describe(col column, e gms.Expression) column {
	if col.typ.IsText() && col.typ.Collation != types.CollationBinary {
		col.Flags &^= types.FlagBinary // whatever the library compares it by
	}
	if col.typ.IsNumber() {
		col.Flags |= types.FlagBinary
	}
	if col.typ.Kind == types.Year {
		col.Flags &^= types.FlagZerofill
	}
	if e == nil {
		return col
	}
	if col.typ.IsString() {
		if n := s.letters(e); n >= 0 && n <= expr.VarCharMax {
			t := types.Type{Kind: types.VarChar, Length: n, Collation: col.typ.Collation}
			w := t.Wire()
			col.Type, col.Length, col.Flags = w.Type, w.Length, w.Flags
			if t.IsText() {
				col.Flags = 0
			}
		}
		col.Decimals = floatDecimals
	}
	return col
}

// describeAll completes what a result's columns say that are expressions.
func (s shaper) describeAll(node gms.Node, columns []column, computed []bool) {
	list, several := sidesOf(node)
	for i := range columns {
		switch {
		case !computed[i]:
		case len(list) != len(columns):
			columns[i] = s.describe(columns[i], nil)
		default:
			columns[i] = s.describe(columns[i], list[i])
			if !several && s.notNull(list[i]) {
				columns[i].Flags |= types.FlagNotNull
			}
		}
	}
}

// sidesOf is the expressions that a plan's columns are: of several queries those of the
// first.
func sidesOf(node gms.Node) (list []gms.Expression, several bool) {
	for {
		union, is := node.(*plan.SetOp)
		if is {
			list, _ = sidesOf(union.Left())
			return list, true
		}
		switch n := node.(type) {
		case *plan.Project:
			return n.Projections, false
		case *plan.GroupBy:
			return n.SelectedExprs, false
		}
		children := node.Children()
		if len(children) != 1 {
			return nil, false
		}
		node = children[0]
	}
}
