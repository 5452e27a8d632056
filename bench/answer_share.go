package bench

import (
	"math"
	"slices"

	"github.com/memproof/memproof/bench/internal/stats"
)

// share decides a claim on a share of the requests, from the value of one variant
// or the difference of two. With no failure at all the exact upper bound decides,
// over the requests of all trials; otherwise the trials do, on the log scale.
func (v *ClaimVerdict) share(of, against []float64, hits uint64) {
	at := func(level float64) stats.Interval {
		in := shareInterval(of, hits, level)
		if v.Comparison == Difference {
			in = stats.DifferenceOfShares(in, shareInterval(against, hits, level))
		}
		return in
	}
	in := at(v.Level)
	v.Estimate, v.Low, v.High = &in.Mean, &in.Low, &in.High
	v.Outcome = v.against(in.Low, in.High)
	v.p = v.pOfShare(at)
}

// shareInterval is the two-sided interval of a share over trials of so many hits.
func shareInterval(xs []float64, hits uint64, level float64) stats.Interval {
	if slices.Max(xs) == 0 {
		_, high := stats.ShareBounds(0, math.Max(1, float64(hits)*float64(len(xs))), 1-(1-level)/2)
		return stats.Interval{High: high, N: len(xs)}
	}
	in, err := stats.LogMean(xs, level)
	if err != nil { // one trial: it says nothing of the others
		return stats.Interval{Mean: stats.Mean(xs), High: 1, N: len(xs)}
	}
	in.High = min(in.High, 1)
	return in
}

// pOfShare is the smallest error at which the answer would still be given, on the
// scale of pOfAnswer.
func (v *ClaimVerdict) pOfShare(at func(level float64) stats.Interval) float64 {
	if !v.decided() {
		return 1
	}
	const rounds = 40 // halves the error to nothing
	holds, fails := 1-v.Level, 0.0
	for range rounds {
		p := (holds + fails) / 2
		if p <= 0 {
			break
		}
		if in := at(1 - p); v.against(in.Low, in.High) == v.Outcome {
			holds = p
		} else {
			fails = p
		}
	}
	return holds * secondaryError / (1 - v.Level)
}
