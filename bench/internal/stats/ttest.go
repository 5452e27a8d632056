package stats

import "math"

// TTest is the two-sided p-value of Student's test that the mean of xs is
// center, for independent, roughly normal values: at or below 1-level where
// center is outside of [MeanInterval]. Where all values are equal it is 1 at
// center and 0 elsewhere. It is NaN for fewer than two values.
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
