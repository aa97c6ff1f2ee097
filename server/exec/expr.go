package exec

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/types"
)

// Whose collation counts when two strings meet: the lower level's (MySQL
// manual, Collation Coercibility).
const (
	levelExplicit = 0 // COLLATE, BINARY
	levelColumn   = 2
	levelLiteral  = 4
)

// An expr is a compiled expression. It is used by one call only.
type expr struct {
	typ      types.Type
	nullable bool
	constant bool   // no column in it: the same for every row
	level    int    // of the collation
	col      int    // the column it is, else -1
	hex      bool   // X'41': text, but a number among numbers
	param    bool   // of a parameter, which may be bytes as well as text
	width    uint32 // of the result's column, if the type does not say
	text     string // for errors
	eval     func(r *record) (binlog.Value, error)
}

// A record is the row that an expression is asked about.
type record struct {
	row []binlog.Value // as stored
}

var boolType = types.Type{Kind: types.BigInt}

// A compiler turns the parser's trees into exprs over one table, or none.
type compiler struct {
	*call
	table  *catalog.Table
	into   *catalog.Table // that values without a table are for; or nil
	alias  string
	clause string // for "Unknown column 'x' in '...'"
	// aggregates collects the statement's aggregate functions; nil where none
	// may stand.
	aggregates *[]*aggregate
	// bare is set when a column is compiled outside of an aggregate.
	bare string
}

// compile compiles an expression whose value is a number, a string or a time
// wherever it stands. A column of ENUM, SET, BIT, JSON or GEOMETRY is for those who
// ask for it (compileAny).
func (k *compiler) compile(n sqlparser.Expr) (*expr, error) {
	e, err := k.compileAny(n)
	if err == nil && e.typ.IsSpecial() {
		return nil, unsupported(strings.ToUpper(e.typ.Family()) + " in this expression")
	}
	return e, err
}

func (k *compiler) compileAny(n sqlparser.Expr) (*expr, error) {
	switch n := n.(type) {
	case *sqlparser.ParenExpr:
		return k.compileAny(n.Expr)
	case *sqlparser.ColName:
		return k.column(n)
	case *sqlparser.SQLVal:
		return k.value(n)
	case *sqlparser.NullVal:
		return constant(nil, types.Type{Kind: types.Null}, "NULL"), nil
	case sqlparser.BoolVal:
		e := constant(boolOf(bool(n)), boolType, strings.ToUpper(fmt.Sprint(bool(n))))
		e.width = 1
		return e, nil
	case *sqlparser.BinaryExpr:
		return k.arithmetic(n)
	case *sqlparser.UnaryExpr:
		return k.unary(n)
	case *sqlparser.CollateExpr:
		return k.collate(n)
	case *sqlparser.FuncExpr:
		return k.function(n)
	case *sqlparser.ConvertExpr:
		if e, ok := k.castLiteral(n); ok {
			return e, nil
		}
	case *sqlparser.Subquery, *sqlparser.ExistsExpr:
		return nil, unsupported("subquery")
	case sqlparser.ValTuple:
		return nil, unsupported("row value")
	}
	return k.condition(n)
}

func (k *compiler) compileAll(list ...sqlparser.Expr) ([]*expr, error) {
	out := make([]*expr, len(list))
	for i, n := range list {
		e, err := k.compile(n)
		if err != nil {
			return nil, err
		}
		out[i] = e
	}
	return out, nil
}

// shown is what a client sees of the value: of an ENUM its name.
func (e *expr) shown(rec *record) (binlog.Value, error) {
	v, err := e.eval(rec)
	return types.Shown(v, e.typ), err
}

func constant(v binlog.Value, t types.Type, text string) *expr {
	return &expr{
		typ: t, nullable: v == nil, constant: true, level: levelLiteral, col: -1, text: text,
		eval: func(*record) (binlog.Value, error) { return v, nil },
	}
}

func boolOf(b bool) binlog.Value {
	if b {
		return int64(1)
	}
	return int64(0)
}

// column compiles a column's name. A TIMESTAMP comes in the session's zone
// (E5).
func (k *compiler) column(n *sqlparser.ColName) (*expr, error) {
	i, err := k.resolve(n)
	if err != nil {
		return nil, err
	}
	c := &k.table.Columns[i]
	e := &expr{
		typ: c.Type, nullable: c.Nullable, level: levelColumn, col: i,
		text: fmt.Sprintf("`%s`.`%s`.`%s`", k.table.DB, k.alias, c.Name),
		eval: func(r *record) (binlog.Value, error) { return r.row[i], nil },
	}
	if c.Type.Kind == types.Timestamp {
		zone := k.env.Location
		e.eval = func(r *record) (binlog.Value, error) {
			if v, ok := r.row[i].(binlog.DateTime); ok {
				return types.LocalTimestamp(v, zone), nil
			}
			return nil, nil
		}
	}
	if k.bare == "" {
		k.bare = k.table.DB + "." + k.alias + "." + c.Name
	}
	return e, nil
}

