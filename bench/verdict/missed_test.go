package verdict

import (
	"testing"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/metric"
)

// TestMissed: which end of a range was missed, and what that is of what was promised.
func TestMissed(t *testing.T) {
	at := func(x float64) *float64 { return &x }
	for _, tt := range []struct {
		name            string
		kind            comparison.Name
		atLeast, atMost *float64
		low, high       float64
		outcome         Outcome
		count           bool
		want            string
	}{
		{"a value below", comparison.Value, at(600e6), at(800e6), 586e6, 594e6, Refuted, false, "below the claimed range: less than promised"},
		{"a value above", comparison.Value, at(600e6), at(800e6), 810e6, 820e6, Refuted, false, "above the claimed range: more than promised"},
		{"a reduction below", comparison.Reduction, at(0.4), at(0.6), 0.2, 0.3, Refuted, false, "below the claimed range: less than promised"},
		{"a ratio above", comparison.Ratio, at(0.9), at(1.1), 1.2, 1.3, Refuted, false, "above the claimed range: more than promised"},
		{"a saving too small", comparison.Difference, at(-200e6), at(-100e6), -34e6, 16e6, Refuted, false, "above the claimed range: a smaller decrease than promised"},
		{"a saving too large", comparison.Difference, at(-200e6), at(-100e6), -300e6, -250e6, Refuted, false, "below the claimed range: a larger decrease than promised"},
		{"a saving of at least nothing", comparison.Difference, at(-200e6), at(0), 1e6, 2e6, Refuted, false, "above the claimed range: a smaller decrease than promised"},
		{"an increase too small", comparison.Difference, at(1e6), at(2e6), 0.1e6, 0.2e6, Refuted, false, "below the claimed range: less than promised"},
		{"no change", comparison.Difference, at(-1e6), at(1e6), 2e6, 3e6, Refuted, false, "above the claimed range: higher than promised"},
		{"counts on both sides", comparison.Value, at(5), at(9), 4, 10, Refuted, true, "below the claimed range in some trials, above it in others"},
		{"a count", comparison.Value, at(5), at(5), 4, 5, Refuted, true, "below the claimed range: less than promised"},
		{"a calibrated value", comparison.Value, at(1.5e9), at(1.66e9), 1.4e9, 1.45e9, NotAsSet, false, "below the claimed range: less than promised"},
		{"one end", comparison.Value, nil, at(800e6), 810e6, 820e6, Refuted, false, ""},
		{"proven", comparison.Value, at(600e6), at(800e6), 610e6, 620e6, Proven, false, ""},
		{"open", comparison.Value, at(600e6), at(800e6), 590e6, 620e6, Inconclusive, false, ""},
	} {
		c := ClaimVerdict{Metric: metric.MemoryMean, Comparison: tt.kind, AtLeast: tt.atLeast, AtMost: tt.atMost, Low: &tt.low, High: &tt.high, Outcome: tt.outcome}
		if tt.count {
			c.Count = &Counted{}
		}
		if got := c.Missed(); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	if got := (&ClaimVerdict{Comparison: comparison.Value, AtLeast: at(1), AtMost: at(2), Outcome: Refuted}).Missed(); got != "" {
		t.Errorf("a claim without an interval missed %q", got)
	}
}
