package types

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/shopspring/decimal"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/mysqlerr"
)

// A Target is the column that a value is stored in. Errors name it.
type Target struct {
	Name      string
	Table     string // for errors about JSON
	Type      Type
	Row       int            // of the statement, from 1
	Zone      *time.Location // of the session: a TIMESTAMP is stored in UTC
	ZeroDates bool           // '0000-00-00' and zero parts are legal
	// Display says that the value goes to an expression, not to a row: a
	// TIMESTAMP stays in the session's zone.
	Display bool
}

// Store converts a value of type from to the target column, as MySQL's strict
// mode does: what would lose data is an error, digits behind the point round.
// NULL stays NULL; NOT NULL is not asked here.
func Store(v binlog.Value, from Type, to Target) (binlog.Value, error) {
	if v == nil {
		return nil, nil
	}
	t := to.Type
	if from.IsSpecial() {
		v, from = plain(v, from, t)
	}
	switch {
	case t.IsNamed():
		return storeNamed(v, from, to)
	case t.Kind == Bit:
		return storeBit(v, from, to)
	case t.Kind == JSON:
		return storeJSON(v, from, to)
	case t.Kind == Geometry:
		return storeGeometry(v, to)
	case t.Kind == Vector:
		return storeVector(v, from, to)
	case t.Kind == Year:
		return storeYear(v, from, to)
	case t.IsInteger():
		return storeInteger(v, from, to)
	case t.Kind == Decimal:
		return storeDecimal(v, from, to)
	case t.IsFloat():
		return storeFloat(v, from, to)
	case t.IsString():
		return storeString(v, from, to)
	case t.HasDate():
		return storeDateTime(v, from, to)
	case t.Kind == Time:
		return storeTime(v, from, to)
	}
	return nil, mysqlerr.New(mysqlerr.NotSupportedYet, "a column of type "+t.SQL())
}

func (to Target) outOfRange() error {
	return mysqlerr.New(mysqlerr.OutOfRange, to.Name, to.Row)
}

func (to Target) tooLong() error { return mysqlerr.New(mysqlerr.DataTooLong, to.Name, to.Row) }

func (to Target) truncated() error { return mysqlerr.New(mysqlerr.DataTruncated, to.Name, to.Row) }

func (to Target) incorrect(what, value string) error {
	return mysqlerr.New(mysqlerr.IncorrectFieldValue, what, value, to.Name, to.Row)
}

// incorrectTemporal has the number of "truncated value" and the text of
// "incorrect value for column".
func (to Target) incorrectTemporal(value string) error {
	what := "datetime"
	if to.Type.Kind == Date || to.Type.Kind == Time {
		what = to.Type.baseKindName()
	}
	return &mysqlerr.Error{
		Code: mysqlerr.TruncatedWrongValue, State: "22007",
		Message: to.incorrect(what, value).(*mysqlerr.Error).Message,
	}
}

func (t Type) baseKindName() string {
	t.FSP = 0
	return t.baseSQL()
}

// number is the exact number that a value is for a column of the given word
// ("integer", "decimal"); garbage says that a string has more behind
// it.
func (to Target) number(v binlog.Value, from Type, word string) (d decimal.Decimal, garbage bool, err error) {
	if from.IsTemporal() {
		return TemporalNumber(v, from), false, nil
	}
	b, ok := v.([]byte)
	if !ok {
		d, ok := Exact(v)
		if !ok {
			return d, false, to.outOfRange()
		}
		return d, false, nil
	}
	text, rest := numberPrefix(string(b))
	if text == "" {
		return decimal.Zero, false, to.incorrect(word, quoted(b))
	}
	return parseExact(text), strings.TrimSpace(rest) != "", nil
}

func storeInteger(v binlog.Value, from Type, to Target) (binlog.Value, error) {
	d, garbage, err := to.number(evenFloat(wholeSeconds(v)), from, "integer")
	if err != nil {
		return nil, err
	}
	out, ok := integerOf(roundToInt(d), to.Type)
	switch {
	case !ok:
		return nil, to.outOfRange()
	case garbage:
		return nil, to.truncated()
	}
	return out, nil
}

