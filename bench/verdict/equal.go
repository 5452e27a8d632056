package verdict

import (
	"math"
	"slices"

	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/metric"
)

// isEqual reports whether the figure is the same in every block.
func (v *ClaimVerdict) isEqual(xs, of, baseline []float64) bool {
	size := 1.0 // a logarithm
	if !v.scale().Factor {
		size = 0
		for _, x := range slices.Concat(of, baseline) {
			size = max(size, math.Abs(x))
		}
	}
	return stats.AreEqual(xs, size)
}

// judgeEqual judges a figure that is no count and the same in every block, such as a
// throttling of 0. Its t interval has no width, and would prove or refute anything. So
// every block decides, as for a count, and the exact bound says how little a few blocks
// tell of others.
func (v *ClaimVerdict) judgeEqual(xs []float64) {
	x := stats.Mean(xs)
	figure := v.scale().From(x)
	v.Estimate, v.Low, v.High = new(figure), new(figure), new(figure)
	c := &Counted{Trials: len(xs), Equal: true}
	if v.OutcomeOf(figure, figure) != Proven {
		c.Outside = len(xs)
	}
	_, c.High = stats.ShareBounds(0, float64(len(xs)), 0.95)
	v.Count, v.Outcome = c, v.widenedOutcome(stats.Interval{Mean: x, Low: x, High: x})
	v.note("All %d blocks are equal: with 95%% confidence fewer than %s of all such blocks would differ (exact, decides nothing).",
		len(xs), metric.Percent(c.High))
}
