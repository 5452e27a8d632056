package stats

import (
	"fmt"
	"math"
)

// Estimate is a figure with its confidence interval, which need not be
// symmetric.
type Estimate struct {
	Value     float64
	Low, High float64
}

// Fieller returns the ratio of the mean of num to the mean of den with its interval at that
// level, where num[i] and den[i] are a pair (E. C. Fieller, J. R. Stat. Soc. B 16, 1954; for
// pairs D. J. Finney, Statistical Method in Biological Assay, section 2.7). The differences
// num - ratio·den are assumed to be independent and roughly normal.
//
// ok is false if the interval is unbounded, because the mean of den does not differ from 0
// at that level; only Value is then set. Lists of different lengths, fewer than two pairs
// and a value that is not finite are errors.
func Fieller(num, den []float64, level float64) (e Estimate, ok bool, err error) {
	if len(num) != len(den) {
		return Estimate{}, false, fmt.Errorf("a paired ratio has %d numerators and %d denominators", len(num), len(den))
	}
	if err := checkValues(num); err != nil {
		return Estimate{}, false, fmt.Errorf("numerator: %w", err)
	}
	if err := checkValues(den); err != nil {
		return Estimate{}, false, fmt.Errorf("denominator: %w", err)
	}
	y, x := Mean(num), Mean(den)
	e.Value = y / x
	t := tCritical(level, len(num)-1)
	k := t * t / float64(len(num))
	e.Low, e.High, ok = ratioRange(y, x, k*covariance(num, num), k*covariance(num, den), k*covariance(den, den))
	return e, ok, nil
}

// ratioRange returns the range of r for which y - r·x does not differ from 0:
// a·r² - 2b·r + c <= 0. yy, xy and xx are the variances and the covariance, times t².
func ratioRange(y, x, yy, xy, xx float64) (low, high float64, ok bool) {
	a, b, c := x*x-xx, x*y-xy, y*y-yy
	if a <= 0 {
		return 0, 0, false
	}
	root := math.Sqrt(max(0, b*b-a*c)) // below 0 by rounding alone: y/x is inside
	return (b - root) / a, (b + root) / a, true
}

// ratio returns a contrast over a step, by Fieller's theorem, with the variances of the two
// and their covariance. The steps of num that share a cell with den are one part with it, a
// value a block; the others are independent of it.
//
// Fieller tests, for each ratio, whether num - ratio·den is 0. The degrees of freedom are
// those at the estimated ratio. ok is false where the interval is unbounded.
func (d *cells) ratio(num contrast, den step, level float64) (e Estimate, ok bool) {
	var shared contrast
	var rest []float64 // variances of the other steps
	for _, s := range num {
		if s.from == den.from || s.to == den.to || s.from == den.to || s.to == den.from {
			shared = append(shared, s)
			continue
		}
		variance, _ := d.variance(contrast{s})
		rest = append(rest, variance)
	}
	y, x := d.value(num), d.value(contrast{den})
	if e.Value = y / x; x == 0 {
		return e, false
	}
	n := float64(len(d.rows))
	a, b := d.perBlock(shared), d.perBlock(contrast{den})
	aa, ab, bb := covariance(a, a)/n, covariance(a, b)/n, covariance(b, b)/n
	own := aa - 2*e.Value*ab + e.Value*e.Value*bb
	_, df := satterthwaite(append(rest, own), len(d.rows)-1)
	t := tCritical(level, df)
	e.Low, e.High, ok = ratioRange(y, x, t*t*(aa+sum(rest)), t*t*ab, t*t*bb)
	return e, ok
}
