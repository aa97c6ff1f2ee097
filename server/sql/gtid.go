package sql

import (
	"context"
	"fmt"
	"strings"
	"time"

	gms "github.com/dolthub/go-mysql-server/sql"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/mysqlerr"
)

// A gtidFunction is MySQL's function of that name, on sets of GTIDs (MySQL
// Reference Manual, Functions Used with Global Transaction Identifiers).
type gtidFunction struct {
	name string
	args []gms.Expression
}

var (
	_ gms.FunctionExpression         = (*gtidFunction)(nil)
	_ gms.CollationCoercible         = (*gtidFunction)(nil)
	_ gms.NonDeterministicExpression = (*gtidFunction)(nil)
)

const waitForGTIDs = "wait_for_executed_gtid_set"

// gtidArgs is how many arguments the functions take, at least and at most.
var gtidArgs = map[string][2]int{waitForGTIDs: {1, 2}, "gtid_subset": {2, 2}, "gtid_subtract": {2, 2}}

func newGTIDFunction(name string, args []gms.Expression) (gms.Expression, error) {
	if n := gtidArgs[name]; len(args) < n[0] || len(args) > n[1] {
		return nil, mysqlerr.New(mysqlerr.WrongParamCount, strings.ToUpper(name))
	}
	return &gtidFunction{name, args}, nil
}

// Eval implements gms.Expression.
func (f *gtidFunction) Eval(ctx *gms.Context, row gms.Row) (any, error) {
	values := make([]any, len(f.args))
	for i, e := range f.args {
		v, err := e.Eval(ctx, row)
		if err != nil {
			return nil, err
		}
		values[i] = v
	}
	if f.name == waitForGTIDs {
		return waitExecuted(ctx, values)
	}
	if values[0] == nil || values[1] == nil {
		return nil, nil
	}
	first, err := gtidSet(ctx, values[0])
	if err != nil {
		return nil, err
	}
	second, err := gtidSet(ctx, values[1])
	if err != nil {
		return nil, err
	}
	if f.name == "gtid_subset" {
		if second.ContainsSet(first) {
			return int64(1), nil
		}
		return int64(0), nil
	}
	rest := first.Clone()
	rest.Subtract(second)
	return strings.ReplaceAll(rest.String(), ",", ",\n"), nil
}

// gtidSet reads a set's text.
func gtidSet(ctx *gms.Context, v any) (binlog.GTIDSet, error) {
	if v == nil {
		return binlog.GTIDSet{}, mysqlerr.New(mysqlerr.MalformedGTIDSet, "NULL")
	}
	text, _, err := gtypes.LongText.Convert(ctx, v)
	if err != nil {
		return binlog.GTIDSet{}, err
	}
	s, ok := text.(string)
	if !ok {
		return binlog.GTIDSet{}, mysqlerr.New(mysqlerr.MalformedGTIDSet, fmt.Sprint(text))
	}
	set, err := binlog.ParseGTIDSet(s)
	if err != nil {
		return set, mysqlerr.Wrap(err, mysqlerr.MalformedGTIDSet, s)
	}
	return set, nil
}

// waitExecuted is 0 when the set is executed, and 1 when the time is over: some
// seconds, 0 for no limit.
func waitExecuted(ctx *gms.Context, values []any) (any, error) {
	set, err := gtidSet(ctx, values[0])
	if err != nil {
		return nil, err
	}
	wait, cancel := context.Context(ctx), context.CancelFunc(func() {})
	if len(values) == 2 {
		seconds, _, err := gtypes.Float64.Convert(ctx, values[1])
		n, ok := seconds.(float64)
		if err != nil || !ok || n < 0 {
			return nil, mysqlerr.New(mysqlerr.WrongArguments, strings.ToUpper(waitForGTIDs))
		}
		if n > 0 && n < waitMax.Seconds() {
			wait, cancel = context.WithTimeout(ctx, time.Duration(n*float64(time.Second)))
		}
	}
	defer cancel()
	err = ctx.Session.(*Session).client.WaitExecuted(wait, set)
	switch {
	case err == nil:
		return int64(0), nil
	case ctx.Err() == nil && wait.Err() != nil:
		return int64(1), nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	}
	return nil, err
}

// waitMax is above what anybody waits for: longer is for ever.
const waitMax = 10 * 365 * 24 * time.Hour

// Children implements gms.Expression.
func (f *gtidFunction) Children() []gms.Expression { return f.args }

// WithChildren implements gms.Expression.
func (f *gtidFunction) WithChildren(args ...gms.Expression) (gms.Expression, error) {
	return newGTIDFunction(f.name, args)
}

// Resolved implements gms.Expression.
func (f *gtidFunction) Resolved() bool {
	for _, e := range f.args {
		if !e.Resolved() {
			return false
		}
	}
	return true
}

// String implements gms.Expression.
func (f *gtidFunction) String() string {
	var args []string
	for _, e := range f.args {
		args = append(args, e.String())
	}
	return f.name + "(" + strings.Join(args, ",") + ")"
}

// Type implements gms.Expression.
func (f *gtidFunction) Type() gms.Type {
	if f.name == "gtid_subtract" {
		return gtypes.LongText
	}
	return gtypes.Int64
}

// IsNullable implements gms.Expression.
func (f *gtidFunction) IsNullable() bool { return f.name != waitForGTIDs }

// FunctionName implements gms.FunctionExpression.
func (f *gtidFunction) FunctionName() string { return f.name }

// Description implements gms.FunctionExpression.
func (f *gtidFunction) Description() string { return "is MySQL's " + strings.ToUpper(f.name) }

// IsNonDeterministic implements gms.NonDeterministicExpression: waiting is for
// the execution, not for whoever looks at the statement.
func (f *gtidFunction) IsNonDeterministic() bool { return f.name == waitForGTIDs }

// CollationCoercibility implements gms.CollationCoercible.
func (f *gtidFunction) CollationCoercibility(*gms.Context) (gms.CollationID, byte) {
	return gms.Collation_Default, 4
}
