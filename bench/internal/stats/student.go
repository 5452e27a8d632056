package stats

import (
	"fmt"
	"math"
	"sync"
)

// degrees are degrees of freedom: a whole number, or Satterthwaite's.
type degrees interface{ int | float64 }

// tCritical returns the t for which |T| <= t has the probability level, where T has
// Student's distribution with df degrees of freedom.
//
// It bisects to the last bit: about a hundred evaluations, some microseconds. The same few
// levels and degrees are asked for again and again, so it keeps the results.
func tCritical[D degrees](level float64, df D) float64 {
	checkLevel(level)
	key := [2]float64{level, float64(df)}
	if t, ok := criticals.Load(key); ok {
		return t.(float64)
	}
	low, high := 0.0, 1.0
	for tOutside(high, df) > 1-level {
		low, high = high, 2*high
	}
	t := bisect(low, high, func(t float64) bool { return tOutside(t, df) > 1-level })
	if df == D(int(df)) && df <= mostKept {
		criticals.Store(key, t)
	}
	return t
}

// criticals holds results of [tCritical] by level and degrees, whole ones up to mostKept.
var criticals sync.Map

const mostKept = 10_000

// bisect returns the place between low and high, to the last bit, up to which below is
// true.
func bisect(low, high float64, below func(x float64) bool) float64 {
	for {
		mid := low + (high-low)/2
		if mid <= low || mid >= high {
			return mid
		}
		if below(mid) {
			low = mid
		} else {
			high = mid
		}
	}
}

func checkLevel(level float64) {
	if !(level > 0 && level < 1) {
		panic(fmt.Sprintf("stats: confidence level %g is not between 0 and 1", level))
	}
}

// tOutside is the probability of |T| > t for Student's distribution, the
// regularised incomplete beta function of df/(df+t²) (Abramowitz and Stegun,
// Handbook of Mathematical Functions, 26.5.27 and 26.7.1).
func tOutside[D degrees](t float64, df D) float64 {
	v := float64(df)
	return incompleteBeta(v/2, 0.5, v/(v+t*t))
}

// incompleteBeta is I_x(a, b) for 0 <= x <= 1.
func incompleteBeta(a, b, x float64) float64 {
	if x <= 0 || x >= 1 {
		return x
	}
	front := math.Exp(logGamma(a+b) - logGamma(a) - logGamma(b) + a*math.Log(x) + b*math.Log1p(-x))
	if x < (a+1)/(a+b+2) { // where the fraction converges fast
		return front * betaFraction(a, b, x) / a
	}
	return 1 - front*betaFraction(b, a, 1-x)/b
}

// betaFraction evaluates the continued fraction 1/(1 + d1/(1 + d2/(1 + …)))
// of the incomplete beta function (NIST Digital Library of Mathematical
// Functions, 8.17.22) from its head on: Lentz's method in the form of Thompson
// and Barnett (J. Comput. Phys. 64, 1986). It takes about √max(a, b) steps.
func betaFraction(a, b, x float64) float64 {
	f, c, d := 1.0, 1.0, 0.0
	for j := 1; j < 100_000; j++ {
		k := betaCoefficient(j, a, b) * x
		d = 1 / awayFromZero(1+k*d)
		c = awayFromZero(1 + k/c)
		f *= c * d
		if math.Abs(c*d-1) < 1e-15 {
			break
		}
	}
	return 1 / f
}

// betaCoefficient is d_j without its factor x.
func betaCoefficient(j int, a, b float64) float64 {
	m := float64(j / 2)
	if j%2 == 0 {
		return m * (b - m) / ((a + 2*m - 1) * (a + 2*m))
	}
	return -(a + m) * (a + b + m) / ((a + 2*m) * (a + 2*m + 1))
}

// awayFromZero keeps Lentz's method from dividing by zero.
func awayFromZero(x float64) float64 {
	const tiny = 1e-300
	if math.Abs(x) < tiny {
		return tiny
	}
	return x
}

// logGamma is math.Lgamma for arguments above 0, whose sign is always +1.
func logGamma(x float64) float64 {
	y, _ := math.Lgamma(x)
	return y
}
