package expr

import (
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression/function"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/mysqlerr"
)

// seeded is RAND(seed): the numbers that MySQL gives for it, one after the other.
// A seed that is no constant begins anew with each row.
type seeded struct {
	Generator
	begun bool
}

// A Generator is MySQL's of random numbers: each follows from two that are less than
// GeneratorMax, or any to begin with.
type Generator struct{ A, B uint64 }

// GeneratorMax bounds the numbers of a Generator.
const GeneratorMax = 0x3FFFFFFF

// Next is a number from 0 to less than 1.
func (g *Generator) Next() float64 {
	g.A = (g.A*3 + g.B) % GeneratorMax
	g.B = (g.A + g.B + 33) % GeneratorMax
	return float64(g.A) / GeneratorMax
}

const seededStep = 55555555

func (s *seeded) begin(seed uint32) {
	s.A, s.B = uint64(seed*0x10001+seededStep)%GeneratorMax, uint64(seed*0x10000001)%GeneratorMax
	s.begun = true
}

// random is RAND(): the library's, if the session does not say what its numbers follow from.
type random struct{ gms.FunctionExpression }

// Eval implements gms.Expression.
func (r random) Eval(ctx *gms.Context, row gms.Row) (any, error) {
	if n, ok := sessionOf(ctx).Random(); ok {
		return n, nil
	}
	return r.FunctionExpression.Eval(ctx, row)
}

// WithChildren implements gms.Expression.
func (r random) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) > 0 {
		return nil, gms.ErrInvalidChildrenNumber.New(r, len(children), 0)
	}
	return r, nil
}

// newRandom is RAND.
func newRandom(args ...gms.Expression) (gms.Expression, error) {
	switch len(args) {
	case 0:
		r, err := function.NewRand()
		if err != nil {
			return nil, err
		}
		return random{r.(gms.FunctionExpression)}, nil
	case 1:
		return newSeeded(args[0]), nil
	}
	return nil, mysqlerr.New(mysqlerr.WrongParamCount, "RAND")
}

func newSeeded(arg gms.Expression) gms.Expression {
	s := &seeded{}
	_, constant := Constant(arg)
	return &Function{"rand", []gms.Expression{arg}, Recipe{1, 1, Always(gtypes.Float64), func(ctx *gms.Context, f *Function, v []any) (any, error) {
		if !s.begun || !constant {
			seed := int64(0)
			if v[0] != nil {
				var err error
				if seed, err = f.whole(ctx, 0, v[0]); err != nil {
					return nil, err
				}
			}
			s.begin(uint32(seed))
		}
		return s.Next(), nil
	}, true, true}}
}
