// Package comparison holds the ways in which a claim compares two figures, or looks at
// one: the scale on which blocks are averaged, and the level of the interval.
package comparison

import (
	"math"
	"slices"

	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/metric"
)

// Kind is how a claim sets its figure.
type Kind string

// The comparisons.
const (
	Reduction  Kind = "reduction"
	Ratio      Kind = "ratio"
	Difference Kind = "difference"
	Value      Kind = "value"
)

// Scale carries a comparison to the scale on which its blocks are averaged and
// back: logarithms for reduction and ratio, so that halving and doubling
// weigh the same, the plain figure otherwise.
type Scale struct {
	Of    func(of, against float64) float64 // one block on the scale
	To    func(figure float64) float64      // a bound on the scale
	From  func(x float64) float64           // back to a figure
	flips bool                              // a higher value on the scale is a lower figure
	Level float64                           // of the two-sided interval
}

// A reduction or a value is reported with a two-sided 95% interval. A ratio or
// a difference is a non-inferiority claim: the ends of its 90% interval are
// one-sided 95% bounds (ICH E9, section 3.3.2).
var Scales = map[Kind]Scale{
	Reduction: {
		Of:    func(of, against float64) float64 { return math.Log(of / against) },
		To:    func(r float64) float64 { return math.Log1p(-r) },
		From:  func(x float64) float64 { return -math.Expm1(x) },
		flips: true, Level: 0.95,
	},
	Ratio: {
		Of:    func(of, against float64) float64 { return math.Log(of / against) },
		To:    math.Log,
		From:  math.Exp,
		Level: 0.90,
	},
	Difference: {
		Of:    func(of, against float64) float64 { return of - against },
		To:    same,
		From:  same,
		Level: 0.90,
	},
	Value: {
		Of:    func(of, _ float64) float64 { return of },
		To:    same,
		From:  same,
		Level: 0.95,
	},
}

func same(x float64) float64 { return x }

// logValue is a value's scale where the metric is skewed. A bound of 0 is that of a
// nanosecond, which nothing that is measured falls below.
var logValue = Scale{
	Of:    func(of, _ float64) float64 { return math.Log(of) },
	To:    func(bound float64) float64 { return math.Log(max(bound, 1e-9)) },
	From:  math.Exp,
	Level: 0.95,
}

// ScaleFor is the scale of a comparison of the metric. It is the same for a claim
// and for the tables, so that one quantity has one interval.
func ScaleFor(kind Kind, m metric.Name) Scale {
	if kind == Value && m.Skewed() {
		return logValue
	}
	return Scales[kind]
}

// Relative says that the comparison is of two variants as a share of one.
func Relative(kind Kind) bool { return kind == Reduction || kind == Ratio }

// MinBlocks is the fewest blocks that can decide a claim at 5%: with n blocks
// the exact sign-flip test's p cannot go below 2^(1-n).
const MinBlocks = 6

// ShareInterval is the two-sided interval of a share over trials of so many hits.
func ShareInterval(xs []float64, hits uint64, level float64) stats.Interval {
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

// Back carries an interval from the scale to figures.
func (s Scale) Back(in stats.Interval) (estimate, low, high float64) {
	estimate, low, high = s.From(in.Mean), s.From(in.Low), s.From(in.High)
	if s.flips {
		low, high = high, low
	}
	return estimate, low, high
}
