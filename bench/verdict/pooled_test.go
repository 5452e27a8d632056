package verdict

import (
	"math"
	"testing"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
)

// TestPooledByHand: the baseline is the mean of its two trials on the scale, and half of
// the largest difference between them that 90% allows moves the ends outward.
func TestPooledByHand(t *testing.T) {
	block := func(a, aa, b float64) measure.Block {
		figure := func(x float64) measure.TrialResult {
			return measure.TrialResult{Figures: map[metric.Name]float64{metric.MemoryMean: x}}
		}
		return measure.Block{"a": figure(a), scenario.AAArm: figure(aa), "b": figure(b)}
	}
	blocks := []measure.Block{block(100, 110, 50), block(100, 112, 50), block(100, 108, 50)}
	c := claimed(comparison.Difference, scenario.Bound{AtMost: &metric.Quantity{Value: -40}})
	v := judgeClaim(c, scenario.AAArm, comparison.Level, blocks, 3, 1000)
	// Pooled baselines 105, 106, 104; contrasts 10, 12, 8: mean 10 ± 2.920·2/√3 = 13.37.
	if math.Abs(*v.Estimate+55) > 1e-9 || math.Abs(*v.AAMargin-(10+2.919986*2/math.Sqrt(3))/2) > 1e-4 || v.Outcome != Proven {
		t.Errorf("estimate %g, margin %g, %s", *v.Estimate, *v.AAMargin, v.Outcome)
	}
	// -55 ± 1.7 lies below -53, and no longer once its ends are moved by 6.7.
	c = claimed(comparison.Difference, scenario.Bound{AtMost: &metric.Quantity{Value: -53}})
	if v = judgeClaim(c, scenario.AAArm, comparison.Level, blocks, 3, 1000); v.Outcome != Inconclusive || len(v.Notes) == 0 {
		t.Errorf("%s, notes %q", v.Outcome, v.Notes)
	}
	if plain := judgeClaim(c, "", comparison.Level, blocks, 3, 1000); plain.AAMargin != nil || math.Abs(*plain.Estimate+50) > 1e-9 {
		t.Errorf("a baseline alone: %+v", plain)
	}
}