func (k *compiler) resolve(n *sqlparser.ColName) (int, error) {
	if k.table != nil && k.qualifies(n.Qualifier) {
		if i, ok := k.table.Column(n.Name.String()); ok {
			return i, nil
		}
	}
	if strings.HasPrefix(n.Name.String(), "@") { // a variable, as the parser has it
		return 0, unsupported("variable in a statement about a table")
	}
	return 0, mysqlerr.New(mysqlerr.BadField, n.String(), k.clause)
}

// qualifies reports whether a column's qualifier, if it has one, is our table.
func (k *compiler) qualifies(q sqlparser.TableName) bool {
	name, db := q.Name.String(), q.DbQualifier.String()
	if name == "" {
		return true
	}
	return name == k.alias && (db == "" || db == k.table.DB && k.alias == k.table.Name)
}

func (k *compiler) value(n *sqlparser.SQLVal) (*expr, error) {
	text := string(n.Val)
	switch n.Type {
	case sqlparser.StrVal:
		if k.env.isBytes(n.Val, cmp.Or(k.table, k.into)) {
			return constant(n.Val, literalString(n.Val, types.CollationBinary), "'"+text+"'"), nil
		}
		if k.meetsBytes(n.Val) {
			return nil, unsupported("literals of " + string(k.env.Literals))
		}
		return constant(n.Val, literalString(n.Val, types.CollationGeneralCI), "'"+text+"'"), nil
	case sqlparser.IntVal, sqlparser.FloatVal:
		v, t, ok := types.NumberLiteral(text)
		if !ok {
			return nil, mysqlerr.New(mysqlerr.ParseError, "a number that is none: '"+text+"'")
		}
		e := constant(v, t, text)
		e.width = uint32(len(text))
		if !t.IsFloat() && !t.Unsigned && !strings.HasPrefix(text, "-") {
			e.width++ // of the sign
		}
		return e, nil
	case sqlparser.HexNum, sqlparser.HexVal, sqlparser.BitVal:
		b, ok := rawLiteral(n.Type, text)
		if !ok {
			return nil, mysqlerr.New(mysqlerr.ParseError, "a literal that is none: '"+text+"'")
		}
		if k.env.recodes(b) && !k.env.IsBytes(b) {
			return nil, unsupported("bytes among texts of " + string(k.env.Literals))
		}
		e := constant(b, literalString(b, types.CollationBinary), "X'"+text+"'")
		e.hex = true
		return e, nil
	case sqlparser.ValArg:
		if k.describing {
			return constant(nil, types.Type{Kind: types.Null}, "?"), nil
		}
		i, err := paramIndex(n)
		if err != nil {
			return nil, err
		}
		if k.env.isBytes(k.args[i], cmp.Or(k.table, k.into)) && k.env.Bytes == nil {
			b := k.args[i].([]byte)
			return constant(b, literalString(b, types.CollationBinary), string(b)), nil
		}
		if k.meetsBytes(k.args[i]) || k.env.Bytes != nil {
			return nil, unsupported("parameters of " + string(k.env.Literals))
		}
		return argument(k.args[i])
	}
	return nil, unsupported(fmt.Sprintf("literal %s", text))
}

// meetsBytes reports whether a literal or a parameter may become bytes, or meet them, which
// are others than it has here.
func (k *compiler) meetsBytes(v binlog.Value) bool {
	return k.env.recodes(v) && (k.table == nil || slices.ContainsFunc(k.table.Columns, func(c catalog.Column) bool { return c.Type.TakesBytes() }))
}

func argument(v binlog.Value) (*expr, error) {
	t, err := types.OfValue(v)
	if err != nil {
		return nil, err
	}
	out := constant(v, t, string(types.Text(v, t)))
	out.param = true
	return out, nil
}

func literalString(b []byte, c types.Collation) types.Type {
	n := len(b)
	if c != types.CollationBinary {
		n = len([]rune(string(b)))
	}
	return types.Type{Kind: types.VarChar, Length: n, Collation: c}
}

// rawLiteral is the bytes of X'4142', 0x4142 or B'01'.
func rawLiteral(kind sqlparser.ValType, text string) ([]byte, bool) {
	bits := 4
	text = strings.TrimPrefix(text, "0x")
	if kind == sqlparser.BitVal {
		bits, text = 1, strings.TrimPrefix(text, "0b")
	}
	per := 8 / bits
	text = strings.Repeat("0", (per-len(text)%per)%per) + text
	out := make([]byte, 0, len(text)/per)
	for i := 0; i < len(text); i += per {
		var b byte
		for _, c := range []byte(text[i : i+per]) {
			d := strings.IndexByte("0123456789abcdef", c|0x20)
			if c <= '9' {
				d = int(c) - '0'
			}
			if d < 0 || d >= 1<<bits {
				return nil, false
			}
			b = b<<bits | byte(d)
		}
		out = append(out, b)
	}
	return out, true
}

