package stats

import (
	"math"
	"sort"
)

// maxBlocks is where [BlocksNeeded] gives up: nobody runs more.
const maxBlocks = 100_000

// BlocksNeeded is how many values in all, not how many more, it takes until
// Student's interval at that level is narrower than distance on either side,
// if their standard deviation stays sd: the smallest n, at least 2, with
// t(1-(1-level)/2, n-1)·sd/√n < distance.
//
// With the distance between a mean and a bound it says when the interval
// would clear the bound. The mean moves too, so that is about as likely as
// not. It is 0, no number, for a distance of 0 or less, for figures that are
// not finite and where 100,000 values would not do.
func BlocksNeeded(sd, distance, level float64) int {
	if !(distance > 0) || !(sd >= 0) || math.IsInf(distance, 0) {
		return 0
	}
	first := fewestBlocks(sd, distance, level)
	if first > maxBlocks {
		return 0
	}
	does := func(n int) bool { return tCritical(level, n-1)*sd/math.Sqrt(float64(n)) < distance }
	last, step := first, 1 // double the step until it does: the half-width falls with n, and first is close
	for last < maxBlocks && !does(last) {
		first, last = last+1, min(maxBlocks, last+step)
		step *= 2
	}
	if n := first + sort.Search(last-first+1, func(i int) bool { return does(first + i) }); n <= maxBlocks {
		return n
	}
	return 0
}

// fewestBlocks is below what Student's interval needs by a few blocks: as many as
// a known standard deviation would need, and at least 2.
func fewestBlocks(sd, distance, level float64) int {
	z := math.Sqrt2 * math.Erfinv(level) * sd / distance
	return int(math.Max(2, math.Min(z*z, maxBlocks+1)))
}
