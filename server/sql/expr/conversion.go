package expr

import (
	"math"
	"strings"
	"time"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// TruncatedWord is how warnings begin about values that are more than what is read of them.
const TruncatedWord = "Truncated incorrect "

// convertTo converts a value of an expression as MySQL does in expressions.
func convertTo(ctx *gms.Context, v any, e gms.Expression, t types.Type) (binlog.Value, error) {
	value, own, err := convert.Down(ctx, v, e.Type())
	if err != nil || value == nil {
		return nil, err
	}
	if own.Kind == types.JSON && t.IsNumber() {
		return documentNumber(ctx, value, e, t)
	}
	if own.Kind == types.JSON && t.Kind == types.Time {
		return documentTime(ctx, value, e, t)
	}
	if t.HasDate() {
		value, own = OfToday(ctx, value, own)
	}
	if t.IsTemporal() && own.Kind == types.Bit {
		value, own = types.Text(value, own), types.Type{Kind: types.VarChar, Collation: types.CollationBinary}
	}
	if t.IsTemporal() {
		value = wrapped(value)
	}
	if t.IsNumber() && own.IsTemporal() {
		if t.IsInteger() {
			value, own = wholeSeconds(ctx, value, own)
		}
		number := types.TemporalNumber(value, own)
		value, own = types.FormatDecimal(number, types.FSPMax), types.Type{Kind: types.Decimal, Precision: types.DecimalPrecisionMax, Scale: types.FSPMax}
	}
	if x, is := value.(float64); is && t.Kind == types.BigInt && !(math.Abs(x) < 1<<63) {
		return endOfRange(ctx, x, e)
	}
	out, warning, err := types.Cut(value, own, target(ctx, t))
	if warning == nil {
		return out, err
	}
	text := string(types.Text(value, own))
	switch {
	case t.IsNumber():
		warnNumber(ctx, text, e, own, t, warning)
		return out, err
	case t.HasDate() && t.Kind != types.Date || t.IsTemporal() && !own.IsString():
		ctx.Warn(mysqlerr.TruncatedWrongValue, "Incorrect %s value: '%s'", KindWord(t), text)
	case t.IsTemporal():
		ctx.Warn(mysqlerr.TruncatedWrongValue, TruncatedWord+"%s value: '%s'", KindWord(t), text)
	default:
		ctx.Warn(int(warning.Code), "%s", warning.Message)
	}
	if t.IsTemporal() && (t.Kind != types.Time || !KeepsTime(value, own, out)) {
		return nil, err
	}
	return out, err
}

func target(ctx *gms.Context, t types.Type) types.Target {
	return types.Target{Name: strings.ToLower(t.SQL()), Type: t, Row: 1, Zone: sessionOf(ctx).Location(), ZeroDates: true, Display: true}
}

// endOfRange is a DOUBLE beyond all whole numbers as one: a column of DOUBLE warns, one of
// FLOAT overflows, a constant does neither, and what is calculated is out of range.
func endOfRange(ctx *gms.Context, x float64, e gms.Expression) (binlog.Value, error) {
	end := int64(math.MaxInt64)
	if x < 0 {
		end = math.MinInt64
	}
	_, column := columnOf(e)
	switch {
	case isLiteral(e):
	case column:
		if e.Type() == gtypes.Float32 {
			return int64(math.MinInt64), nil
		}
		ctx.Warn(mysqlerr.TruncatedWrongValue, TruncatedWord+"INTEGER value: '%s'", types.FormatFloat(x, types.Double))
	default:
		return nil, mysqlerr.New(mysqlerr.DataOutOfRange, "BIGINT", e.String())
	}
	return end, nil
}

// warnNumber tells what a number was not that a text, or another number, was made to.
func warnNumber(ctx *gms.Context, text string, e gms.Expression, own, t types.Type, warning *mysqlerr.Error) {
	_, column := columnOf(e)
	switch {
	case warning.Code == mysqlerr.OutOfRange && t.IsInteger() && own.Kind == types.Decimal:
		ctx.Warn(mysqlerr.TruncatedWrongValue, TruncatedWord+"DECIMAL value: '%s'", text)
	case warning.Code == mysqlerr.OutOfRange && t.IsInteger() && own.IsInteger():
	case warning.Code == mysqlerr.OutOfRange:
		ctx.Warn(int(warning.Code), "%s", warning.Message)
	case own.IsString() && t.Kind == types.Decimal && !isLiteral(e):
		if !types.HasNumber(text) {
			ctx.Warn(mysqlerr.IncorrectFieldValue, "Incorrect DECIMAL value: '0' for column '' at row -1")
		}
		if column && !IsLongText(e) {
			ctx.Warn(mysqlerr.TruncatedWrongValue, TruncatedWord+"DECIMAL value: '%s'", text)
		}
	case !IsLongText(e):
		ctx.Warn(mysqlerr.TruncatedWrongValue, TruncatedWord+"%s value: '%s'", KindWord(t), text)
	}
}

// IsLongText reports whether an expression is a column of TEXT or BLOB, which is read as a
// number without a word of what is none.
func IsLongText(e gms.Expression) bool {
	if _, column := columnOf(e); !column {
		return false
	}
	t, known := convert.FromType(e.Type())
	return known && t.Kind == types.Blob
}

// columnOf is the column that an expression is, though it be hidden from the library.
func columnOf(e gms.Expression) (*expression.GetField, bool) {
	if hidden, is := e.(interface{ Hidden() gms.Expression }); is {
		e = hidden.Hidden()
	}
	column, is := e.(*expression.GetField)
	return column, is
}

// wholeSeconds is a date or a time without parts of a second: what is rounded up may be the
// next day's. Behind the last one there is none, but its day without a time.
func wholeSeconds(ctx *gms.Context, v binlog.Value, t types.Type) (binlog.Value, types.Type) {
	t.FSP = 0
	rounded, err := types.Store(v, t, types.Target{Type: t, ZeroDates: true, Display: true})
	if err == nil {
		return rounded, t
	}
	if at, is := v.(binlog.DateTime); is && at.Micro > 0 {
		ctx.Warn(mysqlerr.DatetimeOverflow, "Datetime function: datetime field overflow")
		return binlog.DateTime{Year: at.Year, Month: at.Month, Day: at.Day}, t
	}
	return v, t
}

// documentNumber is the number that a document is, or that a text in it begins with.
func documentNumber(ctx *gms.Context, document binlog.Value, e gms.Expression, t types.Type) (binlog.Value, error) {
	tree, err := types.JSONScalar(document, types.Type{Kind: types.JSON})
	if err != nil {
		return nil, err
	}
	clean := true
	value, own := binlog.Value(int64(0)), types.Type{Kind: types.BigInt}
	switch tree := tree.(type) {
	case bool:
		value = map[bool]int64{true: 1}[tree]
	case int64, uint64, float64, binlog.Decimal:
		value = tree
		if own, err = types.OfValue(tree); err != nil {
			return nil, err
		}
	case string:
		value, own = []byte(tree), types.Type{Kind: types.VarChar, Collation: types.CollationGeneralCI}
		if _, clean = types.FloatOfString([]byte(tree)); t.IsInteger() {
			var digits string
			digits, clean = leadingInteger(tree)
			value = []byte(digits)
		}
	default:
		clean = false
	}
	out, warning, err := types.Cut(value, own, target(ctx, t))
	switch {
	case !clean:
		warnDocument(ctx, e, KindWord(t))
	case warning != nil && !t.IsInteger():
		ctx.Warn(int(warning.Code), "%s", warning.Message)
	}
	return out, err
}

// DocumentTruth reports whether a document is another number than 0.
func DocumentTruth(ctx *gms.Context, v any, e gms.Expression) (bool, error) {
	n, err := convertTo(ctx, v, e, types.Type{Kind: types.Double})
	return n != 0.0, err
}

// documentTime is the TIME that a document is, or a text in it.
func documentTime(ctx *gms.Context, document binlog.Value, e gms.Expression, t types.Type) (binlog.Value, error) {
	value, own, err := temporalIn(ctx, document, e, "TIME")
	if err != nil || value == nil {
		return nil, err
	}
	text, isText := value.([]byte)
	if isText {
		if at, is := types.ParseDateTime(string(text)); is && isDateWord(string(text)) {
			isText = at.Hour|at.Minute|at.Second|at.Micro != 0
		}
	}
	out, warning, err := types.Cut(value, own, target(ctx, t))
	if err != nil || warning != nil || own.HasDate() || own.IsString() && !isText {
		warnDocument(ctx, e, "TIME")
		return nil, err
	}
	return out, nil
}

// warnDocument tells that a document is not what it is made to.
func warnDocument(ctx *gms.Context, e gms.Expression, word string) {
	name := "cast_as_json"
	if column, is := columnOf(e); is {
		name = column.Name()
	}
	ctx.Warn(mysqlerr.JSONTableCast, "Invalid JSON value for CAST to %s from column %s at row 1", word, name)
}

// OfToday is a time as the moment of the day of the statement, which it is where a date is
// asked for; others stay.
func OfToday(ctx *gms.Context, v binlog.Value, t types.Type) (binlog.Value, types.Type) {
	span, is := v.(binlog.Duration)
	if !is {
		return v, t
	}
	y, m, d := ctx.QueryTime().In(sessionOf(ctx).Location()).Date()
	length := time.Duration(span.Hour)*time.Hour + time.Duration(span.Minute)*time.Minute + time.Duration(span.Second)*time.Second + time.Duration(span.Micro)*time.Microsecond
	if span.Negative {
		length = -length
	}
	return types.FromTime(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Add(length)), MomentType
}

// KindWord is how warnings name a type.
func KindWord(t types.Type) string {
	switch {
	case t.IsInteger():
		return "INTEGER"
	case t.Kind == types.Decimal:
		return "DECIMAL"
	case t.IsFloat():
		return "DOUBLE"
	case t.Kind == types.Time:
		return "time"
	case t.Kind == types.Date:
		return "date"
	}
	return "datetime"
}
