package verdict

import (
	"math"
	"testing"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
)

// TestAAControlByTheDecision: a proven bias fails the control if the claim is decided and
// the bias could change that, in both directions. Noise alone never fails it.
func TestAAControlByTheDecision(t *testing.T) {
	atLeast := func(x float64) (comparison.Name, scenario.Bound) {
		return comparison.Reduction, scenario.Bound{AtLeast: &metric.Quantity{Value: x}}
	}
	tests := []struct {
		name    string
		least   float64 // claimed reduction
		left    float64 // b over a
		bias    float64 // the A/A control over a
		scatter float64 // of the A/A control, by block
		want    ControlOutcome
		biased  bool
	}{
		// A quarter of the claim's margin is 0.20 on the log scale, which is 18%.
		{"18% lighter than itself, and 0.147 from the bound", 0.55, 0.45 * math.Exp(-0.147), 0.82, 0.002, Fails, true},
		{"18% heavier, and refuted by as little", 0.55, 0.45 * math.Exp(0.147), 1.22, 0.002, Fails, true},
		{"18% heavier, where either build proves it", 0.55, 0.45 * math.Exp(-0.147), 1.22, 0.002, Holds, true},
		{"0.1%, and far from the bound", 0.55, 0.40, 0.999, 0.0001, Holds, true},
		{"0.1%, and 0.04% from the bound", 0.55, 0.45 * 0.9990, 0.999, 0.00001, Fails, true},
		{"as much noise as distance", 0.55, 0.45 * math.Exp(-0.1), 1, 0.2, TooNoisy, false},
		{"noise far from the bound", 0.55, 0.2, 1, 0.1, Holds, false},
		{"nothing is decided", 0.55, 0.45 * math.Exp(-0.1), 0.82, 0.002, Holds, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var blocks []measure.Block
			for i := range 6 {
				wobble := math.Cos(math.Pi * float64(i))
				trial := func(x, scatter float64) measure.TrialResult {
					return measure.TrialResult{Block: i + 1, Figures: map[metric.Name]float64{metric.MemoryMean: 1e9 * x * math.Exp(scatter*wobble)}}
				}
				blocks = append(blocks, measure.Block{"a": trial(1, 0), "b": trial(tt.left, 1e-6), scenario.AAArm: trial(tt.bias, tt.scatter)})
			}
			kind, bound := atLeast(tt.least)
			claim := claimed(kind, bound)
			c := &aaControl{ControlVerdict: ControlVerdict{Arm: scenario.AAArm, Metric: metric.MemoryMean, Comparison: kind}}
			c.claims = []ClaimVerdict{judgeClaim(claim, scenario.AAArm, comparison.Level, blocks, 6, 1000)}
			c.judge(blocks, "a", 1-aaError)
			if c.Outcome != tt.want || c.Biased != tt.biased {
				t.Errorf("%s, biased %v: %s; claim %s with %q", c.Outcome, c.Biased, c.Because, c.claims[0].Outcome, c.claims[0].Notes)
			}
		})
	}
}

// TestChangedByBias: a claim is compared with the bias that the
// control allows, on either side of its range.
func TestChangedByBias(t *testing.T) {
	low, high, bound := 0.001, 0.003, 0.005
	for _, tt := range []struct {
		atMost, atLeast *float64
		bias            float64
		want            bool
	}{
		{&bound, nil, 0.001, false}, {&bound, nil, 0.0021, true},
		{nil, new(0.0005), 0.0004, false}, {nil, new(0.0005), 0.0006, true},
		{nil, &bound, 0.001, false}, {nil, &bound, 0.0021, true}, // refuted
		{new(0.002), nil, 1, false}, // open anyway
	} {
		v := ClaimVerdict{Metric: metric.Errors, Comparison: comparison.Difference, AtMost: tt.atMost, AtLeast: tt.atLeast, Low: &low, High: &high, PerBlock: make([]float64, 6), aaMargin: tt.bias}
		if got := v.changedByBias(); got != tt.want {
			t.Errorf("%s, moved by %g: %v", v.ShowBound(), tt.bias, got)
		}
	}
}

// TestAAControlOfAnAttribution: without a bound, a proven bias fails the control if it is
// more than a quarter of the total effect.
func TestAAControlOfAnAttribution(t *testing.T) {
	for _, tt := range []struct {
		in     stats.Interval
		biased bool
		want   ControlOutcome
	}{
		{stats.Interval{Low: -0.31, Mean: -0.30, High: -0.29}, true, Fails},
		{stats.Interval{Low: 0.20, Mean: 0.21, High: 0.22}, true, Holds},
		{stats.Interval{Low: -0.1, Mean: 0.30, High: 0.7}, false, TooNoisy},
		{stats.Interval{Low: -1.1, Mean: 0.01, High: 1.12}, false, TooNoisy},
		{stats.Interval{Low: -0.1, Mean: 0.01, High: 0.12}, false, Holds},
	} {
		c := &aaControl{ControlVerdict: ControlVerdict{Metric: metric.MemoryMean, Comparison: comparison.Reduction, Biased: tt.biased}, effect: 1}
		if got, why := c.outcome(tt.in); got != tt.want {
			t.Errorf("%+v: %s, %s", tt.in, got, why)
		}
	}
}
