package stats

import (
	"fmt"
	"math"
)

// MaxSignFlip is the most values that [SignFlip] takes: 2^20 sums are a few
// milliseconds.
const MaxSignFlip = 20

// SignFlip returns the exact two-sided p-value of Fisher's randomisation test that the mean
// of xs is center. It assumes only that deviations from center are as likely to be positive
// as negative: of all 2^n signs of the deviations, p is the share whose sum is at least as
// far from 0 as the observed sum (R. A. Fisher, The Design of Experiments, section 21).
//
// p lies in [2^(1-n), 1]: six values are needed for less than 5%. Sums that differ by less
// than 1e-12 of the deviations' total are ties and count in full. SignFlip panics for no
// values and for more than [MaxSignFlip].
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

// countFar counts the signs of the rest that bring the sum to far or beyond. Recursion adds
// up each sum from a few terms; one flip at a time would add up a million rounding errors.
func countFar(sum float64, rest []float64, far float64) int {
	if len(rest) == 0 {
		if math.Abs(sum) >= far {
			return 1
		}
		return 0
	}
	return countFar(sum+rest[0], rest[1:], far) + countFar(sum-rest[0], rest[1:], far)
}
