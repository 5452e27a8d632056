package stats

import (
	"fmt"
	"math"
)

// Quantile returns the nearest-rank quantile (type 1 of Hyndman and Fan, The
// American Statistician 50, 1996): the smallest value that at least the share
// q of the sample is at or below. It is always a value of the sample, and
// q = 0 gives the smallest.
//
// The sample must be in ascending order. Quantile panics for an empty sample
// and for q outside [0, 1].
func Quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 || !(q >= 0 && q <= 1) {
		panic(fmt.Sprintf("stats: quantile %g of %d values", q, len(sorted)))
	}
	n := float64(len(sorted))
	rank := math.Ceil(q * n)
	// q·n may round to the wrong side of a whole number (0.07 · 100 is
	// 7.000000000000001): the share at or below is what defines the rank.
	if rank > 1 && (rank-1)/n >= q {
		rank--
	} else if rank < n && rank/n < q {
		rank++
	}
	return sorted[int(max(rank, 1))-1]
}
