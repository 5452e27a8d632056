package verdict

import (
	"math"
	"slices"

	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/metric"
)

// Counted is the basis of a claim that every trial decides: whether each is inside the
// claim's range. A count has no t interval: five workers in five blocks and six in one are
// not 4.7 to 5.6 workers. Nor has any other figure that is the same in every block.
type Counted struct {
	Trials  int `json:"trials"` // one per block
	Outside int `json:"outside"`
	// Low and High are exact bounds, at 95% each, on the share of all possible trials
	// that would be outside; if Equal, that would differ. They are shown and decide nothing.
	Low  float64 `json:"low"`
	High float64 `json:"high"`
	// Equal reports that the figure is no count and the same in every block.
	Equal bool `json:"equal,omitempty"`
}

// isCount reports whether the claim is on a count.
func (v *ClaimVerdict) isCount(xs []float64) bool {
	return v.compared().Facts().Own == nil && areCounts(v.Metric, xs)
}

// areCounts reports whether the metric may be a count and its figures are whole: a number
// that a service reports may be anything.
func areCounts(m metric.Name, xs []float64) bool {
	return m.MayCount() && !slices.ContainsFunc(xs, func(x float64) bool { return x != math.Trunc(x) })
}

// judgeCount decides by every trial: PROVEN if all are inside, REFUTED if one is outside.
// The estimate is their mean; Low and High are the least and the most. A difference of
// counts is moved outward by the A/A margin first.
func (v *ClaimVerdict) judgeCount(xs []float64) {
	mean, low, high := stats.Mean(xs), slices.Min(xs), slices.Max(xs)
	v.Estimate, v.Low, v.High = &mean, &low, &high
	v.setAAMargin()
	v.Outcome = v.outcomeOfAll(xs, v.aaMargin)
	v.noteMargin(v.outcomeOfAll(xs, 0))
	c := &Counted{Trials: len(xs)}
	for _, x := range xs {
		if v.OutcomeOf(x, x) != Proven {
			c.Outside++
		}
	}
	c.Low, c.High = stats.ShareBounds(float64(c.Outside), float64(c.Trials), 0.95)
	v.Count = c
	if c.Outside == 0 {
		v.note("0 of %d trials are outside; with 95%% confidence fewer than %s of all such trials would be (exact, decides nothing).",
			c.Trials, metric.Percent(c.High))
		return
	}
	v.note("%d of %d trials are outside; of all such trials %s to %s would be, each end with 95%% confidence (exact, decides nothing).",
		c.Outside, c.Trials, metric.Percent(c.Low), metric.Percent(c.High))
}

// outcomeOfAll compares each trial with the bound, moved outward by the margin.
func (v *ClaimVerdict) outcomeOfAll(xs []float64, margin float64) Outcome {
	all := Proven
	for _, x := range xs {
		switch v.OutcomeOf(x-margin, x+margin) {
		case Refuted:
			return Refuted
		case Inconclusive:
			all = Inconclusive
		}
	}
	return all
}
