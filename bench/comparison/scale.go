package comparison

import (
	"math"

	"github.com/memproof/memproof/bench/internal/stats"
)

// Scale converts a comparison's figures to the scale on which its blocks are averaged,
// and back. Reduction and ratio use logarithms, so that halving and doubling weigh the
// same; the others use the plain figure.
type Scale struct {
	Of   func(of, baseline float64) float64 // one block on the scale
	To   func(figure float64) float64       // a bound on the scale
	From func(x float64) float64            // back to a figure
	// Saves reports whether the figure is the part of the baseline that is saved. A
	// higher value on the scale is then a lower figure, and a factor applies to the
	// remaining part.
	Saves bool
	// Factor reports whether the scale is logarithmic: a distance on it is a factor.
	Factor bool
}

// Back converts an interval from the scale to figures.
func (s Scale) Back(in stats.Interval) (estimate, low, high float64) {
	estimate, low, high = s.From(in.Mean), s.From(in.Low), s.From(in.High)
	if s.Saves {
		low, high = high, low
	}
	return estimate, low, high
}

// Above returns the figure at that distance from no effect: for a ratio one above 1,
// for a reduction one that saves.
func (s Scale) Above(distance float64) float64 {
	if s.Saves {
		distance = -distance
	}
	return s.From(distance)
}

// Change converts a distance on the scale to a readable figure: a factor, or an amount
// in the metric's unit.
func (s Scale) Change(distance float64) float64 {
	if s.Factor {
		return math.Exp(distance)
	}
	return distance
}

// plainScale averages the figure itself.
func plainScale(of func(of, baseline float64) float64) Scale {
	return Scale{Of: of, To: same, From: same}
}

func same(x float64) float64 { return x }

// logRatio is the value of one block for a comparison by a factor.
func logRatio(of, baseline float64) float64 { return math.Log(of / baseline) }

// ShareInterval returns the two-sided interval of a share of the requests, 0 to 1, over
// trials of so many hits each. It holds the exact interval of all their requests (see
// [stats.ShareBounds]) and that of the trials (see [stats.LogMean]). The first is too narrow
// where failures come together, the second where trials agree by chance: 2 of 500 requests
// in each of three trials have no scatter at all.
//
// One trial with failures does not tell how trials scatter: its interval is 0 to 1.
func ShareInterval(xs []float64, hits uint64, level float64) stats.Interval {
	mean, n := stats.Mean(xs), math.Max(1, float64(hits)*float64(len(xs)))
	low, high := stats.ShareBounds(math.Round(mean*n), n, 1-(1-level)/2)
	in := stats.Interval{Mean: mean, Low: min(low, mean), High: max(high, mean), N: len(xs)}
	if mean == 0 {
		return in
	}
	trials, err := stats.LogMean(xs, level)
	if err != nil {
		trials = stats.Interval{High: 1}
	}
	in.Low, in.High = min(in.Low, trials.Low), max(in.High, min(trials.High, 1))
	return in
}

func (s Shares) interval(level float64) stats.Interval {
	return ShareInterval(s.PerBlock, s.Hits, level)
}