// wholeSeconds rounds a moment before it is a number: 59.9 seconds are the next minute.
func wholeSeconds(v binlog.Value) binlog.Value {
	switch at := v.(type) {
	case binlog.DateTime:
		if whole, ok := roundDateTime(at, 0); ok {
			return whole
		}
	case binlog.Duration:
		if whole, ok := roundDuration(at, 0); ok {
			return whole
		}
	}
	return v
}

// evenFloat rounds a float to a whole number, a half to the even one.
func evenFloat(v binlog.Value) binlog.Value {
	f, ok := v.(float64)
	if !ok {
		return v
	}
	if f = math.RoundToEven(f); math.Abs(f) < 1<<53 || !(math.Abs(f) < 1<<64) {
		return f
	}
	whole, _ := big.NewFloat(f).Int(nil) // all its digits, not the few that name it
	return binlog.Decimal(whole.String())
}

// storeYear: a year of one or two digits means 1970 to 2069, but the number 0
// is the year 0.
func storeYear(v binlog.Value, from Type, to Target) (binlog.Value, error) {
	if day, ok := v.(binlog.DateTime); ok {
		v, from = int64(day.Year), Type{Kind: BigInt}
	}
	d, garbage, err := to.number(evenFloat(v), from, "integer")
	if err != nil {
		return nil, err
	}
	n := roundToInt(d)
	if !n.IsInt64() || n.Int64() < 0 || n.Int64() > yearMax {
		return nil, to.outOfRange()
	}
	year := n.Int64()
	text, isText := v.([]byte)
	switch {
	case garbage && (year < 100 || year >= yearMin):
		return nil, to.truncated()
	case year == 0 && isText && len(bytes.TrimSpace(text)) < 3:
		return int64(2000), nil
	case year == 0 || year >= yearMin && year <= yearMax:
		return year, nil
	case year > 0 && year < 100:
		return int64(century(int(year))), nil
	}
	return nil, to.outOfRange()
}

func storeDecimal(v binlog.Value, from Type, to Target) (binlog.Value, error) {
	d, garbage, err := to.number(v, from, "decimal")
	if err != nil {
		return nil, err
	}
	if text, isText := v.([]byte); garbage && isText {
		return nil, to.incorrect("decimal", quoted(text))
	} else if garbage {
		return nil, to.truncated()
	}
	out, ok := fitDecimal(d, to.Type)
	if !ok {
		return nil, to.outOfRange()
	}
	return out, nil
}

func storeFloat(v binlog.Value, from Type, to Target) (binlog.Value, error) {
	f, clean, ok := FloatOf(v, from)
	switch text, isText := v.([]byte); {
	case !clean && isText && from.IsString():
		return nil, to.incorrect(to.Type.Kind.word(), quoted(text))
	case !clean:
		return nil, to.truncated()
	case !ok || math.IsInf(f, 0) || math.IsNaN(f) || f < 0 && to.Type.Unsigned:
		return nil, to.outOfRange()
	}
	if to.Type.Precision > 0 {
		limit := math.Pow10(int(to.Type.Precision)-int(to.Type.Scale)) - math.Pow10(-int(to.Type.Scale))
		unit := math.Pow10(int(to.Type.Scale))
		if rounded := math.RoundToEven(f*unit) / unit; !math.IsInf(rounded, 0) && !math.IsNaN(rounded) {
			f = rounded
		}
		if math.Abs(f) > limit {
			return nil, to.outOfRange()
		}
	}
	if to.Type.Kind == Float {
		if math.Abs(f) > math.MaxFloat32 {
			return nil, to.outOfRange()
		}
		f = float64(float32(f))
	}
	return f, nil
}

// word is how an error names a type of floats.
func (k Kind) word() string {
	if k == Float {
		return "FLOAT"
	}
	return "DOUBLE"
}

