package verdict

import (
	"math"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/metric"
)

// summarise computes the mean of a metric over trials, on the scale on which a claim on
// its value is judged. hits are the requests in one trial's window. One trial has a mean
// and no interval; nor has a count, or what is the same in every trial. A skewed metric
// with a 0 in some trial has no interval either, and its mean is arithmetic.
func summarise(variant string, m metric.Name, xs []float64, hits uint64) Summary {
	s, on := Summary{Variant: variant, Metric: m, Mean: stats.Mean(xs), Trials: len(xs)}, comparison.FigureScale(m)
	switch {
	case len(xs) < 2, areCounts(m, xs):
		return s
	case m.IsErrors():
		in := comparison.ShareInterval(xs, hits, comparison.Level)
		s.Low, s.High = &in.Low, &in.High
		return s
	case stats.AreEqual(xs, math.Abs(s.Mean)):
		return s
	}
	scaled := make([]float64, len(xs))
	for i, x := range xs {
		if scaled[i] = on.Of(x, 0); math.IsInf(scaled[i], 0) || math.IsNaN(scaled[i]) {
			return s
		}
	}
	in, err := stats.MeanInterval(scaled, comparison.Level)
	if err != nil {
		return s
	}
	mean, low, high := on.Back(in)
	s.Mean, s.Low, s.High = mean, &low, &high
	return s
}

// Mean returns the mean of the metric's figures over trials, computed as in [Summary].
func Mean(m metric.Name, xs []float64) float64 { return summarise("", m, xs, 0).Mean }
