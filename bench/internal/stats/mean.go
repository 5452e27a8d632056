package stats

import (
	"fmt"
	"math"
)

// Interval is a confidence interval for a mean, in the unit of the values.
type Interval struct {
	Mean      float64
	Low, High float64 // Mean - HalfWidth and Mean + HalfWidth
	HalfWidth float64 // 0 where all values are equal: such an interval proves nothing
	N         int     // number of values, at least 2
	SD        float64 // sample standard deviation, with N-1 in the denominator
}

// MeanInterval returns Student's two-sided interval for the mean of independent,
// roughly normal values: mean ± t(1-(1-level)/2, n-1)·sd/√n. Level lies
// strictly between 0 and 1.
//
// A one-sided bound at confidence c is one end of the two-sided interval at
// level 2c-1: the upper 95% bound is High at level 0.90.
//
// Fewer than two values and a value that is not finite are errors.
func MeanInterval(xs []float64, level float64) (Interval, error) {
	if err := checkValues(xs); err != nil {
		return Interval{}, err
	}
	m := Mean(xs)
	sd := math.Sqrt(covariance(xs, xs))
	half := tCritical(level, len(xs)-1) * sd / math.Sqrt(float64(len(xs)))
	return Interval{Mean: m, Low: m - half, High: m + half, HalfWidth: half, N: len(xs), SD: sd}, nil
}

// TTest returns the two-sided p-value of Student's test that the mean of independent,
// roughly normal values is center: at or below 1-level if center is outside [MeanInterval].
// If all values are equal it is 1 at center and 0 elsewhere; NaN for fewer than two values.
func TTest(xs []float64, center float64) float64 {
	if len(xs) < 2 {
		return math.NaN()
	}
	distance := math.Abs(Mean(xs) - center)
	if distance == 0 {
		return 1
	}
	return tOutside(distance/math.Sqrt(covariance(xs, xs)/float64(len(xs))), len(xs)-1)
}

// Mean is the arithmetic mean, NaN for no values.
func Mean(xs []float64) float64 {
	n := float64(len(xs))
	m := sum(xs) / n
	var rest float64 // the rounding error of m
	for _, x := range xs {
		rest += x - m
	}
	return m + rest/n
}

func sum(xs []float64) float64 {
	var s float64
	for _, x := range xs {
		s += x
	}
	return s
}

// covariance returns the sample covariance, with n-1 in the denominator. It sums
// deviations: sums of squares would cancel for figures such as 1.58e9 bytes.
func covariance(xs, ys []float64) float64 {
	mx, my := Mean(xs), Mean(ys)
	var s float64
	for i := range xs {
		s += (xs[i] - mx) * (ys[i] - my)
	}
	return s / float64(len(xs)-1)
}

func checkValues(xs []float64) error {
	if len(xs) < 2 {
		return fmt.Errorf("an interval needs at least two values, got %d", len(xs))
	}
	for i, x := range xs {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Errorf("value %d is %g", i+1, x)
		}
	}
	return nil
}