// FloatOf is any value as a DOUBLE. clean is false if a string had more than
// a number in it.
func FloatOf(v binlog.Value, from Type) (f float64, clean, ok bool) {
	switch x := v.(type) {
	case float64:
		return x, true, true
	case int64:
		return float64(x), true, true
	case uint64:
		return float64(x), true, true
	case []byte:
		if from.Kind == JSON {
			x = jsonPlain(x, Type{Kind: Double})
		}
		f, clean = FloatOfString(x)
		return f, clean, true
	case binlog.Decimal:
		f, err := strconv.ParseFloat(string(x), 64)
		return f, true, err == nil
	}
	f, _ = TemporalNumber(v, from).Float64()
	return f, true, true
}

// Text is a value as a string.
func Text(v binlog.Value, from Type) []byte {
	switch v := v.(type) {
	case []byte:
		if from.Kind == JSON {
			return jsonPlain(v, Type{Kind: Blob})
		}
		return v
	case int64:
		if from.Kind == Year {
			return fmt.Appendf(nil, "%04d", v)
		}
		return strconv.AppendInt(nil, v, 10)
	case uint64:
		switch {
		case from.IsNamed():
			return []byte(from.names(v))
		case from.Kind == Bit:
			return from.bitBytes(v)
		}
		return from.zeros(strconv.AppendUint(nil, v, 10))
	case float64:
		if from.Precision > 0 {
			return from.zeros(strconv.AppendFloat(nil, v, 'f', int(from.Scale), 64))
		}
		return from.zeros([]byte(FormatFloat(v, from.Kind)))
	case binlog.Decimal:
		return from.zeros([]byte(v))
	case binlog.DateTime:
		return []byte(FormatDateTime(v, from))
	case binlog.Duration:
		return []byte(FormatTime(v, from.FSP))
	}
	return nil
}

// zeros puts those of ZEROFILL in front of a number.
func (t Type) zeros(digits []byte) []byte {
	if !t.Zerofill {
		return digits
	}
	missing := max(0, int(t.Wire().Length)-len(digits))
	return append(bytes.Repeat([]byte("0"), missing), digits...)
}

func storeString(v binlog.Value, from Type, to Target) (binlog.Value, error) {
	s, t := Text(v, from), to.Type
	if t.IsText() {
		if bad := t.Collation.Charset().foreign(s); bad >= 0 {
			return nil, to.incorrect("string", escaped(s[bad:]))
		}
	}
	if t.Kind == Char && t.IsText() {
		s = bytes.TrimRight(s, " ")
	}
	limit := len(s)
	switch {
	case t.Kind == Blob:
		limit = blobLimit(s, t)
	case t.Kind != Blob && t.IsText():
		limit = bytesOfChars(s, t.Length)
	case t.Kind != Blob:
		limit = min(len(s), t.Length)
	}
	if len(bytes.TrimRight(s[limit:], " ")) > 0 || limit < len(s) && !t.IsText() {
		return nil, to.tooLong()
	}
	s = s[:limit]
	if t.Kind == Char && !t.IsText() && len(s) < t.Length {
		s = append(bytes.Clone(s), make([]byte, t.Length-len(s))...)
	}
	return s, nil
}

// blobLimit is how many bytes of a text or of bytes a BLOB or TEXT holds. Those of UTF-8
// are not those of a character set that has one a letter.
func blobLimit(s []byte, t Type) int {
	switch most := t.BytesMax(); {
	case uint64(len(s)) <= most:
		return len(s)
	case t.IsText() && t.Collation.BytesPerChar() == 1:
		return bytesOfChars(s, int(most))
	default:
		return int(most)
	}
}

// bytesOfChars is how many bytes the first n characters have.
func bytesOfChars(s []byte, n int) int {
	if len(s) <= n {
		return len(s)
	}
	size := 0
	for ; n > 0 && size < len(s); n-- {
		_, k := utf8.DecodeRune(s[size:])
		size += k
	}
	return size
}

// escaped shows up to six bytes of a string that has bad ones, as MySQL does.
func escaped(s []byte) string {
	var out strings.Builder
	for i, b := range s {
		if i == 6 {
			out.WriteString("...")
			break
		}
		if b >= 0x20 && b < 0x7f {
			out.WriteByte(b)
			continue
		}
		out.WriteString(`\x` + strings.ToUpper(hex.EncodeToString([]byte{b})))
	}
	return out.String()
}

