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
	a, b  uint64
	begun bool
}

// The generator of MySQL: two numbers below seededMax.
const (
	seededMax  = 0x3FFFFFFF
	seededStep = 55555555
)

func (s *seeded) begin(seed uint32) {
	s.a, s.b, s.begun = uint64(seed*0x10001+seededStep)%seededMax, uint64(seed*0x10000001)%seededMax, true
}

func (s *seeded) next() float64 {
	s.a = (s.a*3 + s.b) % seededMax
	s.b = (s.a + s.b + 33) % seededMax
	return float64(s.a) / seededMax
}

// newRandom is RAND: the library's without a seed.
func newRandom(args ...gms.Expression) (gms.Expression, error) {
	switch len(args) {
	case 0:
		return function.NewRand()
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
		return s.next(), nil
	}, true, true}}
}
