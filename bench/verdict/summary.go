package verdict

import (
	"math"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/metric"
)

// summarise computes the mean of a metric over trials, on the scale on which a claim on
// its value is judged. One trial has a mean and no interval. A skewed metric with a 0
// in some trial has no interval either, and its mean is arithmetic.
func summarise(variant string, m metric.Name, xs []float64) Summary {
	s, on := Summary{Variant: variant, Metric: m, Mean: stats.Mean(xs), Trials: len(xs)}, comparison.FigureScale(m)
	switch {
	case areCounts(m, xs):
		return s // a count has no interval
	case m.IsErrors():
		if in, err := stats.LogMean(xs, comparison.Level); err == nil { // fails if no request failed
			s.Low, s.High = &in.Low, &in.High
		}
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
func Mean(m metric.Name, xs []float64) float64 { return summarise("", m, xs).Mean }
