package types

import (
	"time"

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
	Ignored   bool           // the mode is strict, but the statement passes errors over
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
	if from.Kind == JSON && (t.IsNumber() && t.Kind != Year || t.IsTemporal()) {
		return storeDocument(v.([]byte), to)
	}
	if from.IsSpecial() {
		v, from = plain(v, from, t)
	}
	if from.Recoded() && t.TakesBytes() {
		v = from.Logged(v)
	}
	if b, is := v.([]byte); is && from.IsBytes() && t.Recoded() {
		text, bad := t.Collation.Charset().Text(b)
		if bad != nil {
			return nil, to.incorrect("string", escaped(bad))
		}
		v = text
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
