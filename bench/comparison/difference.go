package comparison

import (
	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/metric"
)

// Difference is of - baseline, in the metric's unit.
const Difference Name = "difference"

type difference struct{}

func (difference) Facts() Facts {
	return Facts{Name: Difference, Baseline: true, NoEffect: 0}
}

func (difference) Scale(metric.Name) Scale {
	return plainScale(func(of, baseline float64) float64 { return of - baseline })
}

func (difference) Shares(of, baseline Shares, level float64) stats.Interval {
	return stats.DifferenceOfShares(of.interval(level), baseline.interval(level))
}

func (difference) Show(m metric.Name, x float64) string { return m.Show(x) }

func (difference) CheckBound(m metric.Name, e End) string { return e.checkFigure(Difference, m) }
