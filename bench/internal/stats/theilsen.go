package stats

import (
	"fmt"
	"math"
	"slices"
)

// TheilSen is the slope of y over x as the median of the slopes between all
// pairs of points, with Sen's interval at that level (P. K. Sen, J. Am. Stat.
// Assoc. 63, 1968). Up to 29% of the points may be wild without moving it far.
// Pairs with the same x have no slope and are left out.
//
// The interval assumes that the distances from the line are independent; those
// of samples taken a moment apart are not, and their interval is too narrow.
// Ties among the y are not corrected for, which makes it wider, never narrower.
//
// Time and memory grow with the square of the number of points: 3,000 points
// take about 4.5 million slopes, 36 MB. It is an error to give lists of
// different lengths, a value that is not finite, or fewer points than an
// interval at that level needs (6 at 95%).
func TheilSen(x, y []float64, level float64) (Estimate, error) {
	if len(x) != len(y) {
		return Estimate{}, fmt.Errorf("a slope of %d x over %d y", len(x), len(y))
	}
	for _, values := range [][]float64{x, y} {
		if err := checkValues(values); err != nil {
			return Estimate{}, err
		}
	}
	slopes := pairSlopes(x, y)
	drop := dropEachSide(x, len(slopes), level)
	if drop < 1 {
		return Estimate{}, fmt.Errorf("%d points with %d slopes are too few for an interval at level %g", len(x), len(slopes), level)
	}
	slices.Sort(slopes)
	return Estimate{Value: median(slopes), Low: slopes[drop-1], High: slopes[len(slopes)-drop]}, nil
}

// dropEachSide is the rank of the interval's ends among n slopes, counted from
// either side: (n - z·sd)/2, where sd is that of Kendall's score and z the
// normal quantile. It is rounded down, so that the interval holds at least
// the level.
func dropEachSide(x []float64, n int, level float64) int {
	checkLevel(level)
	z := math.Sqrt2 * math.Erfinv(level)
	return int(math.Floor((float64(n) - z*math.Sqrt(kendallVariance(x))) / 2))
}

func pairSlopes(x, y []float64) []float64 {
	slopes := make([]float64, 0, len(x)*(len(x)-1)/2)
	for i := range x {
		for j := range i {
			if x[i] != x[j] {
				slopes = append(slopes, (y[i]-y[j])/(x[i]-x[j]))
			}
		}
	}
	return slopes
}

// kendallVariance is the variance of Kendall's score of points without a
// trend, with Sen's correction for groups of tied x. It is summed in whole
// numbers: the order of a map must not reach the result.
func kendallVariance(x []float64) float64 {
	score := func(n int) int { return n * (n - 1) * (2*n + 5) }
	ties := make(map[float64]int)
	for _, at := range x {
		ties[at]++
	}
	v := score(len(x))
	for _, n := range ties {
		v -= score(n)
	}
	return float64(v) / 18
}

func median(sorted []float64) float64 {
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