const quotedMax = 128

// quoted is a value as an error shows it.
func quoted(s []byte) string {
	if len(s) > quotedMax {
		s = s[:quotedMax]
	}
	return strings.ToValidUTF8(string(s), "?")
}

func storeDateTime(v binlog.Value, from Type, to Target) (binlog.Value, error) {
	t := to.Type
	shown := quoted(Text(v, from))
	out, ok := DateTimeOf(v, from)
	if from.Kind == Time {
		return nil, mysqlerr.New(mysqlerr.NotSupportedYet, "TIME stored in a column with a date")
	}
	if !ok || !ValidDateTime(out, to.ZeroDates) {
		return nil, to.incorrectTemporal(shown)
	}
	if t.Kind == Date {
		return binlog.DateTime{Year: out.Year, Month: out.Month, Day: out.Day}, nil
	}
	if out, ok = roundDateTime(out, t.FSP); !ok {
		return nil, to.incorrectTemporal(shown)
	}
	if t.Kind == Timestamp && !to.Display {
		if out, ok = utcTimestamp(out, to.Zone); !ok {
			return nil, to.incorrectTemporal(shown)
		}
	}
	return out, nil
}

// firstDay is the least number that is a date: 000101.
const firstDay = 101

// DateTimeOf is a string, a number such as 20200131 or a temporal value as a
// date and time.
func DateTimeOf(v binlog.Value, from Type) (binlog.DateTime, bool) {
	switch v := v.(type) {
	case binlog.DateTime:
		return v, true
	case []byte:
		return ParseDateTime(string(v))
	}
	if !from.IsNumber() {
		return binlog.DateTime{}, false
	}
	d, ok := Exact(v)
	if !ok || d.Sign() < 0 {
		return binlog.DateTime{}, false
	}
	if d.IsZero() {
		return binlog.DateTime{}, true
	}
	if d.LessThan(decimal.NewFromInt(firstDay)) {
		return binlog.DateTime{}, false
	}
	s := d.StringFixed(FSPMax)
	whole, micros, _ := strings.Cut(s, ".")
	switch n := len(whole); {
	case n < 6:
		whole = strings.Repeat("0", 6-n) + whole
	case n == 7 || n > 8 && n < 12:
		whole = strings.Repeat("0", 1+max(0, 11-n)) + whole
	case n == 13:
		whole = "0" + whole
	}
	return ParseDateTime(whole + "." + micros)
}

func storeTime(v binlog.Value, from Type, to Target) (binlog.Value, error) {
	shown := quoted(Text(v, from))
	var out binlog.Duration
	var ok bool
	switch x := v.(type) {
	case binlog.Duration:
		out, ok = x, true
	case binlog.DateTime:
		out, ok = binlog.Duration{Hour: x.Hour, Minute: x.Minute, Second: x.Second, Micro: x.Micro}, true
	case []byte:
		if out, ok = ParseTime(string(x)); !to.Display && len(bytes.TrimSpace(x)) == 0 {
			ok = true // in a column nothing is no time, 00:00:00
		}
	default:
		out, ok = timeOfNumber(v, from)
	}
	if ok {
		out, ok = roundDuration(out, to.Type.FSP)
	}
	if !ok {
		return nil, to.incorrectTemporal(shown)
	}
	return out, nil
}

// numberWithDay is the least number that is a date and a time together.
const numberWithDay = 10_000_000_000

// timeOfNumber is a number such as -123456.5 as a time; one with a day in it
// gives its time.
func timeOfNumber(v binlog.Value, from Type) (binlog.Duration, bool) {
	d, ok := Exact(v)
	if !ok {
		return binlog.Duration{}, false
	}
	if d.GreaterThanOrEqual(decimal.NewFromInt(numberWithDay)) {
		at, ok := DateTimeOf(v, from)
		return binlog.Duration{Hour: at.Hour, Minute: at.Minute, Second: at.Second, Micro: at.Micro}, ok
	}
	return parseClock(d.StringFixed(FSPMax))
}
