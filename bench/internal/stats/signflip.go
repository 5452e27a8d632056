package stats

import (
	"fmt"
	"math"
)

// MaxSignFlip is the most values that [SignFlip] takes: 2^20 sums are a few
// milliseconds.
const MaxSignFlip = 20

// SignFlip is the exact two-sided p-value of Fisher's randomisation test that
// the mean of xs is center. It assumes that deviations from center are as
// likely to be positive as negative, and no more: of all 2^n ways to give each
// deviation a sign, p is the share whose sum is at least as far from 0 as the
// sum observed (R. A. Fisher, The Design of Experiments, section 21).
//
// p lies in [2^(1-n), 1]: below 5% it takes six values. Sums that differ by
// less than 1e-12 of the deviations' total are ties and count in full, for
// rounding must not decide. SignFlip panics for no values and for more than
// [MaxSignFlip].
func SignFlip(xs []float64, center float64) float64 {
	if len(xs) == 0 || len(xs) > MaxSignFlip {
		panic(fmt.Sprintf("stats: the sign-flip test takes 1 to %d values, not %d", MaxSignFlip, len(xs)))
	}
	deviations := make([]float64, len(xs))
	var observed, total float64
	for i, x := range xs {
		deviations[i] = x - center
		observed += x - center
		total += math.Abs(x - center)
	}
	far := math.Abs(observed) - 1e-12*total
	// A sum and its mirror image are equally far: the first sign may stay.
	count := countFar(deviations[0], deviations[1:], far)
	return float64(count) / math.Exp2(float64(len(xs)-1))
}

// countFar counts the ways to give the rest signs that bring the sum to far or
// beyond. Recursion adds up each sum from a few terms; walking through the
// sums one flip at a time would pile up the rounding of a million additions.
func countFar(sum float64, rest []float64, far float64) int {
	if len(rest) == 0 {
		if math.Abs(sum) >= far {
			return 1
		}
		return 0
	}
	return countFar(sum+rest[0], rest[1:], far) + countFar(sum-rest[0], rest[1:], far)
}
