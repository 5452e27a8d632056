package comparison

import (
	"math"
	"slices"

	"github.com/memproof/memproof/bench/internal/stats"
)

// ShareInterval returns the two-sided interval of a share over trials, each of so many
// hits.
func ShareInterval(xs []float64, hits uint64, level float64) stats.Interval {
	if slices.Max(xs) == 0 {
		_, high := stats.ShareBounds(0, math.Max(1, float64(hits)*float64(len(xs))), 1-(1-level)/2)
		return stats.Interval{High: high, N: len(xs)}
	}
	in, err := stats.LogMean(xs, level)
	if err != nil { // one trial gives no spread between trials
		return stats.Interval{Mean: stats.Mean(xs), High: 1, N: len(xs)}
	}
	in.High = min(in.High, 1)
	return in
}
