package expr

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// seriesOf sums x^(first+2i)/(first+2i)! with alternating signs, or all powers, with 200 bits.
func seriesOf(x float64, first, step int) *big.Float {
	number := func(v float64) *big.Float { return new(big.Float).SetPrec(300).SetFloat64(v) }
	power, sum := number(1), number(0)
	for i := range 400 {
		if i > 0 {
			power.Mul(power, number(x)).Quo(power, number(float64(i)))
		}
		if i < first || (i-first)%step != 0 {
			continue
		}
		if term := new(big.Float).Copy(power); step == 2 && (i-first)/2%2 == 1 {
			sum.Sub(sum, term)
		} else {
			sum.Add(sum, term)
		}
	}
	return sum
}

// Results are the nearest to the true values: those of series with more digits.
func TestPrecise(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		x := (r.Float64() - 0.5) * 40
		for name, c := range map[string]struct {
			got  float64
			want *big.Float
		}{
			"exp": {preciseExp(x), seriesOf(x, 0, 1)},
			"sin": {ofAngle(func(sin, _ precise) float64 { return sin.hi }, math.Sin)(x), seriesOf(x, 1, 2)},
			"cos": {ofAngle(func(_, cos precise) float64 { return cos.hi }, math.Cos)(x), seriesOf(x, 0, 2)},
		} {
			if want, _ := c.want.Float64(); c.got != want {
				t.Errorf("%s(%v) is %v, not %v", name, x, c.got, want)
			}
		}
		if y := preciseExp(x); math.Abs(preciseLog(y)-x) > math.Abs(x)*1e-15+1e-16 {
			t.Errorf("log(exp(%v)) is %v", x, preciseLog(y))
		}
	}
	for _, c := range [][2]float64{
		{preciseLog(14), 2.6390573296152584}, {preciseLog2(2.5), 1.3219280948873624}, {preciseLog2(8), 3}, {preciseLog2(0.125), -3},
		{commonLog(5), 0.6989700043360189}, {commonLog(1000), 3}, {commonLog(0.1), -1}, {commonLog(20200101), 7.305353540913605},
		{preciseAtan(6), 1.4056476493802699}, {preciseAtan(7), 1.4288992721907328}, {preciseAsin(0.5), math.Asin(0.5)},
		{precisePow(1.1, 2), 1.2100000000000002}, {precisePow(10, 3), 1000}, {precisePow(-2, 3), -8}, {precisePow(2, -1074), 5e-324},
	} {
		if c[0] != c[1] {
			t.Errorf("%v is not %v", c[0], c[1])
		}
	}
}
