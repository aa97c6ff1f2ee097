package expr

import (
	"time"
	"unicode/utf8"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/expression/function"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"
	"github.com/shopspring/decimal"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// missingFunctions are functions of MySQL that neither the library nor this package has.
var missingFunctions = map[string]bool{
	"extractvalue": true, "updatexml": true, "roles_graphml": true, "statement_digest": true, "statement_digest_text": true,
	"st_buffer": true, "st_buffer_strategy": true, "st_transform": true,
}

// builtIns are the library's functions, by name.
var builtIns = func() map[string]gms.Function {
	out := map[string]gms.Function{}
	for _, f := range function.BuiltIns {
		out[f.FunctionName()] = f
	}
	return out
}()

// builtIn is the library's function of that name.
func builtIn(name string) gms.Function { return builtIns[name] }

// ofTextsAlone are functions that give back what type they are given, which is text
// whatever that is.
var ofTextsAlone = map[string]bool{"upper": true, "ucase": true, "lower": true, "lcase": true, "reverse": true}

// withText is such a function of the library, with a text of what is none.
func withText(name string) gms.Function {
	return gms.FunctionN{Name: name, Fn: func(args ...gms.Expression) (gms.Expression, error) {
		if len(args) == 1 && makesBytes(name, args) {
			return ofLibrary(name, args), nil
		}
		if len(args) == 1 && !convert.IsVector(args[0]) { // which is refused
			if t, known := convert.FromType(args[0].Type()); !known || !t.IsString() && t.Kind != types.Null {
				args = []gms.Expression{expression.NewConvert(args[0], expression.ConvertToChar)}
			}
		}
		return builtIn(name).NewInstance(args)
	}}
}

// sleepMax bounds SLEEP: a time.Duration holds no more.
const sleepMax = 1 << 31

// newSleep is SLEEP: 1 if the statement is killed on the way, which ends it with its next
// step.
func newSleep(args ...gms.Expression) (gms.Expression, error) {
	if len(args) != 1 {
		return nil, mysqlerr.New(mysqlerr.WrongParamCount, "sleep")
	}
	return &Function{"sleep", args, Recipe{1, 1, Always(gtypes.Int64), func(ctx *gms.Context, f *Function, v []any) (any, error) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		seconds := decimal.NewFromInt(-1)
		if v[0] != nil {
			var err error
			if seconds, err = numberOf(ctx, v[0], f.Args[0].Type()); err != nil {
				return nil, err
			}
		}
		if seconds.IsNegative() {
			return nil, mysqlerr.New(mysqlerr.WrongArguments, "sleep.")
		}
		seconds = decimal.Min(seconds, decimal.NewFromInt(sleepMax))
		timer := time.NewTimer(time.Duration(seconds.Shift(9).IntPart()))
		defer timer.Stop()
		select {
		case <-ctx.Done():
			sessionOf(ctx).Wake()
			return int64(1), nil
		case <-timer.C:
			return int64(0), nil
		}
	}, true, true}}, nil
}

// benchmarkStep is how often BENCHMARK computes between two looks at the context.
const benchmarkStep = 1024

// A benchmark is BENCHMARK: its second operand as often as the first says.
type benchmark struct{ *Function }

func newBenchmark(args ...gms.Expression) (gms.Expression, error) {
	if len(args) != 2 {
		return nil, mysqlerr.New(mysqlerr.WrongParamCount, "benchmark")
	}
	return benchmark{&Function{"benchmark", args, Recipe{TypeOf: Always(gtypes.Int64)}}}, nil
}

// WithChildren implements gms.Expression.
func (benchmark) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	return newBenchmark(children...)
}

// Eval implements gms.Expression.
func (b benchmark) Eval(ctx *gms.Context, row gms.Row) (any, error) {
	v, err := b.Args[0].Eval(ctx, row)
	if err != nil || v == nil {
		return nil, err
	}
	n, err := b.whole(ctx, 0, v)
	if err != nil {
		return nil, err
	}
	if n < 0 {
		ctx.Warn(mysqlerr.WrongValueForType, "Incorrect count value: '%d' for function benchmark", n)
		return nil, nil
	}
	for i := range n {
		if i%benchmarkStep == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if _, err := b.Args[1].Eval(ctx, row); err != nil {
			return nil, err
		}
	}
	return int64(0), nil
}

// regexpPositions is where functions of regular expressions have the place at which they
// begin.
var regexpPositions = map[string]int{"regexp_instr": 2, "regexp_substr": 2, "regexp_replace": 3}

// withPosition is such a function of the library, which does not begin outside of its
// text (3686).
func withPosition(name string) gms.Function {
	return gms.FunctionN{Name: name, Fn: func(args ...gms.Expression) (gms.Expression, error) {
		if at := regexpPositions[name]; len(args) > at {
			args[at] = &Function{"position", []gms.Expression{args[at], args[0]}, Recipe{2, 2, Always(gtypes.Int64), insidePosition, false, true}}
		}
		return builtIn(name).NewInstance(args)
	}}
}

func insidePosition(ctx *gms.Context, f *Function, v []any) (any, error) {
	n, err := f.whole(ctx, 0, v[0])
	if err != nil {
		return nil, err
	}
	s, err := f.text(ctx, 1, v[1])
	if err == nil && (n < 1 || n > int64(utf8.RuneCountInString(s))+1) {
		err = mysqlerr.New(mysqlerr.RegexpBounds)
	}
	return n, err
}

// randomMax is the most bytes of RANDOM_BYTES.
const randomMax = 1024

// randomBytes is the library's within MySQL's bounds.
func randomBytes(ctx *gms.Context, f *Function, v []any) (any, error) {
	n, err := f.whole(ctx, 0, v[0])
	if err != nil {
		return nil, err
	}
	if n < 1 || n > randomMax {
		return nil, mysqlerr.New(mysqlerr.DataOutOfRange, "length", f.Name)
	}
	return function.NewRandomBytes(expression.NewLiteral(n, gtypes.Int64)).Eval(ctx, nil)
}
