package expr

import "math"

// A precise is the sum of two DOUBLEs, the second of which is what the first has been
// rounded by: some 106 bits. Results that are computed so and rounded once are the ones
// nearest to the true values, which a C library gives, too.
type precise struct{ hi, lo float64 }

// The constants that the functions below reduce their arguments by.
var (
	ln2    = precise{math.Ln2, 2.3190468138462996e-17}
	halfPi = precise{math.Pi / 2, 6.123233995736766e-17}
)

// sumOf is a sum with its error.
func sumOf(a, b float64) precise {
	s := a + b
	v := s - a
	return precise{s, (a - (s - v)) + (b - v)}
}

// productOf is a product with its error.
func productOf(a, b float64) precise {
	p := float64(a * b)
	return precise{p, math.FMA(a, b, -p)}
}

func (a precise) add(b precise) precise {
	s, t := sumOf(a.hi, b.hi), sumOf(a.lo, b.lo)
	s = sumOf(s.hi, s.lo+t.hi)
	return sumOf(s.hi, s.lo+t.lo)
}

func (a precise) neg() precise { return precise{-a.hi, -a.lo} }

func (a precise) mul(b precise) precise {
	p := productOf(a.hi, b.hi)
	return sumOf(p.hi, p.lo+(a.hi*b.lo+a.lo*b.hi))
}

func (a precise) div(b precise) precise {
	q := a.hi / b.hi
	rest := a.add(b.mul(precise{hi: q}).neg())
	r := rest.hi / b.hi
	rest = rest.add(b.mul(precise{hi: r}).neg())
	return sumOf(q, r).add(precise{hi: rest.hi / b.hi})
}

func (a precise) scaled(by float64) precise { return precise{a.hi * by, a.lo * by} } // a power of two

// expHalvings is how often exp halves its argument before it sums a series up.
const expHalvings = 9

// exp is e to the power of a, over 2 to the power of n.
func (a precise) exp() (out precise, n int) {
	k := math.Round(a.hi / ln2.hi)
	r := a.add(ln2.mul(precise{hi: k}).neg()).scaled(1.0 / (1 << expHalvings))
	sum, term := precise{}, precise{hi: 1} // without the 1, which would cost digits
	for i := 1.0; i <= 9; i++ {
		term = term.mul(r).div(precise{hi: i})
		sum = sum.add(term)
	}
	for range expHalvings { // (1+s)² - 1 = 2s + s²
		sum = sum.scaled(2).add(sum.mul(sum))
	}
	return sum.add(precise{hi: 1}), int(k)
}

// log is the natural logarithm of a positive number: one step of Newton's from what a DOUBLE
// has.
func log(x float64) precise {
	fraction, n := math.Frexp(x)
	if fraction < math.Sqrt2/2 {
		fraction, n = fraction*2, n-1
	}
	near := math.Log(fraction)
	power, k := precise{hi: -near}.exp()
	rest := power.scaled(math.Ldexp(1, k)).mul(precise{hi: fraction}).add(precise{hi: -1})
	rest = rest.add(rest.mul(rest).scaled(-0.5))
	return ln2.mul(precise{hi: float64(n)}).add(precise{hi: near}).add(rest)
}

// anglesMax is the largest angle that sinCos reduces.
const anglesMax = 1 << 46

// sinCos is the sine and the cosine of an angle up to anglesMax.
func sinCos(x precise) (sin, cos precise) {
	// What halfPi has been rounded by, so that many quarter turns are right, too.
	const halfPiRest = -1.4973849048591833e-33
	quarter := math.Round(x.hi / halfPi.hi)
	r := x.add(halfPi.mul(precise{hi: quarter}).neg()).add(precise{hi: -quarter * halfPiRest})
	square := r.mul(r).neg()
	sin, cos = r, precise{hi: 1}
	s, c := r, precise{hi: 1}
	for i := 1.0; i <= 27; i += 2 {
		c = c.mul(square).div(precise{hi: i * (i + 1)})
		s = s.mul(square).div(precise{hi: (i + 1) * (i + 2)})
		cos, sin = cos.add(c), sin.add(s)
	}
	switch int(quarter) & 3 {
	case 1:
		return cos, sin.neg()
	case 2:
		return sin.neg(), cos.neg()
	case 3:
		return cos.neg(), sin
	}
	return sin, cos
}

func preciseExp(x float64) float64 {
	if near := math.Exp(x); x == 0 || near == 0 || math.IsInf(near, 0) || math.IsNaN(x) {
		return near
	}
	out, n := precise{hi: x}.exp()
	return math.Ldexp(out.hi, n)
}

func preciseLog(x float64) float64 {
	if x <= 0 || math.IsInf(x, 0) || math.IsNaN(x) {
		return math.Log(x)
	}
	return log(x).hi
}

func preciseLog2(x float64) float64 {
	if fraction, n := math.Frexp(x); fraction == 0.5 {
		return float64(n - 1)
	}
	if x <= 0 || math.IsInf(x, 0) || math.IsNaN(x) {
		return math.Log2(x)
	}
	return log(x).div(ln2).hi
}

// commonLog is the logarithm to the base 10 as C libraries have it, which is not always the
// nearest: of the fraction and of the power of two apart.
func commonLog(x float64) float64 {
	const (
		perLn  = 4.34294481903251816668e-01
		twoHi  = 3.01029995663611771306e-01
		twoLow = 3.69423907715893078616e-13
	)
	if x <= 0 || math.IsInf(x, 0) || math.IsNaN(x) {
		return math.Log10(x)
	}
	fraction, n := math.Frexp(x)
	fraction, n = fraction*2, n-1
	if n < 0 {
		fraction, n = fraction/2, n+1
	}
	y := float64(n)
	z := float64(y*twoLow) + float64(perLn*preciseLog(fraction))
	return z + float64(y*twoHi)
}

// ofAngle is a function of an angle; others than sinCos takes are left to otherwise.
func ofAngle(of func(sin, cos precise) float64, otherwise func(float64) float64) func(float64) float64 {
	return func(x float64) float64 {
		if x == 0 || !(math.Abs(x) < anglesMax) {
			return otherwise(x)
		}
		return of(sinCos(precise{hi: x}))
	}
}

func preciseAtan(x float64) float64 {
	near := math.Atan(x)
	if x == 0 || math.Abs(x) > 1e15 {
		return near
	}
	sin, cos := sinCos(precise{hi: near})
	exact := precise{hi: x}
	rest := exact.mul(cos).add(sin.neg()).div(exact.mul(sin).add(cos))
	return sumOf(near, rest.hi).hi
}

func preciseAsin(x float64) float64 {
	near := math.Asin(x)
	if x == 0 || math.Abs(x) == 1 || math.IsNaN(near) {
		return near
	}
	sin, cos := sinCos(precise{hi: near})
	return near + precise{hi: x}.add(sin.neg()).div(cos).hi
}

func preciseAcos(x float64) float64 {
	near := math.Acos(x)
	if math.Abs(x) == 1 || math.IsNaN(near) {
		return near
	}
	sin, cos := sinCos(precise{hi: near})
	return near + cos.add(precise{hi: -x}).div(sin).hi
}

// precisePow is left to the machine where there is nothing to round.
func precisePow(x, y float64) float64 {
	near := math.Pow(x, y)
	if near == 0 || math.IsInf(near, 0) || math.IsNaN(near) || x == 1 || y == 0 || y == 1 || math.Abs(near) < 1e-290 {
		return near
	}
	out, n := log(math.Abs(x)).mul(precise{hi: y}).exp()
	return math.Copysign(math.Ldexp(out.hi, n), near)
}
