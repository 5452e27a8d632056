package stats

import (
	"math"
	"sort"
)

// maxBlocks is the largest answer of [BlocksNeeded].
const maxBlocks = 100_000

// BlocksNeeded returns the total number of values for which half of Student's interval at
// that level is narrower than distance, if their standard deviation stays sd: the smallest
// n, at least 2, with t(1-(1-level)/2, n-1)·sd/√n < distance.
//
// If distance is that from a mean to a bound, the interval then clears the bound with even
// odds, because the mean moves too. The result is 0 for a distance of 0 or less, for
// figures that are not finite, and if 100,000 values are too few.
func BlocksNeeded(sd, distance, level float64) int {
	if !(distance > 0) || !(sd >= 0) || math.IsInf(distance, 0) {
		return 0
	}
	first := fewestBlocks(sd, distance, level)
	if first > maxBlocks {
		return 0
	}
	does := func(n int) bool { return tCritical(level, n-1)*sd/math.Sqrt(float64(n)) < distance }
	last, step := first, 1 // double the step until it does: the half-width falls with n
	for last < maxBlocks && !does(last) {
		first, last = last+1, min(maxBlocks, last+step)
		step *= 2
	}
	if n := first + sort.Search(last-first+1, func(i int) bool { return does(first + i) }); n <= maxBlocks {
		return n
	}
	return 0
}

// fewestBlocks returns the number for a known standard deviation, at least 2, which is
// smaller by a few.
func fewestBlocks(sd, distance, level float64) int {
	z := math.Sqrt2 * math.Erfinv(level) * sd / distance
	return int(math.Max(2, math.Min(z*z, maxBlocks+1)))
}
