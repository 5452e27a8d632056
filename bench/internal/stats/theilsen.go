package stats

import (
	"fmt"
	"math"
	"slices"
)

// TheilSen returns the slope of y over x, the median of the slopes between all pairs of
// points, with Sen's interval at that level (P. K. Sen, J. Am. Stat. Assoc. 63, 1968). Up
// to 29% of the points may be outliers. Pairs with the same x are left out.
//
// The interval assumes that the distances from the line are independent; those of samples
// taken a moment apart are not, and their interval is too narrow. Ties among the y are not
// corrected for, which only makes it wider.
//
// Time and memory are quadratic in the number of points: 3,000 points have 4.5 million
// slopes, 36 MB. Lists of different lengths, a value that is not finite, and fewer points
// than the interval needs (6 at 95%) are errors.
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

// dropEachSide returns the rank of the interval's ends among n slopes, from either side:
// (n - z·sd)/2 with the standard deviation of Kendall's score and the normal quantile z. It
// is rounded down, so that the interval is not too narrow.
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

// kendallVariance returns the variance of Kendall's score of points without a trend, with
// Sen's correction for tied x. Whole numbers add up to the same in any order of the map.
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