// number is the value that X'41' has among numbers; other exprs are as they
// are.
func (e *expr) number() *expr {
	if !e.hex {
		return e
	}
	v, _ := e.eval(nil)
	n, _ := types.BytesNumber(v.([]byte))
	return constant(n, types.Type{Kind: types.BigInt, Unsigned: true}, e.text)
}

// storedNumber is the value that X'41' has where a number is stored.
func (e *expr) storedNumber() *expr {
	if e.hex {
		v, _ := e.eval(nil)
		if _, ok := types.BytesNumber(v.([]byte)); !ok {
			return constant(math.Inf(1), types.Type{Kind: types.Double}, e.text)
		}
	}
	return e.number()
}

func (k *compiler) collate(n *sqlparser.CollateExpr) (*expr, error) {
	e, err := k.compile(n.Expr)
	if err != nil {
		return nil, err
	}
	c, ok := types.CollationByName(n.Collation)
	if !ok {
		return nil, mysqlerr.New(mysqlerr.UnknownCollation, n.Collation)
	}
	if !e.typ.IsText() || c == types.CollationBinary {
		return nil, unsupported("COLLATE " + n.Collation + " of " + e.typ.SQL())
	}
	switch own := e.typ.Collation.Charset(); {
	case own == c.Charset():
	case e.level >= levelLiteral: // of the connection's character set, which a session knows
		return nil, unsupported("COLLATE " + n.Collation)
	default:
		return nil, mysqlerr.New(mysqlerr.CollationMismatch, c.Name(), string(own))
	}
	return e.withCollation(c), nil
}

func (e *expr) withCollation(c types.Collation) *expr {
	out := *e
	out.col, out.level, out.typ.Collation = -1, levelExplicit, c
	return &out
}

func (k *compiler) unary(n *sqlparser.UnaryExpr) (*expr, error) {
	e, err := k.compile(n.Expr)
	if err != nil {
		return nil, err
	}
	switch n.Operator {
	case sqlparser.UPlusStr:
		return e, nil
	case sqlparser.Utf8mb4Str:
		if e.typ.IsText() { // of bytes it is told whether they are text
			return e, nil
		}
	case sqlparser.UMinusStr:
		return k.negate(e)
	case sqlparser.BangStr:
		return k.not(e), nil
	case sqlparser.UBinaryStr, sqlparser.BinaryStr:
		if e.typ.IsString() && !e.typ.Recoded() && (k.env.Literals == "" || k.env.Literals == types.CharsetBinary) {
			return e.withCollation(types.CollationBinary), nil
		}
	}
	return nil, unsupported("operator " + strings.TrimSpace(n.Operator))
}

// function compiles the current time, and aggregates.
func (k *compiler) function(n *sqlparser.FuncExpr) (*expr, error) {
	name := n.Name.Lowered()
	if n.Over != nil {
		return nil, unsupported("window function")
	}
	if n.IsAggregate() {
		return k.aggregate(n, name)
	}
	kind, ok := clocks[name]
	if !ok {
		return nil, unsupported("function " + name)
	}
	fsp, err := fspArgument(n)
	if err != nil {
		return nil, err
	}
	now := k.env.Now.In(k.env.Location)
	if name == "utc_timestamp" {
		now = now.UTC()
	}
	return currentTime(now, types.Type{Kind: kind, FSP: fsp}, n.Name.String()+"()"), nil
}

// clocks are the functions of the current time.
var clocks = map[string]types.Kind{
	"now": types.DateTime, "current_timestamp": types.DateTime, "localtime": types.DateTime,
	"localtimestamp": types.DateTime, "utc_timestamp": types.DateTime,
	"curdate": types.Date, "current_date": types.Date, "curtime": types.Time, "current_time": types.Time,
}

func currentTime(now time.Time, t types.Type, text string) *expr {
	v := types.FromTime(types.TruncateTime(now, t.FSP))
	switch t.Kind {
	case types.Date:
		v.Hour, v.Minute, v.Second, v.Micro = 0, 0, 0, 0
	case types.Time:
		return constant(binlog.Duration{Hour: v.Hour, Minute: v.Minute, Second: v.Second, Micro: v.Micro}, t, text)
	}
	return constant(v, t, text)
}

// fspArgument is the digits that NOW(3) asks for.
func fspArgument(n *sqlparser.FuncExpr) (uint8, error) {
	if len(n.Exprs) == 0 {
		return 0, nil
	}
	if len(n.Exprs) == 1 {
		if a, ok := n.Exprs[0].(*sqlparser.AliasedExpr); ok {
			if v, ok := a.Expr.(*sqlparser.SQLVal); ok && v.Type == sqlparser.IntVal && len(v.Val) == 1 && v.Val[0] <= '6' {
				return v.Val[0] - '0', nil
			}
		}
	}
	return 0, unsupported("function " + n.Name.Lowered() + " with these arguments")
}
