package view

import (
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/sensitivity"
	"github.com/memproof/memproof/bench/verdict"
)

// headlined is a proven claim that saves 60% of the mean, with other figures of memory.
func headlined(figures map[metric.Name]sensitivity.Answer) *verdict.Verdict {
	estimate, low, high, bound := 0.6, 0.59, 0.61, 0.55
	f := sensitivity.ClaimFigures{ID: "r"}
	for _, m := range []metric.Name{metric.MemoryPeak, metric.MemoryIdle, metric.WorkingSetMean} {
		if a, ok := figures[m]; ok {
			f.Figures = append(f.Figures, sensitivity.FigureAnswer{Metric: m, Answer: &a})
		}
	}
	return &verdict.Verdict{
		Outcome: verdict.Proven,
		Claims: []verdict.ClaimVerdict{{ID: "r", Statement: "60% less", Metric: metric.MemoryMean, Variant: "b", Baseline: "a",
			Comparison: comparison.OfWhole, AtLeast: &bound, Estimate: &estimate, Low: &low, High: &high, Outcome: verdict.Proven}},
		Sensitivity: &sensitivity.Sensitivity{Headline: "r", Claims: []sensitivity.ClaimFigures{f}},
	}
}

// TestOtherFigures: the first screen says which figure that memory is bought for would give
// another answer. The working set is in the table alone.
func TestOtherFigures(t *testing.T) {
	refuted := sensitivity.Answer{Estimate: 0.482, Low: 0.46, High: 0.50, Outcome: "REFUTED"}
	proven := sensitivity.Answer{Estimate: 0.58, Low: 0.57, High: 0.59, Outcome: "PROVEN"}
	for want, figures := range map[string]map[metric.Name]sensitivity.Answer{
		"“60% less” compares means: by the peak it is 48.2% (46.0% to 50.0%), which would be REFUTED.": {metric.MemoryPeak: refuted, metric.MemoryIdle: proven},
		"": {metric.MemoryPeak: proven, metric.WorkingSetMean: refuted},
	} {
		if got := OtherFigures(headlined(figures)); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	invalid := headlined(map[metric.Name]sensitivity.Answer{metric.MemoryPeak: refuted})
	invalid.Claims[0].Outcome = verdict.Invalid
	for name, v := range map[string]*verdict.Verdict{"no answer": invalid, "none computed": {}, "no claim of that id": {Sensitivity: &sensitivity.Sensitivity{Headline: "r"}}} {
		if got := OtherFigures(v); got != "" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestAnalysesLine(t *testing.T) {
	analysis := func(figure, outcome string) sensitivity.Analysis {
		return sensitivity.Analysis{Figure: figure, Answer: sensitivity.Answer{Outcome: outcome}}
	}
	mean, peak, open := analysis("mean", "PROVEN"), analysis("peak", "REFUTED"), analysis("idle", "INCONCLUSIVE")
	c := headlined(nil).Claims[0]
	for want, all := range map[string][]sensitivity.Analysis{
		"": nil,
		"All 2 defensible analyses prove it: “60% less”.":                                                                 {mean, mean},
		"Of 3 defensible analyses of “60% less”, 2 prove it, 1 refutes it (all by peak).":                                 {mean, peak, mean},
		"Of 4 defensible analyses of “60% less”, 2 prove it, 1 leaves it open (all by idle), 1 refutes it (all by peak).": {mean, open, mean, peak},
	} {
		if got := analysesLine(c, all); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestAlongLine(t *testing.T) {
	slice := func(to float64, inWindow bool, outcome string) sensitivity.Slice {
		s := sensitivity.Slice{From: to - 2, To: to, InWindow: inWindow}
		if outcome != "" {
			s.Answer = &sensitivity.Answer{Outcome: outcome}
		}
		return s
	}
	got := alongLine([]sensitivity.Slice{slice(2, false, "REFUTED"), slice(4, true, "PROVEN"), slice(6, true, ""), slice(8, true, "PROVEN")})
	if !strings.Contains(got, "of the 6 s") || !strings.Contains(got, "PROVEN in 4 s, without a reading in 2 s") || strings.Contains(got, "REFUTED") {
		t.Errorf("%q", got)
	}
	if got := alongLine(nil); got != "" {
		t.Errorf("%q", got)
	}
}

func TestSteadyRow(t *testing.T) {
	for want, s := range map[string]sensitivity.Steadiness{
		"yes": {Drift: new(0.01), Variation: new(0.01), Steady: true},
		"**no**: it still rose; steady after 27 s of load (the window begins after 8 s)": {Drift: new(0.1), Variation: new(0.01), SteadyFrom: new(27.0)},
		"**no**: it still fell; never steady in this load":                               {Drift: new(-0.1), Variation: new(0.01)},
		"**no**: it swung; never steady in this load":                                    {Drift: new(0.04), Variation: new(0.118)},
		"**no**: it still rose and it swung; never steady in this load":                  {Drift: new(0.4), Variation: new(0.118)},
		"not measured": {Absent: "not measured"},
	} {
		if got := steadyRow(s, 8); got.Steady != want {
			t.Errorf("%q, want %q", got.Steady, want)
		}
	}
}
